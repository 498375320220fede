--- wxlive callback open | seal: looks into a delivered message, or makes one to test with.
local both = require("wxlive.text.sentence").both
local client = require "wxlive.cli.client"
local Error = require "wxlive.error"
local events = require "wxlive.sandbox.world.events"
local files = require "wxlive.base.files"
local help = require "wxlive.cli.help"
local json = require "wxlive.json"
local pick = require("wxlive.text.language").pick
local queries = require "wxlive.callback.query"
local show = require "wxlive.cli.output.show"
local states = require "wxlive.catalogue.states"
local tables = require "wxlive.base.tables"
local usage = require("wxlive.cli.usage").fail

local M = {
  name = "callback",
  summary = "explain a delivered message, or make one to test with",
  summary_zh = "逐步检查收到的推送消息，或生成测试消息",
  accounts = "one", shop = false,
}

local labels_zh = {
  mode = "模式", query = "查询参数", envelope = "信封", ["sorted input"] = "排序输入",
  digest = "摘要", clock = "时钟", decrypt = "解密", base64 = "Base64", blocks = "分组",
  key = "密钥", padding = "填充", length = "长度", appid = "AppID", message = "消息",
}

local function define_platform(command)
  command:flag("--platform"):description(pick(
    "with the keys of a third-party platform (WXLIVE_COMPONENT_...)",
    "使用第三方平台的密钥（WXLIVE_COMPONENT_...）"))
end

function M.define(command)
  command:require_command(true):command_target("action")
  local open = help.command(command, "open", "check a delivered message step by step",
    "逐步检查一条推送消息")
  open:option("--query"):argname("<QUERY>"):count(1):description(pick(
    "the request's query string, or its whole URL", "请求的查询串或完整 URL"))
  open:option("--body"):argname("<FILE>"):count(1):description(pick(
    "the request's body; - reads standard input", "请求体文件；- 表示标准输入"))
  define_platform(open)
  open:flag("--any-time"):description(pick("for a message that was recorded: do not look at "
    .. "the clock", "不检查时间，用于查看历史消息"))
  open:mutex(
    open:flag("--json"):description(pick("print JSON (the default in a pipe)",
      "输出 JSON（管道中为默认）")),
    open:flag("--table"):description(pick("print lines (the default on a terminal)",
      "逐行输出（终端中为默认）")))
  local seal = help.command(command, "seal", "make a delivery as the platform would",
    "按平台格式生成一条推送")
  seal:mutex(
    seal:option("--message"):argname("<FILE>"):description(pick(
      "text to deliver, XML or JSON; - reads standard input", "要推送的 XML 或 JSON；- 表示标准输入")),
    seal:option("--event"):choices { "follow", "unfollow", "push_result" }:description(pick(
      "a sample of this event (default: follow)", "此类事件的样例（默认 follow）")))
  define_platform(seal)
  seal:option("--format"):choices { "xml", "json" }:default("xml"):description(pick(
    "form of a sample", "样例的格式"))
  seal:option("--send"):argname("<URL>"):description(pick(
    "deliver it there and print the answer, instead of printing the request",
    "直接推送到该地址并输出应答"))
end

-- No duplicate filter: a tool may open the same message any number of times.
local function receiver(args, window)
  return client.receiver(args, { store = false, window = window })
end

local function open(args)
  local one = assert(receiver(args, not args.any_time and 300))
  local body = assert(files.input(args.body))
  local steps = one:explain(args.query, body)
  local failed = tables.find(steps, function(step) return not step.ok end)
  local event, err
  if not failed then
    event, err = one:open(args.query, body)
  end
  if show.wants_json(args) then
    show.json { steps = json.array(steps), event = event and tables.without(event, "raw") }
  else
    for _, step in ipairs(steps) do
      io.stdout:write(step.ok and "ok    " or "FAIL  ", pick(step.name, labels_zh[step.name]),
        pick(": ", "："), pick(step.text, step.text_zh), "\n")
    end
    if event then
      io.stdout:write(assert(json.encode(tables.without(event, "raw"))), "\n")
    end
  end
  if failed then
    return Error.fail {
      kind = "callback", name = "refused",
      message = both("the message is refused: %s: %s", "消息被拒绝：%s：%s"):format(
        both(failed.name, labels_zh[failed.name]),
        both(failed.text, failed.text_zh or failed.text)),
      hint = "compare Token, EncodingAESKey, appid and mode with those of the console",
      hint_zh = "请与后台核对 Token、EncodingAESKey、AppID 与加密方式",
    }
  elseif not event then
    return nil, err
  end
  return true
end

local function sample(name, appid, now)
  if name == "push_result" then
    return events.push_result(appid, {
      message_id = "1500000001", room_id = 1, total_count = 10, success_count = 9,
      relation_error_count = 1, at = now,
    })
  end
  return events.follow(appid, {
    openid = "oSample", room_id = 1, live_status = states.NOT_STARTED, at = now,
    action = name == "unfollow" and "del_follow" or "add_follow",
  })
end

local function deliver(url, sent)
  local transport = assert(require("wxlive.transport").default())
  local response, err = transport:send {
    method = "POST", url = queries.join(url, sent.query), body = sent.body,
    content_type = sent.content_type, timeout = 5, resend = false,
  }
  if not response and err.name == "bad_argument" then
    return usage(("--send must be the address of a receiver, such as http://127.0.0.1:8080/, not "
      .. "%s"):format(url),
      ("--send 应为接收方的地址，如 http://127.0.0.1:8080/，而不是 %s"):format(url))
  end
  assert(response, err)
  io.stdout:write(("HTTP %d %s\n"):format(response.status, (response.body:gsub("%c+", " "))))
  if response.status ~= 200 then
    return Error.fail {
      kind = "callback", name = "refused", http_status = response.status,
      message = both("the receiver refused the message", "接收方拒绝了该消息"),
    }
  end
  return true
end

local function seal(args)
  local one = assert(receiver(args))
  local message = args.message and assert(files.input(args.message))
    or sample(args.event or "follow", one.appid or "wx0000000000000000", math.floor(one.now()))
  local sent = assert(one:delivery(message, { format = args.format }))
  if args.send then
    return deliver(args.send, sent)
  end
  return show.json {
    query = queries.text(sent.query), body = sent.body, content_type = sent.content_type,
  }
end

function M.run(args)
  return (args.action == "open" and open or seal)(args)
end

return M
