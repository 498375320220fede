--- A store in nginx's shared memory, common to all workers (see wxlive.store.memory for the
--- contract). It never blocks and may be used in every phase.
--
--   lua_shared_dict wxlive 10m;                                     # in nginx.conf
--   local store = assert(require("wxlive.store.shdict").new("wxlive"))
--
-- The store never evicts a live entry to make room: a vanished lock or token would be worse than an
-- error that says to enlarge the dictionary. Entries survive a reload, not a restart.
--
-- nginx's own "safe" operations do not guarantee that. Its incr makes room for a new counter by
-- evicting the oldest entries. Its safe_set of a value of another length deletes the old value
-- before it looks for room. Therefore a counter is started with safe_add, and a value of another
-- length is first written beside the entry (as its spare), then in its place. While both exist, or
-- if only the spare fitted in, the spare is the value.
--
-- Deleting "only while it still holds this value" takes two steps in a shared dictionary, and
-- between them the entry could die and be taken by another caller, who would then lose it.
-- Therefore every writer of an entry (add, set, delete) holds that entry's guard for those
-- microseconds. A worker that is killed just then delays the next writer of the same key by
-- GUARD_SECONDS. One case remains: a worker that is stopped between the two steps for longer than
-- that.
local compat = require "wxlive.base.compat"
local Error = require "wxlive.error"
local both = require("wxlive.text.sentence").both
local stores = require "wxlive.store"

local ngx = ngx

local M = {}

---@class wxlive.store.Shdict: wxlive.Store
local Shdict = {}
Shdict.__index = Shdict
Shdict.__name = "wxlive.store.shdict"

local GUARD_SECONDS = 2

-- A guard is held for microseconds, unless the system suspends its holder.
local SPINS, NAP, PATIENCE = 200, 0.001, 3000

local PREFIX = "wxlive:"

local function failed(self, why)
  local full = why == "no memory"
  return Error.fail {
    kind = "store", name = "store_failed", sent = false, full = full or nil,
    message = both("shared dictionary %s: %s", "共享字典 %s：%s"):format(self.name, why),
    hint = full and ("enlarge it: lua_shared_dict %s 10m;"):format(self.name) or nil,
    hint_zh = full and ("请增大共享内存：lua_shared_dict %s 10m;"):format(self.name) or nil,
  }
end

-- When expired entries were last removed to make room, which takes a walk through all entries.
local looked_at = setmetatable({}, { __mode = "k" })
local LOOK_AGAIN = 1

-- Calls dict[method](dict, ...). If there was no room, it removes all expired entries and calls it
-- once more, because nginx itself looks at the two oldest entries only.
local function with_room(dict, method, ...)
  local ok, err = dict[method](dict, ...)
  local now = ngx.now()
  if err == "no memory" and now - (looked_at[dict] or 0) >= LOOK_AGAIN then
    looked_at[dict] = now
    if dict:flush_expired() > 0 then
      ok, err = dict[method](dict, ...)
    end
  end
  return ok, err
end

-- Waits for a guard; other requests run meanwhile where nginx allows that. If the dictionary has no
-- room for a guard, it goes on without one: then nothing can be added, and entries must remain
-- deletable.
local function take_guard(self, guard)
  for try = 1, SPINS + PATIENCE do
    local taken, err = with_room(self.dict, "safe_add", guard, true, GUARD_SECONDS)
    if taken or err == "no memory" then
      return true, not taken
    elseif err ~= "exists" then
      return nil, err
    elseif try > SPINS then
      pcall(ngx.sleep, NAP)
    end
  end
  return nil, both("another process has been writing the entry for too long",
    "其他进程写入该条目的时间过长")
end

-- Runs f(dict, key, ...) with the entry to itself. f must not yield or raise.
local function guarded(self, key, f, ...)
  local guard = PREFIX .. "guard/" .. key  -- keys of callers hold no "/"
  local ok, unguarded = take_guard(self, guard)
  if not ok then
    return failed(self, unguarded)
  end
  local result, why = f(self.dict, PREFIX .. key, ...)
  if not unguarded then
    self.dict:delete(guard)
  end
  if why then
    return failed(self, why)
  end
  return result
end

-- Keys of callers hold no "/".
local function spare_of(key)
  return key .. "/spare"
end

-- The value of an entry as text; nil, or nil and why it cannot be read.
local function read(dict, key)
  local value, err = dict:get(spare_of(key))
  if value == nil and type(err) ~= "string" then
    value, err = dict:get(key)
  end
  if type(value) == "number" then
    value = compat.integer_text(value)
  end
  return value, type(err) == "string" and err or nil
end

function Shdict:get(key)
  local value, err = read(self.dict, PREFIX .. key)
  if err then
    return failed(self, err)
  end
  return value
end

-- Shared dictionaries count in milliseconds, and 0 would mean without end.
local function life(ttl)
  return math.max(0.001, ttl)
end

local function put(dict, key, value, ttl)
  local spare = spare_of(key)
  local there = dict:get(key)
  local fits = there == nil or type(there) == "string" and #there == #value
  if not fits or dict:get(spare) ~= nil then
    local ok, err = with_room(dict, "safe_set", spare, value, life(ttl))
    if not ok then
      return nil, err
    end
  end
  local ok, err = with_room(dict, "safe_set", key, value, life(ttl))
  if ok then
    dict:delete(spare)
    return true
  elseif fits then
    return nil, err
  end
  return true  -- the spare holds it
end

function Shdict:set(key, value, ttl)
  return guarded(self, key, put, value, ttl)
end

local function add(dict, key, value, ttl)
  if dict:get(spare_of(key)) ~= nil then
    return false
  end
  local ok, err = with_room(dict, "safe_add", key, value, life(ttl))
  if not ok and err == "exists" then
    return false
  end
  return ok, not ok and err or nil
end

function Shdict:add(key, value, ttl)
  return guarded(self, key, add, value, ttl)
end

local function delete(dict, key, value)
  local there = read(dict, key)
  if there == nil or value ~= nil and there ~= value then
    return false
  end
  dict:delete(key)
  dict:delete(spare_of(key))
  return true
end

function Shdict:delete(key, value)
  return guarded(self, key, delete, value)
end

-- Adds to a counter, which starts at 0.
local function count(dict, key, by, ttl)
  for _ = 1, SPINS do
    local sum, err = dict:incr(key, by)
    if sum or err ~= "not found" then
      return sum, err
    end
    local ok
    ok, err = with_room(dict, "safe_add", key, by, life(ttl))
    if ok then
      return by
    elseif err ~= "exists" then
      return nil, err
    end
  end
  return nil, both("the counter ends faster than it can be added to", "计数器在累加之前就已过期")
end

function Shdict:incr(key, by, ttl)
  local sum, err = count(self.dict, PREFIX .. key, by, ttl)
  if not sum then
    return failed(self, err)
  elseif math.abs(sum) > compat.max_exact then
    self.dict:incr(PREFIX .. key, -by)
    return stores.bad("the sum would pass 2^53")
  end
  return sum
end

stores.checked(Shdict)

--- The store in a dictionary of nginx.conf.
---@param name string
---@return wxlive.store.Shdict? store
---@return wxlive.Error? err
function M.new(name)
  local dict = type(name) == "string" and ngx and ngx.shared[name]
  if not dict then
    return Error.fail {
      kind = "store", name = "store_failed", sent = false,
      message = both("there is no shared dictionary %s", "没有名为 %s 的共享字典")
        :format(tostring(name)),
      hint = ("add to the http block of nginx.conf: lua_shared_dict %s 10m;"):format(
        tostring(name)),
      hint_zh = ("请在 nginx.conf 的 http 块中加入：lua_shared_dict %s 10m;"):format(
        tostring(name)),
    }
  end
  return setmetatable({ dict = dict, name = name }, Shdict)
end

return M
