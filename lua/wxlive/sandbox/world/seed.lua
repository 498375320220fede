--- Seed data. "demo": a small shop with rooms in several states, goods, people, followers.
local deny = require("wxlive.sandbox.server.refusal").deny
local media = require "wxlive.sandbox.api.media"
local people = require "wxlive.sandbox.world.people"
local room_state = require "wxlive.sandbox.world.room_state"
local staff = require "wxlive.sandbox.api.staff"
local states = require "wxlive.catalogue.states"

local M = {}

-- A GIF of one pixel.
local PIXEL = "GIF89a\1\0\1\0\128\0\0\255\255\255\0\0\0!\249\4\1\0\0\0\0,"
  .. "\0\0\0\0\1\0\1\0\0\2\2D\1\0;"

local function add_goods(account, picture, now, fields)
  fields.id = fields.id or account:next_id("goods")
  fields.cover, fields.added_at, fields.submitted_at = picture, now, now
  fields.audit_id = account:next_id("audit", 450889001)
  fields.made_by = fields.made_by or "api"
  return account:put("goods", fields.id, fields)
end

local function add_room(account, picture, fields, status, now)
  fields.id = fields.id or account:next_id("room")
  fields.cover_img, fields.share_img, fields.feeds_img = picture, picture, picture
  fields.created_at, fields.live_status = now, states.NOT_STARTED
  for name, value in pairs {
    close_like = 0, close_goods = 0, close_comment = 0, close_replay = 0, close_share = 0,
    close_kf = 1, is_feeds_public = 1, ban_comment = 0,
  } do
    if fields[name] == nil then
      fields[name] = value
    end
  end
  fields.goods, fields.assistants = fields.goods or {}, {}
  if status ~= states.NOT_STARTED then
    room_state.set(fields, status, math.min(now, fields.end_time))
  end
  return account:put("room", fields.id, fields)
end

local function demo(account)
  local now = account.platform:now()
  local picture = media.store(account, "image", PIXEL, "pixel.gif")
  local cup = add_goods(account, picture, now, {
    name = "青瓷茶杯", price_type = 1, price = 99.5, url = "pages/goods/index?id=1",
    audit_status = states.APPROVED,
  })
  local scarf = add_goods(account, picture, now, {
    name = "真丝围巾", price_type = 3, price = 399, price2 = 299, url = "pages/goods/index?id=2",
    audit_status = states.APPROVED,
  })
  add_goods(account, picture, now, {
    name = "龙井新茶", price_type = 2, price = 128, price2 = 688, url = "pages/goods/index?id=3",
    audit_status = states.REJECTED,
  })
  add_goods(account, picture, now, {
    name = "后台录入的茶壶", price_type = 1, price = 256, url = "pages/goods/index?id=4",
    audit_status = states.APPROVED, made_by = "console",
  })
  add_room(account, picture, {
    name = "春茶品鉴专场", type = 0, anchor_name = "小叶老师", anchor_wechat = "xiaoye_tea",
    start_time = now - 2 * 86400, end_time = now - 2 * 86400 + 7200,
    goods = { { goods_id = cup.id, on_sale = 1, clip_at = now } },
  }, states.ENDED, now)
  add_room(account, picture, {
    name = "茶器上新直播", type = 1, anchor_name = "小叶老师", anchor_wechat = "xiaoye_tea",
    start_time = now - 600, end_time = now + 7200,
    goods = { { goods_id = cup.id, on_sale = 1 }, { goods_id = scarf.id, on_sale = 1 } },
  }, states.LIVE, now)
  add_room(account, picture, {
    name = "秋冬围巾预告场", type = 0, anchor_name = "阿宁主播", anchor_wechat = "aning_live",
    start_time = now + 86400, end_time = now + 86400 + 7200,
  }, states.NOT_STARTED, now)
  account:put("role", "shop_owner", {
    username = "shop_owner", nickname = "店主", roles = { 0 }, updated = now,
  })
  for _, member in ipairs { { "xiaoye_tea", 2 }, { "aning_live", 2 }, { "operator_li", 3 } } do
    assert(staff.add_role(account, { username = member[1], role = member[2] }))
  end
  for i = 1, 25 do
    local openid = people.openid("follower" .. i)
    account:put("follower", openid, {
      openid = openid, subscribe_time = now - 86400 + i * 60, room_id = 1,
      room_status = states.ENDED,
    })
  end
end

local seeds = { demo = demo }

--- Puts goods and rooms with ids of their own into an account, as they may have been made long
--- before: for trying out on a copy of a real shop. goods: { id, name, ... }; rooms: { id, name,
--- start_time, end_time, goods = { { goods_id, on_sale } }, ... }. Goods are approved and rooms not
--- started when they do not say otherwise.
---@param account table
---@param goods table[]
---@param rooms table[]
---@param followers string[]   openids
function M.plant(account, goods, rooms, followers)
  local now = account.platform:now()
  local picture = media.store(account, "image", PIXEL, "pixel.gif")
  for kind, list in pairs { goods = goods, room = rooms } do
    for _, fields in ipairs(list) do
      local id = tonumber(fields.id)
      if not id or id < 1 or id % 1 ~= 0 then
        deny("an id is not a whole number from 1")
      end
      fields.id = math.floor(id)
      account:put("serial", kind, {
        last = math.max(fields.id, account.serial[kind] and account.serial[kind].last or 0),
      })
    end
  end
  for _, fields in ipairs(goods) do
    fields.audit_status, fields.made_by = fields.audit_status or states.APPROVED, "api"
    fields.price_type, fields.price = fields.price_type or 1, fields.price or 1
    fields.url = fields.url or "pages/goods?id=" .. fields.id
    add_goods(account, picture, now, fields)
  end
  for _, fields in ipairs(rooms) do
    if not (fields.start_time and fields.end_time) then
      deny("a room needs start_time and end_time")
    end
    fields.name, fields.type = fields.name or "room", fields.type or 0
    add_room(account, picture, fields, fields.live_status or states.NOT_STARTED, now)
  end
  for _, openid in ipairs(followers) do
    account:put("follower", openid, {
      openid = openid, subscribe_time = now, room_id = rooms[1] and rooms[1].id or 1,
      room_status = states.NOT_STARTED,
    })
  end
end

--- Whether there is a seed of this name.
function M.known(name)
  return name == nil or seeds[name] ~= nil
end

--- Puts seed data into the default account, unless the account already holds data.
function M.sow(platform, name)
  local account = platform:account(platform.options.appid)
  if name and not next(account.serial) then
    seeds[name](account)
  end
  return platform.store:flush()
end

return M
