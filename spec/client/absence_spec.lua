-- What one answer does not show is not gone: nothing is forgotten or made again on its strength.
local applies = require "wxlive.shop.apply"
local command = require "spec.support.command"
local json = require "wxlive.json"
local kinds = require "wxlive.shop.rows"
local placing = require "spec.support.placing"
local refresh = require "wxlive.shop.diff"
local shops = require "spec.support.shop"
local stage = require "wxlive.shop.stage"

describe("absence", function()
  local shop, live, ledger, lies

  before_each(function()
    shop = shops.open()
    local function client()
      return shop:client {
        lookup = false, retry = { attempts = 2, base = 0.01, max = 0.01 },
      }
    end
    local honest = client()
    live, lies = client(), 0
    -- A platform whose next `lies` lists are well-formed and empty.
    rawset(live, "call", function(_, name, ...)
      if lies > 0 and (name == "goods_list" or name == "get_live_info") then
        lies = lies - 1
        return { goods = {}, room_info = {}, total = 0 }
      end
      return honest:call(name, ...)
    end)
    ledger = shop:ledger()
  end)

  after_each(function()
    ledger:close()
    shop:close()
  end)

  local function staged(path)
    local reader = assert(kinds.open(path, nil, os.time()))
    assert(stage.stage(ledger, reader, "goods.csv", {}))
    reader:close()
    return applies.new {
      live = live, ledger = ledger, kind = "goods", sheet = "goods.csv", settle = 0.05,
    }
  end

  it("needs two lists to be missing", function()
    assert.is_nil(select(2, staged(shop:sheet("goods.csv", shops.goods_lines(1, 3))):run()))
    for _, case in ipairs { { 4, 0 }, { 8, 3 } } do
      lies = case[1]
      assert.equal(case[2], assert(refresh.compare(live, ledger, "goods")).missing)
    end
    lies = 0
    assert.equal(0, assert(refresh.compare(live, ledger, "goods")).missing)
  end)

  it("needs two lists for a create to be made again", function()
    assert(shop.box:control("fault", { on = "goods_add", kind = "reset_after", times = 2 }))
    local apply = staged(shop:sheet("goods.csv", shops.goods_lines(1, 4)))
    lies = 4
    local counts, stopped = apply:run()
    assert.is_nil(stopped)
    assert.equal(2, counts.adopted)
    assert.equal(4, shop:state().counts.goods)
  end)

  it("of goods and rooms is asked for by id before the ledger forgets them", function()
    assert.is_nil(select(2, staged(shop:sheet("goods.csv", shops.goods_lines(1, 1))):run()))
    local id = ("%.0f"):format(shop:state().goods[1].id)
    assert.is_false(refresh.is_gone(live, "goods", id))
    assert.is_true(refresh.is_gone(live, "goods", "99"))
    assert.is_true(refresh.is_gone(live, "rooms", "99"))
    assert(shop.box:control("fault", { on = "goods_info", kind = "http", status = 500, times = 2 }))
    local none, err = refresh.is_gone(live, "goods", id)
    assert.is_nil(none)
    assert.equal("http", err.kind)
  end)
end)

describe("diff --forget", function()
  local t = placing.new()

  before_each(function()
    t.start()
  end)

  after_each(function()
    t.shop:close()
  end)

  it("keeps what only the list does not show", function()
    local room = t.room("周二茶会专场")
    local sheet = t.sheet { tostring(room), tostring(room) }
    t.run { "apply", sheet }
    -- Every list of goods is empty, for as long as diff runs.
    t.fault("goods_list", "errcode_before", { code = 300048 })
    local got = command.hasty({ "diff", "--forget", "--json" }, { env = t.shop:settings() })
    assert.are_not.equal(0, got.status)
    t.shop.box:control("faults", { clear = true })
    local done = t.run { "apply", sheet }
    assert.same({ 0, 2 }, { done.created, done.unchanged })
    assert.same({}, (t.run { "diff" }))
  end)

  it("forgets what is gone, by list and by id", function()
    local sheet = t.sheet { "", "" }
    t.run { "apply", sheet }
    assert(t.live:goods_delete(t.shop:state().goods[1].id))
    local rows = json.decode(t.shop:run({ "diff", "--forget", "--json" }).out)
    local missing = 0
    for _, row in ipairs(rows) do
      missing = missing + (row.what == "missing" and 1 or 0)
    end
    assert.equal(1, missing)
    assert.equal(1, t.run({ "apply", sheet }).created)
  end)
end)
