--- The platform's callbacks inside nginx:
--
--   location /wechat {
--     content_by_lua_block { require("wxlive.callback.nginx").serve(receiver) }
--   }
--
-- The platform waits five seconds. Therefore the answer is sent first and the handlers run after
-- it: they may call the platform, and their results are not sent. `wait = true` runs them before,
-- for handlers that reply, and for events that must not be lost: one whose handlers raise, or whose
-- worker is killed, is delivered again.
--
-- Behind the answer they run in the request, not in a timer: nginx drops timers beyond
-- lua_max_running_timers, and an event that was answered does not come again. A worker that is told
-- to end (a reload) waits for them, until worker_shutdown_timeout where that is set.
-- `keepalive_timeout 0` in the location keeps another event from waiting behind them on the same
-- connection. Before the answer they run in a timer, out of reach of the request: there is no
-- ngx.var, ngx.req or ngx.say for them.
local ngx = ngx
local Error = require "wxlive.error"
local once = require "wxlive.callback.once"
local options_of = require "wxlive.base.options"

local M = {}

local MAX_BODY = 1048576

local known = { max_body = "number", wait = "boolean", patience = "number", appid = "string" }

-- The body from memory, or from the file that nginx has put it into. nil when it is too large.
local function read_body(most)
  local announced = tonumber(ngx.var.http_content_length)
  if announced and announced > most then
    return nil
  end
  ngx.req.read_body()
  local body = ngx.req.get_body_data()
  local path = not body and ngx.req.get_body_file()
  if path then
    local file = assert(io.open(path, "rb"))
    body = file:read(most + 1)
    file:close()
  end
  body = body or ""
  return #body <= most and body or nil
end

-- Errors of the store are logged for the operator; duplicates are normal, because the platform
-- repeats deliveries.
local levels = { duplicate = ngx.INFO, store_failed = ngx.ERR, store_full = ngx.ERR }

local function complain(err)
  ngx.log(levels[err.name] or ngx.WARN, "wxlive callback: ", tostring(err))
end

local function name_of(event)
  return ("%s of %s"):format(event.event or event.msg_type or event.info_type,
    tostring(event.create_time))
end

local function answer(response)
  ngx.status = response.status
  ngx.header.content_type = response.content_type
  ngx.header.cache_control = "no-store"
  ngx.header.content_length = #response.body
  ngx.print(response.body)
end

-- ---- handlers before the answer -----------------------------------------------------------------

-- Seconds after which a delivery is answered in any case: the platform hangs up after five.
local PATIENCE = 4.5

-- Seconds between two checks whether another delivery of the event was settled.
local NAP = 0.05

local function not_through(message)
  local _, err = Error.fail {
    kind = "callback", name = "undecided", message = message,
    hint = "the platform delivers the event again; a handler that calls ngx.exit never ends",
    hint_zh = "平台会再次推送该事件；调用 ngx.exit 的处理函数永远不会结束",
  }
  return { status = 503, body = "refused", content_type = "text/plain; charset=utf-8" }, err
end

-- Returns the event, if this delivery is to be handled here; or a response. While the handlers of
-- another delivery of the event run, it waits for their outcome.
local function take_turn(receiver, method, query, body, ends)
  while true do
    local response, event, err = receiver:receive(method, query, body)
    if not err or err.name ~= "undecided" or ngx.now() + NAP >= ends then
      return response, event, err
    end
    ngx.sleep(NAP)
    ngx.update_time()
  end
end

local function keep_taken(receiver, event)
  while true do
    ngx.sleep(once.LEASE / 4)
    receiver:renew(event)
  end
end

-- Runs the handlers in a timer: there ngx.exit, ngx.redirect and ngx.say cannot send an answer to
-- the platform. If the handlers end without a result (ngx.exit, a killed worker, a timer that nginx
-- drops), the lease is no longer renewed, and the next delivery is accepted.
local function run_apart(receiver, event, ends)
  local through = require("ngx.semaphore").new()
  local response, err
  local started, why = ngx.timer.at(0, function()
    local keeper = ngx.thread.spawn(keep_taken, receiver, event)
    response, err = receiver:conclude(event)
    ngx.thread.kill(keeper)
    through:post()
  end)
  if not started then
    receiver:forget(event)
    return not_through("no timer for the handlers: " .. tostring(why))
  end
  through:wait(math.max(0, ends - ngx.now()))
  if not response then
    return not_through(("the handlers of %s have not finished"):format(name_of(event)))
  end
  return response, err
end

local function wait_for_handlers(receiver, method, query, body, patience)
  local ends = ngx.now() + (patience or PATIENCE)
  local response, event, err = take_turn(receiver, method, query, body, ends)
  if event then
    if err then
      complain(err)
    end
    response, err = run_apart(receiver, event, ends)
  end
  if err then
    complain(err)
  end
  answer(response)
end

-- ---- handlers behind the answer -----------------------------------------------------------------

-- coroutine -> name of the event whose handlers run in it
local running = setmetatable({}, { __mode = "k" })
local watching = false

-- Runs once in each worker: when nginx asks the worker to end, the log names the events whose
-- handlers are still running.
local function watch_for_the_end()
  if watching then
    return
  end
  watching = ngx.timer.every(3600, function(ending)
    if not ending then
      return
    end
    collectgarbage() -- handlers that ngx.exit ended are no longer listed
    for _, name in pairs(running) do
      ngx.log(ngx.WARN, "wxlive callback: this worker ends while handlers of ", name,
        " are still running; worker_shutdown_timeout, if set, ends them")
    end
  end) and true or false
end

local function handle_behind(receiver, method, query, body)
  local behind
  local response, event, err = receiver:handle(method, query, body, function(job)
    behind = job
    return true
  end)
  if err then
    complain(err)
  end
  answer(response)
  if not behind then
    return
  end
  ngx.eof()
  watch_for_the_end()
  local here = coroutine.running()
  running[here] = name_of(event)
  local called
  called, err = behind()
  running[here] = nil
  if not called then
    complain(err)
  end
end

--- Serves the request at hand, in the content phase.
---@param receiver wxlive.Callback   see wxlive.callback; one for each worker, made with a store
---  that all workers share (wxlive.store.shdict), so that an event is let through once
---@param options { max_body: integer?, wait: boolean?, patience: number?, appid: string? }?
---  max_body: bytes, 1 MiB by default; wait: handlers run before the answer; patience: seconds
---  after which the answer is 503 while they run (4.5); appid: of a third-party platform, the shop
---  that the path of the URL names, where $APPID$ stands there
function M.serve(receiver, options)
  options = options or {}
  local ok, wrong = options_of.check("wxlive.callback.nginx.serve", options, known)
  if not ok then
    error(tostring(wrong), 2)
  end
  local most = options.max_body or MAX_BODY
  local body = read_body(most)
  if not body then
    ngx.log(ngx.WARN, "wxlive callback: the body is longer than max_body, ", most, " bytes")
    ngx.status = 413
    ngx.say("refused")
    return
  end
  -- If the platform hangs up early, the event was delivered all the same. (Fails, and is not
  -- needed, where lua_check_client_abort is off.)
  ngx.on_abort(function() end)
  local serve = options.wait and wait_for_handlers or handle_behind
  local query = ngx.var.args or ""
  if options.appid then
    query = query .. "&appid=" .. ngx.escape_uri(options.appid)
  end
  serve(receiver, ngx.req.get_method(), query, body, options.patience)
end

return M
