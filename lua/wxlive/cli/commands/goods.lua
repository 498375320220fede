--- wxlive goods: the library at a glance, audit states in words.
local client = require "wxlive.cli.client"
local compat = require "wxlive.base.compat"
local json = require "wxlive.json"
local recover = require "wxlive.client.recover"
local show = require "wxlive.cli.output.show"
local state_option = require "wxlive.cli.state"
local states = require "wxlive.catalogue.states"

local M = {
  name = "goods",
  summary = "list the goods library with its audit states",
  summary_zh = "列出商品库及审核状态",
  accounts = "many",
}

local COLUMNS = { "goods_id", "name", "audit_status", "price_type", "price", "price2", "url" }

function M.define(command)
  state_option.define(command, states.audit)
  client.define_output_options(command)
end

M.run = client.over(function(live, args)
  local wanted = args.state and assert(state_option.read(states.audit, args.state))
  local rows, short, at = json.array {}, nil, {}
  for status = wanted or states.WITHDRAWN, wanted or states.REJECTED do
    local ok, err = recover.each(live, "goods", function(goods, audit_status)
      goods.audit_status = audit_status
      -- Goods that are judged meanwhile are listed twice: in the later state they are.
      local id = compat.integer_text(goods.goods_id)
      at[id] = at[id] or #rows + 1
      rows[at[id]] = goods
    end, { status = status })
    assert(ok or show.may_show(err), err)
    short = short or err
  end
  table.sort(rows, function(a, b)
    return compat.is_lower_id(a.goods_id, b.goods_id)
  end)
  show.list(rows, COLUMNS, args)
  return not short or nil, short
end)

return M
