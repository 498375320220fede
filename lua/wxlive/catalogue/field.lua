--- Fields that several endpoints share, and the helper functions that the catalogue is written
--- with.
--
-- A field:
--   name      our consistent snake_case spelling; results use it too
--   wire      the platform's own spelling for this endpoint
--   type      "id" (whole number >= 1), "integer", "number", "price" (yuan, at most 2 decimals),
--             "string", "boolean", "time" (Unix seconds), "cursor" (carried back as it came),
--             "file" (a path), "list" (with `of` = the element's type, or `fields` for a list of
--             objects). A number may be given as decimal text; it is sent as a number.
--   also      a second wire name that carries the same value, where the platform's pages disagree
--   aliases   further spellings that a caller may use
--   mistaken  wrong names that other libraries use; the error names the right one
--   zero_is_default  0 means that nothing was set, as in libraries that always send the field
--   json      a table is taken, too, and sent as JSON text
--   max_encoded  most bytes once percent-encoded
--   units     { least, most } width: a Chinese character counts 2, any other 1
--   allowed   value -> { English, Chinese }, or a plain list of values
--   where     "query", "body" (default for POST), "part" (multipart); GET endpoints use the query
--   default   sent when the caller gives none; default_is is what the platform takes then
--   fill      taken from the client's own settings when the caller gives none: "appid", "secret"
local compat = require "wxlive.base.compat"
local tables = require "wxlive.base.tables"

compat.load_only()

local F = {}

--- The field as a required one.
function F.need(field, more)
  return tables.merged(field, more, { required = true })
end

--- The field as an optional one.
F.may = tables.merged

local function switch(name, wire, zero, one, desc, desc_zh)
  return {
    name = name, wire = wire, type = "integer", allowed = { [0] = zero, [1] = one },
    desc = desc, desc_zh = desc_zh,
  }
end

local open, closed = { "open", "开启" }, { "closed", "关闭" }

F.room_id = {
  name = "room_id", wire = "roomId", type = "id", desc = "room id", desc_zh = "直播间 id",
}
F.goods_id = {
  name = "goods_id", wire = "goodsId", type = "id",
  desc = "goods id in the library", desc_zh = "商品库中的商品 id",
}
F.audit_id = {
  name = "audit_id", wire = "auditId", type = "id",
  desc = "audit id that goods_add or goods_audit returned", desc_zh = "提审时返回的审核单 id",
}

-- Rooms -------------------------------------------------------------------------------------------
F.room_name = {
  name = "name", wire = "name", type = "string", units = { 6, 34 }, too_wide = 300002,
  desc = "room title, 3 to 17 Chinese characters", desc_zh = "直播间标题，3 至 17 个汉字",
}
F.cover_img = {
  name = "cover_img", wire = "coverImg", type = "string", format = "media_id",
  aliases = { "cover_image" }, image = "cover_img",
  desc = "background picture: media_id of a temporary image; 1080x1920, up to 2 MB",
  desc_zh = "背景图：临时素材 media_id，建议 1080x1920，不超过 2 MB",
}
F.share_img = {
  name = "share_img", wire = "shareImg", type = "string", format = "media_id", image = "share_img",
  desc = "picture of the share card: media_id; 800x640, up to 1 MB",
  desc_zh = "分享卡片图：临时素材 media_id，建议 800x640，不超过 1 MB",
}
F.feeds_img = {
  name = "feeds_img", wire = "feedsImg", type = "string", format = "media_id", image = "feeds_img",
  desc = "cover in the shopping-live channel: media_id; 800x800, up to 100 KB",
  desc_zh = "购物直播频道封面：临时素材 media_id，建议 800x800，不超过 100 KB",
}
F.start_time = {
  name = "start_time", wire = "startTime", type = "time",
  desc = "planned start, Unix seconds; from 10 minutes to 6 months ahead",
  desc_zh = "计划开播时间（Unix 秒），须在 10 分钟之后、6 个月之内",
}
F.end_time = {
  name = "end_time", wire = "endTime", type = "time",
  desc = "planned end, Unix seconds; 30 minutes to 24 hours after the start",
  desc_zh = "计划结束时间（Unix 秒），距开播 30 分钟至 24 小时",
}
F.anchor_name = {
  name = "anchor_name", wire = "anchorName", type = "string", units = { 4, 30 }, too_wide = 300034,
  desc = "anchor's displayed name, 2 to 15 Chinese characters",
  desc_zh = "主播昵称，2 至 15 个汉字",
}
F.anchor_wechat = {
  name = "anchor_wechat", wire = "anchorWechat", type = "string",
  desc = "anchor's WeChat id; must have passed the real-name check",
  desc_zh = "主播微信号，须已通过实名认证",
}
F.sub_anchor_wechat = {
  name = "sub_anchor_wechat", wire = "subAnchorWechat", type = "string",
  desc = "WeChat id of the anchor's second account; not the main one",
  desc_zh = "主播副号微信号，不能与主号相同",
}
F.creater_wechat = {
  name = "creater_wechat", wire = "createrWechat", type = "string",
  aliases = { "creator_wechat" },
  desc = "creator's WeChat id; when given, only creator, administrators and anchor see the room",
  desc_zh = "创建者微信号；填写后仅创建者、管理员和主播可见",
}
F.live_type = {
  name = "type", wire = "type", type = "integer", aliases = { "live_type" },
  allowed = { [0] = { "phone", "手机直播" }, [1] = { "push stream", "推流" } },
  desc = "kind of show", desc_zh = "直播类型",
}
F.close_like = switch("close_like", "closeLike", open, closed,
  "likes; cannot be opened again once live", "点赞；开播后不可再开启")
F.close_goods = switch("close_goods", "closeGoods", open, closed,
  "goods shelf; cannot be opened again once live", "货架；开播后不可再开启")
F.close_comment = switch("close_comment", "closeComment", open, closed,
  "comments; cannot be opened again once live", "评论；开播后不可再开启")
F.close_replay = switch("close_replay", "closeReplay", open, closed,
  "replay", "回放")
F.close_share = switch("close_share", "closeShare", open, closed,
  "sharing; fixed once live", "分享；开播后不可更改")
F.close_kf = switch("close_kf", "closeKf", open, closed,
  "customer service", "客服")
F.is_feeds_public = switch("is_feeds_public", "isFeedsPublic",
  { "not listed", "不收录" }, { "listed", "收录" },
  "listing by the platform", "官方收录")
F.ban_comment = switch("ban_comment", "banComment",
  { "not muted", "取消禁言" }, { "muted", "禁言" },
  "muting of the whole room", "全局禁言")

-- People ------------------------------------------------------------------------------------------
F.username = {
  name = "username", wire = "username", type = "string",
  desc = "WeChat id", desc_zh = "微信号",
}
F.nickname = {
  name = "nickname", wire = "nickname", type = "string",
  desc = "displayed name", desc_zh = "显示昵称",
}
F.role = {
  name = "role", wire = "role", type = "integer",
  allowed = {
    { "administrator", "管理员" }, { "anchor", "主播" }, { "operator", "运营者" },
  },
  desc = "role", desc_zh = "角色",
}

-- Goods -------------------------------------------------------------------------------------------
F.goods_name = {
  name = "name", wire = "name", type = "string", units = { 1, 28 }, too_wide = 300002,
  desc = "goods name, up to 14 Chinese characters", desc_zh = "商品名称，最多 14 个汉字",
}
F.cover_img_url = {
  name = "cover_img_url", wire = "coverImgUrl", type = "string", format = "media_id",
  aliases = { "cover_img" }, image = "goods",
  desc = "picture: media_id of a temporary image, at most 300x300 pixels",
  desc_zh = "商品图：临时素材 media_id，不超过 300x300 像素",
}
F.price_type = {
  name = "price_type", wire = "priceType", type = "integer",
  allowed = {
    { "one price", "一口价" }, { "range from price to price2", "价格区间" },
    { "discount: price is the original, price2 the current", "折扣价" },
  },
  desc = "how the price is shown", desc_zh = "价格类型",
}
F.price = {
  name = "price", wire = "price", type = "price",
  desc = "yuan with at most 2 decimals: the price, the low end, or the original price",
  desc_zh = "单位元，最多两位小数：一口价、区间下限或原价",
}
F.price2 = {
  name = "price2", wire = "price2", type = "price", zero_is_default = true,
  desc = "yuan: the high end (type 2) or the current price (type 3)",
  desc_zh = "单位元：区间上限（类型 2）或现价（类型 3）",
}
F.goods_url = {
  name = "url", wire = "url", type = "string", format = "page_path",
  desc = "page path in the published mini program, without a leading slash",
  desc_zh = "已发布小程序的页面路径，开头不带斜杠",
}
F.third_party_appid = {
  name = "third_party_appid", wire = "thirdPartyAppid", type = "string",
  desc = "appid of the other mini program that the goods belong to",
  desc_zh = "第三方商品所属小程序的 appid",
}

-- Paging ------------------------------------------------------------------------------------------
F.start = {
  name = "start", wire = "start", type = "integer", min = 0, default = 0,
  desc = "first row, from 0; steps of limit", desc_zh = "起始位置，从 0 开始，按 limit 递增",
}
F.offset = {
  name = "offset", wire = "offset", type = "integer", min = 0, default = 0,
  desc = "first row, from 0", desc_zh = "起始位置，从 0 开始",
}


--- How many rows a page shall have.
function F.limit(most, default, desc, desc_zh)
  return {
    name = "limit", wire = "limit", type = "integer", min = 1, max = most, default = default,
    zero_is_default = true, mistaken = { "count" }, desc = desc, desc_zh = desc_zh,
  }
end

-- Support -----------------------------------------------------------------------------------------
F.appid = {
  name = "appid", wire = "appid", type = "string", fill = "appid",
  desc = "appid of the mini program; the client's own when left out",
  desc_zh = "小程序 appid，缺省取客户端配置",
}
F.cgi_path = {
  name = "cgi_path", wire = "cgi_path", type = "string", format = "cgi_path",
  desc = "path of an endpoint with its leading slash", desc_zh = "接口路径，以斜杠开头",
}

-- What answers hold -------------------------------------------------------------------------------

--- A result field: name, type, English, Chinese, the wire spelling where the general rule of
--- wxlive.text.names does not give it, and the fields of an object or of a list's elements.
function F.out(name, type_, desc, desc_zh, fields)
  return { name = name, type = type_, desc = desc, desc_zh = desc_zh, fields = fields }
end

--- A result field without which an answer, or a row of a list, is useless: `must`. More of it:
---   may_be_empty  of text: "" is an answer, too
---   digits        of text: the platform may give a whole number instead
---   of            type of a list's elements that are not objects (default "string")
--- See wxlive.client.contract.
function F.must(field, more)
  return tables.merged(field, more, { must = true })
end

--- A result field that may be absent, but must have its type if present, because the client itself
--- uses it.
function F.typed(field)
  return tables.merged(field, { typed = true })
end

--- The id that an answer or a row is about: a whole number from 1 on, or its digits as text.
function F.own_id(name, desc, desc_zh)
  return { name = name, type = "integer", desc = desc, desc_zh = desc_zh, id = true, must = true }
end

return F
