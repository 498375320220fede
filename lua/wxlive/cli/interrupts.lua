--- Ctrl-C: it ends a command at once, or only asks it to end. Commands of several accounts at a
--- time ask for the latter together.
local core = require "wxlive.core"
local finally = require("wxlive.cli.raised").finally
local pick = require("wxlive.text.language").pick

local M = {}

--- Prepares the process of a command: its standard streams, and Ctrl-C, which ends it.
---@param who string   the program, for its last line
function M.prepare(who)
  core.process.prepare(("\n%s: %s\n"):format(who, pick("interrupted", "已中断")))
end

--- Calls work(...) so that Ctrl-C does not end it in the middle: the next Ctrl-C does.
---@param work fun(...): any, any
---@return any result
---@return any err
function M.unbroken(work, ...)
  M.begin()
  return finally(M.finish, work, ...)
end

local under_way = 0

--- From now on Ctrl-C only sets core.process.interrupted.
function M.begin()
  under_way = under_way + 1
  if under_way == 1 then
    core.process.catch()
  end
end

--- Ends what begin began.
function M.finish()
  under_way = under_way - 1
  if under_way == 0 then
    core.process.release()
  end
end

return M
