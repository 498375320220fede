--- Works on many items at a time. An exception or error of one item ends the whole run.
local map = require("wxlive.concurrent.map").map

local M = {}

--- Runs work(item) on everything that next_item gives.
---@param next_item fun(): any        nil at the end
---@param work fun(item: any): any, wxlive.Error?
---@param concurrency integer
---@return true? ok
---@return wxlive.Error? err   of the first item that failed
function M.each(next_item, work, concurrency)
  local _, errors, failed = map(next_item, work, {
    concurrency = concurrency, stop_on_error = true,
  })
  if failed == 0 then
    return true
  end
  local first
  for index in pairs(errors) do
    first = math.min(first or index, index)
  end
  return nil, errors[first]
end

return M
