--- Random names and numbers, of the operating system's generator.
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

--- A number in [0, 1), of 32 bits; 0.5 without a generator. Processes that were started together
--- get different ones.
---@return number
function M.number()
  local a, b, c, d = (system.random(4) or "\128\0\0\0"):byte(1, 4)
  return (((a * 256 + b) * 256 + c) * 256 + d) / 2 ^ 32
end

return M
