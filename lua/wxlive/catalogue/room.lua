--- Rooms: make, find, change, share, replay, switches.
local f = require "wxlive.catalogue.field"
local tables = require "wxlive.base.tables"
local need, may, out = f.need, f.may, f.out
local must, typed, own_id = f.must, f.typed, f.own_id

local room_row = {
  own_id("room_id", "room id", "直播间 id"),
  out("name", "string", "title", "标题"),
  out("cover_img", "string", "address of the background picture", "背景图地址"),
  out("share_img", "string", "address of the share picture", "分享图地址"),
  out("feeds_img", "string", "address of the channel cover", "频道封面地址"),
  out("live_status", "integer", "101 live, 102 not started, 103 ended, 104 banned, 105 paused, "
    .. "106 abnormal, 107 expired",
    "101 直播中，102 未开始，103 已结束，104 禁播，105 暂停，106 异常，107 已过期"),
  out("start_time", "integer", "planned start, Unix seconds", "计划开始时间"),
  out("end_time", "integer", "planned end, Unix seconds", "计划结束时间"),
  out("anchor_name", "string", "anchor's displayed name", "主播昵称"),
  out("live_type", "integer", "0 phone, 1 push stream", "0 手机，1 推流"),
  out("close_like", "integer", "0 open, 1 closed", "0 开启，1 关闭"),
  out("close_goods", "integer", "0 open, 1 closed", "0 开启，1 关闭"),
  out("close_comment", "integer", "0 open, 1 closed", "0 开启，1 关闭"),
  out("close_kf", "integer", "0 open, 1 closed", "0 开启，1 关闭"),
  out("close_replay", "integer", "0 open, 1 closed", "0 开启，1 关闭"),
  out("is_feeds_public", "integer", "0 not listed, 1 listed", "0 不收录，1 收录"),
  out("creater_openid", "string", "creator's openid", "创建者 openid"),
  out("goods", "list", "goods of the room", "直播间商品", {
    typed(out("goods_id", "integer", "goods id", "商品 id")),
    out("name", "string", "goods name", "商品名称"),
    out("cover_img", "string", "address of the picture", "商品图地址"),
    out("url", "string", "page path", "页面路径"),
    out("price", "number", "in fen by the document; goods put on sale during a show have been seen "
      .. "in yuan", "文档单位为分；直播中上架的商品曾见以元返回"),
    out("price2", "number", "as price, by price_type", "含义随价格类型，单位同 price"),
    out("price_type", "integer", "1 one price, 2 range, 3 discount", "1 一口价，2 区间，3 折扣"),
    out("third_party_appid", "string", "owner when not this mini program", "第三方商品所属 appid"),
  }),
}

-- create_room and edit_room take the same fields but for the three that an edit cannot change.
local function room_params(head, tail)
  local params = {}
  local shared = {
    need(f.room_name), need(f.cover_img), need(f.start_time), need(f.end_time),
    need(f.anchor_name), need(f.anchor_wechat), need(f.share_img), need(f.feeds_img),
    may(f.is_feeds_public, { default_is = 1 }),
    need(f.close_like), need(f.close_goods), need(f.close_comment),
    may(f.close_replay, { default_is = 1 }), may(f.close_share, { default_is = 0 }),
    may(f.close_kf, { default_is = 1 }),
  }
  for _, part in ipairs { head, shared, tail } do
    tables.append(params, part)
  end
  return params
end

local picture = "1dqsJ51eTLqLGwmE_cXXWu0n-NHkdv1SYMNUKp2PqIuzblIy820CElbFZFwDFucD"

local function switch_call(name, seed, path, field, summary, summary_zh, extra)
  local entry = {
    name = name, seed = seed, group = "room", method = "POST",
    path = "/wxaapi/broadcast/room/" .. path, summary = summary, summary_zh = summary_zh,
    doc = "livebroadcast/studio-management/api_" .. path, retry = "write",
    params = { need(f.room_id, extra and extra.room_id), need(field) },
    args = { "room_id", field.name },
    result = {}, quota = { per_day = 10000 }, errors = { -1, 300022, 300023 },
    example = { room_id = 2, [field.name] = 1 },
  }
  for k, v in pairs(extra or {}) do
    if k ~= "room_id" then
      entry[k] = v
    end
  end
  return entry
end

return {
  {
    name = "create_room", seed = "CreateRoom", group = "room",
    method = "POST", path = "/wxaapi/broadcast/room/create",
    summary = "make a live room", summary_zh = "创建直播间",
    doc = "livebroadcast/studio-management/api_createroom",
    retry = "create", lookup = "rooms",
    params = room_params({}, {
      need(f.live_type, { default = 0 }), may(f.sub_anchor_wechat), may(f.creater_wechat),
    }),
    rules = { "room_times", "anchors_differ" },
    retired = { "screen_type", "screenType" },
    result = {
      own_id("room_id", "id of the new room", "新直播间 id"),
      out("qrcode_url", "string", "beside errcode 300036: the code that the anchor scans to pass "
        .. "the real-name check", "随 300036 返回：主播实名认证二维码"),
    },
    quota = { per_day = 10000 },
    errors = { -1, 1007, 200002, 300001, 300002, 300006, 300028, 300029, 300030, 300031, 300032,
      300034, 300035, 300036, 300037, 300038, 300039, 300040, 300041, 300043 },
    notes = {
      "The platform has answered -1 and made the room all the same, even three of them.",
      "An answer may lack errmsg.",
    },
    notes_zh = {
      "平台曾返回 -1，但直播间已经创建，甚至创建了三个。", "应答中可能没有 errmsg。",
    },
    example = {
      name = "直播测试3", cover_img = picture, start_time = 1632416994, end_time = 1632419994,
      anchor_name = "Ange", anchor_wechat = "WalleAI", share_img = picture, feeds_img = picture,
      type = 0, close_like = 0, close_goods = 0, close_comment = 0, is_feeds_public = 0,
      close_replay = 0, close_share = 0,
    },
  },
  {
    name = "get_live_info", seed = "GetLiveInfo", group = "room",
    method = "POST", path = "/wxa/business/getliveinfo",
    summary = "a page of the room list", summary_zh = "分页获取直播间列表",
    doc = "livebroadcast/studio-management/api_getliveinfo",
    retry = "read", empty = { 1, 9410000 }, empty_result = { total = 0 },
    list = "room_info", row_key = "room_id",
    params = {
      need(f.start),
      need(f.limit(100, 50, "rows wanted; 100 on paper, 50 are what the platform gives",
        "每页条数；文档上限 100，实际最多返回 50")),
    },
    args = { "start", "limit" },
    result = {
      typed(out("total", "integer", "number of rooms; has been wrong, do not stop by it",
        "直播间总数，不完全可信")),
      must(out("room_info", "list", "rooms, latest planned start first", "直播间列表", room_row)),
    },
    quota = { per_day = 100000, shared = "getliveinfo" },
    errors = { -1, 1, 9410000, 9410001, 9410002 },
    notes = {
      "No rooms is errcode 9410000 or 1; here that is an empty list.",
      "Steps of start other than multiples of limit are rounded by the platform.",
    },
    notes_zh = {
      "没有直播间时平台返回 errcode 9410000 或 1，此处为空列表。",
      "start 不是 limit 的整数倍时，平台会取整。",
    },
    example = { start = 0, limit = 10 },
  },
  {
    name = "get_live_replay", seed = "GetLiveReplay", group = "room",
    method = "POST", path = "/wxa/business/getliveinfo",
    summary = "a page of the replay segments of a room that has ended",
    summary_zh = "分页获取已结束直播间的回放片段",
    doc = "livebroadcast/studio-management/api_getliveinfo",
    retry = "read", empty = { 9410000 }, empty_result = { total = 0 },
    list = "live_replay", row_key = "media_url",
    params = {
      need({ name = "action", wire = "action", type = "string", allowed = { "get_replay" },
        default = "get_replay", desc = "always get_replay", desc_zh = "固定为 get_replay" }),
      need(f.room_id, { wire = "room_id", aliases = { "roomId" } }),
      need(f.start),
      need(f.limit(100, 50, "segments wanted", "每页片段数")),
    },
    args = { "room_id", "start", "limit" },
    result = {
      typed(out("total", "integer", "number of segments", "片段总数")),
      must(out("live_replay", "list", "segments", "回放片段", {
        out("create_time", "string", "when it was made, ISO 8601 in UTC; 2106-02-07 means not set",
          "生成时间（UTC）；2106-02-07 表示未设置"),
        out("expire_time", "string", "until when media_url works", "地址失效时间"),
        must(out("media_url", "string", "the whole show as .m3u8, or parts as .mp4",
          "整场 m3u8 或分段 mp4 地址")),
      })),
    },
    quota = { per_day = 100000, shared = "getliveinfo" },
    errors = { -1, 9410000, 9410003 },
    notes = { "Made about 10 minutes after the show ended, when close_replay is 0." },
    notes_zh = { "close_replay 为 0 时，下播约 10 分钟后生成。" },
    example = { action = "get_replay", room_id = 4, start = 0, limit = 10 },
  },
  {
    name = "add_goods", seed = "AddGoods", group = "room",
    method = "POST", path = "/wxaapi/broadcast/room/addgoods",
    summary = "put approved goods of the library into a room",
    summary_zh = "把商品库中已过审的商品导入直播间",
    doc = "livebroadcast/studio-management/api_importgoods",
    retry = "write",
    params = {
      need({ name = "goods_ids", wire = "ids", type = "list", of = "id", min_items = 1,
        desc = "goods ids of the library; those already in the room are skipped",
        desc_zh = "商品库 id 列表；已在直播间的会被忽略" }),
      need(f.room_id),
    },
    args = { "goods_ids", "room_id" },
    result = {},
    quota = { per_day = 10000 },
    errors = { 200002, 300022, 300023, 300024, 300025, 300026, 300027, 300033 },
    example = { goods_ids = { 5, 6, 7 }, room_id = 3 },
  },
  {
    name = "delete_room", seed = "DeleteRoom", group = "room",
    method = "POST", path = "/wxaapi/broadcast/room/deleteroom",
    summary = "delete a room", summary_zh = "删除直播间",
    doc = "livebroadcast/studio-management/api_deleteroom",
    retry = "write", gone = 300022,
    params = { need(f.room_id, { wire = "id", aliases = { "roomId" } }) },
    args = { "room_id" }, result = {},
    quota = { per_day = 10000 }, errors = { 200002, 300022, 300023 },
    example = { room_id = 1 },
  },
  {
    name = "edit_room", seed = "EditRoom", group = "room",
    method = "POST", path = "/wxaapi/broadcast/room/editroom",
    summary = "change a room that has not started; every field is replaced",
    summary_zh = "编辑未开播的直播间（整体替换）",
    doc = "livebroadcast/studio-management/api_editroom",
    retry = "write",
    params = room_params({ need(f.room_id, { wire = "id", aliases = { "roomId" } }) }, {}),
    rules = { "room_times" },
    retired = { "screen_type", "screenType" },
    result = {},
    quota = { per_day = 10000 },
    errors = { -1, 200002, 300001, 300002, 300006, 300022, 300023, 300028, 300029, 300030, 300031,
      300032, 300034, 300035, 300036, 300037, 300038, 300040, 300042 },
    notes = {
      "Takes about ten seconds at times, and has answered -1 although the change was made.",
      "A listing lacks close_share, anchor_wechat and the media ids: keep your own record.",
    },
    notes_zh = {
      "有时需要十秒左右；曾返回 -1，但修改已生效。",
      "列表接口不返回 close_share、anchor_wechat 与素材 media_id，请自行留存。",
    },
    example = {
      room_id = 2, name = "直播测试", start_time = 1631923200, end_time = 1631928200,
      cover_img = "xisnqd5vEly5mjX9r3VjW1XGinnZjyEHcv0czEKYw8SBff7lixnbCIrE0QkgStj4",
      share_img = "xisnqd5vEly5mjX9r3VjW1XGinnZjyEHcv0czEKYw8SBff7lixnbCIrE0QkgStj4",
      feeds_img = "xisnqd5vEly5mjX9r3VjW1XGinnZjyEHcv0czEKYw8SBff7lixnbCIrE0QkgStj4",
      anchor_name = "Ange", anchor_wechat = "WalleAI", close_like = 0, close_goods = 0,
      close_comment = 0, is_feeds_public = 0, close_replay = 0, close_share = 0, close_kf = 0,
    },
  },
  {
    name = "get_push_url", seed = "GetPushUrl", group = "room",
    method = "GET", path = "/wxaapi/broadcast/room/getpushurl",
    summary = "address that a push-stream room is fed through", summary_zh = "获取推流地址",
    doc = "livebroadcast/studio-management/api_getpushurl",
    retry = "read", params = { need(f.room_id) }, args = { "room_id" },
    result = {
      must(out("push_addr", "string", "RTMP address; holds a secret", "RTMP 推流地址（含密钥）")),
    },
    quota = { per_day = 10000 }, errors = { 43001, 300022, 300023 },
    notes = { "The official page lists roomId as a body; the server reads the query." },
    notes_zh = { "官方文档把 roomId 写在请求体中，实际从查询参数读取。" },
    example = { room_id = 3 },
  },
  {
    name = "get_shared_code", seed = "GetSharedCode", group = "room",
    method = "GET", path = "/wxaapi/broadcast/room/getsharedcode",
    summary = "share code and poster of a room", summary_zh = "获取分享二维码与海报",
    doc = "livebroadcast/studio-management/api_getsharedcode",
    retry = "read",
    params = {
      need(f.room_id),
      may({ name = "params", wire = "params", type = "string", json = true, max_encoded = 600,
        desc = "own parameters for the page: plain text, which the client percent-encodes (do not "
          .. "encode it), or a table, which is sent as JSON; no effect has been seen",
        desc_zh = "自定义参数：传原文，由客户端做 URL 编码（请勿自行编码）；传 table 则以 JSON 发送；"
          .. "实测未见效果" }),
    },
    args = { "room_id", "params" },
    result = {
      must(out("cdn_url", "string", "address of the code", "二维码地址")),
      must(out("page_path", "string", "page of the room", "直播间页面路径")),
      must(out("poster_url", "string", "address of the poster", "海报地址")),
    },
    quota = { per_day = 10000 }, errors = { 1001, 300022, 300023 },
    notes = { "Beyond 600 percent-encoded bytes the live player cuts the parameters off." },
    notes_zh = { "参数经百分号编码后超过 600 字节的部分会被播放器截断。" },
    example = { room_id = 2, params = "a=1&b=2" },
  },
  switch_call("update_feed_public", "UpdateFeedPublic", "updatefeedpublic", f.is_feeds_public,
    "switch the platform's listing of a room", "开关官方收录",
    { example = { room_id = 2, is_feeds_public = 0 } }),
  switch_call("update_replay", "UpdateReplay", "updatereplay", f.close_replay,
    "switch the replay of a room", "开关回放", { example = { room_id = 1, close_replay = 1 } }),
  switch_call("update_kf", "UpdateKF", "updatekf", f.close_kf,
    "switch customer service in a room", "开关客服", { errors = { -1, 300022, 300023, 300038 } }),
  switch_call("update_comment", "UpdateComment", "updatecomment", f.ban_comment,
    "mute or unmute a whole room", "开关全局禁言", {
      room_id = { aliases = { "id" }, also = "id" },
      notes = {
        "The page's table names the room `id`, its sample `roomId`: both are sent.",
      },
      notes_zh = { "官方文档的表格写作 id，示例写作 roomId：两者都会发送。" },
    }),
}
