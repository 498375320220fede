--- A small Redis client: one command, one reply, within a time. The base of wxlive.store.redis.
--
-- Protocol and transport of bytes are separate: wxlive.resp (hiredis, no socket) writes commands
-- and reads replies; a stream carries them: libcurl's (wxlive.core.stream), a cosocket inside nginx
-- (wxlive.store.redis.cosocket), or another one that the option `stream` gives, a function
--
--   connect(where) -> stream | nil, { status = name, message = text }
--     where   host, port, tls, server_name, ca_file, cert_file, key_file, connect_timeout in
--             seconds, pool (a name that tells apart what must not be exchanged)
--   stream:send(bytes, seconds)   true | nil, err, with err as above
--   stream:receive(seconds)       at least one byte | nil, err
--   stream:quiet()                whether it is open and nothing unasked for has come
--   stream:close()
--   stream.reused                 true: out of a pool; user and database are set already
--   stream:release()              optional: takes the connection back into a pool of its own
--
-- Time: a call ends within `timeout`, a second try included, whatever happens to Redis. Repeats: a
-- command is sent a second time only when the caller says that it may be. Otherwise the error says
-- `ambiguous`: it may have been done.
local compat = require "wxlive.base.compat"
local core = require "wxlive.core"
local Error = require "wxlive.error"

local M = {}

---@class wxlive.Redis
local Client = {}
Client.__index = Client
Client.__name = "wxlive.Redis"

-- Connections kept for the next call. One is used at a time unless coroutines yield in a stream.
local IDLE_MAX = 8

-- Answers after which the connection is closed: the server is still starting, or has become a
-- replica.
local leave = { LOADING = true, READONLY = true, MASTERDOWN = true }

local about = {
  NOAUTH = { "give password (and username)", "请提供 password（以及 username）" },
  WRONGPASS = { "user or password are wrong", "用户名或密码不正确" },
  NOPERM = { "the ACL user needs +get +set +del +eval +incrby +pttl +pexpire on ~<prefix>*",
    "ACL 用户需要对 ~<prefix>* 具有 +get +set +del +eval +incrby +pttl +pexpire 权限" },
  LOADING = { "Redis is starting; try again shortly", "Redis 正在启动，稍后自动恢复" },
  READONLY = { "this is a replica: name the master", "当前为只读副本，请连接主节点" },
  OOM = { "Redis has reached its maxmemory", "Redis 内存已达上限" },
  MOVED = { "the cluster moves faster than it can be followed: use a cluster proxy",
    "集群拓扑变化过快，请使用集群代理" },
  ASK = { "the cluster is moving this key; try again shortly",
    "集群正在迁移该 key，稍后自动恢复" },
  TRYAGAIN = { "the cluster is moving this key; try again shortly",
    "集群正在迁移该 key，稍后自动恢复" },
  CLUSTERDOWN = { "a part of the cluster has no master: look at CLUSTER INFO",
    "集群有槽位没有可用主节点，请检查 CLUSTER INFO" },
  MASTERDOWN = { "this replica has lost its master: name the master, or repair replication",
    "当前副本与主节点断开，请连接主节点或修复主从复制" },
  NOREPLICAS = { "too few replicas are connected (min-replicas-to-write): repair replication",
    "可用副本不足（min-replicas-to-write），请修复主从复制" },
  MISCONF = { "Redis cannot save to disk and refuses to write: look at its log and its disk",
    "Redis 无法写入磁盘，因此拒绝写操作，请检查其日志与磁盘" },
  BUSY = { "a script of another program blocks Redis: end it with SCRIPT KILL",
    "其他程序的脚本占用了 Redis，请用 SCRIPT KILL 结束它" },
  DENIED = { "Redis runs in protected mode: set a password, and bind it to this network",
    "Redis 处于保护模式，请设置密码并绑定到该网络" },
  WRONGTYPE = { "another program uses this key: choose another prefix",
    "该 key 被其他程序占用，请更换 prefix" },
}

-- Errors that Redis itself marks with ERR only.
local about_texts = {
  { "max number of clients", { "Redis has reached its maxclients: raise it, or close connections",
    "Redis 连接数已达上限（maxclients），请调大或减少连接" } },
  { "DB index", { "this database does not exist there: check database (a cluster has only 0)",
    "数据库编号不存在，请检查 database（集群只有 0）" } },
  { "without any password", { "this Redis has no password: leave password out",
    "该 Redis 未设置密码，请去掉 password" } },
  { "unknown command", { "it needs Redis 2.6.12 or newer, with EVAL, or what speaks its protocol",
    "需要支持 EVAL 的 Redis 2.6.12 或更高版本（或兼容服务）" } },
}

-- The word that names an error. In older versions the error of a command within EVAL follows the
-- word ERR.
local function word_of(text)
  local word = text:match("^%u+") or "ERR"
  local inner = word == "ERR" and text:match("%-(%u+) ")
  return about[inner] and inner or word
end

local function hint_for(word, text)
  if about[word] then
    return about[word]
  end
  for _, case in ipairs(about_texts) do
    if text:find(case[1], 1, true) then
      return case[2]
    end
  end
  return {}
end

local by_status = {
  connect_failed = { "is it running, and is the port open to this machine?",
    "请确认 Redis 已启动且端口可达" },
  tls_failed = { "check ca_file and server_name, and that the port speaks TLS",
    "请检查 ca_file、server_name 以及该端口是否启用 TLS" },
  timeout = { "look at Redis's load, or raise timeout",
    "请检查 Redis 负载，或调大 timeout" },
}

local function broken(self, err, sent)
  local hint = by_status[err.status] or {}
  return Error.new {
    kind = "store", name = err.status, sent = sent, message = "redis: " .. err.message,
    hint = hint[1], hint_zh = hint[2], address = self.address,
  }
end

-- Old servers and proxies quote the arguments of a refused command, and one may be a password or a
-- token.
local function harmless(text, args)
  text = text:gsub(",? with args.*", "")
  for i = 2, #args do
    if #args[i] > 3 then
      local at, to = text:find(args[i], 1, true)
      while at do
        text = text:sub(1, at - 1) .. "..." .. text:sub(to + 1)
        at, to = text:find(args[i], at + 3, true)
      end
    end
  end
  return text
end

local function refused(self, text, args)
  local word = word_of(text)
  local hint = hint_for(word, text)
  return Error.new {
    kind = "store", name = "redis_" .. word:lower(), sent = true, full = word == "OOM" or nil,
    message = ("redis %s: %s: %s"):format(self.address, args[1], harmless(text, args)),
    hint = hint[1], hint_zh = hint[2], address = self.address,
  }
end

local function drop(connection)
  connection.stream:close()
  connection.codec:close()
end

-- Sends bytes and reads as many replies. nil, err, where err is of the stream or codec.
local function exchange(connection, bytes, count, deadline)
  local ok, err = connection.stream:send(bytes, deadline - core.system.monotonic())
  if not ok then
    return nil, err
  end
  local replies = {}
  while #replies < count do
    local reply
    reply, err = connection.codec:next()
    if reply ~= nil then
      replies[#replies + 1] = reply
    elseif err then
      return nil, err
    else
      local more
      more, err = connection.stream:receive(deadline - core.system.monotonic())
      if not more then
        return nil, err
      end
      ok, err = connection.codec:feed(more)
      if not ok then
        return nil, err
      end
    end
  end
  return replies
end

-- Authenticates, and selects the database. Nothing else is sent before that has been accepted:
-- running a command in the wrong database would be worse than not running it.
local function greet(self, connection, deadline)
  local commands, bytes = self.greeting(), {}
  for i, args in ipairs(commands) do
    local text, err = connection.codec:command(compat.unpack(args, 1, #args))
    if not text then
      return nil, broken(self, err, false)
    end
    bytes[i] = text
  end
  if #bytes == 0 then
    return true
  end
  local replies, err = exchange(connection, table.concat(bytes), #bytes, deadline)
  if not replies then
    return nil, broken(self, err, false)
  end
  for i, reply in ipairs(replies) do
    if type(reply) == "table" and reply.err then
      err = refused(self, reply.err, commands[i])
      err.sent = false
      return nil, err
    end
  end
  return true
end

local function open(self, host, port, deadline)
  local codec, err = self.resp.new()
  if not codec then
    return nil, broken(self, err, false)
  end
  local where = {}
  for key, value in pairs(self.where) do
    where[key] = value
  end
  where.host, where.port = host, port
  where.connect_timeout = math.min(self.connect_timeout, deadline - core.system.monotonic())
  local stream
  stream, err = self.connect(where)
  if not stream then
    codec:close()
    return nil, broken(self, err, false)
  end
  local connection = {
    stream = stream, codec = codec, address = host .. ":" .. port, pid = core.system.pid(),
  }
  if not stream.reused then
    local ok
    ok, err = greet(self, connection, deadline)
    if not ok then
      drop(connection)
      return nil, err
    end
  end
  return connection
end

-- A connection to use alone until it is given back.
local function take(self, host, port, deadline)
  local idle = self.idle[host .. ":" .. port]
  while idle and idle[1] do
    local connection = table.remove(idle)
    -- After a fork both processes would read each other's replies.
    if connection.pid == core.system.pid() and connection.stream:quiet() then
      return connection
    end
    drop(connection)
  end
  return open(self, host, port, deadline)
end

local function give_back(self, connection)
  if connection.stream.release then
    connection.stream:release()
    connection.codec:close()
    return
  end
  local idle = self.idle[connection.address]
  if not idle then
    idle = {}
    self.idle[connection.address] = idle
  end
  if #idle < IDLE_MAX then
    idle[#idle + 1] = connection
  else
    drop(connection)
  end
end

-- One try. nil, err, or the reply; a reply that is an error is a reply here.
local function try(self, host, port, args, deadline)
  local connection, err = take(self, host, port, deadline)
  if not connection then
    return nil, err
  end
  local bytes, replies
  bytes, err = connection.codec:command(compat.unpack(args, 1, #args))
  if not bytes then
    give_back(self, connection)
    return nil, broken(self, err, false)
  end
  replies, err = exchange(connection, bytes, 1, deadline)
  if not replies then
    -- Closes the connection: the answer may still arrive, and the next user of the connection must
    -- not read it.
    drop(connection)
    return nil, broken(self, err, true)
  end
  local reply = replies[1]
  if type(reply) == "table" and reply.err and leave[word_of(reply.err)] then
    drop(connection)
  else
    give_back(self, connection)
  end
  return reply
end

--- Does one command.
---@param repeatable boolean  it may be sent again when it is not known whether it was done
---@param ... string          name and arguments
---@return any reply          see core/lua/store/resp.c; false is Redis's nil
---@return wxlive.Error? err
---@return boolean doubted    an earlier try may have done it
function Client:call(repeatable, ...)
  local args = { ... }
  local deadline = core.system.monotonic() + self.timeout
  local host, port = self.where.host, self.where.port
  local doubted, followed = false, false
  local reply, err
  while true do
    reply, err = try(self, host, port, args, deadline)
    if err then
      if not err.sent or not repeatable or doubted or deadline <= core.system.monotonic() then
        err.ambiguous = (err.sent or doubted) and not repeatable or nil
        return nil, err, doubted or err.sent
      end
      doubted = true
    elseif type(reply) == "table" and reply.err then
      local node, at = reply.err:match("^MOVED %d+ (.-):(%d+)$")
      if not node or followed then
        return nil, refused(self, reply.err, args), doubted
      end
      followed = true
      host, port = node ~= "" and node or host, tonumber(at)
    else
      return reply, nil, doubted
    end
  end
end

--- Closes what is kept. The client can still be used.
function Client:close()
  for _, idle in pairs(self.idle) do
    for i = #idle, 1, -1 do
      drop(table.remove(idle, i))
    end
  end
end

local salt

-- A digest that distinguishes passwords without revealing them: a connection that was opened with
-- one password is not used for another.
local function mark_of(password)
  salt = salt or core.system.random(20)
  return password and core.message.sha1(salt, password) or ""
end

-- A blocking read would hold up everything else that a worker of nginx does.
local function default_stream()
  return compat.in_nginx() and require("wxlive.store.redis.cosocket").connect or core.stream.connect
end

-- Loads the codec; if it is missing, the error says how to get it.
local function load_codec()
  local ok, resp = pcall(require, "wxlive.resp")
  if ok then
    return resp
  end
  return Error.fail {
    kind = "store", name = "unsupported", sent = false,
    message = "redis: the module wxlive.resp is missing or cannot be loaded ("
      .. tostring(resp):match("^[^\n]*") .. ")",
    hint = "it is built when hiredis is there: install libhiredis-dev and build wxlive again",
    hint_zh = "该模块依赖 hiredis：请安装 libhiredis-dev 后重新构建 wxlive",
  }
end

--- Makes a client; nothing is sent before the first call.
---@param o { host: string, port: integer, username: string?, password: string?, database: integer?,
---  tls: table?, timeout: number, connect_timeout: number, stream: function? }
---@return wxlive.Redis? client
---@return wxlive.Error? err
function M.new(o)
  local resp, err = load_codec()
  if not resp then
    return nil, err
  end
  local username, password, database = o.username, o.password, o.database
  local tls = o.tls or {}
  return setmetatable({
    resp = resp, connect = o.stream or default_stream(), idle = {},
    address = o.host .. ":" .. o.port, timeout = o.timeout, connect_timeout = o.connect_timeout,
    where = {
      host = o.host, port = o.port, tls = o.tls ~= nil, ca_file = tls.ca_file,
      server_name = tls.server_name, cert_file = tls.cert_file, key_file = tls.key_file,
      pool = table.concat({ "redis", o.host, o.port, tostring(o.tls ~= nil),
        tls.server_name or "", tls.ca_file or "", tls.cert_file or "", username or "",
        mark_of(password), database or 0 }, "|"),
    },
    -- A closure, so that no dump of the client shows the password.
    greeting = function()
      local commands = {}
      if password then
        commands[1] = username and { "AUTH", username, password } or { "AUTH", password }
      end
      if database and database ~= 0 then
        commands[#commands + 1] = { "SELECT", ("%d"):format(database) }
      end
      return commands
    end,
  }, Client)
end

return M
