--- wxlive rundown check | run | report: the show itself, by a sheet.
local client = require "wxlive.cli.client"
local core = require "wxlive.core"
local desk = require "wxlive.cli.desk"
local events = require "wxlive.cli.rundown.events"
local files = require "wxlive.base.files"
local grid = require "wxlive.cli.output.grid"
local help = require "wxlive.cli.help"
local json = require "wxlive.json"
local hook_files = require "wxlive.cli.hook"
local pick = require("wxlive.text.language").pick
local observer = require "wxlive.cli.observer"
local problems = require "wxlive.cli.rundown.problems"
local rehearsals = require "wxlive.cli.rundown.rehearse"
local report = require "wxlive.cli.output.report"
local rundown = require "wxlive.rundown"
local runs = require "wxlive.cli.rundown.run"
local shop = require "wxlive.cli.shop"
local show = require "wxlive.cli.output.show"
local tables = require "wxlive.base.tables"
local times = require "wxlive.rundown.times"
local usages = require "wxlive.cli.usage"

local usage, stop = usages.fail, usages.stop

local M = {
  name = "rundown",
  summary = "check, rehearse and run a show by a sheet",
  summary_zh = "按流程表检查、彩排并执行一场直播",
  accounts = function(args)
    return args.action == "run" and "own" or "many"
  end,
}

local WIDTH = 100

local function define_common(command, several)
  command:argument("file"):argname("<FILE>"):args(several and "+" or 1):description(several
    and pick("the rundown, CSV or JSON lines; one for all rooms, or one for each",
      "流程表，CSV 或 JSON lines；所有直播间一份，或每个直播间一份")
    or pick("the rundown, CSV or JSON lines", "流程表，CSV 或 JSON lines"))
  command:option("--room"):argname("<ID|NAME>"):count(several and "*" or 1):description(several
    and pick("the room, by id or name; again for another one at the same time",
      "直播间 id 或名称；可多次给出以同时执行")
    or pick("the room, by id or name", "直播间 id 或名称"))
  command:option("--hooks"):argname("<FILE>"):description(pick(
    "Lua file that returns a table of functions, for rows that run a hook",
    "Lua 文件，返回函数表，供“钩子”行调用"))
  shop.define_ledger(command)
end

local function define_check(command)
  local check = help.command(command, "check", "say what will not work, before the show",
    "开播前检查哪些动作不可行")
  define_common(check)
  check:option("--svg"):argname("<FILE>"):description(pick("write a picture of the show",
    "输出流程图（SVG）"))
  check:option("--ics"):argname("<FILE>"):description(pick("write the cues as a calendar",
    "输出日历（.ics）"))
end

local function define_run(command)
  local run = help.command(command, "run", "wait for the room, do each cue at its time",
    "等待开播，按时执行每个动作")
  define_common(run, true)
  run:option("--zero"):argname("<TIME>"):description(pick(
    "when the show really began, such as 20:03:10, for a room that is live already",
    "实际开播时间，如 20:03:10（直播间已在直播时）"))
  run:flag("--lines"):description(pick("take commands as lines from the standard input",
    "从标准输入逐行读取命令"))
  run:flag("--desk"):description(pick(
    "serve a page on this machine to watch the show and act on it; runs until the room ends",
    "在本机提供网页，查看并操作直播流程；直到下播才结束"))
  desk.define_port(run)
  run:flag("--rehearse"):description(pick("run it on the sandbox, by its clock; without --room "
    .. "in a room that is made up", "在沙箱中按其时钟彩排；不给 --room 时使用虚构的直播间"))
  client.define_number(run, "--speed", "<N>", { 0.1, 100000 },
    "how much faster than real a rehearsal runs; waits for nothing when left out", "彩排速度倍数；缺省不等待")
  observer.define(run)
  run:epilog(pick("Keys: n next now, s skip, h hold or go on, + or - SECONDS Enter: shift the "
    .. "rest, 0 to 9 the card with this digit, Tab the next room, q quit. Lines: next, skip, hold, "
    .. "go, shift 30, card 3, quit; with several rooms the id of one before it.",
    "按键：n 立即执行下一个，s 跳过，h 暂停或继续，+ 或 - 秒数 回车：移动其余动作，0 至 9 推送对应卡片，"
    .. "Tab 切换直播间，q 退出。行命令：next、skip、hold、go、shift 30、card 3、quit；多个直播间时前面写 id。"))
end

function M.define(command)
  command:require_command(true):command_target("action")
  define_check(command)
  define_run(command)
  local past = help.command(command, "report", "what was done in a room, and how late",
    "查看已执行的动作及延迟")
  past:option("--room"):argname("<ID|NAME>"):count(1):description(pick("the room, by id or name",
    "直播间 id 或名称"))
  shop.define_ledger(past)
end

-- Whether --svg and --ics may be written: not over the rundown, nor over each other.
local function check_targets(args)
  for _, name in ipairs { "svg", "ics" } do
    local path = args[name]
    if path and core.system.is_same_file(args.file, path) then
      return usage(("--%s is the rundown itself: %s"):format(name, path),
        ("--%s 就是流程表本身：%s"):format(name, path))
    end
  end
  if args.svg and args.svg == args.ics then
    return usage("--svg and --ics are the same file", "--svg 与 --ics 是同一个文件")
  end
  return true
end

local function write_pictures(one, args)
  if args.sink and #args.sink.accounts > 1 and (args.svg or args.ics) then
    stop("--svg and --ics are files of one account", "--svg、--ics 只能用于一个账号")
  end
  if args.svg then
    assert(files.write(args.svg, rundown.svg(one.rows, one.room)))
  end
  if args.ics then
    assert(files.write(args.ics, rundown.ics(one.rows, one.room, core.system.now())))
  end
end

local function print_check(one, checked, args)
  local calls = {}
  for i, name in ipairs(tables.keys(checked.calls)) do
    calls[i] = { call = name, needed = checked.calls[name].calls, left = checked.calls[name].left }
  end
  if show.wants_json(args) then
    return show.record({
      room_id = one.room_id, room = one.room.name, planned = one.room.start_time,
      cues = checked.cues, errors = checked.errors, warnings = checked.warnings,
      problems = json.array(checked.problems), calls = json.array(calls),
    }, args)
  end
  show.text(rundown.text(one.rows, one.room, grid.drawing(40, WIDTH)) .. "\n", args)
  show.list(calls, { "call", "needed", "left" }, { table = true, sink = args.sink,
    acts_for = args.acts_for })
  show.text(pick("%s, planned for %s: %d cues, %d will not work, %d may not\n",
    "%s，计划开播 %s：%d 个动作，%d 处不可行，%d 处有风险\n"):format(one.room.name or "",
    times.clock(one.room.start_time), checked.cues, checked.errors, checked.warnings), args)
end

local actions = {}

actions.run = shop.interruptible(function(args, interrupted)
  return (args.rehearse and rehearsals or runs).run(args, interrupted)
end)

actions.check = shop.over(function()
  return { reading = true }
end, function(at, args)
  local one, err = rundown.open {
    live = at.live, ledger = at.ledger, path = args.file, room = args.room,
    hooks = args.hooks and assert(hook_files.named(args.hooks)),
  }
  if not one then
    return report.sheet(report.who(args), args.file, err)
  end
  local checked = assert(one:check())
  print_check(one, checked, args)
  problems.print(args.file, checked, report.who(args))
  write_pictures(one, args)
  err = problems.error_of(checked)
  return not err or nil, err
end)

-- What was done in a room. An id that the ledger has is enough: the room may be gone by now.
local function history_of(at, name)
  local list = name:find("^%d+$") and assert(rundown.history(at.ledger, name)) or {}
  if list[1] then
    return list
  end
  return assert(rundown.history(at.ledger, assert(rundown.find_room(at.live, name)).room_id))
end

actions.report = shop.over(function()
  return { reading = true, existing = true }
end, function(at, args)
  local list = history_of(at, args.room)
  local rows, as_json = json.array {}, show.wants_json(args)
  for i, cue in ipairs(list) do
    local lateness = cue.begun_at - cue.due
    rows[i] = {
      due = as_json and cue.due or times.clock(cue.due), action = cue.action,
      goods_id = cue.goods_id, n = cue.n, state = cue.state, reason = cue.reason, key = cue.key,
      lateness = as_json and lateness or ("%.1f"):format(lateness),
    }
  end
  show.list(rows, { "due", "action", "goods_id", "n", "state", "lateness", "reason" }, args)
  if not as_json then
    show.text("\n" .. events.histogram(list), args)
  end
  return true
end)

function M.run(args)
  if args.action == "check" then
    assert(check_targets(args))
  end
  return actions[args.action](args)
end

return M
