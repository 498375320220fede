--- wxlive goods: the library at a glance, audit states in words.
local client = require "wxlive.cli.client"
local recover = require "wxlive.client.recover"
local json = require "wxlive.json"
local language = require "wxlive.language"
local show = require "wxlive.cli.show"

local M = {
  name = "goods",
  summary = "list the goods library with its audit states",
  summary_zh = "列出商品库及审核状态",
}

local pick = language.pick

local COLUMNS = { "goods_id", "name", "audit_status", "price_type", "price", "price2", "url" }
local by_name = { ["not-submitted"] = 0, ["under-audit"] = 1, approved = 2, rejected = 3 }

function M.define(command)
  command:option("--state"):argname("<STATE>")
    :choices { "not-submitted", "under-audit", "approved", "rejected" }
    :description(pick("only those in this audit state", "仅列出某审核状态"))
  client.define_output_options(command)
end

function M.run(args)
  local live, err = client.open(args)
  if not live then
    return nil, err
  end
  local rows = json.array {}
  local wanted = args.state and by_name[args.state]
  local ok
  ok, err = recover.each(live, "goods", function(goods, audit_status)
    goods.audit_status = audit_status
    rows[#rows + 1] = goods
  end, { status = wanted })
  if not ok then
    return nil, err
  end
  table.sort(rows, function(a, b)
    return a.goods_id < b.goods_id
  end)
  return show.list(rows, COLUMNS, args)
end

return M
