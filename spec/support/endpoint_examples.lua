--- Every endpoint with the seed's own example values, on a real sandbox: what has to be there
--- before each works, and what its answer must hold.
local assert = require "luassert"

local M = {}

-- A day before the first show of the seed's examples.
M.NOW = 1631836000

local NOW = M.NOW
local IMAGES = "scripts/samples/images/"

local box, live, media

local function room(changes)
  local params = {
    name = "端点测试专场", cover_img = media.cover, share_img = media.share,
    feeds_img = media.feeds, start_time = NOW + 3600, end_time = NOW + 9000, anchor_name = "小王主播",
    anchor_wechat = "wang_live", type = 1, close_like = 0, close_goods = 0, close_comment = 0,
    close_replay = 0,
  }
  for key, value in pairs(changes or {}) do
    params[key] = value
  end
  return assert(live:create_room(params)).room_id
end

local function rooms(n)
  for i = 1, n do
    assert.equal(i, room { name = "端点测试专场" .. i })
  end
end

-- n goods, all approved but for those in `states`.
local function goods(n, keep_under_audit)
  assert(box:control("audit", { manual = true }))
  local audit
  for i = 1, n do
    local added = assert(live:goods_add {
      cover_img_url = media.goods, name = "测试商品" .. i, price_type = 1, price = 10 + i,
      url = "pages/goods/index?id=" .. i,
    })
    assert.equal(i, added.goods_id)
    audit = added.audit_id
    if not (keep_under_audit and i == n) then
      assert(box:control("audit", { goods_id = i, approve = true }))
    end
  end
  return audit
end

local function go_live(room_id, status)
  assert(box:control("live", { room_id = room_id, status = status or 101 }))
end

local function stocked_room(on_sale)
  rooms(1)
  goods(7)
  assert(live:add_goods({ 1, 2, 3, 4, 5, 6, 7 }, 1))
  for i = 1, on_sale or 0 do
    assert(live:goods_sale(1, i, 1))
  end
end

-- What has to be there before the example of an endpoint can work.
local prepare = {
  get_live_info = function() rooms(1) end,
  get_live_replay = function()
    rooms(4)
    go_live(4)
    go_live(4, 103)
    assert(box:control("clock", { advance = 900 }))
  end,
  add_goods = function() rooms(3) goods(7) end,
  delete_room = function() rooms(1) end,
  edit_room = function() rooms(2) end,
  get_push_url = function() rooms(3) end,
  get_shared_code = function() rooms(2) end,
  update_feed_public = function() rooms(2) end,
  update_replay = function() rooms(1) end,
  update_kf = function() rooms(2) end,
  update_comment = function() rooms(2) end,
  add_assistant = function() rooms(4) end,
  modify_assistant = function()
    rooms(4)
    assert(live:add_assistant(4, { { username = "walle1", nickname = "robot1" } }))
  end,
  get_assistant_list = function() rooms(4) end,
  add_sub_anchor = function() rooms(3) end,
  modify_sub_anchor = function()
    rooms(1)
    assert(live:add_sub_anchor(1, "another"))
  end,
  get_sub_anchor = function() rooms(1) end,
  delete_role = function() assert(live:add_role("Walle1", 1)) end,
  goods_sale = function() stocked_room() end,
  goods_delete_in_room = function()
    rooms(3)
    goods(1)
    assert(live:add_goods({ 1 }, 3))
  end,
  goods_push = function() stocked_room(1) go_live(1) end,
  goods_sort = function() stocked_room() end,
  goods_video = function()
    stocked_room(1)
    go_live(1)
    assert(live:goods_push(1, 1))
    go_live(1, 103)
    assert(box:control("clock", { advance = 3600 }))
  end,
  goods_reset_audit = function(example)
    example.audit_id = goods(7, true)
  end,
  goods_audit = function()
    assert(live:goods_reset_audit(7, goods(7, true)))
  end,
  goods_delete = function() goods(1) end,
  goods_update = function()
    assert(live:goods_reset_audit(1, goods(1, true)))
  end,
  goods_info = function() goods(7) end,
  goods_list = function() goods(2) end,
  get_followers = function(example)
    assert(box:control("follow", { openids = { "o1", "o2" } }))
    example.page_break = assert(live:get_followers(1)).page_break
  end,
  push_message = function(example)
    rooms(2)
    assert(box:control("follow", { openids = example.user_openid, room_id = 2 }))
    go_live(2)
  end,
  get_media = function(example) example.media_id = media.goods end,
  upload_media = function(example) example.media = IMAGES .. "cup.png" end,
  get_rid_info = function(example)
    local _, err = live:get_push_url(99)
    example.rid = err.rid
  end,
}
prepare.remove_assistant = prepare.modify_assistant
prepare.delete_sub_anchor = prepare.modify_sub_anchor

local function copy(value)
  if type(value) ~= "table" then
    return value
  end
  local out = {}
  for key, item in pairs(value) do
    out[key] = copy(item)
  end
  return out
end

-- Media ids of the seed belong to somebody else's account: ours take their place.
local function own_media(entry, params)
  for _, field in ipairs(entry.params) do
    if field.image and params[field.name] then
      params[field.name] = media[field.image == "goods" and "goods" or field.image:match("^%a+")]
    end
  end
end

--- Begins anew: an empty sandbox whose clock stands, and the pictures of the account.
---@param a_box table
---@param a_live wxlive.Broadcast
---@return table media   use -> media id
function M.begin(a_box, a_live)
  box, live, media = a_box, a_live, {}
  for use, name in pairs { cover = "tea-cover.jpg", share = "tea-share.jpg",
    feeds = "tea-feeds.jpg", goods = "cup.png" } do
    media[use] = assert(live:upload_media(IMAGES .. name)).media_id
  end
  return media
end

M.copy, M.own_media, M.prepare, M.IMAGES = copy, own_media, prepare, IMAGES

--- Calls an endpoint with its example, on what that needs.
function M.works(entry)
  local params = copy(entry.example)
  own_media(entry, params)
  if prepare[entry.name] then
    prepare[entry.name](params)
  end
  local result, err = live[entry.name](live, params)
  assert(result, err)
  assert.is_nil(result.errcode)
  for _, field in ipairs(entry.result) do
    local value = result[field.name]
    if value ~= nil and field.type == "integer" then
      assert.is_truthy(tostring(value):find("^%-?%d+$"), field.name)
    elseif value ~= nil and field.type == "list" then
      assert.is_table(value, field.name)
    end
  end
end

return M
