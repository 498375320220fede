--- wxlive apply FILE: does what a sheet asks for, once, however often it is run.
local applies = require "wxlive.ledger.apply"
local client = require "wxlive.cli.client"
local core = require "wxlive.core"
local Error = require "wxlive.error"
local kinds = require "wxlive.ledger.kinds"
local language = require "wxlive.language"
local placements = require "wxlive.ledger.placements"
local progress = require "wxlive.progress"
local refresh = require "wxlive.ledger.refresh"
local rejects = require "wxlive.ledger.rejects"
local report = require "wxlive.cli.report"
local shop = require "wxlive.cli.shop"
local show = require "wxlive.cli.show"
local stage = require "wxlive.ledger.stage"
local times = require "wxlive.sheet.time"

local M = {
  name = "apply",
  summary = "create and change what a sheet asks for; run it again to go on",
  summary_zh = "按表格创建、修改；可随时中断并重新执行",
}

local pick = language.pick

function M.define(command)
  command:argument("sheet"):description(pick(
    "CSV (UTF-8) or JSON lines (.jsonl) of rooms or of goods; see wxlive plan --help",
    "直播间或商品表格：CSV（UTF-8）或 JSON lines（.jsonl），见 wxlive plan --help"))
  command:option("--kind"):argname("<KIND>"):choices { "rooms", "goods" }
    :description(pick("rooms or goods; told by the columns", "rooms 或 goods，默认按列名判断"))
  command:option("--concurrency"):argname("<N>"):default("16")
    :convert(shop.number("--concurrency", 1, 64, true))
    :description(pick("calls at a time", "并发数"))
  command:flag("--wait"):description(pick("when the day's quota is spent, sleep until it is back",
    "当日额度用尽时等待恢复后继续"))
  command:flag("--prune"):description(pick("delete from the platform what the sheet has no more",
    "删除已不在表格中的内容"))
  command:option("--rejects"):argname("<FILE>"):description(pick(
    "where rows that failed go, with the reason; SHEET.rejects.csv beside the sheet",
    "失败行及原因的输出文件，默认为表格旁的 表格名.rejects.csv"))
  command:option("--settle"):argname("<SECONDS>"):convert(shop.number("--settle", 0, 600))
    :description(pick("how long a create whose answer was lost may take to show up (10)",
      "结果未知的创建最迟多久可查到（默认 10 秒）"))
  shop.define_ledger(command)
  client.define_output_options(command)
  command:epilog(pick("A row is known by its page (goods), by name and start (rooms), or by a "
    .. "column `key`: with a key, a product's page and a show's time may change. Ctrl-C finishes "
    .. "what is in flight; whatever ends a run, the next one goes on and does nothing twice.",
    "行的标识：商品按页面路径，直播间按名称与开播时间，或由 key 列指定（此时页面、时间均可修改）。"
    .. "Ctrl-C 会先完成进行中的操作；无论如何中断，再次运行即可继续，且不会重复执行。"))
end

local function reject_path(args)
  if args.rejects then
    return args.rejects
  end
  local base, extension = args.sheet:match("^(.*)(%.%w+)$")
  base, extension = base or args.sheet, extension or ".csv"
  return (base:gsub("%.rejects$", "")) .. ".rejects" .. extension
end

-- Hears of every row: the bar moves, and what went wrong is told in a line.
local function teller(args, total)
  local bar = progress.new { label = pick("applying", "执行"), total = total }
  local steps = { created = 0, changed = 0, submitted = 0, removed = 0, adopted = 0, failed = 1,
    placed = 0, taken_out = 0 }
  return function(what, item, err)
    if err then
      bar:clear()
      if what == "waiting" then
        report.print("wxlive", pick("the quota is spent; waiting until %s",
          "额度已用尽，等待至 %s"):format(times.format(err.resets_at)))
      else
        report.print("wxlive", err, ("%s:%d"):format(args.sheet, item.line))
      end
    end
    if steps[what] then
      bar:step(1, steps[what])
    end
  end, bar
end

-- What the run ends with.
local function outcome(result, stopped, interrupted, broken, args)
  if stopped then
    if stopped.kind == "quota" then
      report.print("wxlive", pick("%d rows are left; run it again after %s, or with --wait",
        "剩余 %d 行，请在 %s 后重新执行，或使用 --wait"):format(result.left,
        stopped.resets_at and times.format(stopped.resets_at) or pick("midnight in Beijing",
        "北京时间零点")))
    end
    return nil, stopped
  elseif interrupted then
    return shop.interrupted()
  elseif result.in_doubt > 0 then
    return Error.fail {
      kind = "partial", name = "rows_in_doubt", ambiguous = true,
      message = pick("%d rows may have been done; %s names them", "%d 行结果未知，见 %s")
        :format(result.in_doubt, reject_path(args)),
      hint = "apply the sheet again", hint_zh = "请重新执行",
    }
  elseif result.rejected > 0 then
    return Error.fail {
      kind = "partial", name = "rows_rejected",
      message = pick("%d rows did not get through; correct them in %s and apply that",
        "%d 行未通过，请修正 %s 后执行该文件"):format(result.rejected, reject_path(args)),
    }
  elseif broken then
    return Error.fail {
      kind = "partial", name = "sheet_broken",
      message = pick("the sheet could not be read to its end", "表格未能读取到末尾"),
      hint = "correct it and apply it again", hint_zh = "请修正后重新执行",
    }
  elseif result.left > 0 then
    return Error.fail {
      kind = "partial", name = "rows_left",
      message = pick("%d rows are left; another run has claimed them, and has not finished them",
        "剩余 %d 行已被另一进程领取，尚未完成"):format(result.left),
      hint = "apply the sheet again", hint_zh = "请重新执行",
    }
  end
  return true
end

-- A connection that broke takes back what was staged: the sheet is read again.
local TRIES = 3

local function stage_sheet(at, reader, args, silent)
  local counts, err
  for _ = 1, TRIES do
    counts, err = stage.stage(at.ledger, reader, shop.sheet_name(args.sheet), {
      prune = args.prune, report = not silent and function(line, message)
        report.print("wxlive", message, ("%s:%d"):format(args.sheet, line or 1))
      end or nil,
    })
    reader:close()
    if counts or err.name ~= "ledger_lost" then
      break
    end
    local why
    reader, why = kinds.open(args.sheet, args.kind, core.system.now())
    if not reader then
      return nil, why
    end
  end
  return counts, err
end

-- Stages the sheet again in the middle of a run.
local function restage(at, args)
  local reader, err = kinds.open(args.sheet, args.kind, core.system.now())
  if not reader then
    return nil, err
  end
  local counts
  counts, err = stage_sheet(at, reader, args, true)
  return counts and true or nil, err
end

local function run(args, interrupted)
  local now = core.system.now()
  local reader, err = kinds.open(args.sheet, args.kind, now)
  if not reader then
    return shop.bad_sheet(args.sheet, err)
  end
  local at
  at, err = shop.open(args, { lookup = args.settle and { settle = args.settle } or nil })
  if not at then
    return nil, err
  end
  local kind, sheet = reader.kind.name, shop.sheet_name(args.sheet)
  local counts
  counts, err = stage_sheet(at, reader, args)
  if not counts then
    return nil, err
  end
  -- How goods may be changed hangs on their audit.
  if kind == "goods" and counts.change > 0 then
    local ok
    ok, err = refresh.audits(at.live, at.ledger, kind)
    if not ok then
      return nil, err
    end
  end
  local total = counts.create + counts.change + counts.submit + (args.prune and counts.gone or 0)
    + (counts.to_add or 0) + (counts.to_take_out or 0)
  local tell, bar = teller(args, total)
  local apply = applies.new {
    live = at.live, ledger = at.ledger, kind = kind, sheet = sheet, settle = args.settle,
    concurrency = args.concurrency, wait = args.wait, interrupted = interrupted, tell = tell,
    restage = function() return restage(at, args) end,
  }
  local done, stopped = apply:run()
  if not stopped and total > 0 then
    bar:finish()
  else
    bar:clear()
  end
  local rejected, why = rejects.write(at.ledger,
    { path = args.sheet, kind = kind, now = now }, reject_path(args))
  local states, rest
  local unsure = 0
  if rejected then
    states, why = at.ledger:counts(kind, sheet)
  end
  if states then
    rest, why = at.ledger:rest(kind, sheet)
  end
  if rest and kind == "goods" then
    unsure, why = placements.in_doubt(at.ledger, sheet)
  end
  at.ledger:close()
  if not rest or not unsure then
    return nil, why
  end
  local result = {
    sheet = args.sheet, kind = kind, rows = counts.rows, created = done.created or 0,
    changed = done.changed or 0, submitted = done.submitted or 0, removed = done.removed or 0,
    adopted = done.adopted or 0, unchanged = counts.unchanged, rejected = rejected,
    in_doubt = (states.doubt or 0) + unsure, left = rest.todo + rest.claimed,
    placed = counts.to_add and (done.placed or 0), waiting = counts.to_add and (done.waiting or 0),
    taken_out = counts.to_add and (done.taken_out or 0),
    images_uploaded = apply.pictures.sent, rejects = rejected > 0 and reject_path(args) or nil,
  }
  show.record(result, args)
  if (result.waiting or 0) > 0 then
    report.print("wxlive", pick("%d goods wait for their audit before they can go into rooms; "
      .. "apply the sheet again when it is through", "%d 个商品审核通过后才能放入直播间，届时请重新执行")
      :format(result.waiting))
  end
  return outcome(result, stopped, interrupted(), counts.broken, args)
end

function M.run(args)
  return shop.interruptible(function(interrupted)
    return run(args, interrupted)
  end)
end

return M
