--- The platform's callbacks inside nginx:
--
--   location /wechat {
--     content_by_lua_block { require("wxlive.callback.nginx").serve(receiver) }
--   }
--
-- The platform waits five seconds, so the answer goes out first and the handlers run behind it:
-- they may call the platform, and what they return is not sent. `wait = true` runs them before, for
-- handlers that reply.
--
-- They run in the request, not in a timer: nginx drops timers beyond lua_max_running_timers, and
-- those of a worker that ends; an event that was answered does not come again. A worker that is
-- told to end (a reload) waits for them. `keepalive_timeout 0` in the location keeps another event
-- from waiting behind them on the same connection.
local ngx = ngx
local options_of = require "wxlive.options"

local M = {}

local MAX_BODY = 1048576

local known = { max_body = "number", wait = "boolean" }

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

local function complain(err)
  ngx.log(err.name == "duplicate" and ngx.INFO or ngx.WARN, "wxlive callback: ", tostring(err))
end

--- Serves the request at hand, in the content phase.
---@param receiver wxlive.Callback   see wxlive.callback; one for each worker, made with a store
---  that all workers share (wxlive.store.shdict), so that an event is let through once
---@param options { max_body: integer?, wait: boolean? }?   max_body: bytes, 1 MiB by default
function M.serve(receiver, options)
  options = options or {}
  local ok, wrong = options_of.check("wxlive.callback.nginx.serve", options, known)
  if not ok then
    error(tostring(wrong), 2)
  end
  local body = read_body(options.max_body or MAX_BODY)
  if not body then
    ngx.status = 413
    ngx.say("refused")
    return
  end
  -- A platform that hangs up early has told of the event all the same. (Fails, and is not needed,
  -- where lua_check_client_abort is off.)
  ngx.on_abort(function() end)
  local behind
  local response, _, err = receiver:handle(ngx.req.get_method(), ngx.var.args or "", body,
    not options.wait and function(job)
      behind = job
      return true
    end or nil)
  if err then
    complain(err)
  end
  ngx.status = response.status
  ngx.header.content_type = response.content_type
  ngx.header.cache_control = "no-store"
  ngx.header.content_length = #response.body
  ngx.print(response.body)
  if behind then
    ngx.eof()
    local called
    called, err = behind()
    if not called then
      complain(err)
    end
  end
end

return M
