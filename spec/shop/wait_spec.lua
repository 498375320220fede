-- apply --wait: sleeps over the spent quota, and goes on. Time is told here, not passed.
local applies = require "wxlive.shop.apply"
local kinds = require "wxlive.shop.rows"
local ledgers = require "wxlive.ledger"
local shops = require "spec.support.shop"
local stage = require "wxlive.shop.stage"

describe("apply over a spent quota", function()
  local shop, ledger, apply, slept, interrupted

  before_each(function()
    shop = shops.open()
    shop.box:control("clock", { set = 1795406400, frozen = true })
    local now = 1795406400
    slept, interrupted = 0, false
    local live = shop:client { clock = function() return now end }
    ledger = assert(ledgers.open(shop.location, {
      appid = "wx1", now = function() return now end,
    }))
    local path = shop:sheet("goods.csv", shops.goods_lines(1, 7))
    local reader = assert(kinds.open(path, nil, now))
    assert(stage.stage(ledger, reader, "goods.csv", {}))
    reader:close()
    shop.box:control("quota", { path = "audit", per_day = 3 })
    apply = applies.new {
      live = live, ledger = ledger, kind = "goods", sheet = "goods.csv", concurrency = 1,
      wait = true, interrupted = function() return interrupted end,
      sleep = function(seconds)
        -- A second on our clock is an hour here and at the platform.
        now, slept = now + 3600, slept + seconds
        shop.box:control("clock", { advance = 3600 })
      end,
    }
  end)

  after_each(function()
    ledger:close()
    shop:close()
  end)

  it("waits for midnight in Beijing, day after day, until all is done", function()
    local counts, stopped = apply:run()
    assert.is_nil(stopped)
    assert.equal(7, counts.created)
    assert.equal(7, shop:state().counts.goods)
    -- Noon to midnight, and one whole day.
    assert.is_true(slept >= 36 and slept <= 38, slept)
  end)

  it("can be interrupted while it waits", function()
    local sleep = apply.sleep
    apply.sleep = function(seconds)
      interrupted = slept >= 3
      sleep(seconds)
    end
    local counts, stopped = apply:run()
    assert.equal("quota", stopped.kind)
    assert.equal(3, counts.created)
    assert.same({ done = 3, todo = 4 }, ledger:counts("goods", "goods.csv"))
  end)
end)
