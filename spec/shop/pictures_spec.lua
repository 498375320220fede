-- Media ids that the ledger remembers, and the platform does not.
local broadcast = require "wxlive.broadcast"
local command = require "spec.support.command"
local door = require "wxlive.shop"
local json = require "wxlive.json"
local memory = require "wxlive.store.memory"
local shops = require "spec.support.shop"

describe("a media id that the platform does not know any more", function()
  local shop

  before_each(function()
    shop = shops.open()
  end)

  after_each(function()
    shop:close()
  end)

  local function apply(sheet, status, ...)
    local got = shop:run { "apply", sheet, "--json", ... }
    assert.equal(status, got.status, got.err .. got.out)
    return json.decode(got.out), got
  end

  -- The ledger holds ids that this platform never gave.
  local function spoil()
    local ledger = shop:ledger()
    assert(ledger.db:change("UPDATE media SET media_id = 'stale-' || digest"))
    ledger:close()
  end

  it("is dropped and the picture sent once more, for new rows and for changes", function()
    local sheet = shop:sheet("goods.csv", shops.goods_lines(1, 2))
    assert.equal(2, apply(sheet, 0).images_uploaded)
    spoil()
    shop:sheet("goods.csv", shops.goods_lines(1, 8))
    local done = apply(sheet, 0, "--concurrency", "4")
    assert.same({ 6, 2, 0 }, { done.created, done.images_uploaded, done.rejected })
    assert.equal(8, shop:state().counts.goods)
    spoil()
    shop.box:control("audit", { manual = true })
    local lines = shops.goods_lines(9, 9)
    sheet = shop:sheet("more.csv", lines)
    assert.equal(1, apply(sheet, 0).images_uploaded)
  end)

  it("is given up when the new one is refused, too", function()
    local sheet = shop:sheet("goods.csv", shops.goods_lines(1, 4))
    assert(shop.box:control("fault", { on = "goods_add", kind = "errcode_before", code = 300006,
      times = 1000 }))
    local done = apply(sheet, 3)
    assert.equal(4, done.rejected)
    assert.is_true(done.images_uploaded <= 4)
    shop.box:control("faults", { clear = true })
    assert.equal(4, apply(sheet, 0).created)
  end)
end)

describe("a picture", function()
  it("that is changed while a sheet is applied is not taken for the one that was read", function()
    local shop = shops.open()
    local sheet = shop:sheet("goods.csv", shops.goods_lines(1, 2))
    local room = assert(door.open {
      ledger = shop.location, live = assert(broadcast.new {
        appid = shop.box.appid, secret = shop.box.secret, base_url = shop.box.base_url,
        token_store = memory.new(),
      }),
    })
    local cup = command.read(shop.home .. "/images/cup.png")
    local done = assert(room:apply(sheet, { on_begin = function()
      command.write(shop.home .. "/images/cup.png", command.read(shop.home .. "/images/nuts.png"))
    end }))
    assert.same({ 1, 1, 1 }, { done.created, done.rejected, done.images_uploaded })
    assert.truthy(command.read(shop.home .. "/goods.rejects.csv"):find("cup.png was changed after"))
    command.write(shop.home .. "/images/cup.png", cup)
    done = assert(room:apply(sheet))
    assert.same({ 1, 1 }, { done.created, done.images_uploaded })
    room:close()
    shop:close()
  end)
end)
