--- Rooms: make, list, replay, edit, delete, addresses, switches.
local json = require "wxlive.json"
local media = require "wxlive.sandbox.api.media"
local people = require "wxlive.sandbox.world.people"
local refuse = require("wxlive.sandbox.server.refusal").refuse
local room_state = require "wxlive.sandbox.world.room_state"
local states = require "wxlive.catalogue.states"
local tables = require "wxlive.base.tables"
local video = require "wxlive.sandbox.world.video"

local PAGE_MAX = 50               -- whatever was asked for
local REPLAY_DELAY = 600          -- from the end of the show to its replay
local LEAD, AHEAD = 600, 183 * 86400
local SHORTEST, LONGEST = 1800, 86400

-- Making and editing ------------------------------------------------------------------------------

-- A time in milliseconds, a time as text and an impossible period all get the same answer.
local function check_times(params, now)
  local text = { text = "startTime or endTime is invalid" }
  local from, to = params.start_time, params.end_time
  if from > 1e11 or to > 1e11 then
    refuse(200002, "startTime and endTime are seconds, not milliseconds", text)
  elseif from < now + LEAD then
    refuse(200002, "startTime is less than 10 minutes ahead", text)
  elseif from > now + AHEAD then
    refuse(200002, "startTime is more than 6 months ahead", text)
  elseif to - from < SHORTEST or to - from > LONGEST then
    refuse(200002, "endTime is not 30 minutes to 24 hours after startTime", text)
  end
end

local function check_people(params)
  local anchor, second, creator =
    params.anchor_wechat, params.sub_anchor_wechat, params.creater_wechat
  if second and second == anchor then
    refuse(200002, "anchorWechat and subAnchorWechat can not be same")
  elseif not people.is_wechat(anchor) then
    refuse(300030, "anchorWechat has not the form of a WeChat id")
  elseif second and not people.is_wechat(second) then
    refuse(300039, "subAnchorWechat has not the form of a WeChat id")
  elseif creator and not people.is_wechat(creator) then
    refuse(300041, "createrWechat has not the form of a WeChat id")
  elseif not people.exists(anchor) then
    refuse(300035, "no user has this WeChat id")
  elseif not people.is_verified(anchor) then
    refuse(300036, "the anchor has not passed the real-name check", {
      fields = { qrcode_url = "https://res.wx.qq.com/sandbox/realname.png" },
    })
  end
end

local function check_texts(params)
  if params.name:find("[%c<>\\]") then
    refuse(300040, "name holds a control character, <, > or \\")
  elseif people.has_banned_word(params.name) then
    refuse(300028, "name holds a banned word")
  elseif people.has_banned_word(params.anchor_name) then
    refuse(300029, "anchorName holds a banned word")
  end
end

local function check_customer_service(account, params)
  if params.close_kf == 0 and account.platform.quirks.no_customer_service then
    refuse(300038, "no customer service is set up (a quirk that was switched on)")
  end
end

local function check_room(account, params)
  check_times(params, account.platform:now())
  check_texts(params)
  check_people(params)
  for _, use in ipairs { "cover_img", "share_img", "feeds_img" } do
    media.need(account, params[use], use)
  end
  check_customer_service(account, params)
end

local function fill(room, params)
  for _, name in ipairs {
    "name", "cover_img", "share_img", "feeds_img", "start_time", "end_time", "anchor_name",
    "anchor_wechat", "close_like", "close_goods", "close_comment",
  } do
    room[name] = params[name]
  end
  -- An edit replaces every field: a field that it leaves out gets the platform's default.
  room.is_feeds_public = params.is_feeds_public or 1
  room.close_replay = params.close_replay or 1
  room.close_share = params.close_share or 0
  room.close_kf = params.close_kf or 1
end

local M = {}

function M.create_room(account, params)
  check_room(account, params)
  local id = account:next_id("room")
  local room = {
    id = id, type = params.type, live_status = states.NOT_STARTED,
    created_at = account.platform:now(), creater_wechat = params.creater_wechat,
    sub_anchor = params.sub_anchor_wechat, ban_comment = 0, goods = {}, assistants = {},
  }
  fill(room, params)
  account:put("room", id, room)
  return { roomId = id }
end

M.edit_room = room_state.changing("edit", function(room, params, account)
  check_room(account, params)
  fill(room, params)
end)

-- With this quirk a deleted room stays in the list as "not started", as observed on the platform.
M.delete_room = room_state.with("delete", function(room, _, account)
  if account.platform.quirks.deleted_listed then
    room.deleted, room.live_status = true, states.NOT_STARTED
    account:put("room", room.id, room)
  else
    account:remove("room", room.id)
  end
  return {}
end)

-- Listing -----------------------------------------------------------------------------------------

-- Prices are sent in yuan and listed in fen.
local function fen(yuan)
  return yuan and math.floor(yuan * 100 + 0.5) or 0
end

local function goods_row(account, item)
  local goods = account.goods[item.goods_id]
  -- Goods added during the show were seen to come back in yuan, and price2 unscaled.
  local mixed = account.platform.quirks.mixed_prices
  return {
    goods_id = goods.id, name = goods.name, url = goods.url, price_type = goods.price_type,
    cover_img = media.url(account, goods.cover),
    price = mixed and item.added_live and goods.price or fen(goods.price),
    price2 = mixed and goods.price2 or fen(goods.price2),
    third_party_appid = goods.third_party_appid or "",
  }
end

local function room_row(account, room)
  local there = tables.only(room.goods, function(item) return account.goods[item.goods_id] end)
  return {
    roomid = room.id, name = room.name, live_status = room.live_status,
    cover_img = media.url(account, room.cover_img),
    share_img = media.url(account, room.share_img),
    feeds_img = media.url(account, room.feeds_img),
    start_time = room.start_time, end_time = room.end_time,
    anchor_name = room.anchor_name, live_type = room.type,
    close_like = room.close_like, close_goods = room.close_goods,
    close_comment = room.close_comment, close_kf = room.close_kf,
    close_replay = room.close_replay, is_feeds_public = room.is_feeds_public,
    creater_openid = room.creater_wechat and people.openid(room.creater_wechat) or "",
    goods = json.array(tables.map(there, function(item) return goods_row(account, item) end)),
  }
end

-- room_id does not filter here; `start` acts as the start of a page.
function M.get_live_info(account, params)
  local rooms = account:rooms_newest_first()
  local limit = math.min(params.limit, PAGE_MAX)
  local start = params.start - params.start % limit
  if start >= #rooms then
    refuse(9410000, #rooms == 0 and "the account has no rooms"
      or "start is past the last room")
  end
  local rows, now = json.array {}, account.platform:now()
  for i = start + 1, math.min(start + limit, #rooms) do
    local room = rooms[i]
    if not room.deleted and room_state.settle(room, now) then
      account:put("room", room.id, room)
    end
    rows[#rows + 1] = room_row(account, room)
  end
  return { total = account.platform.quirks.wrong_total and #rows or #rooms, room_info = rows }
end

local function iso(time)
  return os.date("!%Y-%m-%dT%H:%M:%SZ", time)
end

local function replay_row(account, room, name, at)
  return {
    create_time = iso(at), expire_time = iso(at + 365 * 86400),
    media_url = video.url(account, room.id, name),
  }
end

-- One file for the whole show, then its parts.
M.get_live_replay = room_state.with(nil, function(room, params, account)
  local rows = json.array {}
  local made = room.ended_at and room.ended_at + REPLAY_DELAY
  if room.live_status == states.ENDED and room.close_replay == 0
    and account.platform:now() >= made then
    rows[1] = replay_row(account, room, "playlist.m3u8", made)
    local hours = math.ceil((room.ended_at - (room.started_at or room.start_time)) / 3600)
    for part = 1, math.max(hours, 1) do
      rows[#rows + 1] = replay_row(account, room, ("part-%d.mp4"):format(part), made)
    end
  end
  local page = json.array {}
  for i = params.start + 1, math.min(params.start + params.limit, #rows) do
    page[#page + 1] = rows[i]
  end
  return { total = #rows, live_replay = page, room_info = json.array {} }
end)

-- Addresses ---------------------------------------------------------------------------------------

M.get_push_url = room_state.changing("change", function(room, _, account)
  if room.type ~= 1 then
    refuse(300023, "a phone room has no push address")
  end
  room.push_secret = room.push_secret or account.platform.random:hex8():rep(4)
  return {
    pushAddr = ("rtmp://wxalivepush.weixin.qq.com/live/%s-%d?txSecret=%s&txTime=%x"):format(
      account.appid, room.id, room.push_secret, room.end_time),
  }
end)

M.get_shared_code = room_state.with("share", function(room, _, account)
  local base = ("http://mmbiz.qpic.example/sandbox/%s/%d/"):format(account.appid, room.id)
  return {
    cdnUrl = base .. "code.png", posterUrl = base .. "poster.png",
    pagePath = "plugin-private://wx2b03c6e691cd7370/pages/live-player-plugin?room_id=" .. room.id,
  }
end)

-- Switches ----------------------------------------------------------------------------------------

local function switch(name, need)
  return room_state.changing(need, function(room, params, account)
    check_customer_service(account, params)
    room[name] = params[name]
  end)
end

M.update_feed_public = switch("is_feeds_public", "change")
M.update_replay = switch("close_replay", "share")
M.update_kf = switch("close_kf", "change")
M.update_comment = switch("ban_comment", "change")

return M
