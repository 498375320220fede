--- Finds phrases that cost a reader a second look (phrases_list.lua) in English text:
--- comments, messages, help texts and pages. Names of tests in
--- the tables of pages stay as the tests have them.
local list = require "scripts.dev.lint.phrases_list"

local M = {}

local function found(line, phrase)
  local text = line
  for _, allowed in ipairs(phrase.except or {}) do
    text = text:gsub((allowed:gsub("%p", "%%%0")), " ")
  end
  return text:find(phrase[1]) ~= nil
end

--- The findings in a text.
---@param source string
---@return { line: integer, phrase: string, better: string }[]
function M.find(source)
  local findings, number = {}, 0
  for line in (source .. "\n"):gmatch("(.-)\n") do
    number = number + 1
    local lower = line:lower():gsub("`[^`]*_spec%.lua`[^|]*", "")
    for _, phrase in ipairs(list) do
      if found(lower, phrase) then
        findings[#findings + 1] = { line = number, phrase = phrase[1]:gsub("%%f%[[^%]]*%]", ""),
          better = phrase[2] }
      end
    end
  end
  return findings
end

return M
