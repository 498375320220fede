--- The order in which rooms are shown: soonest first. A row of the platform with a missing field,
--- or one of another type, is shown all the same.
local compat = require "wxlive.base.compat"

local M = {}

--- When a room starts; nil when its row does not say.
---@param room table
---@return number? seconds
function M.start(room)
  return type(room.start_time) == "number" and room.start_time or nil
end

--- Whether a room stands before another, for table.sort.
---@param a table
---@param b table
---@return boolean
function M.is_before(a, b)
  local one, other = M.start(a) or math.huge, M.start(b) or math.huge
  if one ~= other then
    return one < other
  end
  return compat.is_lower_id(a.room_id, b.room_id)
end

return M
