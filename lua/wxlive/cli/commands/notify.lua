--- wxlive notify ROOM: tells every long-term subscriber that the show has started, each once.
local client = require "wxlive.cli.client"
local Error = require "wxlive.error"
local json = require "wxlive.json"
local language = require "wxlive.language"
local notices = require "wxlive.ledger.notices"
local shop = require "wxlive.cli.shop"
local show = require "wxlive.cli.show"

local M = {
  name = "notify",
  summary = "tell the long-term subscribers that a room is live, each once",
  summary_zh = "向长期订阅用户群发开播通知，每人仅一次",
}

local pick = language.pick

local COLUMNS = { "page", "state", "receivers", "message_id", "success_count", "total_count" }

function M.define(command)
  command:argument("room"):convert(shop.number("ROOM", 1, nil, true))
    :description(pick("room id; the room must be live", "直播间 id，须正在直播"))
  command:option("--page-size"):argname("<N>"):default("500")
    :convert(shop.number("--page-size", 1, 2000, true))
    :description(pick("followers a message, 2000 at most", "每次推送人数，最多 2000"))
  command:flag("--status"):description(pick("send nothing, show what was sent and its outcome",
    "不发送，仅查看已发送批次及结果"))
  command:option("--result"):argname("<JSON>"):description(pick(
    "take in a wxalive_push_message_notify callback (message_id and counts), send nothing; "
      .. "- reads it from standard input",
    "录入推送结果回调（含 message_id 与计数），不发送；- 表示从标准输入读取"))
  shop.define_ledger(command)
  client.define_output_options(command)
  command:epilog(pick("Followers are written down before the message leaves: a second run goes on "
    .. "where the first one ended. Those of a page whose answer was lost are not told again; "
    .. "--status shows the page as unknown.",
    "发送前先记录收件人，可随时重新执行以继续；结果未知的批次不会重发，--status 中显示为 unknown。"))
end

local function take_result(ledger, text)
  if text == "-" then
    text = io.read("*a") or ""
  end
  local event, reason = json.decode(text)
  if type(event) ~= "table" or event.message_id == nil then
    return Error.fail {
      kind = "usage", name = "usage",
      message = "--result takes the callback's JSON with message_id" .. (reason and ": " .. reason
        or ""),
    }
  end
  local known, err = notices.settle(ledger, event)
  if known == false then
    return Error.fail {
      kind = "usage", name = "unknown_message",
      message = ("this ledger has sent no message %s"):format(tostring(event.message_id)),
    }
  end
  return known, err
end

-- Sends one page. Gives how many were told, and of how many others nobody knows.
local function send(at, room_id, openids)
  local page, err = notices.reserve(at.ledger, room_id, openids)
  if not page then
    return nil, err
  elseif not page.openids[1] then
    return 0, page.unknown
  end
  local answer
  answer, err = at.live:push_message { room_id = room_id, user_openid = page.openids }
  local ok, why
  if answer then
    ok, why = notices.sent(at.ledger, room_id, page.page, "queued", answer.message_id
      and tostring(answer.message_id))
  elseif err.ambiguous then
    ok, why = notices.sent(at.ledger, room_id, page.page, "unknown")
  else
    ok, why = notices.take_back(at.ledger, room_id, page.page)
  end
  if not ok then
    return nil, why
  elseif not answer then
    return nil, err
  end
  return #page.openids, page.unknown
end

-- All pages, until something goes wrong or somebody says stop.
local function send_all(at, args, interrupted)
  local told, known, unknown, batch = 0, 0, 0, {}
  local list, ended = at.live:followers(), false
  local seen = {}
  while not ended do
    local follower, err = list:next()
    if err then
      return nil, err
    elseif not follower then
      ended = true
    elseif not seen[follower.openid] then
      -- One who subscribed in several rooms is listed several times.
      seen[follower.openid] = true
      known = known + 1
      batch[#batch + 1] = follower.openid
    end
    if #batch >= args.page_size or ended and batch[1] then
      local n, doubtful = send(at, args.room, batch)
      if not n then
        return nil, doubtful
      end
      told, unknown, batch = told + n, unknown + doubtful, {}
      if interrupted() and not ended then
        return shop.interrupted()
      end
    end
  end
  return {
    followers = known, told_now = told, told_before = known - told - unknown, unknown = unknown,
  }
end

-- What a run ends with: 0 only when everybody was told.
local function outcome(counts)
  if counts.followers == 0 then
    return Error.fail {
      kind = "partial", name = "nobody_told",
      message = pick("nobody was told: the platform lists no long-term subscriber",
        "未通知任何人：平台没有返回长期订阅用户"),
    }
  elseif counts.unknown > 0 then
    return Error.fail {
      kind = "partial", name = "pages_unknown", ambiguous = true,
      message = pick("of %d followers nobody knows whether they were told; they are not told again",
        "%d 名用户是否已收到通知未知，不会重复通知"):format(counts.unknown),
      hint = "--status shows their pages; --result takes the platform's callback of a page",
      hint_zh = "批次见 --status；可用 --result 录入平台的推送结果回调",
    }
  end
  return true
end

local function run(args, interrupted)
  local at, err = shop.open(args, nil, args.status)
  if not at then
    return nil, err
  end
  local ok = true
  if args.result then
    ok, err = take_result(at.ledger, args.result)
  elseif not args.status then
    local counts
    counts, err = send_all(at, args, interrupted)
    ok = counts
    if counts then
      show.record(counts, args)
      ok, err = outcome(counts)
    end
  end
  if ok and args.status then
    local pages
    pages, err = notices.pages(at.ledger, args.room)
    ok = pages
    if pages and show.wants_json(args) then
      show.json(pages)
    elseif pages then
      show.table(pages, COLUMNS)
    end
  end
  at.ledger:close()
  return ok and true or nil, err
end

function M.run(args)
  return shop.interruptible(function(interrupted)
    return run(args, interrupted)
  end)
end

return M
