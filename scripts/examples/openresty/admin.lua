--- What the locations of nginx.conf do. Nothing here blocks a worker: inside nginx wxlive speaks
--- over cosockets, and the token lies in the shared dictionary "wxlive".
local broadcast = require "wxlive.broadcast"
local callback = require "wxlive.callback"
local json = require "wxlive.json"

local M = {}

local live, receiver

-- One client and one receiver for each worker, made when first needed.
local function client()
  live = live or assert(broadcast.new())
  return live
end

local function answer(status, value)
  ngx.status = status
  ngx.header.content_type = "application/json"
  ngx.say(json.encode(value))
end

local statuses = { invalid = 400, quota = 429, transport = 504 }

local function refuse(err)
  ngx.log(ngx.WARN, tostring(err))
  answer(statuses[err.kind] or 502, {
    error = err.name, message = err.message, hint = err.hint_zh, ambiguous = err.ambiguous,
  })
end

--- GET /rooms
function M.rooms()
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

--- What the platform pushes; the console's check of the URL too.
function M.callback()
  receiver = receiver or assert(callback.new {
    token = os.getenv "WXLIVE_CALLBACK_TOKEN", aes_key = os.getenv "WXLIVE_CALLBACK_AES_KEY",
    appid = os.getenv "WXLIVE_APPID", store = require("wxlive.store.shdict").new("wxlive"),
  }):on("*", function(event)
    ngx.log(ngx.WARN, event.kind, " ", event.event or event.msg_type)
  end)
  ngx.req.read_body()
  local response, _, err = receiver:handle(ngx.req.get_method(), ngx.var.args or "",
    ngx.req.get_body_data() or "")
  if err then
    ngx.log(ngx.WARN, tostring(err))
  end
  ngx.status = response.status
  ngx.header.content_type = response.content_type
  ngx.print(response.body)
end

return M
