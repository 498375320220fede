--- The clock of a running show: the time of day as it was at the start, counted on by a clock that
--- never jumps.
local loops = require "wxlive.concurrent.loop"
local system = require("wxlive.core").system

local M = {}

---@class wxlive.rundown.Clock
---@field now fun(): number            Unix seconds
---@field wait fun(seconds: number)
---@field virtual boolean?             waiting takes no real time: nothing is done beside it

--- The real clock.
---@return wxlive.rundown.Clock
function M.new()
  local began, monotonic = system.now(), system.monotonic()
  return {
    now = function()
      return began + system.monotonic() - monotonic
    end,
    wait = function(seconds)
      local loop = loops.current()
      if loop then
        loop:sleep(seconds)
      else
        system.sleep(seconds)
      end
    end,
  }
end

return M
