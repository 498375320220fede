--- The language of texts for people: WXLIVE_LANG, else the settings file's, else the locale's.
--- English unless that is Chinese.
local M = {}

-- What a settings file says.
local preferred

--- Takes the language of a settings file, which stands behind WXLIVE_LANG and before the locale.
---@param value "zh"|"en"|nil
function M.prefer(value)
  preferred = value
end

--- Whether texts for people are to be Chinese.
---@return boolean
function M.is_chinese()
  for _, name in ipairs { "WXLIVE_LANG", "", "LC_ALL", "LC_MESSAGES", "LANG" } do
    local value = name == "" and preferred or os.getenv(name)
    if value and value ~= "" then
      return value:lower():find("^zh") ~= nil
    end
  end
  return false
end

--- The one of two texts that fits.
---@param english string
---@param chinese string?
---@return string
function M.pick(english, chinese)
  return chinese and M.is_chinese() and chinese or english
end

return M
