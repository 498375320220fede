--- Pseudo-random numbers that are the same on every interpreter for the same seed (Lehmer's
--- generator: products stay below 2^53). Nothing here is secret.
local M = {}

local MODULUS, FACTOR = 2147483647, 48271

local ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

local Random = {}
Random.__index = Random

---@param seed integer
function M.new(seed)
  local self = setmetatable({ state = seed % (MODULUS - 1) + 1 }, Random)
  for _ = 1, 8 do -- small seeds give small first numbers
    self:fraction()
  end
  return self
end

--- From 0 to below 1.
function Random:fraction()
  self.state = (self.state * FACTOR) % MODULUS
  return self.state / MODULUS
end

--- A whole number from 1 to n.
function Random:upto(n)
  return math.floor(self:fraction() * n) + 1
end

--- Eight hex digits.
function Random:hex8()
  return ("%04x%04x"):format(self:upto(65536) - 1, self:upto(65536) - 1)
end

--- n characters of the URL-safe base64 alphabet.
function Random:word(n)
  local out = {}
  for i = 1, n do
    local k = self:upto(64)
    out[i] = ALPHABET:sub(k, k)
  end
  return table.concat(out)
end

--- A shuffled copy of a list.
function Random:shuffled(list)
  local out = {}
  for i, item in ipairs(list) do
    local k = self:upto(i)
    out[i] = out[k]
    out[k] = item
  end
  return out
end

return M
