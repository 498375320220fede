--- Hook files of the commands that follow changes.
local Error = require "wxlive.error"
local language = require "wxlive.text.language"
local both = require("wxlive.text.sentence").both

local M = {}

--- --hook
---@param command table   argparse command
function M.define(command)
  command:option("--hook"):argname("<FILE>"):description(language.pick(
    "Lua file that returns a function f(event, live), or a table of such by the event's name",
    "Lua 文件，返回函数 f(event, live) 或按事件名组织的函数表"))
end

-- What a Lua file returns, when it is of a wanted type.
local function value_of(path, wanted, wrong, form, form_zh)
  local chunk, reason = loadfile(path)
  local fine, value = false, reason
  if chunk then
    fine, value = pcall(chunk)
  end
  if fine and wanted[type(value)] then
    return value
  end
  return Error.fail {
    kind = "usage", name = "bad_hook", sent = false,
    message = both("%s: %s", "%s：%s"):format(path, fine and wrong or tostring(value)),
    hint = form, hint_zh = form_zh,
  }
end

--- Loads a hook file of events.
---@param path string
---@return (fun(event: table, live: wxlive.Broadcast): any, any)? hook
---@return wxlive.Error? err
function M.load(path)
  local hook, err = value_of(path, { ["function"] = true, table = true },
    both("it returns neither a function nor a table", "返回值既不是函数也不是 table"),
    "return function(event, live) ... end", "请返回 function(event, live) ... end")
  if type(hook) ~= "table" then
    return hook, err
  end
  return function(event, live)
    local f = hook[event.name] or hook.default
    if f then
      return f(event, live)
    end
    return true
  end
end

--- Loads a file of named hooks, those of a rundown.
---@param path string
---@return table<string, function>? hooks
---@return wxlive.Error? err
function M.named(path)
  return value_of(path, { table = true }, both("it does not return a table", "返回值不是 table"),
    "return { name = function(cue, live) ... end }",
    "请返回 { 名称 = function(cue, live) ... end }")
end

return M
