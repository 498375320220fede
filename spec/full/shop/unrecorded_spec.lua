-- A ledger that can no longer be written while a sheet is applied.
local await = require "spec.support.await"
local exit_status = require "wxlive.cli.exit_status"
local placing = require "spec.support.placing"
local shops = require "spec.support.shop"
local wxlive_shop = require "wxlive.shop"

describe("apply over a ledger whose disk fills", function()
  local box, live, shop, sheet

  before_each(function()
    box = shops.open()
    live = box:client { lookup = false, retry = { attempts = 1 } }
    shop = assert(wxlive_shop.open { live = live, ledger = box.location })
    sheet = box:sheet("goods.csv", shops.goods_lines(1, 6))
  end)

  after_each(function()
    shop:close()
    box:close()
  end)

  -- As a full disk: no page more, and no room in those that are there.
  local function fill()
    local ledger = shop.ledger
    assert(ledger.db:run("PRAGMA max_page_count = 1"))
    await(function()
      return not ledger:note_all { ledger:entry({ kind = "goods", key = "none" }, "fill") }
    end)
  end

  -- The disk fills with the first call of a method.
  local function fill_at(object, method)
    local call = object[method]
    object[method] = function(...)
      object[method] = nil
      fill()
      return call(...)
    end
  end

  local function apply()
    return assert(shop:apply(sheet, { settle = 0.1, concurrency = 2 }))
  end

  -- What is not known is said; with space again, nothing is made twice.
  local function is_told(summary, doubtful)
    assert.same({ doubtful, 6 - doubtful }, { summary.in_doubt, summary.left })
    assert.equal(exit_status.ambiguous, exit_status.of(summary.err))
    assert.is_truthy(summary.err.message:find(
      ("^%d rows may have been done; ledger .* is full "):format(doubtful)), summary.err.message)
    assert.is_truthy(summary.err.message_zh:find(
      ("^%d 行结果未知；台账 .* is full"):format(doubtful)), summary.err.message_zh)
    assert(shop.ledger.db:run("PRAGMA max_page_count = 1000000"))
    summary = apply()
    assert.same({ 0, 0, 6 }, { summary.in_doubt, summary.left, box:state().counts.goods })
  end

  it("says which rows may have been done: the platform did them", function()
    fill_at(live, "goods_add")
    is_told(apply(), 2)
  end)

  it("says so where the platform's answer left them in doubt", function()
    assert(box.box:control("fault", { on = "goods_add", kind = "errcode_after", code = -1,
      times = 10000 }))
    assert(box.box:control("fault", { on = "goods_list", kind = "errcode_before", code = -1,
      times = 10000 }))
    fill_at(live, "goods_add")
    local summary = apply()
    box.box:control("faults", { clear = true })
    is_told(summary, 2)
  end)

  it("says so where they were in doubt before, and have been found", function()
    assert(box.box:control("fault", { on = "goods_add", kind = "errcode_after", code = -1,
      times = 10000 }))
    assert(box.box:control("fault", { on = "goods_list", kind = "errcode_before", code = -1,
      times = 10000 }))
    local doubtful = apply().in_doubt
    assert.is_true(doubtful > 0)
    box.box:control("faults", { clear = true })
    fill_at(shop.ledger, "by_platform_id")
    is_told(apply(), doubtful)
  end)

  it("counts none of which nothing was sent", function()
    assert(shop.ledger.db:run("ALTER TABLE media RENAME TO gone"))
    local summary = apply()
    assert.same({ 0, 6 }, { summary.in_doubt, summary.left })
    assert.equal(exit_status.failed, exit_status.of(summary.err))
    assert.equal(0, box:state().counts.goods)
  end)

  it("is of unknown outcome when the ledger cannot even be read", function()
    local call = live.goods_add
    live.goods_add = function(...)
      shop.ledger.db:run("ALTER TABLE item RENAME TO gone")
      return call(...)
    end
    local summary, err = shop:apply(sheet, { settle = 0.1, concurrency = 2 })
    assert.is_nil(summary)
    assert.equal(exit_status.ambiguous, exit_status.of(err))
  end)

  it("says which goods may be in a room", function()
    local placed = placing.new()
    placed.start { audit_seconds = 0 }
    finally(function() placed.shop:close() end)
    local room = placed.room("周五茶器专场")
    local path = placed.sheet { "周五茶器专场", "周五茶器专场", "" }
    local ledger = placed.shop:ledger()
    local own = assert(wxlive_shop.open { live = placed.live, ledger = ledger })
    local add_goods = placed.live.add_goods
    placed.live.add_goods = function(...)
      assert(ledger.db:run("PRAGMA query_only = 1"))
      return add_goods(...)
    end
    local summary = assert(own:apply(path, { settle = 0.1 }))
    assert.same({ 3, 0, 2 }, { summary.created, summary.placed, summary.in_doubt })
    assert.equal(exit_status.ambiguous, exit_status.of(summary.err))
    placed.live.add_goods = nil
    assert(ledger.db:run("PRAGMA query_only = 0"))
    summary = assert(own:apply(path, { settle = 0.1 }))
    assert.same({ 2, 0 }, { summary.placed, summary.in_doubt })
    assert.equal(2, #placed.standing(room))
    own:close()
  end)
end)
