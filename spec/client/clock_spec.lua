-- The platform's clock, on a machine whose own is wrong.
local broadcast = require "wxlive.broadcast"
local clocks = require "wxlive.client.clock"
local memory = require "wxlive.store.memory"
local shops = require "spec.support.shop"

describe("the platform's clock", function()
  it("reads and writes Date headers", function()
    for text, seconds in pairs {
      ["Thu, 01 Jan 1970 00:00:00 GMT"] = 0, ["Sun, 06 Nov 1994 08:49:37 GMT"] = 784111777,
      ["Tue, 29 Feb 2028 23:59:59 GMT"] = 1835481599,
    } do
      assert.equal(seconds, clocks.parse(text))
      assert.equal(text, clocks.format(seconds + 0.7))
    end
    for _, text in ipairs { "", "yesterday", "Sun, 06 Nov 1994 08:49:37 +0100",
      "Sun, 31 Feb 2026 08:00:00 GMT", "Sun, 06 Xyz 1994 08:49:37 GMT",
      "Sunday, 06-Nov-94 08:49:37 GMT" } do
      assert.is_nil(clocks.parse(text))
    end
    assert.is_nil(clocks.parse(nil))
  end)

  it("is looked at once a minute, and at once when that matters", function()
    local now, ticks = 1000000000, 0
    local clock = clocks.new(function() return now end, function() return ticks end)
    local function answer(ahead)
      return { headers = { date = clocks.format(now + ahead) } }
    end
    assert.equal(now, clock.now())
    clock:hear { headers = {} }
    clock:hear(answer(-600))
    assert.equal(now, clock.now())
    ticks = 1
    clock:hear(answer(-600))
    assert.is_true(math.abs(clock.now() - (now - 600)) <= 1)
    clock:hear(answer(0))
    assert.is_true(math.abs(clock.now() - (now - 600)) <= 1)
    clock:hear(answer(7), true)
    assert.is_true(math.abs(clock.now() - (now + 7)) <= 1)
    ticks = 62
    clock:hear(answer(1))
    assert.equal(now, clock.now())
  end)

  describe("decides", function()
    local shop
    local NOON = 1795406400

    before_each(function()
      shop = shops.open()
    end)

    after_each(function()
      shop:close()
    end)

    -- A client whose machine's clock is `ahead` of the platform's.
    local function client(ahead, more)
      local options = {
        appid = shop.box.appid, secret = shop.box.secret, base_url = shop.box.base_url,
        token_store = memory.new(), clock = function() return NOON + ahead end,
      }
      for name, value in pairs(more or {}) do
        options[name] = value
      end
      shop.box:control("clock", { set = NOON, frozen = true })
      return assert(broadcast.new(options))
    end

    for what, ahead in pairs {
      ["ten minutes fast"] = 600, ["ten minutes slow"] = -600, ["a day fast"] = 86400,
      ["an hour slow"] = -3600, ["right"] = 0,
    } do
      it("when a spent quota works again: " .. what, function()
        local live = client(ahead)
        shop.box:control("quota", { path = "audit", per_day = 0 })
        local media = assert(live:upload_media("scripts/samples/images/cup.png")).media_id
        local _, err = live:goods_add {
          name = "青瓷茶杯", cover_img_url = media, price_type = 1, price = 9.5, url = "pages/a",
        }
        assert.equal("quota", err.kind)
        assert.equal(NOON + 43200, err.resets_at)
        assert.is_true(math.abs(err.retry_after - 43200) <= 1)
      end)

      it("to which day a call is counted: " .. what, function()
        -- A minute before midnight in Beijing, by the platform.
        NOON = NOON + 43140
        local live = client(ahead, { quota = true })
        assert(live:get_live_info())
        assert(live:get_live_info())
        local row = assert(live:quota("get_live_info"))
        NOON = NOON - 43140
        assert.equal(NOON + 43200, row.resets_at)
      end)
    end
  end)
end)
