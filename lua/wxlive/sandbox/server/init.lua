--- The loop: takes requests from wxlive.httpd, answers them, and holds back delayed answers.
local calls = require "wxlive.sandbox.server.calls"
local clock = require "wxlive.client.clock"
local consent_page = require "wxlive.sandbox.console.consent"
local console = require "wxlive.sandbox.console"
local control = require "wxlive.sandbox.server.control"
local guard = require "wxlive.web.guard"
local json = require "wxlive.json"
local loop = require "wxlive.concurrent.loop"
local media = require "wxlive.sandbox.api.media"
local system = require "wxlive.core".system
local trouble = require "wxlive.sandbox.server.trouble"
local video = require "wxlive.sandbox.world.video"

local Server = {}
Server.__index = Server
Server.__name = "wxlive.sandbox.Server"

local M = {}

local WELCOME = [[
wxlive sandbox: the WeChat Mini Program live-broadcast server API, emulated.

It listens on 127.0.0.1 only and knows no real account. Point a client here:

  WXLIVE_BASE_URL=%s
  WXLIVE_APPID=%s
  WXLIVE_SECRET=%s

Console: %s/console

Control: POST %s/_sandbox/<op> with a JSON body.
  %s
]]

local TASK_SECONDS = 0.005

local function complain(text)
  io.stderr:write("wxlive sandbox: ", tostring(text), "\n")
end

---@param platform table
---@param listener table  as wxlive.httpd.listen gives it
function M.new(platform, listener)
  return setmetatable({
    platform = platform, listener = listener, timers = {}, loop = loop.new(), tasks = 0,
  }, Server)
end

-- Timers ------------------------------------------------------------------------------------------

--- Calls f in so many seconds of real time.
function Server:later(seconds, f)
  local timers, due = self.timers, system.monotonic() + seconds
  local at = #timers + 1
  while at > 1 and timers[at - 1].due > due do
    at = at - 1
  end
  table.insert(timers, at, { due = due, f = f })
end

-- Runs the timers that are due; returns the seconds until the next one.
function Server:run_timers()
  local timers = self.timers
  while timers[1] do
    local left = timers[1].due - system.monotonic()
    if left > 0 then
      return left
    end
    table.remove(timers, 1).f()
  end
  return 60
end

-- Work beside the requests ------------------------------------------------------------------------

--- Runs f as a task: it may wait for HTTP exchanges of its own while requests are answered.
function Server:background(f)
  self.tasks = self.tasks + 1
  self.loop:spawn(function()
    local fine, reason = xpcall(f, debug.traceback)
    self.tasks = self.tasks - 1
    if not fine then
      complain(reason)
    end
  end)
end

-- Starts the queued deliveries and continues those under way. Returns how many seconds the server
-- may then wait for a request: a short time while there are tasks, because it cannot watch the
-- sockets of both at once.
function Server:run_tasks(seconds)
  local callbacks, component = self.platform.callbacks, self.platform.component
  if component then
    seconds = math.min(seconds, component:tick() or seconds)
    self.platform.store:flush() -- a ticket must not be lost before it is pushed
  end
  repeat
    for delivery in callbacks.take, callbacks do
      self:background(function()
        callbacks:deliver(delivery)
      end)
    end
    if self.tasks > 0 then
      self.loop:step(0)
    end
  until not callbacks.queue[1] -- a task may have queued one
  return self.tasks > 0 and math.min(seconds, TASK_SECONDS) or seconds
end

-- Answers -----------------------------------------------------------------------------------------

local function broken(reason)
  complain(reason)
  return calls.html(500, "Internal Server Error",
    "the sandbox itself failed: " .. tostring(reason))
end

--- Performs a call and saves the state; the answer has yet to be sent.
function Server:work(call)
  local fine, answer = xpcall(calls.perform, debug.traceback, call)
  if not fine then
    answer = broken(answer)
  end
  local ok, reason = self.platform.store:flush()
  return ok and answer or broken(reason)
end

function Server:record(call, status, errcode, why)
  local request = call.request
  self.platform:note {
    time = self.platform:exact_now(), method = request.method, path = request.path,
    nth = request.nth, endpoint = call.entry and call.entry.name,
    seconds = system.monotonic() - call.began, appid = call.account and call.account.appid,
    status = status, errcode = errcode, why = why, signed = call.signed,
    unknown_fields = call.notes, fault = call.fault and call.fault.kind,
  }
end

--- Sends an answer, and logs the call.
function Server:deliver(exchange, call, answer)
  self.platform.store:flush() -- a rid may have been added since the work was done
  self:record(call, answer.status, answer.errcode, answer.why)
  local headers = answer.headers or {}
  headers["Content-Type"] = answer.content_type
  headers.Date = clock.format(self.platform:now())
  exchange:respond { status = answer.status, headers = headers, body = answer.body }
end

--- Logs a call that gets no (whole) answer.
function Server:gone(call, why)
  self:record(call, nil, nil, why)
end

-- Requests ----------------------------------------------------------------------------------------

function Server:welcome(exchange)
  local platform = self.platform
  exchange:respond {
    headers = { ["Content-Type"] = "text/plain; charset=UTF-8" },
    body = WELCOME:format(platform.base_url, platform.options.appid, platform.options.secret,
      platform.base_url, platform.base_url, table.concat(control.names(), " ")),
  }
end

local function respond_json(exchange, result, reason, status)
  exchange:respond {
    status = result and 200 or status or 400,
    headers = { ["Content-Type"] = "application/json", ["X-Content-Type-Options"] = "nosniff" },
    body = assert(json.encode(result or { error = reason })),
  }
end

function Server:control(exchange, op, request)
  local allowed, refusal, status = guard.change(request)
  if not allowed then
    return respond_json(exchange, nil, refusal, status)
  end
  local params, why = {}, nil
  if request.body ~= "" then
    params, why = json.decode(request.body)
  end
  if type(params) ~= "table" then
    return respond_json(exchange, nil,
      "the body is not a JSON object" .. (why and ": " .. why or ""))
  end
  local function run()
    local result, reason = control.run(self.platform, op, params)
    local flushed, failure = self.platform.store:flush()
    respond_json(exchange, flushed and result, flushed and reason or failure)
  end
  if control.is_slow(op) then
    self:background(run)
  else
    run()
  end
end

function Server:media(exchange, appid, id)
  local account, bytes, content_type = self.platform.accounts[appid or ""], nil, nil
  if account then
    bytes, content_type = media.bytes(account, id)
  end
  exchange:respond {
    status = bytes and 200 or 404, body = bytes or "no such media\n",
    headers = { ["Content-Type"] = content_type or "text/plain" },
  }
end

function Server:video(exchange, path, headers)
  local room_id, name = path:match("^/_sandbox/video/[^/]+/(%d+)/([%w.-]+)$")
  if not room_id then
    return exchange:respond { status = 404, body = "no such video\n" }
  end
  local content_type, body = video.bytes(room_id, name)
  local answer = video.answer(content_type, body, headers)
  -- Tests count what is fetched.
  self.platform:note { time = self.platform:exact_now(), method = "GET", path = path,
    status = answer.status, bytes = #answer.body }
  exchange:respond(answer)
end

-- Serves the sandbox's own paths: console, controls, media. Returns false when the path belongs to
-- the platform's API.
function Server:own(exchange, request)
  local path = request.path
  if path ~= "/" and path ~= "/console" and not path:find("^/_sandbox/")
    and not consent_page.paths[path] then
    return false
  end
  local allowed, reason = guard.host(request)
  if not allowed then
    respond_json(exchange, nil, reason, 403)
  elseif path == "/" then
    self:welcome(exchange)
  elseif path == "/console" then
    exchange:respond(console.answer(request))
  elseif consent_page.paths[path] then
    exchange:respond(consent_page.answer(self.platform, request))
  elseif path:find("^/_sandbox/media/") then
    self:media(exchange, path:match("^/_sandbox/media/([^/]+)/([^/]+)$"))
  elseif path:find("^/_sandbox/video/") then
    self:video(exchange, path, request.headers)
  else
    self:control(exchange, path:match("^/_sandbox/(.*)$"), request)
  end
  return true
end

function Server:receive(exchange, request)
  if self:own(exchange, request) then
    return
  end
  local call = calls.read(self.platform, request)
  call.began = system.monotonic()
  call.fault = self.platform.faults:take(call)
  if call.fault then
    return trouble[call.fault.kind](self, exchange, call, call.fault)
  end
  return self:deliver(exchange, call, self:work(call))
end

-- How long to wait for a request before looking whether the process was asked to end.
local LONGEST_WAIT = 1

--- Serves until the process that started the sandbox, a control call or a signal ends it.
---@param interrupted fun(): boolean
function Server:run(interrupted)
  repeat
    local wait = self:run_tasks(self:run_timers())
    local exchange, request = self.listener:poll(math.min(wait or LONGEST_WAIT, LONGEST_WAIT))
    if exchange then
      self:receive(exchange, request)
    end
  until request == "eof" or self.platform.stopping or interrupted()
  self.listener:poll(0) -- sends the last answer
end

return M
