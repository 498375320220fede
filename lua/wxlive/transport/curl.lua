--- The blocking transport: libcurl, in the core. For plain Lua; never for an nginx worker.
local core = require "wxlive.core"
local failure = require "wxlive.transport.failure"
local loop = require "wxlive.loop"
local options_of = require "wxlive.options"

local M = {}

---@class wxlive.TransportOptions
---@field proxy string?           [scheme://][user:password@]host:port; "" for none at all. nil: as
---                               http_proxy, https_proxy, all_proxy and no_proxy say, but never for
---                               addresses of this machine
---@field proxy_user string?      where user and password are not in the address
---@field proxy_password string?
---@field ca_file string?         PEM bundle that replaces the system's
---@field connect_timeout number? seconds, for requests that give none (5)
---@field timeout number?         seconds, likewise, for the whole exchange (30)
---@field max_body integer?       cap on a body held in memory, in bytes (8 MiB)
---@field http2 boolean?          false: never offer HTTP/2 (it is offered over TLS only)
local known = {
  proxy = "string", proxy_user = "string", proxy_password = "string", ca_file = "string",
  connect_timeout = "number", timeout = "number", max_body = "number", http2 = "boolean",
}

---@class wxlive.HttpRequest
---@field method "GET"|"POST"
---@field url string
---@field content_type string?
---@field headers table<string, string>?
---@field body string?
---@field form wxlive.HttpPart[]?     instead of body: multipart/form-data
---@field save_to string?             file for the body of a 2xx answer that is not JSON
---@field timeout number?             seconds
---@field connect_timeout number?     seconds
---@field resend boolean?             a read: libcurl may repeat it on a fresh connection
---@field max_body integer?

---@class wxlive.HttpPart
---@field name string
---@field path string?                a file, streamed
---@field data string?                or bytes
---@field filename string?            what is not plain ASCII in it is sent as "_"
---@field content_type string?

---@class wxlive.HttpResponse
---@field status integer
---@field body string
---@field content_type string?
---@field headers table<string, string>  by lower-case name; made when first asked for
---@field http_version "1.0"|"1.1"|"2"
---@field reused boolean                 over a connection that was there already
---@field size integer                   bytes of the body, in memory or in the file
---@field saved string?                  save_to, when the file was written
---@field retry_after number?            seconds
---@field timing wxlive.HttpTiming       made when first asked for

---@class wxlive.HttpTiming
---@field dns number         seconds that the step took; 0 on a kept connection
---@field connect number     likewise
---@field tls number         likewise
---@field first_byte number  seconds from the start
---@field total number       seconds from the start

local lazy = {}

function lazy.headers(response)
  local headers = {}
  -- A line that begins with a space continues the one before it.
  local head = response.head:gsub("\r?\n[ \t]+", " ")
  for name, value in head:gmatch("([^\r\n:]+):[ \t]*([^\r\n]*)") do
    name = name:lower()
    value = value:gsub("[ \t]+$", "")
    headers[name] = headers[name] and headers[name] .. ", " .. value or value
  end
  return headers
end

function lazy.timing(response)
  return {
    dns = response[1], connect = response[2], tls = response[3], first_byte = response[4],
    total = response[5],
  }
end

local Response = { __name = "wxlive.HttpResponse" }

function Response.__index(response, key)
  local make = lazy[key]
  if make then
    local value = make(response)
    rawset(response, key, value)
    return value
  end
end

local function finish(status, body, content_type, head, http_version, reused, size, saved,
    retry_after, dns, connect, tls, first_byte, total)
  if not status then
    return failure.fail(body)
  end
  -- The numbered fields and head are what the lazy ones are made of: they belong to this response,
  -- whatever the handle does next.
  return setmetatable({
    dns, connect, tls, first_byte, total,
    status = status, body = body, content_type = content_type, head = head,
    http_version = http_version, reused = reused, size = size, saved = saved,
    retry_after = retry_after,
  }, Response)
end

---@class wxlive.Transport
---@field private client userdata
local Transport = { __name = "wxlive.Transport" }
Transport.__index = Transport

--- Sends one request and waits for the answer, whatever its HTTP status.
--- `err.sent` is false when the platform cannot have seen the request.
---@param request wxlive.HttpRequest
---@return wxlive.HttpResponse? response
---@return wxlive.Error? err
function Transport:send(request)
  local running = loop.current()
  if running then
    return finish(running:exchange(self.client, request))
  end
  return finish(self.client:send(request.url, request.method, request.content_type, request.body,
    request.timeout, request.connect_timeout, request.resend, request.max_body, request.save_to,
    request.headers, request.form))
end

--- Sleeps for so many seconds: this coroutine under wxlive.map, else the whole process.
---@param seconds number
function Transport:sleep(seconds) -- luacheck: ignore 212
  local running = loop.current()
  if running then
    running:sleep(seconds)
  else
    core.system.sleep(seconds)
  end
end

--- Runs a job beside its caller where something is there to run it: under wxlive.map. Nobody waits
--- for it; when the map ends first, it goes on with the next one.
---@param job fun()
---@return boolean started
function Transport:background(job) -- luacheck: ignore 212
  local running = loop.current()
  if not running then
    return false
  end
  running:spawn(job)
  return true
end

--- Closes the connections. Any number of times; sending afterwards raises.
function Transport:close()
  self.client:close()
end

--- Makes a transport: one handle, its connections kept from call to call.
---@param options wxlive.TransportOptions?
---@return wxlive.Transport? transport
---@return wxlive.Error? err
function M.new(options)
  options = options == nil and {} or options
  local ok, err = options_of.check("wxlive.transport.curl.new", options, known)
  if not ok then
    return nil, err
  end
  local client, reason = core.http.new(options)
  if not client then
    return failure.fail(reason)
  end
  return setmetatable({ client = client }, Transport)
end

return M
