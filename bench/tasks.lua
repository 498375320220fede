--- The calls that are measured: what wxlive is asked for, and what the server answers.
local json = require "wxlive.json"

local M = {
  appid = "wx0123456789abcdef", secret = ("0123456789abcdef"):rep(2),
  -- As long as those of the platform.
  token = ("abcdefghijklmnopqrstuvwxyz012345"):rep(5):sub(1, 136),
}

local picture = ("PictureFromUploadMedia0123456789"):rep(2)

-- The times move with the clock: they must lie ahead.
local room = {
  name = "秋季上新直播专场", cover_img = picture, anchor_name = "主播小王",
  anchor_wechat = "WalleAI-0123", share_img = picture, feeds_img = picture, type = 0,
  close_like = 0, close_goods = 0, close_comment = 0, is_feeds_public = 1, close_replay = 0,
  close_share = 0, close_kf = 1, start_time = os.time() + 7200, end_time = os.time() + 14400,
}

M.small = {
  title = "create_room, 60 B", answer = '{"errcode":0,"errmsg":"ok","roomId":3021,"qrcode_url":""}',
  call = function(live, options) return live:create_room(room, options) end,
  fields = room,
}

local function rooms(count)
  local list = json.array()
  for i = 1, count do
    list[i] = {
      name = "直播间" .. i, roomid = 1000 + i, cover_img = "https://mmbiz.qpic.cn/" .. picture,
      share_img = "https://mmbiz.qpic.cn/" .. picture, live_status = 101 + i % 7,
      start_time = 1568128900 + i, end_time = 1568131900 + i, anchor_name = "主播" .. i,
      goods = json.array { {
        cover_img = "https://mmbiz.qpic.cn/" .. picture, url = "pages/index/index?id=" .. i,
        price = 1100 + i, name = "商品" .. i, price2 = 0, price_type = 1, goods_id = 200 + i,
        third_party_appid = "",
      } },
      live_type = 1, close_like = 0, close_goods = 0, close_comment = 0, close_kf = 1,
      close_replay = 0, is_feeds_public = 1, creater_openid = "openid-of-the-creator" .. i,
      feeds_img = "https://mmbiz.qpic.cn/" .. picture, total = count,
    }
  end
  return list
end

M.rooms = {
  title = "get_live_info, 20 kB",
  answer = assert(json.encode { errcode = 0, errmsg = "ok", total = 26, room_info = rooms(26) }),
  call = function(live, options) return live:get_live_info({ start = 0, limit = 50 }, options) end,
}

local function goods(count)
  local list = json.array()
  for i = 1, count do
    list[i] = {
      goodsId = 100 + i, coverImgUrl = "https://mmbiz.qpic.cn/" .. picture:rep(6),
      name = "茉莉花茶 礼盒装 " .. i, priceType = 1, price = 99.5, price2 = 0,
      url = "pages/goods/detail?id=" .. i .. "&from=live&shop=" .. picture:rep(6),
      thirdPartyTag = 2, thirdPartyAppid = "",
    }
  end
  return list
end

M.goods = {
  title = "goods_list, 100 kB",
  answer = assert(json.encode { errcode = 0, errmsg = "ok", total = 100, goods = goods(100) }),
  call = function(live, options)
    return live:goods_list({ offset = 0, limit = 100, status = 2 }, options)
  end,
}

M.names = { "small", "rooms", "goods" }

return M
