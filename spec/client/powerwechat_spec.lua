--- The examples of PowerWeChat's page on live broadcasts, in the values that the Go library sends:
--- zeros and empty strings for what was not set, text where its functions take text. Each must make
--- a request that a strict server takes. Only times, media ids and ids of this account are our own.
local broadcast = require "wxlive.broadcast"
local compat = require "wxlive.base.compat"
local json = require "wxlive.json"
local memory = require "wxlive.store.memory"
local sandbox = require "wxlive.sandbox"

local NOW = 1795406400
local unpack = compat.unpack
local IMAGES = "scripts/samples/images/"

local box, live, media, audit

local function new_room()
  return {
    name = "测试直播房间1", coverImg = media.cover, startTime = NOW + 3600, endTime = NOW + 10800,
    anchorName = "zefzhang1", anchorWechat = "WxgQxd233", subAnchorWechat = "", createrWechat = "",
    shareImg = media.share, feedsImg = media.feeds, isFeedsPublic = 1, closeLike = 0,
    closeGoods = 0, closeComment = 0, closeReplay = 1, closeShare = 0, closeKf = 0,
  }
end

local function edited_room()
  local params = new_room()
  params.id, params.subAnchorWechat, params.createrWechat = 2, nil, nil
  return params
end

local function new_goods()
  return {
    coverImgUrl = media.goods, name = "TIT茶杯", priceType = 1, price = 99.5, price2 = 0,
    url = "pages/index/index", thirdPartyAppid = "",
  }
end

local function show(room_id, status)
  assert(box:control("live", { room_id = room_id, status = status }))
end

-- The call, its arguments, and what goes on the wire where that is not plainly the arguments.
local examples = {
  { "CreateRoom", "create_room", new_room, sent = function(body)
    assert.equal(0, body.type)
    assert.equal(0, body.closeKf)
    assert.is_nil(body.subAnchorWechat)
    assert.is_nil(body.createrWechat)
  end },
  { "GetLiveInfo", "get_live_info", { 0, 0 }, sent = { start = 0, limit = 50 } },
  { "AddGoods", "add_goods", function() return { ids = { 6, 7 }, roomId = 3 } end },
  { "DeleteRoom", "delete_room", { 5 } },
  { "EditRoom", "edit_room", edited_room },
  { "GetPushUrl", "get_push_url", { 3 } },
  { "GetSharedCode", "get_shared_code", { 2, "a=1&b=2" }, query = "params=a%3D1%26b%3D2" },
  { "AddAssistant", "add_assistant", { 4, {
    { username = "walle1", nickname = "robot1" }, { username = "walle2", nickname = "root2" },
  } } },
  { "ModifyAssistant", "modify_assistant", { 4, "walle1", "robot3" } },
  { "GetAssistantList", "get_assistant_list", { 4 } },
  { "RemoveAssistant", "remove_assistant", { 4, "walle1" } },
  { "GetLiveReplay", "get_live_replay",
    function() return { action = "get_replay", room_id = 4, start = 0, limit = 0 } end,
    sent = { action = "get_replay", room_id = 4, start = 0, limit = 50 },
    before = function() show(4, 101) show(4, 103) end },
  { "AddSubAnchor", "add_sub_anchor", { 3, "WalleAI" } },
  { "ModifySubAnchor", "modify_sub_anchor", { 3, "WalleAI2" } },
  { "GetSubAnchor", "get_sub_anchor", { 1 } },
  { "DeleteSubAnchor", "delete_sub_anchor", { 3 } },
  { "UpdateFeedPublic", "update_feed_public", { 2, 0 } },
  { "UpdateReplay", "update_replay", { 1, 1 } },
  { "UpdateKF", "update_kf", { 2, 1 } },
  { "UpdateComment", "update_comment", { 2, 1 }, sent = { roomId = 2, id = 2, banComment = 1 } },
  { "GoodsSale", "goods_sale", { 1, 7, 1 } },
  { "GoodsPush", "goods_push", { 1, 7 } },
  { "GoodsSort", "goods_sort", { 1, { "7", "5", "6" } } },
  { "GoodsVideo", "goods_video", { 1, 7 }, before = function()
    show(1, 103)
    assert(box:control("clock", { advance = 3600 }))
  end, after = function() assert(box:control("clock", { set = NOW })) end },
  { "GoodsDeleteInRoom", "goods_delete_in_room", { 3, 6 } },
  { "GoodsAdd", "goods_add", new_goods },
  { "GoodsResetAudit", "goods_reset_audit",
    function() return { auditId = audit, goodsId = 8 } end },
  { "GoodsUpdate", "goods_update", function()
    return { goodsId = 8, name = "TIT茶杯", priceType = 1, price = 99.5, url = "pages/index/index" }
  end },
  { "GoodsAudit", "goods_audit", { 8 } },
  { "GoodsInfo", "goods_info", { { 6, 7 } } },
  { "GoodsList", "goods_list", { "0", "30", "2" }, query = "limit=30" },
  { "GoodsDelete", "goods_delete", { 2 } },
  { "AddRole", "add_role", { "Walle1", 1 } },
  { "GetRoleList", "get_role_list", { 1, 0, 10, "" }, query = "role=1" },
  { "DeleteRole", "delete_role", { "Walle1", 1 } },
  { "GetFollowers", "get_followers",
    function() return { limit = 1, page_break = 10 } end },
  { "PushMessage", "push_message", { 2, { "oC-vT5KfvgxATPoVl88oeTE-hnfE" } }, before = function()
    assert(box:control("follow", { openids = { "oC-vT5KfvgxATPoVl88oeTE-hnfE" }, room_id = 2 }))
    show(2, 101)
  end },
}

local function check_wire(example, request)
  if type(example.sent) == "table" then
    assert.same(example.sent, json.decode(request.body))
  elseif example.sent then
    example.sent(json.decode(request.body))
  end
  if example.query then
    assert.is_truthy(request.url:find(example.query, 1, true), request.url)
    assert.is_nil(request.url:find("keyword", 1, true), request.url)
  end
end

local function stock()
  for i = 1, 5 do
    local room = new_room()
    room.name, room.type = "测试直播房间" .. i, i == 3 and 1 or 0
    assert.equal(i, assert(live:create_room(room)).room_id)
  end
  assert(box:control("audit", { manual = true }))
  for i = 1, 8 do
    local goods = new_goods()
    goods.name = "TIT茶杯" .. i
    audit = assert(live:goods_add(goods)).audit_id
    if i < 8 then
      assert(box:control("audit", { goods_id = i, approve = true }))
    end
  end
  assert(live:add_goods({ 5, 6, 7 }, 1))
  for i = 5, 7 do
    assert(live:goods_sale(1, i, 1))
  end
  show(1, 101)
end

describe("PowerWeChat's example of", function()
  setup(function()
    box = assert(sandbox.start { clock = NOW })
    assert(box:control("clock", { set = NOW, frozen = true }))
    live = assert(broadcast.new {
      appid = box.appid, secret = box.secret, base_url = box.base_url, token_store = memory.new(),
      clock = function() return NOW end, lookup = false, retry = { attempts = 1 },
    })
    media = {}
    for use, name in pairs { cover = "tea-cover.jpg", share = "tea-share.jpg",
      feeds = "tea-feeds.jpg", goods = "cup.png" } do
      media[use] = assert(live:upload_media(IMAGES .. name)).media_id
    end
    stock()
  end)

  teardown(function()
    box:stop()
  end)

  for _, example in ipairs(examples) do
    it(example[1] .. " is taken by a strict server", function()
      local method, given = live[example[2]], example[3]
      local args = type(given) == "function" and { given() } or given
      local request = { unpack(args) }
      request[#args + 1] = { dry_run = true }
      check_wire(example, assert(method(live, unpack(request))))
      if example.before then
        example.before()
      end
      local result, err = method(live, unpack(args))
      if example.after then
        example.after()
      end
      assert.is_truthy(result, tostring(err))
    end)
  end
end)
