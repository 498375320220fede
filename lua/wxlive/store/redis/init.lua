--- A store in Redis, shared by machines (see wxlive.store.memory for the contract).
--
--   local store = assert(require("wxlive.store.redis").new {
--     host = "10.0.0.5", port = 6379, username = "shop", password = os.getenv("REDIS_PASSWORD"),
--     database = 0, tls = { ca_file = "/etc/ssl/redis-ca.pem" }, prefix = "wxlive:",
--   })
--   local live = assert(broadcast.new { token_store = store, ... })
--
-- What it needs: Redis 2.6.12 or newer, or a server that speaks its protocol; an ACL user that may
-- do +get +set +del +eval +incrby +pttl +pexpire (the last three from within EVAL) on ~wxlive:*.
--
-- In place of host and port: `sentinels = { "10.0.0.1:26379", ... }, master = "mymaster"` asks
-- sentinels for the master, again after it failed or became a replica; `nodes = { "10.0.0.1:7000",
-- ... }` are some nodes of a cluster, whose redirections (MOVED, ASK) are followed and remembered.
-- Each operation touches one key only. While a failover lasts, operations fail within `timeout`.
--
-- Bound: every operation ends within `timeout` (2 s when not given), whether Redis is killed, hangs
-- or cannot be reached; the next one connects again. The lock of a dead process ends after its time
-- to live.
--
-- The lock's value is its fence: `add(key, owner, ttl)` with an owner that no other caller uses,
-- and `delete(key, owner)` releases only that owner's lock, so that an owner that comes too late
-- cannot free its successor's lock. It does not order writes after a lock has ended; nothing in
-- wxlive depends on that (two fetches of a token do no harm).
--
-- When the connection breaks before the answer: get, set and delete are repeated. So is add: if the
-- key then exists, its value shows which caller added it; use a unique value. incr is not repeated:
-- the error says `ambiguous`.
--
-- The token is in Redis in plain text. Protect it there: with a password or ACL user, with TLS, and
-- in a network that others cannot reach.
local compat = require "wxlive.base.compat"
local options = require "wxlive.base.options"
local redis = require "wxlive.store.redis.connection"
local routes = require "wxlive.store.redis.routes"
local both = require("wxlive.text.sentence").both
local stores = require "wxlive.store"

local M = {}

---@class wxlive.store.Redis: wxlive.Store
local Redis = {}
Redis.__index = Redis
Redis.__name = "wxlive.store.redis"

local known = {
  host = "string", port = "number", username = "string", password = "string", database = "number",
  tls = "boolean|table", prefix = "string", timeout = "number", connect_timeout = "number",
  stream = "callable", nodes = "table", sentinels = "table", master = "string",
  sentinel_username = "string", sentinel_password = "string",
}
local known_tls = {
  ca_file = "string", server_name = "string", cert_file = "string", key_file = "string",
}

-- Atomic on the server, on one key.
local DELETE_IF = [[
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0]]

local INCREASE = [[
local sum = redis.call('INCRBY', KEYS[1], ARGV[1])
if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return sum]]

local function milliseconds(ttl)
  return compat.integer_text(math.ceil(math.min(ttl * 1000, compat.max_exact)))
end

function Redis:get(key)
  local value, err = self.client:ask("string", true, "GET", self.prefix .. key)
  return value, err
end

function Redis:set(key, value, ttl)
  local reply, err = self.client:call(true, "SET", self.prefix .. key, value, "PX",
    milliseconds(ttl))
  if reply == nil then
    return nil, err
  end
  return true
end

function Redis:add(key, value, ttl)
  local reply, err, doubted = self.client:call(true, "SET", self.prefix .. key, value, "NX", "PX",
    milliseconds(ttl))
  if reply == nil then
    return nil, err
  elseif reply ~= false then
    return true
  elseif not doubted then
    return false
  end
  local there
  there, err = self:get(key)
  if err then
    return nil, err
  end
  return there == value
end

function Redis:delete(key, value)
  local count, err, doubted
  if value == nil then
    count, err, doubted = self.client:ask("number", true, "DEL", self.prefix .. key)
  else
    count, err, doubted = self.client:ask("number", true, "EVAL", DELETE_IF, "1",
      self.prefix .. key, value)
  end
  if not count then
    return nil, err
  end
  -- After a repeated delete, "nothing there" means success.
  return count > 0 or doubted
end

function Redis:incr(key, by, ttl)
  local sum, err = self.client:ask("number", false, "EVAL", INCREASE, "1", self.prefix .. key,
    compat.integer_text(by), milliseconds(ttl))
  return sum, err
end

stores.checked(Redis)

--- Closes the connections. The store can still be used; it opens new ones.
function Redis:close()
  self.client:close()
end

-- Reads the addresses of an option; what is wrong goes to `wrong`.
local function addresses(list, name, default_port, wrong)
  local out = {}
  for i, text in ipairs(list) do
    out[i] = routes.parse(text, default_port)
    if not out[i] then
      wrong(name, both('entry %d must be "host" or "host:port"', "第 %d 项应为 host 或 host:port")
        :format(i))
      return nil
    end
  end
  if not out[1] then
    wrong(name, both('must be a list of "host:port"', "应为 host:port 的列表"))
  end
  return out
end

-- The destination that the options name: one server, sentinels, or nodes of a cluster.
local function destinations(o, wrong)
  if o.nodes and o.sentinels then
    wrong("nodes", both("goes without sentinels", "不能与 sentinels 同时给出"))
  elseif (o.nodes or o.sentinels) and (o.host or o.port) then
    wrong("host", both("and port go without %s", "与 port 不能与 %s 同时给出")
      :format(o.nodes and "nodes" or "sentinels"))
  elseif o.nodes and o.database and o.database ~= 0 then
    wrong("database", both("must be 0: a cluster has no other", "应为 0：集群只有 0 号库"))
  end
  if o.sentinels and not (o.master and o.master ~= "") then
    wrong("master", both("must be the name by which the sentinels watch the master",
      "应为哨兵监控的主节点名称"))
  elseif not o.sentinels then
    for _, name in ipairs { "master", "sentinel_username", "sentinel_password" } do
      if o[name] then
        wrong(name, both("only makes sense together with sentinels", "只能与 sentinels 一起使用"))
      end
    end
  end
  if o.sentinels then
    return { sentinels = addresses(o.sentinels, "sentinels", 26379, wrong) }
  elseif o.nodes then
    return { nodes = addresses(o.nodes, "nodes", 6379, wrong) }
  end
  return {}
end

-- The destinations (empty: host and port), or nil and what is wrong with the options.
local function check(where, o)
  local ok, err = options.check(where, o, known)
  if ok and type(o.tls) == "table" then
    ok, err = options.check(where .. ": tls", o.tls, known_tls)
  end
  if not ok then
    return nil, err
  end
  local problems, wrong = options.problems()
  for _, name in ipairs { "timeout", "connect_timeout" } do
    if o[name] and not (o[name] > 0 and o[name] < math.huge) then
      wrong(name, both("must be above 0 seconds", "应大于 0 秒"))
    end
  end
  if o.port and not (compat.is_integer(o.port) and o.port >= 1 and o.port <= 65535) then
    wrong("port", both("must be between 1 and 65535", "应在 1 至 65535 之间"))
  end
  if o.database and not (compat.is_integer(o.database) and o.database >= 0) then
    wrong("database", both("must be a whole number from 0", "应为 0 或更大的整数"))
  end
  if o.username and not o.password then
    wrong("username", both("goes with a password", "须与 password 一起给出"))
  end
  if o.sentinel_username and not o.sentinel_password then
    wrong("sentinel_username", both("goes with a sentinel_password",
      "须与 sentinel_password 一起给出"))
  end
  if o.prefix and o.prefix:find("[%s%c]") then
    wrong("prefix", both("must be without spaces", "不能含有空白字符"))
  end
  local to = destinations(o, wrong)
  ok, err = options.report(where, problems)
  if not ok then
    return nil, err
  end
  return to
end

--- Makes the client of a store or vault; nothing is sent before its first use.
---@param where string   who is made, for messages
---@param o table        as for M.new
---@return wxlive.Redis? client
---@return wxlive.Error? err
function M.connection(where, o)
  local to, err = check(where, o)
  if not to then
    return nil, err
  end
  return redis.new {
    nodes = to.nodes or not to.sentinels
      and { routes.node(o.host or "127.0.0.1", compat.fold(o.port or 6379)) } or nil,
    sentinels = to.sentinels, master = o.master,
    sentinel_username = o.sentinel_username, sentinel_password = o.sentinel_password,
    username = o.username, password = o.password, database = o.database,
    tls = o.tls == true and {} or o.tls or nil, stream = o.stream,
    timeout = o.timeout or 2, connect_timeout = o.connect_timeout or 1,
  }
end

--- Makes a store; nothing is sent before its first use.
---@param o { host: string?, port: integer?, nodes: string[]?, sentinels: string[]?,
---  master: string?, sentinel_username: string?, sentinel_password: string?,
---  username: string?, password: string?, database: integer?, prefix: string?, timeout: number?,
---  connect_timeout: number?, stream: function?, tls: boolean|{ ca_file: string?,
---  server_name: string?, cert_file: string?, key_file: string? }? }?
---@return wxlive.store.Redis? store
---@return wxlive.Error? err
function M.new(o)
  o = o == nil and {} or o
  local client, err = M.connection("wxlive.store.redis.new", o)
  if not client then
    return nil, err
  end
  return setmetatable({ client = client, prefix = o.prefix or "wxlive:" }, Redis)
end

return M
