--- wxlive plan FILE: what applying a sheet would do.
local client = require "wxlive.cli.client"
local core = require "wxlive.core"
local kinds = require "wxlive.ledger.kinds"
local language = require "wxlive.language"
local placements = require "wxlive.ledger.placements"
local report = require "wxlive.cli.report"
local shop = require "wxlive.cli.shop"
local show = require "wxlive.cli.show"
local stage = require "wxlive.ledger.stage"
local refresh = require "wxlive.ledger.refresh"

local M = {
  name = "plan",
  summary = "show what applying a sheet would create and change",
  summary_zh = "查看执行表格将创建、修改的内容",
}

local pick = language.pick

-- Mistakes that are told one by one; the rest only by number.
local TOLD = 20

function M.define(command)
  command:argument("sheet"):description(pick(
    "CSV (UTF-8) or JSON lines (.jsonl) of rooms or of goods; columns as wxlive create_room "
      .. "--help (and assistants) and wxlive goods_add --help, pictures as paths beside the sheet, "
      .. "`key` to tell rows apart, `rooms` for the rooms (ids or names, with semicolons between "
      .. "them) that goods go into",
    "直播间或商品表格：CSV（UTF-8）或 JSON lines（.jsonl）；列名见 wxlive create_room --help、"
      .. "wxlive goods_add --help，图片填相对路径，可用 key 列区分各行，rooms（直播间）列填商品要放入的直播间"
      .. "（id 或名称，用分号隔开）"))
  command:option("--kind"):argname("<KIND>"):choices { "rooms", "goods" }
    :description(pick("rooms or goods; told by the columns", "rooms 或 goods，默认按列名判断"))
  command:flag("--prune"):description(pick("also count what would be deleted because the sheet has "
    .. "it no more", "同时统计因不在表格中而将被删除的内容"))
  command:flag("--offline"):description(pick("ask the platform nothing", "不访问平台"))
  shop.define_ledger(command)
  client.define_output_options(command)
end

-- Calls that count against the day's quota of an endpoint, and how many days they take.
local function quota_of(live, endpoint, needed)
  local ok, err = live:seed_quota(endpoint)
  local row
  if ok then
    row, err = live:quota(endpoint)
  end
  if not row then
    return nil, err
  end
  local rest = math.max(0, needed - row.left)
  return {
    needed = needed, left = row.left, limit = row.limit,
    days = needed == 0 and 0 or 1 + math.ceil(rest / row.limit),
  }
end

-- Adds to the result what the day's quotas allow.
local function count_quotas(live, kind, counts, result)
  local quota, err = quota_of(live, kind.endpoint,
    kind.name == "goods" and counts.create + counts.submit or counts.create)
  if not quota then
    return nil, err
  end
  result.quota_needed, result.quota_left, result.days = quota.needed, quota.left, quota.days
  if not counts.to_add then
    return true
  end
  local calls = 0
  for _, goods in pairs(counts.rooms) do
    calls = calls + math.ceil(goods / placements.BATCH)
  end
  for name, one in pairs {
    add = { "add_goods", calls }, take_out = { "goods_delete_in_room", counts.to_take_out },
  } do
    quota, err = quota_of(live, one[1], one[2])
    if not quota then
      return nil, err
    end
    result[name .. "_calls_needed"], result[name .. "_calls_left"] = quota.needed, quota.left
    result.days = math.max(result.days, quota.days)
  end
  return true
end

function M.run(args)
  local reader, err = kinds.open(args.sheet, args.kind, core.system.now())
  if not reader then
    return shop.bad_sheet(args.sheet, err)
  end
  local at
  at, err = shop.open(args, { quota = true }, true)
  if not at then
    return nil, err
  end
  local kind = reader.kind
  local seen
  if not args.offline then
    seen, err = refresh.audits(at.live, at.ledger, kind.name)
    if not seen then
      return nil, err
    end
  end
  local told = 0
  local counts
  counts, err = stage.stage(at.ledger, reader, shop.sheet_name(args.sheet), {
    dry = true, prune = args.prune, report = function(line, message)
      told = told + 1
      if told <= TOLD then
        report.print("wxlive", message, ("%s:%d"):format(args.sheet, line or 1))
      end
    end,
  })
  reader:close()
  if not counts then
    return nil, err
  end
  local result = {
    sheet = args.sheet, kind = kind.name, rows = counts.rows, create = counts.create,
    change = counts.change, submit = counts.submit, unchanged = counts.unchanged,
    in_doubt = counts.doubt, remove = args.prune and counts.gone or 0,
    not_in_sheet = counts.gone, mistakes = counts.bad,
    missing_on_platform = seen and seen.missing,
  }
  if counts.to_add then
    result.add_to_rooms, result.take_out_of_rooms = counts.to_add, counts.to_take_out
  end
  if not args.offline then
    local ok
    ok, err = count_quotas(at.live, kind, counts, result)
    if not ok then
      return nil, err
    end
  end
  at.ledger:close()
  show.record(result, args)
  if told > TOLD then
    report.print("wxlive", pick("and %d more mistakes", "另有 %d 处错误"):format(told - TOLD))
  end
  return true
end

return M
