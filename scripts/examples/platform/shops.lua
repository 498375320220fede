--- What the locations of nginx.conf do. Refresh tokens and the ticket lie in Redis, sealed; that
--- Redis must keep them on disk (appendonly yes). Tokens lie in the shared dictionary "wxlive", or
--- with several machines in a wxlive.store.redis.
local endpoint = require "wxlive.callback.nginx"
local json = require "wxlive.json"
local metrics_of = require "wxlive.metrics"
local platforms = require "wxlive.platform"
local shdict = require "wxlive.store.shdict"
local vaults = require "wxlive.platform.vault.redis"

local M = {}

local platform, metrics

-- One platform for each worker, made when first needed. The rest of its settings come from the
-- environment.
local function the_platform()
  if not platform then
    metrics = assert(metrics_of.new { store = assert(shdict.new("wxlive_metrics")) })
    platform = assert(platforms.new {
      hooks = metrics, token_store = assert(shdict.new("wxlive")),
      vault = assert(vaults.new {
        host = os.getenv "REDIS_HOST", port = tonumber(os.getenv "REDIS_PORT"),
        password = os.getenv "REDIS_PASSWORD",
      }),
    })
    platform.callback:on("*", function(event)
      ngx.log(ngx.WARN, event.info_type or event.event or event.msg_type, " of ",
        event.appid or "the platform")
    end)
  end
  return platform
end

--- Reports a ticket that is late, before it hurts: one worker looks each minute.
function M.watch()
  if ngx.worker.id() == 0 then
    assert(ngx.timer.every(60, function(premature)
      if not premature then
        local _, err = the_platform():ticket_status()
        if err then
          ngx.log(ngx.ERR, tostring(err))
        end
      end
    end))
  end
end

local function answer(status, value)
  ngx.status = status
  ngx.header.content_type = "application/json"
  ngx.say(json.encode(value))
end

local function refuse(err)
  ngx.log(ngx.WARN, tostring(err))
  answer(err.name == "consent_withdrawn" and 409 or 502, {
    error = err.name, message = err.message, hint = err.hint_zh,
  })
end

--- Receives the pushes to both URLs of the console. Tickets and consents are stored before the
-- answer is sent.
---@param appid string?   the shop, where the URL names it
function M.pushed(appid)
  endpoint.serve(the_platform().callback, { appid = appid })
end

-- Where shops come back to: it must lie on the domain that the console names.
local function bound_url()
  return ("https://%s/bound"):format(ngx.var.http_host)
end

--- GET /bind: sends the shop's administrator to the page of consent. The console's
--- 授权发起页域名 is the domain of this page.
function M.bind()
  local url, err = the_platform():authorization_url {
    redirect_uri = bound_url(), category_ids = { 52, 19 },
  }
  if not url then
    return refuse(err)
  end
  ngx.header.content_type = "text/html; charset=utf-8"
  ngx.say('<!doctype html><a href="', (url:gsub("&", "&amp;")), '">去授权</a>')
end

--- GET /bound?auth_code=...: takes the consent over, and says what was granted.
function M.bound()
  local live, err = the_platform():authorize(ngx.var.arg_auth_code
    and ngx.unescape_uri(ngx.var.arg_auth_code) or "")
  if not live then
    return refuse(err)
  end
  local info = assert(platform:shop_info(live.appid))
  answer(200, { shop = info.nick_name, live = info.live, uploads = info.uploads })
end

--- GET /shops
function M.list()
  local list = json.array {}
  for _, info in the_platform():shops { all = true } do
    list[#list + 1] = info
  end
  answer(200, list)
end

--- GET /shops/APPID/rooms: an admin call for a shop.
function M.rooms(appid)
  local live, err = the_platform():shop(appid)
  if not live then
    return refuse(err)
  end
  local rooms
  rooms, err = live:rooms():all()
  if not rooms then
    return refuse(err)
  end
  local list = json.array {}
  for i, room in ipairs(rooms) do
    list[i] = { room_id = room.room_id, name = room.name, live_status = room.live_status }
  end
  answer(200, list)
end

--- GET /metrics: wxlive_ticket_events_total{event="late"} is what to be woken for.
function M.metrics()
  the_platform()
  ngx.header.content_type = "text/plain; version=0.0.4"
  ngx.print(metrics:prometheus())
end

return M
