--- A stream of bytes over an nginx cosocket, for Redis: connections are kept in nginx's own pools,
--- shared by all requests of a worker.
local handshake = require "wxlive.transport.cosocket.handshake"

local both = require("wxlive.text.sentence").both

local ngx = ngx

local M = {}

---@class wxlive.stream.Cosocket
local Stream = {}
Stream.__index = Stream
Stream.__name = "wxlive.stream.Cosocket"

local IDLE_MS, POOL_SIZE = 60000, 30
local PORTION = 65536

local function failure(status, message)
  return nil, { status = status, message = message }
end

local function milliseconds(seconds)
  return math.max(1, math.ceil(seconds * 1000))
end

local function broken(where, err)
  if err == "timeout" then
    return failure("timeout", both("%s: the time allowed ran out", "%s：超时"):format(where))
  end
  return failure("connection_lost", both("%s: %s", "%s：%s"):format(where, tostring(err)))
end

---@param bytes string
---@param seconds number
function Stream:send(bytes, seconds)
  if seconds <= 0 then
    return broken(self.where, "timeout")
  end
  self.socket:settimeout(milliseconds(seconds))
  local sent, err = self.socket:send(bytes)
  if not sent then
    return broken(self.where, err)
  end
  return true
end

---@param seconds number
function Stream:receive(seconds)
  if seconds <= 0 then
    return broken(self.where, "timeout")
  end
  self.socket:settimeout(milliseconds(seconds))
  local bytes, err = self.socket:receiveany(PORTION)
  if not bytes then
    return broken(self.where, err)
  end
  return bytes
end

--- nginx itself closes a pooled connection that receives unexpected data.
function Stream.quiet()
  return true
end

function Stream:close()
  pcall(self.socket.close, self.socket)
end

function Stream:release()
  local ok = self.socket:setkeepalive(IDLE_MS, POOL_SIZE)
  if not ok then
    self:close()
  end
end

local function secure(socket, where, name)
  local ok, why, untrusted = handshake.run(socket, where.server_name or where.host)
  if ok then
    return true
  end
  return failure("tls_failed", both("%s: TLS failed: %s; %s", "%s：TLS 握手失败：%s；%s")
    :format(name, why, untrusted and both(handshake.hint, handshake.hint_zh)
      or both("nginx compares names only: for an address give tls.server_name",
        "nginx 只比对域名：使用 IP 地址时请设置 tls.server_name")))
end

--- Connects; see wxlive.store.redis.connection for what `where` holds.
---@param where table
---@return wxlive.stream.Cosocket? stream
---@return { status: string, message: string }? err
function M.connect(where)
  local name = ("%s:%d"):format(where.host, where.port)
  if where.ca_file or where.cert_file then
    return failure("bad_argument", both("%s: inside nginx certificates are named in nginx.conf "
      .. "(lua_ssl_trusted_certificate)",
      "%s：在 nginx 中请用 nginx.conf 的 lua_ssl_trusted_certificate 指定证书"):format(name))
  end
  local fine, socket = pcall(ngx.socket.tcp)
  if not fine then
    return failure("unsupported", both("%s: there are no cosockets in this phase of nginx",
      "%s：nginx 的当前阶段不能使用 cosocket"):format(name))
  end
  socket:settimeout(milliseconds(where.connect_timeout))
  local ok, err = socket:connect(where.host == "localhost" and "127.0.0.1" or where.host,
    where.port, { pool = where.pool, pool_size = POOL_SIZE })
  if not ok then
    if err == "timeout" then
      return failure("timeout", both("%s: the time allowed for connecting ran out",
        "%s：连接超时"):format(name))
    end
    return failure("connect_failed", both("%s: %s", "%s：%s"):format(name, tostring(err)))
  end
  local reused = (socket:getreusedtimes() or 0) > 0
  if where.tls and not reused then
    local secured
    secured, err = secure(socket, where, name)
    if not secured then
      pcall(socket.close, socket)
      return nil, err
    end
  end
  return setmetatable({ socket = socket, where = name, reused = reused }, Stream)
end

return M
