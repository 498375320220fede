--- Prices of the library's listings beside those of requests.
local M = {}

--- Whether a listed price may be the one that was asked for. Requests have yuan; listings have yuan
--- by their pages and fen by the samples on them, therefore either counts.
---@param listed number?
---@param asked number?   nil: whatever it is
---@return boolean
function M.same(listed, asked)
  return asked == nil or listed == asked
    or type(listed) == "number" and math.abs(listed - asked * 100) < 0.5
end

return M
