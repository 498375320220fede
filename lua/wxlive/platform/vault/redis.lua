--- A vault in Redis, for nginx, whose workers no database may block. The contract is in
--- wxlive.platform.vault.
--
--   local vault = assert(require("wxlive.platform.vault.redis").new {
--     host = "10.0.0.5", password = os.getenv("REDIS_PASSWORD"), key = "wxlive:vault",
--   })
--
-- The records are the fields of one hash that never expires. Redis must keep it: `appendonly yes`
-- (with `appendfsync always` a write that was answered is on disk; with everysec the last second
-- may be lost in a power cut, and the platform then gives the refresh token again), and
-- `maxmemory-policy noeviction` or one of the volatile- policies. A Redis that is a cache, without
-- a file, loses every shop with its restart.
--
-- The ACL user needs +hget +hset +hsetnx +hdel +hkeys +eval on that key. Values are sealed; the
-- token store's options hold here, too.
local Error = require "wxlive.error"
local redis = require "wxlive.store.redis"
local both = require("wxlive.text.sentence").both
local tables = require "wxlive.base.tables"
local vaults = require "wxlive.platform.vault"

local M = {}

---@class wxlive.platform.vault.Redis: wxlive.platform.Vault
local Redis = {}
Redis.__index = Redis
Redis.__name = "wxlive.platform.vault.redis"

-- Atomic on the server. After a lost answer it is sent again: if the new value is there already,
-- the first try has worked.
local SWAP = [[
local value = redis.call('HGET', KEYS[1], ARGV[1])
if value == ARGV[3] then return 1 end
if (ARGV[4] == 'none' and not value) or (ARGV[4] == 'some' and value == ARGV[2]) then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
  return 1
end
return 0]]

-- Sends a command, which may be repeated; see wxlive.store.redis.connection.
local function ask(self, wanted, ...)
  local reply, err, doubted = self.client:ask(wanted, true, ...)
  if err and err.kind == "store" then
    err.kind = "vault"
  end
  return reply, err, doubted
end

function Redis:get(name)
  return ask(self, "string", "HGET", self.key, name)
end

function Redis:put(name, value)
  local count, err = ask(self, "number", "HSET", self.key, name, value)
  return count and true, err
end

function Redis:swap(name, before, value)
  local done, err = ask(self, "number", "EVAL", SWAP, "1", self.key, name, before or "", value,
    before == nil and "none" or "some")
  if not done then
    return nil, err
  end
  return done == 1
end

function Redis:delete(name)
  local count, err, doubted = ask(self, "number", "HDEL", self.key, name)
  if not count then
    return nil, err
  end
  return count > 0 or doubted
end

function Redis:names(prefix)
  local all, err = ask(self, "table", "HKEYS", self.key)
  if not all then
    return nil, err
  end
  return vaults.beginning(all, prefix)
end

--- Closes the connections. The vault can still be used; it opens new ones.
function Redis:close()
  self.client:close()
end

--- Makes a vault; nothing is sent before its first use.
---@param o table   as for wxlive.store.redis.new, with `key`: the hash ("wxlive:vault") instead of
---  `prefix`
---@return wxlive.platform.vault.Redis? vault
---@return wxlive.Error? err
function M.new(o)
  local where, own = "wxlive.platform.vault.redis.new", tables.merged(o)
  local key = own.key or "wxlive:vault"
  own.key = nil
  if own.prefix ~= nil or type(key) ~= "string" or key == "" or key:find("[%s%c]") then
    return Error.fail {
      kind = "invalid", name = "invalid_options", sent = false,
      message = both("%s: key must be the name of a hash, without spaces; there is no prefix",
        "%s：key 应为哈希表的名称，不含空白；没有 prefix 选项"):format(where),
    }
  end
  local client, err = redis.connection(where, own)
  if not client then
    return nil, err
  end
  return setmetatable({ client = client, key = key }, Redis)
end

return M
