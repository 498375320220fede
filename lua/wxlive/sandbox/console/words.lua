--- Everything that the console says, in English and in Chinese; what other pages say as well is in
--- wxlive.web.words.
local M = {}

M.texts = {
  title = { "wxlive sandbox", "wxlive 沙箱" },
  down = { "the sandbox does not answer", "沙箱没有响应" },

  clock = { "Clock", "时钟" },
  beijing = { "Beijing time", "北京时间" },
  frozen = { "stopped", "已停走" },
  running = { "running", "走时中" },
  freeze = { "Stop the clock", "停住时钟" },
  unfreeze = { "Let it run", "恢复走时" },
  real = { "Real time", "回到真实时间" },
  set_to = { "Set to", "调到" },
  set = { "Set", "调整" },
  plus_600 = { "+10 min", "+10 分钟" },
  plus_3600 = { "+1 h", "+1 小时" },
  plus_7200 = { "+2 h", "+2 小时" },
  plus_86400 = { "+1 day", "+1 天" },
  reset = { "Reset everything", "全部重置" },
  sure = { "Really? Everything goes", "确定？所有数据都会清空" },

  no_rooms = {
    "No rooms yet. create_room makes one, and so does starting with --seed demo.",
    "还没有直播间。调用 create_room 创建，或启动时加 --seed demo。",
  },
  go_101 = { "Go live", "开播" },
  go_105 = { "Pause", "暂停" },
  resume = { "Resume", "恢复" },
  go_103 = { "End", "结束" },

  no_goods = { "No goods yet. goods_add brings some.", "还没有商品。调用 goods_add 添加。" },
  approve = { "Approve", "通过" },
  reject = { "Reject", "驳回" },
  by_hand = { "Audit by hand", "人工审核" },
  by_hand_on = { "Goods wait for your verdict", "商品等待你的审核" },
  by_hand_off = { "Goods are audited after {0} s", "商品在 {0} 秒后自动审核" },

  roles = { "Roles", "成员" },
  no_roles = { "There are no members. add_role adds one.", "还没有成员。调用 add_role 添加。" },
  followers = { "Followers", "订阅用户" },
  no_followers = { "There are no subscribers yet.", "还没有订阅用户。" },
  follow = { "Add a subscriber", "新增一位订阅者" },
  unfollow = { "Unfollow", "取消订阅" },
  at_room = { "room {0}", "直播间 {0}" },

  no_log = {
    "No calls yet. Point a client at {0} and they appear here.",
    "还没有请求。把客户端指向 {0}，请求会显示在这里。",
  },

  faults = { "Faults", "故障" },
  fault_on = { "Strikes", "作用于" },
  any = { "any call", "所有接口" },
  tokens = { "token calls", "取 token 的接口" },
  kind = { "What happens", "故障类型" },
  times = { "Times", "次数" },
  code = { "errcode", "errcode" },
  seconds = { "Seconds", "秒数" },
  switch_on = { "Switch on", "开启" },
  no_faults = { "None is on. All goes well.", "没有开启的故障，一切正常。" },
  struck = { "struck {0} of {1}", "已触发 {0}/{1}" },
  struck_often = { "struck {0} times", "已触发 {0} 次" },
  spent = { "spent", "已用完" },
  remove = { "Remove", "移除" },
  clear = { "Remove all", "全部移除" },

  component = { "Third-party platform", "第三方平台" },
  component_calls = { "calls of the third-party platform", "第三方平台自身的接口" },
  tickets_to = { "A ticket every {0} s to {1}", "每 {0} 秒向 {1} 推送 ticket" },
  no_ticket_url = {
    "No URL of authorization events is set up: nothing is pushed.",
    "未配置授权事件接收 URL，不会推送。",
  },
  push_ticket = { "Push a ticket", "推送一次 ticket" },
  shop = { "Shop's appid", "商家 appid" },
  redirect = { "redirect_uri", "redirect_uri" },
  sets = { "Permission sets", "权限集" },
  agree = { "Give consent", "同意授权" },
  change = { "Change", "修改" },
  withdraw = { "Withdraw", "取消授权" },
  granted = { "granted", "已授权" },
  withdrawn = { "withdrawn", "已取消授权" },
  lost_password = { "ended by a new password", "改密后失效" },
  no_consents = { "No shop has given its consent yet.", "还没有商家授权。" },
  consent_title = { "A shop's consent", "商家授权" },
  consent_note = {
    "In the place of the platform's page with the QR code. Choose a shop and what it grants.",
    "代替平台的扫码授权页。请选择商家及授予的权限。",
  },
  wrong_component = {
    "component_appid is not that of this sandbox's third-party platform.",
    "component_appid 不是本沙箱的第三方平台。",
  },
  wrong_code = {
    "The pre_auth_code is unknown or has expired. Open the page with a new one.",
    "pre_auth_code 无效或已过期，请用新的预授权码打开。",
  },
  wrong_redirect = {
    "redirect_uri must be an http or https address.", "redirect_uri 须为 http 或 https 地址。",
  },
  wrong_kind = {
    "auth_type asks for accounts other than mini programs: use 2 or 3.",
    "auth_type 不含小程序，请使用 2 或 3。",
  },

  deliveries = { "Callbacks", "回调推送" },
  pushes_to = { "to {0} ({1})", "推送到 {0}（{1}）" },
  no_url = {
    "No callback URL is set up. Start with --callback-url, or tell the control “callback”.",
    "未配置回调地址。启动时加 --callback-url，或使用控制接口 callback。",
  },
  no_deliveries = { "Nothing has been pushed yet.", "还没有推送。" },
  message = { "message", "消息" },
  taken = { "delivered", "已送达" },
  lost = { "not taken", "未送达" },
  under_way = { "under way", "推送中" },
  try = { "try {0}", "第 {0} 次" },
  answer_success = { "answered success", "回复 success" },
  answer_empty = { "answered nothing", "空回复" },
  answer_message = { "answered with a message", "回复了消息" },
}

--- Permission sets that have a name here.
M.sets = {
  { id = 19, en = "customer service", zh = "客服消息" },
  { id = 30, en = "basic information", zh = "基本信息设置" },
  { id = 52, en = "live", zh = "小程序直播管理" },
}

--- What members can be.
M.roles = {
  [0] = { "owner", "超级管理员" }, { "administrator", "管理员" }, { "anchor", "主播" },
  { "operator", "运营者" },
}

--- What each kind of wxlive.sandbox.server.faults does.
M.kinds = {
  errcode_before = { "refused, nothing done", "返回错误码，未执行" },
  errcode_after = { "done, then an errcode", "已执行，却返回错误码" },
  multiply = { "done three times, then -1", "执行三次后返回 -1" },
  delay = { "answered late", "延迟应答" },
  reset_before = { "connection reset, nothing done", "连接重置，未执行" },
  reset_after = { "done, then connection reset", "已执行，随后连接重置" },
  close = { "connection closed, nothing done", "连接关闭，未执行" },
  truncate = { "done, the answer ends early", "已执行，应答被截断" },
  http = { "a gateway's page (502)", "网关错误页（502）" },
  rate = { "429 with Retry-After", "429，带 Retry-After" },
  bad_json = { "done, the answer is not JSON", "已执行，应答不是 JSON" },
  empty = { "done, the answer is empty", "已执行，应答为空" },
  null = { "done, the answer is null", "已执行，应答是 null" },
  no_field = { "done, the answer lacks what it is for", "已执行，应答缺少关键字段" },
  null_field = { "done, what it is for is null", "已执行，关键字段为 null" },
  empty_field = { "done, what it is for is empty", "已执行，关键字段为空" },
  wrong_field = { "done, what it is for has a wrong type", "已执行，关键字段类型不对" },
  wrong_rows = { "done, the rows are not objects", "已执行，列表的行不是对象" },
  wrong_total = { "done, total is too large", "已执行，总数偏大" },
  string_errcode = { "done, errcode is text", "已执行，errcode 是字符串" },
  text_plain = { "done, sent as text/plain", "已执行，类型为 text/plain" },
  slow_body = { "done, the answer trickles in", "已执行，应答逐字到达" },
  stale = { "kept connection closed", "复用的连接被关闭" },
  expire_token = { "the token expires", "token 过期" },
  steal_token = { "another program fetched a token", "token 被其他程序顶替" },
}

return M
