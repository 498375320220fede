-- A command on a machine whose clock is wrong, which goes by the platform's.
local json = require "wxlive.json"
local shops = require "spec.support.shop"

describe("the platform's clock decides", function()
  local shop

  before_each(function()
    shop = shops.open()
  end)

  after_each(function()
    shop:close()
  end)

  it("when apply --wait goes on", function()
    -- The machine is ten minutes fast: by its own clock midnight has passed.
    shop.box:control("clock", { set = os.time() - os.time() % 86400 + 57600 - 300 })
    shop.box:control("quota", { path = "audit", per_day = 1 })
    local sheet = shop:sheet("goods.csv", shops.goods_lines(1, 2))
    local child = shop:start { "apply", sheet, "--wait", "--json", "--concurrency", "1" }
    shops.await(function() return child:has_ended() or shop:state().counts.goods == 1 end)
    -- It would have tried at once, or in a day.
    shop.box:control("clock", { advance = 299 })
    local got = child:finish()
    assert.equal(0, got.status, got.err)
    assert.equal(2, json.decode(got.out).created)
  end)
end)
