--- Opens cosockets: pool, proxy, TLS, each step within the time that is left.
--
-- Failures are those of failure.unsent: this file sends nothing of the request.
local ngx = ngx
local core = require "wxlive.core"
local failure = require "wxlive.transport.failure"
local handshake = require "wxlive.transport.cosocket.handshake"
local reasons = require "wxlive.text.reasons"
local both = require("wxlive.text.sentence").both

local M = {}

local monotonic, failed = core.system.monotonic, failure.unsent

-- nginx takes milliseconds, as a signed 32-bit number.
local MAX_MS = 2147483647

--- Milliseconds until `deadline`; nil when it has passed.
---@param deadline number
---@param now number?
---@return integer?
function M.left_ms(deadline, now)
  local ms = math.ceil((deadline - (now or monotonic())) * 1000)
  if ms < 1 then
    return nil
  end
  return ms < MAX_MS and ms or MAX_MS
end

local function timed_out(what)
  return failed("timeout", both("the time allowed ran out while %s", "%s超时"):format(what))
end

local function named(origin)
  return origin.host .. ":" .. origin.port
end

local function connecting(origin)
  return both("connecting to %s", "连接 %s ")
    :format(named(origin))
end

local function connect_failure(origin, err)
  err = tostring(err)
  if err:find("timed? ?out") and not err:find("resolve") then
    return timed_out(connecting(origin))
  elseif err:find("no resolver defined", 1, true) then
    return failed("resolve_failed", both("nginx has no name server to look up %s",
      "nginx 没有用于解析 %s 的 DNS 服务器"):format(origin.host),
      "add a resolver directive to nginx.conf, such as: resolver 127.0.0.53; (nginx reads neither "
      .. "/etc/resolv.conf nor /etc/hosts)",
      "请在 nginx.conf 中配置 resolver 指令（nginx 不读取 /etc/resolv.conf 和 /etc/hosts）")
  elseif err:find("resolve", 1, true) or err:find("not found", 1, true) then
    return failed("resolve_failed",
      both("%s could not be resolved: %s", "无法解析 %s 的域名：%s"):format(origin.host, err),
      "check base_url and the resolver directive of nginx",
      "请检查 base_url 与 nginx 的 resolver 指令")
  end
  return failed("connect_failed",
    both("no connection to %s: %s", "无法连接 %s：%s"):format(named(origin), err))
end

-- Looking up a name follows nginx's resolver_timeout and not the socket's: a light thread keeps the
-- deadline. It is not needed for an IP address or a kept connection.
local function connect_by_name(sock, host, port, options, ms)
  local result, err
  local dialling = ngx.thread.spawn(function()
    result, err = sock:connect(host, port, options)
  end)
  if coroutine.status(dialling) == "zombie" then
    ngx.thread.wait(dialling)
    return result, err
  end
  local waiting = ngx.thread.spawn(function()
    ngx.sleep(ms / 1000)
  end)
  ngx.thread.wait(dialling, waiting)
  if coroutine.status(waiting) ~= "zombie" and coroutine.status(waiting) ~= "dead" then
    ngx.thread.kill(waiting)
    return result, err
  end
  ngx.thread.kill(dialling)
  return nil, "timeout"
end

-- The other time-outs are those of the exchange that follows: on a kept connection nothing else
-- needs to be set.
local function connect(sock, origin, options, out)
  local now = monotonic()
  local ms, most = M.left_ms(out.connect_deadline, now), M.left_ms(out.deadline, now)
  if not ms or not most then
    return timed_out(connecting(origin))
  end
  out.timed_at = now
  -- nginx asks only a name server for this name, not /etc/hosts.
  local host = origin.host == "localhost" and "127.0.0.1" or origin.host
  local ok, err
  sock:settimeouts(ms, most, most)
  if origin.literal or host ~= origin.host then
    ok, err = sock:connect(host, origin.port, options)
  else
    ok, err = connect_by_name(sock, host, origin.port, options, ms)
  end
  if not ok then
    return connect_failure(origin, err)
  end
  return true
end

local function connect_proxy(sock, origin, proxy, options, out)
  local ok, reason = connect(sock, proxy, options, out)
  if ok or reason.status == "timeout" then
    return ok, reason
  end
  return failed("proxy_failed",
    both("%s was not reached through the proxy: %s", "未能通过代理连接 %s：%s")
      :format(named(origin), reason.message), reason.hint, reason.hint_zh)
end

-- CONNECT ---------------------------------------------------------------------------------------

local PROXY_ANSWER = 65536

local WAITING = both("waiting for the proxy", "等待代理应答")

local function proxy_broke(err)
  return failed("proxy_failed",
    both("the connection to the proxy broke: %s", "与代理的连接中断：%s"):format(tostring(err)))
end

local function read_proxy_answer(sock, x, deadline)
  local state, reason
  while state ~= "done" do
    local ms = M.left_ms(deadline)
    if not ms then
      return timed_out(WAITING)
    end
    sock:settimeouts(ms, ms, ms)
    local bytes, err = sock:receiveany(4096)
    if bytes then
      state, reason = x:feed(bytes)
    elseif err == "closed" then
      state, reason = x:eof()
    elseif err == "timeout" then
      return timed_out(WAITING)
    else
      return proxy_broke(err)
    end
    if not state then
      return failed("proxy_failed", both("the answer of the proxy: %s", "代理的应答有误：%s")
        :format(reasons.of(reason.message)))
    end
  end
  return true
end

local function tunnel(sock, x, origin, proxy, deadline)
  local fields = proxy.credentials and { "Proxy-Authorization", proxy.credentials } or nil
  local to = named(origin)
  local head, reason = x:start("CONNECT", to, to, fields, PROXY_ANSWER)
  if not head then
    return failed("bad_argument", both("the proxy: %s", "代理：%s")
      :format(reasons.of(reason.message)))
  end
  local sent, err = sock:send(head)
  if not sent then
    if err == "timeout" then
      return timed_out(WAITING)
    end
    return proxy_broke(err)
  end
  local ok, why = read_proxy_answer(sock, x, deadline)
  if not ok then
    return nil, why
  end
  local status = x:status()
  if status < 200 or status > 299 or x:leftover() ~= "" then
    return failed("proxy_failed",
      both("the proxy %s answered CONNECT with HTTP %d%s", "代理 %s 对 CONNECT 返回 HTTP %d%s"):format(
        named(proxy), status, status == 407
          and both(": it wants a user and a password", "：需要用户名和密码") or ""))
  end
  return true
end

-- TLS -------------------------------------------------------------------------------------------

local function speaking(origin)
  return both("speaking TLS with %s", "与 %s 进行 TLS 握手"):format(named(origin))
end

local function tls_failure(origin, err, untrusted)
  local text = tostring(err)
  if text:find("timeout", 1, true) then
    return timed_out(speaking(origin))
  elseif untrusted then
    return failed("tls_failed",
      both("the certificate of %s is not trusted: %s", "%s 的证书不受信任：%s")
        :format(origin.host, err), handshake.hint, handshake.hint_zh)
  elseif text:find("chain too long", 1, true) then
    return failed("tls_failed",
      both("the certificate of %s: %s", "%s 的证书：%s"):format(origin.host, err),
      "raise lua_ssl_verify_depth in nginx.conf (its default is 1); 5 is enough",
      "请在 nginx.conf 中调大 lua_ssl_verify_depth（默认 1），5 即可")
  end
  return failed("tls_failed",
    both("TLS with %s failed: %s", "与 %s 的 TLS 握手失败：%s"):format(origin.host, err),
    "check the clock, base_url, and lua_ssl_trusted_certificate in nginx.conf",
    "请检查系统时间、base_url 以及 nginx.conf 中的 lua_ssl_trusted_certificate")
end

local function secure(sock, origin, server_name, deadline)
  local ms = M.left_ms(deadline)
  if not ms then
    return timed_out(speaking(origin))
  end
  sock:settimeouts(ms, ms, ms)
  local ok, why, untrusted = handshake.run(sock, server_name)
  if not ok then
    return tls_failure(origin, why, untrusted)
  end
  return true
end

-- All together ----------------------------------------------------------------------------------

--- The name of a pool: connections that differ in any of these parts are kept in different pools.
---@param origin wxlive.Origin
---@param server_name string
---@param proxy table?
---@param generation integer
---@return string
function M.pool_name(origin, server_name, proxy, generation)
  return ("wxlive %s %s %d %s verified %s %d"):format(origin.scheme, origin.host, origin.port,
    origin.scheme == "https" and server_name or "-",
    proxy and named(proxy) .. " " .. ngx.md5(proxy.credentials or "") or "-", generation)
end

--- For connections that are not kept: none is ever put back into this pool.
M.unkept = { pool = "wxlive unkept", pool_size = 1 }

--- A connection on which the request can be sent: a kept one or a new one.
---@param out table            with origin, to, deadline, connect_deadline; timed_at is set to when
---                             the socket was given the time that the deadline leaves
---@param proxy table?
---@param x userdata            an exchange, for the word with the proxy
---@param options table         of connect: pool and pool_size; M.unkept for one that is surely new
---@return table? sock
---@return boolean|table reused_or_reason
---@return number? connected    when the connection was there
---@return number? secured      when TLS was
function M.open(out, proxy, x, options)
  local origin, deadline = out.origin, out.connect_deadline
  local ok, sock = pcall(ngx.socket.tcp)
  if not ok or not sock then
    return failed("no_sockets",
      both("nginx gives no socket: %s", "nginx 没有提供套接字：%s"):format(tostring(sock)))
  end
  local reason
  if proxy then
    ok, reason = connect_proxy(sock, origin, proxy, options, out)
  else
    ok, reason = connect(sock, origin, options, out)
  end
  if not ok then
    return nil, reason
  end
  if sock:getreusedtimes() > 0 then
    return sock, true, out.timed_at, out.timed_at
  end
  local connected = monotonic()
  local secured = connected
  if proxy then
    ok, reason = tunnel(sock, x, origin, proxy, deadline)
    connected = monotonic()
  end
  if ok and origin.scheme == "https" then
    ok, reason = secure(sock, origin, out.to.server_name, deadline)
    secured = monotonic()
  end
  out.timed_at = 0  -- the time-outs are still those of tunnel and handshake
  if not ok then
    pcall(sock.close, sock)
    return nil, reason
  end
  return sock, false, connected, math.max(connected, secured)
end

return M
