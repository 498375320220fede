-- A command on a machine whose clock is wrong, which goes by the platform's.
local await = require "spec.support.await"
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

  local function refused(code)
    for _, entry in ipairs(assert(shop.box:control("log", { after = 0 })).entries) do
      if entry.errcode == code then
        return true
      end
    end
    return false
  end

  it("when apply --wait goes on", function()
    -- Two seconds before midnight in Beijing by the platform, whose clock stands until it has
    -- refused a row; by the machine it is any other time.
    local midnight = os.time() - os.time() % 86400 + 57600
    shop.box:control("clock", { set = midnight - 2, frozen = true })
    shop.box:control("quota", { path = "audit", per_day = 1 })
    local sheet = shop:sheet("goods.csv", shops.goods_lines(1, 2))
    local child = shop:start { "apply", sheet, "--wait", "--json", "--concurrency", "1" }
    await(function() return child:has_ended() or refused(300012) end)
    -- By its own clock it would try at once, or in a day.
    shop.box:control("clock", { frozen = false })
    local got = child:finish()
    assert.equal(0, got.status, got.err)
    assert.equal(2, json.decode(got.out).created)
  end)
end)
