--- Ctrl-C that only asks a command to end. Commands of several accounts at a time ask for it
--- together.
local core = require "wxlive.core"

local M = {}

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
