--- Long-term subscription: followers and the message to them; and opening live for an account.
local f = require "wxlive.catalogue.field"
local need, may, out, must = f.need, f.may, f.out, f.must

return {
  {
    name = "get_followers", seed = "GetFollowers", group = "subscribe",
    method = "POST", path = "/wxa/business/get_wxa_followers",
    summary = "a page of the long-term subscribers", summary_zh = "分页获取长期订阅用户",
    doc = "livebroadcast/subscribe-management/api_getfollowers",
    retry = "read",
    params = {
      may(f.limit(2000, 200, "rows wanted; 2000 at most, and large pages have failed",
        "每页条数，最多 2000；大页曾失败")),
      may({ name = "page_break", wire = "page_break", type = "cursor",
        desc = "cursor of the page before; left out for the first page",
        desc_zh = "上一页返回的游标，首页不传" }),
    },
    args = { "limit", "page_break" }, list = "followers", row_key = "openid",
    result = {
      must(out("followers", "list", "subscribers", "订阅用户", {
        must(out("openid", "string", "openid", "openid")),
        out("subscribe_time", "integer", "Unix seconds", "订阅时间"),
        out("room_id", "integer", "room where they subscribed", "订阅所在直播间"),
        out("room_status", "integer", "live_status of that room then", "当时的 live_status"),
      })),
      f.typed(out("page_break", "cursor", "cursor of the next page", "下一页游标")),
    },
    quota = { per_day = 5000 }, errors = { -1 },
    example = { limit = 1, page_break = 10 },
  },
  {
    name = "push_message", seed = "PushMessage", group = "subscribe",
    method = "POST", path = "/wxa/business/push_message",
    summary = "tell subscribers that a show has started; one room a day",
    summary_zh = "向订阅用户群发开播通知（每天一个直播间）",
    doc = "livebroadcast/subscribe-management/api_pushmessage",
    retry = "once",
    params = {
      need(f.room_id, { wire = "room_id", aliases = { "roomId" } }),
      need({ name = "user_openid", wire = "user_openid", type = "list", of = "string",
        min_items = 1, max_items = 2000, desc = "openids, 2000 at most",
        desc_zh = "openid 列表，最多 2000" }),
    },
    args = { "room_id", "user_openid" },
    result = {
      must(out("message_id", "string",
        "the outcome arrives with this id in wxalive_push_message_notify",
        "任务 id，结果随推送事件返回"), { digits = true }),
    },
    quota = { per_day = 5000 }, errors = { 9410005, 9410006 },
    notes = { "An errcode of 0 means queued; the counts come with the event." },
    notes_zh = { "errcode 为 0 表示已进入发送队列，人数随事件推送返回。" },
    example = { room_id = 2, user_openid = { "oC-vT5KfvgxATPoVl88oeTE-hnfE" } },
  },
  {
    name = "apply_live_info", group = "third_party",
    method = "POST", path = "/wxa/business/applyliveinfo",
    summary = "ask for live to be opened (third-party platforms)",
    summary_zh = "申请开通直播（第三方平台）",
    -- "lnfo" is the official address's own spelling.
    doc = "https://developers.weixin.qq.com/doc/oplatform/openApi/miniprogram-management/"
      .. "live-player/api_applylivelnfo",
    retry = "write",
    params = {
      need({ name = "action", wire = "action", type = "string", allowed = { "apply" },
        default = "apply", desc = "always apply", desc_zh = "固定为 apply" }),
    },
    args = { "action" }, result = { out("action", "string", "as sent", "同请求") },
    quota = { per_day = 100 }, errors = { 2, 268489001 },
    example = { action = "apply" },
  },
}
