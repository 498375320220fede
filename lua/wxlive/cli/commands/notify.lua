--- wxlive notify ROOM: notifies every long-term subscriber that the show has started, each once.
local client = require "wxlive.cli.client"
local Error = require "wxlive.error"
local files = require "wxlive.base.files"
local json = require "wxlive.json"
local language = require "wxlive.text.language"
local reasons = require "wxlive.text.reasons"
local sentence = require "wxlive.text.sentence"
local shop = require "wxlive.cli.shop"
local show = require "wxlive.cli.output.show"
local usage = require "wxlive.cli.usage"

local M = {
  name = "notify",
  summary = "notify the long-term subscribers that a room is live, each once",
  summary_zh = "向长期订阅用户群发开播通知，每人仅一次",
  accounts = "many",
}

local both, pick = sentence.both, language.pick

local COLUMNS = { "page", "state", "receivers", "message_id", "success_count", "total_count" }

function M.define(command)
  command:argument("room"):convert(client.number("ROOM", 1, nil, true))
    :description(pick("room id; the room must be live", "直播间 id，须正在直播"))
  client.define_number(command, "--page-size", "<N>", { 1, 2000, whole = true, default = 500 },
    "followers a message, 2000 at most", "每次推送人数，最多 2000")
  command:flag("--status"):description(pick("send nothing, show what was sent and its outcome",
    "不发送，仅查看已发送批次及结果"))
  command:option("--result"):argname("<JSON>"):description(pick(
    "record a wxalive_push_message_notify callback (message_id and counts), send nothing; "
      .. "- reads it from standard input",
    "录入推送结果回调（含 message_id 与计数），不发送；- 表示从标准输入读取"))
  shop.define_ledger(command)
  command:epilog(pick("Followers are recorded before their message is sent: a second run continues "
    .. "where the first one ended. A page whose answer was lost is not sent again; --status "
    .. "shows it as unknown.",
    "发送前先记录收件人，可随时重新执行以继续；结果未知的批次不会重发，--status 中显示为 unknown。"))
end

local function take_result(at, text)
  if text == "-" then
    text = assert(files.input("-"))
  end
  local event, reason = json.decode(text)
  if type(event) ~= "table" or event.message_id == nil then
    return usage.fail(sentence.compose(both("--result takes the callback's JSON with message_id",
      "--result 应给出含 message_id 的回调 JSON"), reason and both(": ", "：") or "",
      reasons.of(reason or "")))
  end
  local known, err = at:push_result(event)
  if known == false then
    return Error.fail {
      kind = "usage", name = "unknown_message",
      message = both("this ledger has sent no message %s", "该台账没有发送过消息 %s"):format(
        tostring(event.message_id)),
    }
  end
  return known, err
end

M.run = shop.interruptible(shop.over(function(args)
  return {
    reading = args.status and not args.result, existing = args.status or args.result ~= nil,
  }
end, function(at, args, interrupted)
  if args.result then
    assert(take_result(at, args.result))
  end
  if args.status then
    return show.list(assert(at:notices(args.room)), COLUMNS, args)
  elseif args.result then
    return true
  end
  return shop.conclude(assert(at:notify(args.room, {
    page_size = args.page_size, interrupted = interrupted,
  })), args)
end))

return M
