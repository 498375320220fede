--- wxlive submit FILE: puts a sheet into the queue, for `wxlive worker`.
local client = require "wxlive.cli.client"
local ends = require "wxlive.shop.ends"
local language = require "wxlive.text.language"
local report = require "wxlive.cli.report"
local sheets = require "wxlive.cli.sheets"
local shop = require "wxlive.cli.shop"
local show = require "wxlive.cli.show"

local M = {
  name = "submit",
  summary = "put a sheet into the queue that `wxlive worker` serves",
  summary_zh = "将表格放入队列，由 wxlive worker 执行",
  accounts = "many", accounts_in = sheets.accounts_in,
}

local pick = language.pick

function M.define(command)
  command:argument("sheet"):description(pick(
    "CSV (UTF-8) or JSON lines (.jsonl) of rooms or of goods; see wxlive plan --help",
    "直播间或商品表格：CSV（UTF-8）或 JSON lines（.jsonl），见 wxlive plan --help"))
  shop.define_kind(command, "rooms or goods; by default the columns decide",
    "rooms 或 goods，默认按列名判断")
  command:flag("--prune"):description(pick(
    "delete from the platform what is no longer in the sheet",
    "删除已不在表格中的内容"))
  shop.define_ledger(command)
  client.define_output_options(command)
  command:epilog(pick("Nothing is asked of the platform. Rows and pictures go into the ledger: "
    .. "the files may be gone before a worker, maybe on another machine, takes them. The same "
    .. "sheet may be submitted again at any time; do not apply it meanwhile. wxlive jobs shows its "
    .. "progress.",
    "不访问平台。表格行与图片写入台账，之后文件即可移走，worker 可以在其他机器上。同一表格可随时重新提交；"
    .. "排队期间请勿对它执行 apply。进度见 wxlive jobs。"))
end

M.run = shop.over(function()
  return {}
end, function(at, args)
  local warnings = shop.warnings(args)
  local mistakes = shop.remarks(args, "",
    pick("and %d more mistakes", "另有 %d 处错误"))
  local summary, err = at:submit(args.sheet, {
    kind = args.kind, prune = args.prune, on_warning = warnings.hear, on_problem = mistakes.hear,
    account = sheets.names_of(args),
  })
  if not summary then
    return report.sheet(report.who(args), args.sheet, err)
  end
  warnings.finish()
  mistakes.finish()
  show.record(summary, args)
  if summary.mistakes > 0 then
    return nil, ends.with_mistakes(summary.mistakes)
  end
  return true
end)

return M
