--- What is wrong with a command line: the error that a command ends with, and argparse's English
--- messages in the reader's language.
local Error = require "wxlive.error"
local both = require("wxlive.text.sentence").both

local M = {}

--- nil and the error of a command line that cannot be carried out: nothing was sent.
---@param message string|wxlive.Sentence
---@param message_zh string?
---@param hint string?
---@param hint_zh string?
---@return nil
---@return wxlive.Error err
function M.fail(message, message_zh, hint, hint_zh)
  return Error.fail {
    kind = "usage", name = "usage", sent = false, message = message, message_zh = message_zh,
    hint = hint, hint_zh = hint_zh,
  }
end

--- Ends the command with the error of M.fail.
function M.stop(...)
  error(select(2, M.fail(...)), 0)
end

-- A pattern of argparse's messages, and the Chinese for it, in which %1 is the first capture.
local messages = {
  { "^unknown (%a+) '(.-)'", "没有%1 %2" },
  { "^too many arguments", "参数过多" },
  { "^a command is required", "缺少命令" },
  { "^missing (%a+) '(.-)'", "缺少%1 %2" },
  { "^(%a+) '(.-)' requires an argument", "%1 %2 缺少值" },
  { "^(%a+) '(.-)' requires at least (%d+) %a+", "%1 %2 至少要有 %3 个值" },
  { "^(%a+) '(.-)' requires (%d+) %a+", "%1 %2 要有 %3 个值" },
  { "^(%a+) '(.-)' does not take arguments", "%1 %2 不带值" },
  { "^(%a+) '(.-)' can not be used together with (%a+) '(.-)'", "%1 %2 不能与%3 %4 同时使用" },
  { "^(%a+) '(.-)' must be used at most (%d+) %a+", "%1 %2 最多使用 %3 次" },
  { "^(%a+) '(.-)' must be used at least (%d+) %a+", "%1 %2 至少使用 %3 次" },
  { "^(%a+) '(.-)' must be used (%d+) %a+", "%1 %2 应使用 %3 次" },
  { "^argument for (%a+) '(.-)' must be one of (.*)", "%1 %2 的值只能是 %3" },
  { "^(%a+) '(.-)' must be one of (.*)", "%1 %2 只能是 %3" },
  { "^malformed argument '(.-)'", "参数有误：%1" },
}

local nouns = { option = "选项", argument = "参数", command = "命令" }

-- The second line of a message is argparse's own guess.
local function guess_zh(tip)
  local name = tip:match("^Did you mean '(.-)'%?$")
    or tip:match("^Did you mean one of these: (.-)%?$")
  return name and ("，您是否想写“%s”？"):format((name:gsub("'", ""))) or tip
end

local function chinese(message)
  for _, one in ipairs(messages) do
    local found = { message:match(one[1]) }
    if found[1] then
      return (one[2]:gsub("%%(%d)", function(i)
        local part = found[tonumber(i)]
        return nouns[part] or part
      end))
    end
  end
  return message -- of a converter of ours, which is in the reader's language
end

--- A message of argparse.
---@param message string
---@return wxlive.Sentence
function M.explain(message)
  local first, tip = message:match("^(.-)\n+(.*)$")
  return both((message:gsub("\n+", "; "):gsub("Did you mean", "did you mean")),
    chinese(first or message) .. (tip and guess_zh(tip) or ""))
end

return M
