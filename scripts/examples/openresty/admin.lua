--- The handlers of the locations in nginx.conf. Nothing here blocks a worker: inside nginx wxlive
--- uses cosockets, and the token is in the shared dictionary "wxlive".
local broadcast = require "wxlive.broadcast"
local callback = require "wxlive.callback"
local desk_in_nginx = require "wxlive.desk.nginx"
local desks = require "wxlive.desk"
local endpoint = require "wxlive.callback.nginx"
local hooks = require "wxlive.hooks"
local json = require "wxlive.json"
local metrics_of = require "wxlive.metrics"
local shdict = require "wxlive.store.shdict"

local M = {}

-- The names by which browsers reach the desk. A request that names another host is refused.
local HOSTS = { "127.0.0.1", "localhost", "[::1]" }

local live, receiver, metrics, log, desk

-- One client and one receiver for each worker, made when first needed.
local function client()
  if not live then
    metrics = assert(metrics_of.new { store = assert(shdict.new("wxlive_metrics")) })
    log = desks.log(assert(shdict.new("wxlive_desk")))
    live = assert(broadcast.new { hooks = hooks.join(metrics, log.hooks), quota = true })
  end
  return live
end

--- Keeps the token fresh: one worker makes a call each minute, which renews the token in time.
function M.warm()
  if ngx.worker.id() == 0 then
    assert(ngx.timer.every(60, function(premature)
      if not premature then
        local ok, err = client():get_api_domain_ip()
        if not ok then
          ngx.log(ngx.WARN, tostring(err))
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

local statuses = { invalid = 400, quota = 429, transport = 504 }

local function refusal(err)
  ngx.log(ngx.WARN, tostring(err))
  return statuses[err.kind] or 502, {
    error = err.name, message = err.message, hint = err.hint_zh, ambiguous = err.ambiguous,
  }
end

local function refuse(err)
  answer(refusal(err))
end

local REMEMBERED = 86400

-- Runs create once for an Idempotency-Key, and returns the same answer to every repeat: a client
-- that left before the answer came does not create a second room. create returns a status and a
-- body, and whether nothing was done, so that the key may be used again.
local function once(key, create)
  local store, name = assert(shdict.new("wxlive")), "create:" .. key
  local first, err = store:add(name, "", REMEMBERED)
  if first == nil then
    return refuse(err)
  elseif not first then
    local kept = store:get(name)
    if not kept or kept == "" then  -- under way, or its worker has died: look at the rooms
      return answer(409, { error = "under_way_or_unknown" })
    end
    kept = json.decode(kept)
    return answer(kept.status, kept.body)
  end
  local status, body, nothing_done = create()
  if nothing_done then
    store:delete(name)
  else
    store:set(name, json.encode { status = status, body = body }, REMEMBERED)
  end
  answer(status, body)
end

-- POST /rooms: the body is what create_room takes, pictures as media ids.
local function schedule()
  ngx.req.read_body()
  local params = json.decode(ngx.req.get_body_data() or "")
  if type(params) ~= "table" then
    return answer(400, { error = "not_json" })
  end
  local function create()
    local room, err = client():create_room(params)
    if room then
      return 201, { room_id = room.room_id, adopted = room.adopted }
    end
    local status, body = refusal(err)
    return status, body, not err.ambiguous
  end
  local key = ngx.var.http_idempotency_key
  if key then
    return once(key, create)
  end
  answer(create())
end

--- GET /rooms lists, POST /rooms schedules.
function M.rooms()
  if ngx.req.get_method() == "POST" then
    return schedule()
  end
  local rooms, err = client():rooms():all()
  if not rooms then
    return refuse(err)
  end
  local list = json.array {}
  for i, room in ipairs(rooms) do
    list[i] = { room_id = room.room_id, name = room.name, live_status = room.live_status }
  end
  answer(200, list)
end

--- POST /rooms/ROOM/push/GOODS
function M.push(room_id, goods_id)
  if ngx.req.get_method() ~= "POST" then
    return answer(405, { error = "method_not_allowed" })
  end
  local ok, err = client():goods_push(tonumber(room_id), tonumber(goods_id))
  if not ok then
    return refuse(err)
  end
  answer(200, { pushed = tonumber(goods_id) })
end

--- Receives the platform's events, and answers the console's check of the URL.
function M.callback()
  receiver = receiver or assert(callback.new {
    token = os.getenv "WXLIVE_CALLBACK_TOKEN", aes_key = os.getenv "WXLIVE_CALLBACK_AES_KEY",
    appid = os.getenv "WXLIVE_APPID", store = assert(shdict.new("wxlive")),
  }):on("*", function(event)
    ngx.log(ngx.WARN, event.kind, " ", event.event or event.msg_type)
  end)
  endpoint.serve(receiver)
end

--- /desk/: a page to watch rooms, goods, audits, quotas and calls from, and to show cards.
function M.desk()
  desk = desk or assert(desks.new {
    live = client(), log = log, base = "/desk/", hosts = HOSTS, https = true,
    background = desk_in_nginx.background,
  })
  desk_in_nginx.serve(desk)
end

--- GET /metrics: the counts of all workers' clients.
function M.metrics()
  client()
  ngx.header.content_type = "text/plain; version=0.0.4"
  ngx.print(metrics:prometheus())
end

return M
