--- How often a call may be made: the limits that a user has set, else those of the catalogue.
local M = {}

local AUDITS_PER_DAY = 500

--- Calls of an endpoint that are counted under its path, a day and a minute; nil: no limit.
---@param platform table
---@param entry table  of the catalogue
---@return integer? per_day
---@return integer? per_minute
function M.of(platform, entry)
  local quota, own = entry.quota or {}, platform.limits[entry.path] or {}
  return own.per_day or (quota.shared ~= "audit" and quota.per_day) or nil,
    own.per_minute or quota.per_minute
end

--- Submissions of goods for audit, whichever call makes them, a day.
---@param platform table
---@return integer
function M.audits(platform)
  return platform.limits.audit and platform.limits.audit.per_day or AUDITS_PER_DAY
end

return M
