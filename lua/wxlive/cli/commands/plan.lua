--- wxlive plan FILE: what applying a sheet would do.
local pick = require("wxlive.text.language").pick
local sheets = require "wxlive.cli.sheets"
local shop = require "wxlive.cli.shop"

local M = {
  name = "plan",
  summary = "show what applying a sheet would create and change",
  summary_zh = "查看执行表格将创建、修改的内容",
  accounts = "many", accounts_in = sheets.accounts_in,
}

function M.define(command)
  shop.define_sheet(command, {
    sheet = pick("CSV (UTF-8) or JSON lines (.jsonl) of rooms or of goods; columns as wxlive "
      .. "create_room --help (and assistants) and wxlive goods_add --help, pictures as paths "
      .. "beside the sheet, `key` to identify rows, `rooms` for the rooms (ids or names, with "
      .. "semicolons between them) that goods go into, `account` for the accounts or groups whose "
      .. "shops a row is for",
      "直播间或商品表格：CSV（UTF-8）或 JSON lines（.jsonl）；列名见 wxlive create_room --help、"
      .. "wxlive goods_add --help，图片填相对路径，可用 key 列区分各行，rooms（直播间）列填商品要放入的直播间"
      .. "（id 或名称，用分号隔开），account（账号）列填该行所属的账号或分组"),
    prune = pick("also count what would be deleted because it is no longer in the sheet",
      "同时统计因不在表格中而将被删除的内容"),
  })
  command:flag("--offline"):description(pick("ask the platform nothing", "不访问平台"))
  shop.define_ledger(command)
end

M.run = shop.over(function()
  return { client = { quota = true }, reading = true }
end, function(at, args)
  return shop.judge(args, function(options)
    options.offline = args.offline
    return at:plan(args.sheet, options)
  end)
end)

return M
