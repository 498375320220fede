#!/usr/bin/env lua5.4
-- For cron, at night: the prices of a sheet become those of the library.
--   30 3 * * *  /opt/shop/nightly_prices.lua prices.csv
-- The sheet has goods_id, price_type, price and perhaps price2. Only differences are sent: a change
-- costs one of the 1 000 calls of the day, reading the library very little.
local paths = loadfile((arg[0]:match("^.*/") or "") .. "../dev/paths.lua")
if paths then
  paths()
end
local price = require "wxlive.catalogue.price"
local workflow = require "wxlive.workflow"

os.exit(workflow.main(arg, {
  name = "nightly_prices",
  summary = "Makes the library's prices those of a sheet.",
  summary_zh = "按表格更新商品价格。",
  endpoint = "goods_update",
}, function(job)
  local known = {}
  for _, status in ipairs { 0, 2, 3 } do  -- under audit nothing may be changed
    for goods in job.live:goods { status = status } do
      known[goods.goods_id] = goods
    end
  end
  job:each("updating prices", job.rows, function(row)
    local want, have = row.params, known[row.params.goods_id]
    if have and have.price_type == want.price_type and price.same(have.price, want.price)
      and (want.price_type == 1 or price.same(have.price2, want.price2)) then
      row.state = "unchanged"
      return true
    end
    row.state = "changed"
    return job.live:goods_update(want)
  end)
  job:table(job.rows, { "goods_id", "price", "price2", "state" })
end), true)
