--- The transport inside nginx: cosockets, which never block the worker, and the core's HTTP codec.
--
-- It works wherever nginx has cosockets (rewrite, access, content, timers, ssl_certificate) and
-- says so where it has not. TLS is always verified, against lua_ssl_trusted_certificate.
local address = require "wxlive.transport.address"
local core = require "wxlive.core"
local dial = require "wxlive.transport.cosocket.dial"
local failure = require "wxlive.transport.failure"
local incoming = require "wxlive.transport.cosocket.incoming"
local options_of = require "wxlive.base.options"
local outgoing = require "wxlive.transport.cosocket.outgoing"
local phase = require "wxlive.base.phase"
local both = require("wxlive.text.sentence").both
local wire = require "wxlive.transport.cosocket.wire"

local ngx = ngx

local M = {}

local CONNECT_TIMEOUT, TIMEOUT = 5, 30
local MAX_BODY = 8 * 1024 * 1024
local IDLE, POOL_SIZE = 20, 100

-- The size of a file is limited by the disk only.
local MAX_FILE = 2 ^ 53
local SPARE_EXCHANGES = 32

---@class wxlive.CosocketOptions
---@field proxy string?            [http://][user:password@]host:port; "" for none
---@field proxy_user string?       where user and password are not in the address
---@field proxy_password string?
---@field connect_timeout number?  seconds, for requests that give none (5)
---@field timeout number?          seconds, likewise, for the whole exchange (30)
---@field max_body integer?        cap on a body held in memory, in bytes (8 MiB)
---@field server_name string?      name in TLS, where it is not the host of the address
---@field idle_timeout number?     seconds that an unused connection is kept (20)
---@field pool_size integer?       unused connections kept per worker and destination (100)
local known = {
  proxy = "string", proxy_user = "string", proxy_password = "string", ca_file = "string",
  connect_timeout = "number", timeout = "number", max_body = "number", server_name = "string",
  idle_timeout = "number", pool_size = "number",
}

---@class wxlive.CosocketTransport
local Transport = { __name = "wxlive.CosocketTransport" }
Transport.__index = Transport

local fail = failure.fail

local function bad_argument(message)
  return failure.unsent("bad_argument", message)
end

-- One exchange ------------------------------------------------------------------------------------

local function keep_or_close(self, sock, x, options)
  if options == dial.unkept or not x:reusable() or ngx.worker.exiting()
    or not sock:setkeepalive(self.idle_ms, self.pool_size) then
    pcall(sock.close, sock)
  end
end

-- The third result: a kept connection turned out to be dead before anything of an answer came.
local function exchange(self, out, x, options)
  local request = out.request
  local sock, reused, connected, secured = dial.open(out, self.proxy, x, options)
  if not sock then
    return nil, reused
  end
  local body = request.body
  local head, reason = x:start(request.method, out.target, out.origin.authority, out.fields,
    request.save_to and MAX_FILE or out.max_body, body and #body <= wire.JOIN and body
    or out.length)
  if not head then
    keep_or_close(self, sock, x, options)
    return nil, reason
  end
  local ok, sink
  ok, reason = wire.send(sock, out, head)
  if ok then
    ok, sink = incoming.read(sock, out, x)
    reason = sink
  end
  if not ok then
    pcall(sock.close, sock)
    return nil, reason, reused and reason.broken and not x:touched()
  end
  local response = incoming.response(x, out, sink, reused, connected, secured)
  keep_or_close(self, sock, x, options)
  return response
end

local function perform(self, out)
  local x = table.remove(self.spare)
  if not x then
    local shortage
    x, shortage = core.codec.exchange()
    if not x then
      return nil, shortage
    end
  end
  local response, reason, stale = exchange(self, out, x, out.to.kept)
  -- The peer may have seen the request on the dead connection: it is sent again only if it may be
  -- repeated.
  if stale and out.request.resend then
    response, reason = exchange(self, out, x, dial.unkept)
  end
  if #self.spare < SPARE_EXCHANGES then
    self.spare[#self.spare + 1] = x
  end
  return response, reason
end

--- Sends one request and waits for the answer, whatever its HTTP status, without blocking nginx.
--- `err.sent` is false when the platform cannot have seen the request.
---@param request wxlive.HttpRequest
---@return wxlive.HttpResponse? response
---@return wxlive.Error? err
function Transport:send(request)
  local out, reason = outgoing.make(self, request)
  if not out then
    return fail(reason)
  end
  local response
  response, reason = perform(self, out)
  outgoing.release(out)
  if not response then
    if reason.status == "no_sockets" then
      return phase.refused()
    end
    return fail(reason)
  end
  return response
end

--- Lets other work go on for so many seconds.
---@param seconds number
---@return true? slept
---@return wxlive.Error? err  in a phase where nothing can wait
function Transport.sleep(_, seconds)
  return phase.call(ngx.sleep, math.max(0, seconds))
end

-- A timer goes on after the request that started it has ended.
Transport.detached = true

local function beside(premature, job)
  job(premature)
end

--- Runs a job in a timer, beside its caller, so that nothing that ends the caller ends the job. The
--- job gets true when nginx calls it only to drop it; nginx may also never call it (see
--- lua_max_running_timers).
---@param job fun(cancelled: boolean)
---@return boolean started
function Transport.background(_, job)
  return (ngx.timer.at(0, beside, job)) and true or false
end

--- Stops using the connections that are open now. They close after their keep-alive time; nginx
--- cannot close the connections of a pool at once.
function Transport:close()
  self.generation = self.generation + 1
  self.last, self.last_url = nil, nil
end

-- Making one --------------------------------------------------------------------------------------

local function proxy_of(options)
  if not options.proxy or options.proxy == "" then
    return nil
  end
  local proxy = address.proxy(options.proxy)
  if not proxy then
    return bad_argument(both("proxy must be [http://][user:password@]host:port; inside nginx only "
      .. "HTTP proxies can be used",
      "proxy 应形如 [http://][用户:密码@]主机:端口；在 nginx 中只能使用 HTTP 代理"))
  end
  local user = options.proxy_user or proxy.user
  if user then
    proxy.credentials = "Basic " .. ngx.encode_base64(user .. ":"
      .. (options.proxy_password or proxy.password or ""))
  end
  proxy.user, proxy.password = nil, nil
  return proxy
end

local function check_options(options)
  if options.ca_file then
    return bad_argument(both("ca_file cannot be given inside nginx: name the file in "
      .. "lua_ssl_trusted_certificate in nginx.conf",
      "在 nginx 中不能设置 ca_file：请在 nginx.conf 的 lua_ssl_trusted_certificate 中指定"))
  end
  for _, name in ipairs { "connect_timeout", "timeout", "max_body", "idle_timeout", "pool_size" } do
    local value = options[name]
    if value and (value <= 0 or value ~= value) then
      return bad_argument(both("%s must be above 0", "%s 应大于 0"):format(name))
    end
  end
  return true
end

--- Makes a transport. Opens nothing, so that it may be made in init_by_lua.
---@param options wxlive.CosocketOptions?
---@return wxlive.CosocketTransport? transport
---@return wxlive.Error? err
function M.new(options)
  options = options == nil and {} or options
  local ok, err = options_of.check("wxlive.transport.cosocket.new", options, known)
  if not ok then
    return nil, err
  end
  local reason, proxy
  ok, reason = check_options(options)
  if ok then
    proxy, reason = proxy_of(options)
  end
  if reason then
    return fail(reason)
  end
  return setmetatable({
    proxy = proxy, server_name = options.server_name,
    connect_timeout = options.connect_timeout or CONNECT_TIMEOUT,
    timeout = options.timeout or TIMEOUT, max_body = options.max_body or MAX_BODY,
    idle_ms = math.ceil((options.idle_timeout or IDLE) * 1000),
    pool_size = options.pool_size or POOL_SIZE, generation = 0, spare = {},
  }, Transport)
end

return M
