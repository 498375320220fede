--- Forced refreshes, which the platform allows 20 times a day and 30 s apart for an appid
--- (getStableAccessToken). The count lives in the store, so that all processes share the ration.
local compat = require "wxlive.base.compat"

local M = { A_DAY = 20, GAP = 30 }

local DAY = 86400

-- The platform's day begins at midnight in Beijing.
local function beijing(now)
  return now + 8 * 3600
end

--- Takes one forced refresh out of the ration.
---@param store wxlive.Store
---@param key string   what the ration's keys begin with
---@param now number
---@return number? wait  0: go ahead; else the seconds until it may be asked for again
---@return any err       when the store failed
function M.take(store, key, now)
  local gap_key = key .. ":forced-gap"
  local free_at = compat.integer_text(math.ceil(now + M.GAP))
  local added, err = store:add(gap_key, free_at, M.GAP)
  if added == nil then
    return nil, err
  elseif not added then
    local at = tonumber((store:get(gap_key)))
    return at and math.max(1, math.min(M.GAP, at - now)) or M.GAP
  end
  local day = math.floor(beijing(now) / DAY)
  local count
  count, err = store:incr(key .. ":forced:" .. compat.integer_text(day), 1, 2 * DAY)
  if not count then
    return nil, err
  elseif count > M.A_DAY then
    return math.ceil((day + 1) * DAY - beijing(now))
  end
  return 0
end

return M
