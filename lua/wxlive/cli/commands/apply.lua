--- wxlive apply FILE: does what a sheet asks for, once, however often it is run.
local client = require "wxlive.cli.client"
local pick = require("wxlive.text.language").pick
local observer = require "wxlive.cli.observer"
local progress = require "wxlive.cli.output.progress"
local report = require "wxlive.cli.output.report"
local sheets = require "wxlive.cli.sheets"
local shop = require "wxlive.cli.shop"
local times = require "wxlive.text.time"

local M = {
  name = "apply",
  summary = "create and change what a sheet asks for; run it again to go on",
  summary_zh = "按表格创建、修改；可随时中断并重新执行",
  accounts = "many", accounts_in = sheets.accounts_in,
}

function M.define(command)
  shop.define_sheet(command)
  client.define_number(command, "--concurrency", "<N>", { 1, 64, whole = true, default = 16 },
    "calls at a time", "并发数")
  command:flag("--wait"):description(pick("when the day's quota is spent, sleep until it is back",
    "当日额度用尽时等待恢复后继续"))
  command:option("--rejects"):argname("<FILE>"):description(pick(
    "file for failed rows, each with its reason (default: SHEET.rejects.csv beside the sheet)",
    "失败行及原因的输出文件，默认为表格旁的 表格名.rejects.csv"))
  shop.define_settle(command)
  shop.define_ledger(command)
  observer.define(command)
  command:epilog(pick("A row is known by its page (goods), by name and start (rooms), or by a "
    .. "column `key`: with a key, a product's page and a show's time may change. Ctrl-C finishes "
    .. "the calls under way. After any interruption, run it again: it continues, and does nothing "
    .. "twice.",
    "行的标识：商品按页面路径，直播间按名称与开播时间，或由 key 列指定（此时页面、时间均可修改）。"
    .. "Ctrl-C 会先完成进行中的操作；无论如何中断，再次运行即可继续，且不会重复执行。"))
end

-- Follows the run: moves the bar, and reports what went wrong in a line.
local steps = { created = 0, changed = 0, submitted = 0, removed = 0, adopted = 0, failed = 1,
  placed = 0, taken_out = 0 }

local function listener(args)
  local self, who = {}, report.who(args)
  local function told(line, err)
    if self.bar then
      self.bar:clear()
    end
    report.print(who, err, ("%s:%d"):format(args.sheet, line or 1))
  end
  function self.on_problem(line, message, message_zh)
    told(line, pick(message, message_zh))
  end
  local warnings = shop.warnings(args)
  self.on_warning = warnings.hear
  function self.on_begin(total)
    warnings.finish()
    self.total = total
    self.bar = progress.of(args, pick("applying", "执行"), total)
  end
  function self.on_row(what, row, err)
    if what == "waiting" and err then
      self.bar:clear()
      report.print(who, pick("the quota is spent; waiting until %s", "额度已用尽，等待至 %s")
        :format(times.format(err.resets_at)))
    elseif err then
      told(row.line, err)
    end
    if steps[what] then
      self.bar:step(1, steps[what])
    end
  end
  function self.finish(done)
    if done and self.total > 0 then
      self.bar:finish()
    else
      self.bar:clear()
    end
  end
  return self
end

local function explain(summary, who)
  if (summary.waiting or 0) > 0 then
    report.print(who, pick("%d goods wait for their audit before they can go into rooms; "
      .. "apply the sheet again after that", "%d 个商品审核通过后才能放入直播间，届时请重新执行")
      :format(summary.waiting))
  end
  local err = summary.err
  if err and err.kind == "quota" then
    report.print(who, pick("%d rows are left; run it again after %s, or with --wait",
      "剩余 %d 行，请在 %s 后重新执行，或使用 --wait"):format(summary.left,
      err.resets_at and times.format(err.resets_at) or pick("midnight in Beijing", "北京时间零点")))
  end
end

M.run = shop.interruptible(shop.over(function(args)
  return { client = { lookup = args.settle and { settle = args.settle } or nil } }
end, function(at, args, interrupted)
  local heard = listener(args)
  local summary, err = at:apply(args.sheet, {
    kind = args.kind, prune = args.prune, moved = args.moved, wait = args.wait,
    concurrency = args.concurrency, settle = args.settle, interrupted = interrupted,
    rejects = sheets.rejects_of(args), account = sheets.names_of(args),
    on_begin = heard.on_begin, on_row = heard.on_row, on_problem = heard.on_problem,
    on_warning = heard.on_warning,
  })
  if not summary then
    return report.sheet(report.who(args), args.sheet, err)
  end
  heard.finish(not summary.err or summary.err.kind == "partial")
  local ok
  ok, err = shop.conclude(summary, args)
  explain(summary, report.who(args))
  return ok, err
end))

return M
