--- A wait that can be interrupted.
local M = {}

local LEAST, MOST = 0.01, 1

--- Sleeps until a clock shows a time, or a stop is asked for.
---@param time number
---@param now fun(): number
---@param run { interrupted: (fun(): boolean), sleep: fun(seconds: number) }
---@return boolean reached   whether the time has come
function M.till(time, now, run)
  while not run.interrupted() and now() < time do
    run.sleep(math.max(LEAST, math.min(MOST, time - now())))
  end
  return now() >= time
end

return M
