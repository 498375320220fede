--- Random names, of the operating system's generator.
local system = require("wxlive.core").system

local M = {}

--- The hex digits of n random bytes, for names that no other program chooses; nil, err without a
--- generator.
---@param n integer
---@return string? digits
---@return table? err
function M.hex(n)
  local bytes, err = system.random(n)
  if not bytes then
    return nil, err
  end
  return (bytes:gsub(".", function(c)
    return ("%02x"):format(c:byte())
  end))
end

return M
