--- Finds texts for people that are in one language only, or whose %s and %d differ between the
--- languages: calls of both and pick (wxlive.text.sentence and wxlive.text.language), where the
--- texts stand in the call.
local M = {}

local names = { both = true, pick = true, ["sentence.both"] = true, ["language.pick"] = true }

-- A Chinese character, or punctuation of Chinese text.
local CHINESE = "[\227-\233\239][\128-\191][\128-\191]"

-- The texts that arguments are; nothing when they are not texts alone.
local function texts_of(arguments)
  local chunk = load("return " .. arguments, "=texts", "t", {})
  local ok, english, chinese = pcall(chunk or error)
  if ok and type(english) == "string" then
    return english, chinese
  end
end

-- What a text leaves open, in order: "%s %d ".
local function blanks_of(text)
  local list = {}
  for blank in text:gsub("%%%%", ""):gmatch("%%[%d.]*%a") do
    list[#list + 1] = blank
  end
  return table.concat(list, " ")
end

local function wrong_with(english, chinese)
  if type(chinese) ~= "string" then
    return "has no Chinese"
  elseif blanks_of(english) ~= blanks_of(chinese) then
    return ("has %s, its Chinese %s"):format(blanks_of(english), blanks_of(chinese))
  elseif english:find("%a%a%a+ %a%a+") and not chinese:find(CHINESE) then
    return "is English in both languages"
  end
end

--- The findings in a file of Lua.
---@param source string
---@return { line: integer, text: string, wrong: string }[] findings
---@return integer count   of texts that were looked at
function M.find(source)
  local findings, count = {}, 0
  for at, name, open in source:gmatch("()%f[%w_.]([%w_.]*)()%(") do
    local english, chinese = nil, nil
    if names[name] then
      english, chinese = texts_of(source:match("^%b()", open):sub(2, -2))
    end
    local wrong = english and wrong_with(english, chinese)
    count = count + (english and 1 or 0)
    if wrong then
      local _, line = source:sub(1, at):gsub("\n", "")
      findings[#findings + 1] = { line = line + 1, text = english, wrong = wrong }
    end
  end
  return findings, count
end

return M
