--- Waits for conditions instead of for times: what a spec waits for may be late on a busy machine.
local system = require("wxlive.core").system

-- Ends a spec that would wait for ever; no spec's outcome hangs on it.
local SECONDS = 120

--- Asks again and again until check() gives something; gives that. Raises when it never does.
---@generic T
---@param check fun(): T
---@param what string?   for the message
---@return T
return function(check, what)
  local deadline = system.monotonic() + SECONDS
  while true do
    local value = check()
    if value then
      return value
    elseif system.monotonic() > deadline then
      error("waited in vain for " .. (what or "a condition"), 2)
    end
    system.sleep(0.005)
  end
end
