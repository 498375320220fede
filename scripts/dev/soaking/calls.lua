--- The calls of the soak: what each does, and how often it comes.
--
-- Each gets the world (see world.lua) and a shop, and makes calls through world:call, which counts
-- what they come to. What it raises is a fault of wxlive, or of the soak.
local broadcast = require "wxlive.broadcast"
local curl = require "wxlive.transport.curl"
local memory = require "wxlive.store.memory"
local wxlive = require "wxlive"

local M = {}

-- Reading -----------------------------------------------------------------------------------------

local function list_rooms(world, shop)
  world:call(shop, "get_live_info", { start = 0, limit = world.random:upto(50) })
end

local function list_goods(world, shop)
  world:call(shop, "goods_list", { offset = 0, limit = world.random:upto(100), status = 2 })
end

local function look_at_goods(world, shop)
  local record = shop.goods[1]
  world:call(shop, "goods_info", { goods_ids = { record and record.id or 1 } })
end

local function small_reads(world, shop)
  local names = { "get_role_list", "goods_get_key", "get_followers", "get_callback_ip" }
  world:call(shop, names[world.random:upto(#names)], {})
end

local function read_room(world, shop)
  local record = shop.room[1]
  local names = { "get_push_url", "get_assistant_list", "get_sub_anchor", "get_shared_code" }
  world:call(shop, names[world.random:upto(#names)], { room_id = record and record.id or 1 })
end

-- Pages under an iterator; a page that fails ends it with an error.
local function walk(world, shop)
  world:count(function()
    local list = world.random:upto(2) == 1 and shop.live:rooms() or shop.live:goods { status = 2 }
    return list:all()
  end, "iterators")
end

-- A time-out that the faults which hold answers up run into.
local function hurry(world, shop)
  world:call(shop, "get_live_info", { start = 0, limit = 50 }, { timeout = 0.08 })
end

-- Several at a time inside what may itself be one of several.
local function nested_map(world, shop)
  local results, errors = wxlive.map({ 1, 2, 3, 4 }, function(n)
    return world:call(shop, "goods_list", { offset = n, limit = 5, status = 2 })
  end, { concurrency = 3 })
  for n = 1, 4 do
    assert(results[n] ~= nil or errors[n] ~= nil, "an item without an outcome")
  end
end

-- Writing -----------------------------------------------------------------------------------------

local function room_fields(world, shop, name)
  local now = world:now()
  return {
    name = name, cover_img = shop.picture, share_img = shop.picture, feeds_img = shop.picture,
    start_time = now + 600000 + world.random:upto(86400), end_time = now + 700000,
    anchor_name = "主播一号", anchor_wechat = "WalleAI", type = 0, close_like = 0,
    close_goods = 0, close_comment = 0,
  }
end

local function create_room(world, shop)
  local name = world:name("场次")
  local result, err = world:call(shop, "create_room", room_fields(world, shop, name))
  shop:created("room", name, 0, result, err)
end

local function edit_room(world, shop)
  local record = shop:pick("room", world.random)
  if not record then
    return create_room(world, shop)
  end
  local fields = room_fields(world, shop, record.name)
  fields.id, fields.close_like, fields.type = record.id, world.random:upto(2) - 1, nil
  shop:changed(record, fields.close_like, (world:call(shop, "edit_room", fields)))
end

local function delete_room(world, shop)
  local record = shop:pick("room", world.random)
  if record then
    shop:removed(record, (world:call(shop, "delete_room", { id = record.id })))
  end
end

local function add_goods(world, shop)
  local name = world:name("货")
  local price = world.random:upto(99999) / 100
  local result, err = world:call(shop, "goods_add", {
    cover_img_url = shop.picture, name = name, price_type = 1, price = price,
    url = "pages/goods/index?id=" .. world.serial,
  })
  shop:created("goods", name, price, result, err)
end

local function update_goods(world, shop)
  local record = shop:pick("goods", world.random)
  if not record then
    return add_goods(world, shop)
  end
  local price = world.random:upto(99999) / 100
  shop:changed(record, price, (world:call(shop, "goods_update", {
    goods_id = record.id, price_type = 1, price = price,
  })))
end

local function delete_goods(world, shop)
  local record = shop:pick("goods", world.random)
  if record then
    shop:removed(record, (world:call(shop, "goods_delete", { goods_id = record.id })))
  end
end

local function staff(world, shop)
  local who = { username = "assistant" .. world.random:upto(20), role = world.random:upto(3) }
  world:call(shop, world.random:upto(2) == 1 and "add_role" or "delete_role", who)
end

local function pendant(world, shop)
  world:call(shop, "goods_set_key", { goods_key = { "key" .. world.random:upto(9) } })
end

-- Makes a call with wrong parameters, which is refused before anything is sent.
local function invalid(world, shop)
  local _, err = world:call(shop, "create_room", { name = "短", start_time = "tomorrow" })
  assert(err.kind == "invalid" and #err.problems > 1, "it was let through")
end

-- Files -------------------------------------------------------------------------------------------

local function upload(world, shop)
  local file = world.files[world.random:upto(#world.files)]
  local result = world:call(shop, "upload_media", { media = file.path, type = "image" })
  if result then
    table.insert(shop.media, { id = result.media_id, bytes = file.bytes })
  end
end

local function download(world, shop)
  local media = shop.media[1] and shop.media[world.random:upto(#shop.media)]
  if not media then
    return upload(world, shop)
  end
  local path = world.random:upto(2) == 1 and world:new_path() or nil
  local result = world:call(shop, "get_media", { media_id = media.id, save_to = path })
  if result then
    local bytes = result.content
    if path then
      local file = assert(io.open(path, "rb"))
      bytes = file:read("*a")
      file:close()
      os.remove(path)
    end
    assert(bytes == media.bytes, "the downloaded bytes are others")
  end
end

-- Clients -----------------------------------------------------------------------------------------

-- A client of its own on connections of its own, which is closed, or left to the collector.
local function passing_client(world, shop)
  local transport = assert(curl.new { connect_timeout = 5 })
  local live = assert(broadcast.new {
    appid = shop.appid, secret = world.box.secret, base_url = world.box.base_url,
    transport = transport, token_store = memory.new(), clock = world.clock,
    retry = { attempts = 4, base = 0.01, max = 0.05 },
  })
  world:call({ live = live }, "get_live_info", { start = 0, limit = 1 })
  if world.random:upto(2) == 1 then
    transport:close()
  end
end

-- Makes a client and drops it, without a call.
local function idle_client(world, shop)
  world:count(function()
    return broadcast.new {
      appid = shop.appid, secret = world.box.secret, base_url = world.box.base_url,
    }
  end, "clients")
  world:count(function()
    return broadcast.new { appid = 1, base_url = "http://example.com" }
  end, "clients")
end

-- Time passes for both sides: tokens run out.
local function time_passes(world)
  world:advance(world.random:upto(7400))
end

local round_of_callbacks = require("scripts.dev.soaking.deliveries").round

-- Weight of each among all.
M.list = {
  { 22, list_rooms }, { 14, list_goods }, { 8, look_at_goods }, { 8, small_reads },
  { 6, read_room }, { 2, walk }, { 2, hurry }, { 2, nested_map },
  { 4, create_room }, { 4, edit_room }, { 2, delete_room },
  { 5, add_goods }, { 5, update_goods }, { 3, delete_goods }, { 3, staff }, { 2, pendant },
  { 2, invalid }, { 2, upload }, { 3, download }, { 1, passing_client }, { 1, idle_client },
  { 0.02, time_passes }, { 3, round_of_callbacks },
}

local total = 0
for _, item in ipairs(M.list) do
  total = total + item[1]
end

--- One of the calls, by chance.
function M.choose(random)
  local at = random:fraction() * total
  for _, item in ipairs(M.list) do
    at = at - item[1]
    if at < 0 then
      return item[2]
    end
  end
  return list_rooms
end

return M
