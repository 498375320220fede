--- Several tables of hooks as one, so that a log and metrics can listen to the same client.
--
--   hooks = hooks.join(log.new {}, metrics)
--
-- Events (each a table; they hold no token, no secret and no query of an address):
--   request    endpoint, method, path, attempt, bytes
--   response   endpoint, attempt, http_status, bytes, reused, seconds, error,
--              timing = { dns, connect, tls, first_byte, total } where the transport measures it
--   retry      endpoint, attempt, wait (seconds), step ("retry" or "lookup"), error
--   ambiguous  endpoint, attempt, error
--   certificate  endpoint, number: the platform will soon sign with this certificate only
--   token      event ("fetch" "fetched" "fetch_failed" "refused" "store_failed"
--              "takeover"), appid, forced, expires_in, seconds, error, operation,
--              reason (of a takeover: "dead" or "slow")
-- Of a third-party platform (wxlive.platform), too:
--   ticket     event ("received" "late" "refused"), age, ends_in (seconds), error
--   consent    event ("given" "renewed" "pending" "withdrawn"), appid of the shop, error
local M = {}

M.names = {
  "request", "response", "retry", "ambiguous", "certificate", "token", "ticket", "consent",
}

-- A hook that raises must not keep the event from the other hooks.
local function both(first, second)
  return function(event)
    pcall(first, event)
    pcall(second, event)
  end
end

--- Joins tables of hooks; each event goes to all of them, in order. nil is skipped.
---@param ... table?
---@return table
function M.join(...)
  local joined = {}
  for i = 1, select("#", ...) do
    local hooks = select(i, ...)
    if hooks ~= nil and type(hooks) ~= "table" then
      error(("wxlive.hooks.join takes tables of hooks, not a %s"):format(type(hooks)), 2)
    elseif hooks then
      for _, name in ipairs(M.names) do
        local before, hook = joined[name], hooks[name]
        joined[name] = before and hook and both(before, hook) or before or hook
      end
    end
  end
  return joined
end

return M
