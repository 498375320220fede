--- The blocking transport: libcurl (wxlive.curl). For plain Lua; never for an nginx worker.
local curl = require "wxlive.curl"
local failure = require "wxlive.transport.failure"
local loop = require "wxlive.concurrent.loop"
local options_of = require "wxlive.base.options"
local response = require "wxlive.transport.response"

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
---@field http2 boolean?          true, false: always or never offer HTTP/2, over TLS only. nil:
---                               under wxlive.map, where many calls share a connection; a call
---                               alone gains nothing from it, and costs more
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
---@field save_to string?             file for the body of a 2xx answer
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

---@class wxlive.Transport
---@field closed boolean?
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
  local answer, reason
  if running then
    answer, reason = running:exchange(self.client, request)
  else
    answer, reason = self.client:send(request)
  end
  if not answer then
    return failure.fail(reason)
  end
  return response.new(answer)
end

--- Sleeps for so many seconds: this coroutine under wxlive.map, else the whole process.
---@param seconds number
function Transport:sleep(seconds) -- luacheck: ignore 212
  loop.sleep(seconds)
end

--- Runs a job beside its caller, which is possible under wxlive.map only. No caller waits for it;
--- when the map ends first, it goes on with the next one.
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
  self.closed = true
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
  local client, reason = curl.http.new(options)
  if not client then
    return failure.fail(reason)
  end
  return setmetatable({ client = client }, Transport)
end

return M
