--- Hook files of the commands that follow changes.
local Error = require "wxlive.error"
local language = require "wxlive.text.language"
local sentence = require "wxlive.text.sentence"

local M = {}

local both, compose = sentence.both, sentence.compose

--- --hook
---@param command table   argparse command
function M.define(command)
  command:option("--hook"):argname("<FILE>"):description(language.pick(
    "Lua file that returns a function f(event, live), or a table of such by the event's name",
    "Lua 文件，返回函数 f(event, live) 或按事件名组织的函数表"))
end

--- Loads a hook file.
---@param path string
---@return (fun(event: table, live: wxlive.Broadcast): any, any)? hook
---@return wxlive.Error? err
function M.load(path)
  local chunk, reason = loadfile(path)
  local fine, hook = chunk ~= nil, nil
  if chunk then
    fine, hook = pcall(chunk)
    reason = hook
  end
  if not fine or type(hook) ~= "function" and type(hook) ~= "table" then
    return Error.fail {
      kind = "usage", name = "bad_hook",
      message = compose(path, ": ", fine and both("it returns neither a function nor a table",
        "返回值既不是函数也不是 table") or tostring(reason)),
      hint = "return function(event, live) ... end", hint_zh = "请返回 function(event, live) ... end",
    }
  elseif type(hook) == "function" then
    return hook
  end
  return function(event, live)
    local f = hook[event.name] or hook.default
    if f then
      return f(event, live)
    end
    return true
  end
end

return M
