--- wxlive watch: follows rooms and audits, and runs a Lua hook on each change.
local client = require "wxlive.cli.client"
local compat = require "wxlive.base.compat"
local hooks = require "wxlive.cli.hook"
local pick = require("wxlive.text.language").pick
local observer = require "wxlive.cli.observer"
local report = require "wxlive.cli.output.report"
local shop = require "wxlive.cli.shop"
local show = require "wxlive.cli.output.show"
local textwidth = require "wxlive.text"
local times = require "wxlive.text.time"
local watch = require "wxlive.shop.watch"

local M = {
  name = "watch",
  summary = "follow rooms and audits, run a Lua hook on each change",
  summary_zh = "跟踪直播间与审核状态，变化时运行 Lua 钩子",
  accounts = "together",
}

function M.define(command)
  hooks.define(command)
  client.define_number(command, "--every", "<SECONDS>", { 1, 86400, default = 60 },
    "how often to look", "轮询间隔秒数")
  command:flag("--once"):description(pick("look once and end: for cron", "只检查一次，适合定时任务"))
  shop.define_kind(command, "only rooms, or only goods", "仅直播间或仅商品")
  shop.define_ledger(command)
  observer.define(command)
  command:epilog(pick("Events: ", "事件：") .. table.concat(watch.names(), pick(", ", "、"))
    .. pick(". A change that the hook did not accept (it raised, or returned nil and an error) is "
      .. "reported again. The first look only records the current state. The API does not say why "
      .. "goods were rejected; the mini program's console does.",
      "。钩子出错（抛出异常或返回 nil, err）时该变化会再次触发。首次运行仅记录现状。"
      .. "接口不返回驳回原因，请在小程序后台查看。"))
end

local function what_of(event)
  return event.room and event.room.name or event.goods and event.goods.name or ""
end

local function print_event(event, args)
  local account = args.acts_for and args.acts_for.name
  if show.wants_json(args) then
    event.account = account
    show.json(event)
  else
    io.stdout:write(account and account .. "  " or "", times.format(event.at), "  ", event.name,
      "  ", compat.integer_text(event.room_id or event.goods_id), "  ",
      textwidth.plain(what_of(event)), "\n")
  end
  io.stdout:flush()
end

-- Runs the hook. Whether the change counts as taken.
local function run_hook(hook, event, live, who)
  local results = { pcall(hook, event, live) }
  local failed = not results[1] and results[2] or results[2] == nil and results[3]
  if failed then
    report.print(who, pick("the hook did not accept %s: %s", "钩子未处理 %s：%s")
      :format(event.name, report.line(failed)))
    return false
  end
  return true
end

local follow = shop.over(function()
  return {}
end, function(at, args, interrupted)
  return at:watch {
    kind = args.kind, every = args.every, once = args.once, interrupted = interrupted,
    on_event = function(event)
      print_event(event, args)
      return not args.hook or run_hook(args.hook, event, at.live, report.who(args))
    end,
    on_error = function(failure)
      report.print(report.who(args), failure)
    end,
  }
end)

M.run = shop.interruptible(function(args, interrupted)
  args.hook = args.hook and assert(hooks.load(args.hook))
  return follow(args, interrupted)
end)

return M
