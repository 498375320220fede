--- Prepares a request before anything is sent: destination, head, length, deadline.
local address = require "wxlive.transport.address"
local core = require "wxlive.core"
local dial = require "wxlive.transport.cosocket.dial"
local failure = require "wxlive.transport.failure"
local form = require "wxlive.transport.cosocket.form"

local M = {}

local monotonic = core.system.monotonic

local AGENT = "wxlive/" .. core.version

local function bad_argument(message)
  return failure.unsent("bad_argument", message)
end

-- Destinations hardly ever change: the last one is kept, with the name of its pool, so that most
-- requests need not parse an address.
local function destination(self, url)
  local last = self.last
  if url == self.last_url then
    return last, self.last_target
  end
  if last then
    local n = #last.prefix
    if url:byte(n + 1) == 47 and url:sub(1, n) == last.prefix
      and not url:find("#", n + 1, true) then
      self.last_url, self.last_target = url, url:sub(n + 1)
      return last, self.last_target
    end
  end
  local origin = address.parse(url)
  if not origin then
    return nil
  end
  last = {
    prefix = url:match("^%a+://[^/?]+"), origin = origin,
    server_name = self.server_name or origin.host,
  }
  last.kept = {
    pool = dial.pool_name(origin, last.server_name, self.proxy, self.generation),
    pool_size = self.pool_size,
  }
  self.last = last
  return last, origin.target
end

-- The transport writes these headers itself; a second one from `headers` could contradict it.
local own = { ["accept-encoding"] = true, ["content-type"] = true, ["proxy-authorization"] = true }

local function fields_of(headers, content_type)
  local fields = { "Accept-Encoding", "gzip" }
  local agent = AGENT
  for name, value in pairs(headers or {}) do
    if type(name) ~= "string" or type(value) ~= "string" then
      return bad_argument("names and values of headers must be strings")
    elseif own[name:lower()] then
      return bad_argument("the header " .. name:gsub("[^%w-]", "?")
        .. " is written by the transport itself")
    elseif name:lower() == "user-agent" then
      agent = value
    else
      fields[#fields + 1], fields[#fields + 2] = name, value
    end
  end
  fields[#fields + 1], fields[#fields + 2] = "User-Agent", agent
  if content_type then
    fields[#fields + 1], fields[#fields + 2] = "Content-Type", content_type
  end
  return fields
end

local json_fields, plain_fields = fields_of(nil, "application/json"), fields_of()

local function choose_fields(request, content_type)
  if request.headers then
    return fields_of(request.headers, content_type)
  elseif not content_type then
    return plain_fields
  end
  return content_type == "application/json" and json_fields or fields_of(nil, content_type)
end

--- Finds every mistake of the request. The caller must release what it gets.
---@param self table     the transport
---@param request wxlive.HttpRequest
---@return table? out
---@return table? reason
function M.make(self, request)
  local to, target
  if type(request.url) == "string" then
    to, target = destination(self, request.url)
  end
  local method, body = request.method, request.body
  if not to then
    return bad_argument("the address must be http or https, with a host, without user or fragment")
  elseif method ~= "GET" and method ~= "POST" then
    return bad_argument("the method must be GET or POST")
  elseif method == "GET" and (body or request.form) then
    return bad_argument("GET takes no body")
  elseif body and request.form then
    return bad_argument("a request has a body or a form, not both")
  end
  local now = monotonic()
  local out = {
    request = request, origin = to.origin, to = to, target = target, started = now,
    deadline = now + (request.timeout or self.timeout), length = body and #body,
    max_body = request.max_body or self.max_body,
  }
  out.connect_deadline = math.min(out.deadline,
    now + (request.connect_timeout or self.connect_timeout))
  local content_type, reason = request.content_type
  if request.form then
    out.form, reason = form.open(request.form)
    if not out.form then
      return nil, reason
    end
    content_type, out.length = out.form.content_type, out.form.length
  end
  out.fields, reason = choose_fields(request, content_type)
  if not out.fields then
    M.release(out)
    return nil, reason
  end
  return out
end

---@param out table
function M.release(out)
  if out.form then
    out.form:close()
  end
end

return M
