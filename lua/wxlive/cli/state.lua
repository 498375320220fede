--- --state: rooms, or goods, in one of the platform's states, by its words or its number.
local language = require "wxlive.text.language"
local sentence = require "wxlive.text.sentence"
local suggest = require "wxlive.base.suggest"
local tables = require "wxlive.base.tables"
local usage = require "wxlive.cli.usage"

local M = {}

local both, pick = sentence.both, language.pick

-- The words of all states, in the order of their numbers.
local function words_of(states, language_at)
  return tables.map(tables.keys(states), function(code) return states[code][language_at] end)
end

---@param command table   argparse command
---@param states table<integer, string[]>   of wxlive.catalogue.states
function M.define(command, states)
  command:option("--state"):argname("<STATE>"):description(pick(
    "only those that are: " .. table.concat(words_of(states, 1), ", ") .. "; or a number",
    "仅列出某状态：" .. table.concat(words_of(states, 2), "、") .. "，或数字代码"))
end

--- "live", "not-started", "直播中" or "101": its number.
---@param states table<integer, string[]>
---@param text string
---@return integer? code
---@return wxlive.Error? err
function M.read(states, text)
  local said = text:lower():gsub("[_-]", " ")
  for code, words in pairs(states) do
    if text == tostring(code) or said == words[1] or text == words[2] then
      return code
    end
  end
  local words = words_of(states, 1)
  return usage.fail(both("no state is called %s%s", "没有状态 %s%s"):format(text,
    suggest.question(suggest.nearest(text, words))), nil,
    "one of " .. table.concat(words, ", "), "可用：" .. table.concat(words_of(states, 2), "、"))
end

return M
