--- A store in nginx's shared memory, common to all workers (see wxlive.store.memory for the
--- contract). It blocks nobody and may be used in every phase.
--
--   lua_shared_dict wxlive 1m;                                      # in nginx.conf
--   local store = assert(require("wxlive.store.shdict").new("wxlive"))
--
-- Nothing that is alive is ever pushed out to make room: a lock or a token that vanished would be
-- worse than an error that says to enlarge the dictionary. Entries survive a reload, not a restart.
--
-- Deleting "only while it still holds this value" takes two steps in a shared dictionary, and
-- between them the entry could die and be taken by somebody else, who would then lose it. So who
-- writes an entry (add, set, delete) holds that entry's guard for those microseconds. A worker that
-- is killed just then delays the next writer of the same key by GUARD_SECONDS. The exception that
-- remains: a worker that is stopped between the two steps for longer than that.
local compat = require "wxlive.compat"
local Error = require "wxlive.error"
local stores = require "wxlive.store"

local ngx = ngx

local M = {}

---@class wxlive.store.Shdict: wxlive.Store
local Shdict = {}
Shdict.__index = Shdict
Shdict.__name = "wxlive.store.shdict"

local GUARD_SECONDS = 2

-- A guard is free again within microseconds, unless its holder was put off the processor.
local SPINS, NAP, PATIENCE = 200, 0.001, 3000

local PREFIX = "wxlive:"

local function bad(message)
  return Error.fail { kind = "invalid", name = "bad_argument", message = message }
end

local function failed(self, why)
  local full = why == "no memory"
  return Error.fail {
    kind = "store", name = "store_failed", sent = false,
    message = ("shared dictionary %s: %s"):format(self.name, tostring(why)),
    hint = full and ("enlarge it: lua_shared_dict %s 10m;"):format(self.name) or nil,
    hint_zh = full and ("请增大共享内存：lua_shared_dict %s 10m;"):format(self.name) or nil,
  }
end

-- Waits for a guard, giving way to others where nginx allows that.
local function take_guard(self, guard)
  for try = 1, SPINS + PATIENCE do
    local taken, err = self.dict:safe_add(guard, true, GUARD_SECONDS)
    if taken then
      return true
    elseif err ~= "exists" then
      return nil, err
    elseif try > SPINS then
      pcall(ngx.sleep, NAP)
    end
  end
  return nil, "the entry is being written by somebody else for too long"
end

-- Runs f(dict, key, ...) with the entry to itself. f must not yield or raise.
local function guarded(self, key, f, ...)
  -- No key of a caller's has a "/".
  local guard = PREFIX .. "guard/" .. key
  local ok, err = take_guard(self, guard)
  if not ok then
    return failed(self, err)
  end
  local result, why = f(self.dict, PREFIX .. key, ...)
  self.dict:delete(guard)
  if why then
    return failed(self, why)
  end
  return result
end

function Shdict:get(key)
  local wrong = stores.wrong_entry(key)
  if wrong then
    return bad(wrong)
  end
  local value, err = self.dict:get(PREFIX .. key)
  if type(value) == "number" then
    return compat.integer_text(value)
  elseif value == nil and type(err) == "string" then
    return failed(self, err)
  end
  return value
end

-- Shared dictionaries know milliseconds, and 0 would be for ever.
local function life(ttl)
  return math.max(0.001, ttl)
end

local function put(dict, key, value, ttl)
  local ok, err = dict:safe_set(key, value, life(ttl))
  return ok, not ok and err or nil
end

function Shdict:set(key, value, ttl)
  local wrong = stores.wrong_entry(key, value or false, ttl or 0)
  if wrong then
    return bad(wrong)
  end
  return guarded(self, key, put, value, ttl)
end

local function add(dict, key, value, ttl)
  local ok, err = dict:safe_add(key, value, life(ttl))
  if not ok and err == "exists" then
    return false
  end
  return ok, not ok and err or nil
end

function Shdict:add(key, value, ttl)
  local wrong = stores.wrong_entry(key, value or false, ttl or 0)
  if wrong then
    return bad(wrong)
  end
  return guarded(self, key, add, value, ttl)
end

local function delete(dict, key, value)
  local there = dict:get(key)
  if type(there) == "number" then
    there = compat.integer_text(there)
  end
  if there == nil or value ~= nil and there ~= value then
    return false
  end
  dict:delete(key)
  return true
end

function Shdict:delete(key, value)
  local wrong = stores.wrong_entry(key, value)
  if wrong then
    return bad(wrong)
  end
  return guarded(self, key, delete, value)
end

function Shdict:incr(key, by, ttl)
  local wrong = stores.wrong_entry(key, nil, ttl or 0)
  if not wrong and not compat.is_integer(by) then
    wrong = "the step must be a whole number"
  end
  if wrong then
    return bad(wrong)
  end
  local sum, err = self.dict:incr(PREFIX .. key, by, 0, life(ttl))
  if not sum then
    return failed(self, err)
  elseif math.abs(sum) > compat.max_exact then
    self.dict:incr(PREFIX .. key, -by)
    return bad("the sum would pass 2^53")
  end
  return sum
end

--- The store in a dictionary of nginx.conf.
---@param name string
---@return wxlive.store.Shdict? store
---@return wxlive.Error? err
function M.new(name)
  local dict = type(name) == "string" and ngx and ngx.shared[name]
  if not dict then
    return Error.fail {
      kind = "store", name = "store_failed", sent = false,
      message = ("there is no shared dictionary %s"):format(tostring(name)),
      hint = ("add to the http block of nginx.conf: lua_shared_dict %s 1m;"):format(
        tostring(name)),
      hint_zh = ("请在 nginx.conf 的 http 块中加入：lua_shared_dict %s 1m;"):format(
        tostring(name)),
    }
  end
  return setmetatable({ dict = dict, name = name }, Shdict)
end

return M
