--- A small Redis client: one command, one reply, within a time. The base of wxlive.store.redis.
--
-- Protocol and transport of bytes are separate: wxlive.resp (hiredis, no socket) writes commands
-- and reads replies; a stream carries them: libcurl's (wxlive.curl.stream), a cosocket inside nginx
-- (wxlive.store.redis.cosocket), or another one that the option `stream` gives, a function
--
--   connect(where) -> stream | nil, { status = name, message = text }
--     where   host, port, tls, server_name, ca_file, cert_file, key_file, connect_timeout in
--             seconds, pool (a name; connections of one name are interchangeable)
--   stream:send(bytes, seconds)   true | nil, err, with err as above
--   stream:receive(seconds)       at least one byte | nil, err
--   stream:quiet()                whether it is open and nothing unasked for has come
--   stream:close()
--   stream.reused                 true: out of a pool; user and database are set already
--   stream:release()              optional: takes the connection back into a pool of its own
--
-- Time: a call ends within `timeout`, a second try included, whatever happens to Redis. Repeats: a
-- command is sent a second time only when the caller says that it may be. Otherwise the error says
-- `ambiguous`: it may have been done. Which node gets it: wxlive.store.redis.routes.
local compat = require "wxlive.base.compat"
local core = require "wxlive.core"
local Error = require "wxlive.error"
local errors = require "wxlive.store.redis.errors"
local routes = require "wxlive.store.redis.routes"
local both = require("wxlive.text.sentence").both
local tables = require "wxlive.base.tables"

local M = {}

---@class wxlive.Redis
local Client = {}
Client.__index = Client
Client.__name = "wxlive.Redis"

-- Connections kept for the next call. One is used at a time unless coroutines yield in a stream.
local IDLE_MAX = 8

-- Redirections of a cluster that one command follows.
local HOPS_MAX = 5

-- Answers after which the connection is closed: the server is still starting, or has become a
-- replica.
local leave = { LOADING = true, READONLY = true, MASTERDOWN = true }

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
      return nil, errors.broken(connection.node, err, false)
    end
    bytes[i] = text
  end
  if #bytes == 0 then
    return true
  end
  local replies, err = exchange(connection, table.concat(bytes), #bytes, deadline)
  if not replies then
    return nil, errors.broken(connection.node, err, false)
  end
  for i, reply in ipairs(replies) do
    if type(reply) == "table" and reply.err then
      err = errors.refused(connection.node, reply.err, commands[i])
      err.sent = false
      return nil, err
    end
  end
  return true
end

local function open(self, node, deadline)
  local codec, err = self.resp.new()
  if not codec then
    return nil, errors.broken(node, err, false)
  end
  local stream
  stream, err = self.connect(tables.merged(self.where, {
    host = node.host, port = node.port, pool = node.name .. "|" .. self.where.pool,
    connect_timeout = math.min(self.connect_timeout, deadline - core.system.monotonic()),
  }))
  if not stream then
    codec:close()
    return nil, errors.broken(node, err, false)
  end
  local connection = { stream = stream, codec = codec, node = node, pid = core.system.pid() }
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

-- A connection that no other command uses until it is given back.
local function take(self, node, deadline)
  local idle = self.idle[node.name]
  while idle and idle[1] do
    local connection = table.remove(idle)
    -- After a fork both processes would read each other's replies.
    if connection.pid == core.system.pid() and connection.stream:quiet() then
      return connection
    end
    drop(connection)
  end
  return open(self, node, deadline)
end

local function give_back(self, connection)
  if connection.stream.release then
    connection.stream:release()
    connection.codec:close()
    return
  end
  local name = connection.node.name
  local idle = self.idle[name]
  if not idle then
    idle = {}
    self.idle[name] = idle
  end
  if #idle < IDLE_MAX then
    idle[#idle + 1] = connection
  else
    drop(connection)
  end
end

-- One try. nil, err, or the reply; a reply that is an error is a reply here. asking: the node takes
-- over the key, and serves it only to clients that say so (ASKING).
local function try(self, node, args, deadline, asking)
  local connection, err = take(self, node, deadline)
  if not connection then
    return nil, err
  end
  local bytes, replies
  bytes, err = connection.codec:command(compat.unpack(args, 1, #args))
  if not bytes then
    give_back(self, connection)
    return nil, errors.broken(node, err, false)
  end
  if asking then
    bytes = connection.codec:command("ASKING") .. bytes
  end
  replies, err = exchange(connection, bytes, asking and 2 or 1, deadline)
  if not replies then
    -- Closes the connection: the answer may still arrive, and the next user of the connection must
    -- not read it.
    drop(connection)
    return nil, errors.broken(node, err, true)
  end
  local reply = replies[#replies]
  if type(reply) == "table" and reply.err and leave[errors.word_of(reply.err)] then
    drop(connection)
  else
    give_back(self, connection)
  end
  return reply
end

-- The node that a refusal names: MOVED permanently, ASK for this command only.
local function redirection(node, refusal)
  local word, host, port = refusal:match("^(%u+) %d+ (.-):(%d+)$")
  if word == "MOVED" or word == "ASK" then
    return routes.node(host ~= "" and host or node.host, tonumber(port)), word == "ASK"
  end
end

--- Does one command.
---@param repeatable boolean  it may be sent again when it is not known whether it was done
---@param ... string          name and arguments
---@return any reply          see core/lua/store/resp.c; false is Redis's nil
---@return wxlive.Error? err
---@return boolean doubted    an earlier try may have done it
function Client:call(repeatable, ...)
  local args = { ... }
  local key = args[1] == "EVAL" and args[4] or args[2] or ""
  local deadline = core.system.monotonic() + self.timeout
  local tried, hops, doubted, asking = {}, 0, false, false
  local node, err = self.route:node(key, deadline)
  while node do
    local reply, next_node, may_go_on
    reply, err = try(self, node, args, deadline, asking)
    local refusal = type(reply) == "table" and reply.err
    if not err and not refusal then
      return reply, nil, doubted
    end
    tried[node.name], asking = true, false
    if refusal then
      -- The node did not execute the command.
      err = errors.refused(node, refusal, args)
      next_node, asking = redirection(node, refusal)
      if next_node then
        hops = hops + 1
        next_node = hops <= HOPS_MAX and next_node or nil
        if next_node and not asking then
          self.route:moved(key, next_node)
        end
      elseif leave[errors.word_of(refusal)] then
        self.route:failed(key, node)
        may_go_on = true
      end
    else
      self.route:failed(key, node)
      may_go_on = not err.sent or repeatable and not doubted
      err.ambiguous = err.sent and not repeatable or nil
      doubted = doubted or err.sent
    end
    if may_go_on and core.system.monotonic() < deadline then
      next_node = self.route:node(key, deadline)
      -- The same node is tried again only after a broken connection, which may have been idle too
      -- long; not after a refusal.
      if next_node and tried[next_node.name] and not (err.sent and not refusal) then
        next_node = nil
      end
    end
    if not next_node or deadline <= core.system.monotonic() then
      return nil, err, doubted
    end
    node = next_node
  end
  return nil, err, false
end

--- Does one command whose reply is of one type; only where a string is wanted may there be none.
---@param wanted "string"|"number"|"table"
---@param repeatable boolean
---@param ... string
---@return any reply   nil without an error: there is none
---@return wxlive.Error? err
---@return boolean doubted   an earlier try may have done it
function Client:ask(wanted, repeatable, ...)
  local reply, err, doubted = self:call(repeatable, ...)
  if not err and type(reply) ~= wanted and (reply or wanted ~= "string") then
    err = Error.new {
      kind = "store", name = "bad_protocol", sent = true,
      message = both("redis: an answer to %s that does not belong there",
        "Redis：%s 的应答类型不符"):format((...)),
    }
  end
  return not err and reply or nil, err, doubted
end

--- Closes the kept connections. The client can still be used.
function Client:close()
  if self.sentinel then
    self.sentinel:close()
  end
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
  return compat.in_nginx() and require("wxlive.store.redis.cosocket").connect
    or require("wxlive.curl").stream.connect
end

-- Loads the codec; if it is missing, the error says how to get it.
local function load_codec()
  local ok, resp = pcall(require, "wxlive.resp")
  if ok then
    return resp
  end
  return Error.fail {
    kind = "store", name = "unsupported", sent = false,
    message = both("redis: the module wxlive.resp is missing or cannot be loaded (%s)",
      "Redis：模块 wxlive.resp 缺失或无法加载（%s）"):format(tostring(resp):match("^[^\n]*")),
    hint = "it is built when hiredis is there: install libhiredis-dev and build wxlive again",
    hint_zh = "该模块依赖 hiredis：请安装 libhiredis-dev 后重新构建 wxlive",
  }
end

--- Makes a client; nothing is sent before the first call.
---@param o { nodes: wxlive.redis.Node[]?, sentinels: wxlive.redis.Node[]?, master: string?,
---  sentinel_username: string?, sentinel_password: string?, username: string?, password: string?,
---  database: integer?, tls: table?, timeout: number, connect_timeout: number, stream: function? }
---@return wxlive.Redis? client
---@return wxlive.Error? err
function M.new(o)
  local resp, err = load_codec()
  if not resp then
    return nil, err
  end
  local username, password, database = o.username, o.password, o.database
  local tls = o.tls or {}
  local self = setmetatable({
    resp = resp, connect = o.stream or default_stream(), idle = {},
    timeout = o.timeout, connect_timeout = o.connect_timeout,
    where = {
      tls = o.tls ~= nil, ca_file = tls.ca_file,
      server_name = tls.server_name, cert_file = tls.cert_file, key_file = tls.key_file,
      pool = table.concat({ "redis", tostring(o.tls ~= nil), tls.server_name or "",
        tls.ca_file or "", tls.cert_file or "", username or "", mark_of(password), database or 0 },
        "|"),
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
  if o.nodes then
    self.route = routes.nodes(o.nodes)
    return self
  end
  local sentinel
  sentinel, err = M.new {
    nodes = o.sentinels, username = o.sentinel_username, password = o.sentinel_password,
    tls = o.tls, timeout = o.timeout, connect_timeout = o.connect_timeout, stream = o.stream,
  }
  if not sentinel then
    return nil, err
  end
  self.route = routes.sentinels(o.sentinels, o.master, function(node, deadline, ...)
    local args = { ... }
    local reply, failure = try(sentinel, node, args, deadline)
    if type(reply) == "table" and reply.err then
      return nil, errors.refused(node, reply.err, args)
    end
    return reply, failure
  end)
  self.sentinel = sentinel
  return self
end

return M
