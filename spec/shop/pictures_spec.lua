-- Media ids that the ledger remembers, and the platform does not.
local command = require "spec.support.command"
local door = require "wxlive.shop"
local pictures = require "wxlive.shop.pictures"
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
    return shop:asked({ "apply", sheet, ... }, status)
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

-- A ledger that counts what it is asked, and an uploader over it.
local function uploader(seconds)
  local asked, at = 0, { now = 1000 }
  local ledger = {
    now = function() return at.now end,
    media = function(_, digest)
      asked = asked + 1
      return "M" .. digest
    end,
    drop_media = function() return true end,
  }
  return pictures.new({}, ledger), function() return asked end, function()
    at.now = at.now + seconds
  end
end

describe("the media id of a picture", function()
  it("is asked of the ledger once for many rows, and again after half of its margin", function()
    local pics, asked, later = uploader(1800)
    for _ = 1, 3 do
      assert.equal("Mcup", pics:media("cup"))
    end
    assert.equal(1, asked())
    later()
    assert.equal("Mcup", pics:media("cup"))
    assert.equal(2, asked())
  end)

  it("is asked again when the platform does not know it", function()
    local pics, asked = uploader(0)
    local used = { cup = pics:media("cup") }
    assert.is_true(pics:drop({ name = "media_id_invalid" }, used))
    pics:media("cup")
    assert.equal(2, asked())
  end)

  it("is not remembered for more pictures than fit", function()
    local pics, asked = uploader(0)
    for i = 1, 101 do
      pics:media(tostring(i))
    end
    pics:media("101")
    pics:media("1")
    assert.equal(102, asked())
    assert.equal(2, pics.count)
  end)
end)

describe("a picture", function()
  it("that is changed while a sheet is applied is not taken for the one that was read", function()
    local shop = shops.open()
    local sheet = shop:sheet("goods.csv", shops.goods_lines(1, 2))
    local room = assert(door.open {
      ledger = shop.location, live = shop:client(),
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
