--- wxlive submit FILE: puts a sheet into the queue, for `wxlive worker`.
local pick = require("wxlive.text.language").pick
local sheets = require "wxlive.cli.sheets"
local shop = require "wxlive.cli.shop"

local M = {
  name = "submit",
  summary = "put a sheet into the queue that `wxlive worker` serves",
  summary_zh = "将表格放入队列，由 wxlive worker 执行",
  accounts = "many", accounts_in = sheets.accounts_in,
}

function M.define(command)
  shop.define_sheet(command)
  shop.define_ledger(command)
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
  return shop.judge(args, function(options)
    return at:submit(args.sheet, options)
  end)
end)

return M
