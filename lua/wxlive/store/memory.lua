--- A store in the memory of this Lua state: for tests, and for one process alone.
--
-- The contract of every store (values are strings; keys are letters, digits and _ . : -; ttl in
-- seconds):
--
--   store:get(key)            value; nil when there is none alive; nil, err when the store failed
--   store:set(key, v, ttl)    true, or nil, err
--   store:add(key, v, ttl)    true; false when something alive is there; or nil, err. Atomic
--   store:delete(key [, v])   whether it was deleted; with v only while that is the value. Atomic
--   store:incr(key, n, ttl)   the sum; starts at 0 and lives ttl from its first use. Atomic
--
-- A lock is add(key, owner, ttl) and delete(key, owner): if the owner dies, the lock ends after
-- ttl.
local compat = require "wxlive.base.compat"
local core = require "wxlive.core"
local options_of = require "wxlive.base.options"
local stores = require "wxlive.store"

local M = {}

---@class wxlive.Store
local Memory = {}
Memory.__index = Memory
Memory.__name = "wxlive.store.memory"

-- Expired entries are removed when the table has grown to twice the live entries of the last sweep
-- plus this number.
local SWEEP = 1000

local function alive(self, key)
  local entry = self.entries[key]
  local now = self.clock()
  -- If an entry ends later than its own lifetime allows, the clock has jumped back.
  if entry and entry.ends > now and entry.ends - now <= entry.ttl then
    return entry
  end
end

local function sweep(self)
  for key in pairs(self.entries) do
    if not alive(self, key) then
      self.entries[key] = nil
      self.count = self.count - 1
    end
  end
  self.sweep_at = 2 * self.count + SWEEP
end

local function put(self, key, value, ttl)
  if not self.entries[key] then
    if self.count >= self.sweep_at then
      sweep(self)
    end
    self.count = self.count + 1
  end
  self.entries[key] = { value = value, ttl = ttl, ends = self.clock() + ttl }
end

function Memory:get(key)
  local entry = alive(self, key)
  return entry and entry.value
end

function Memory:set(key, value, ttl)
  put(self, key, value, ttl)
  return true
end

function Memory:add(key, value, ttl)
  if alive(self, key) then
    return false
  end
  put(self, key, value, ttl)
  return true
end

function Memory:delete(key, value)
  local entry = alive(self, key)
  if not entry or value ~= nil and entry.value ~= value then
    return false
  end
  self.entries[key] = nil
  self.count = self.count - 1
  return true
end

function Memory:incr(key, by, ttl)
  local entry = alive(self, key)
  local held = 0
  if entry then
    held = entry.value:find("^%-?%d+$") and tonumber(entry.value)
    if not held then
      return stores.bad("the value is not a whole number")
    end
  end
  -- Checked before adding, because a double beyond 2^53 would look like 2^53.
  local most = compat.max_exact
  if math.abs(by) > most or by > 0 and held > most - by or by < 0 and held < -most - by then
    return stores.bad("the sum would pass 2^53")
  end
  local sum = compat.fold(held + by)
  if entry then
    entry.value = compat.integer_text(sum)
  else
    put(self, key, compat.integer_text(sum), ttl)
  end
  return sum
end

stores.checked(Memory)

--- A new, empty store. Its default clock never jumps.
---@param options { clock: fun(): number }?
---@return wxlive.Store? store
---@return wxlive.Error? err
function M.new(options)
  local given = options == nil and {} or options
  local ok, err = options_of.check("wxlive.store.memory.new", given, { clock = "callable" })
  if not ok then
    return nil, err
  end
  return setmetatable({
    entries = {}, count = 0, sweep_at = SWEEP, clock = given.clock or core.system.monotonic,
  }, Memory)
end

return M
