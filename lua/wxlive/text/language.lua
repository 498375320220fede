--- The language of texts for people: WXLIVE_LANG, else the locale's. English unless that is
--- Chinese.
local M = {}

--- Whether texts for people are to be Chinese.
---@return boolean
function M.is_chinese()
  for _, name in ipairs { "WXLIVE_LANG", "LC_ALL", "LC_MESSAGES", "LANG" } do
    local value = os.getenv(name)
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
