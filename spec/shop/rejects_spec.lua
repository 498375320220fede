-- The reject file: where it may be, and what is said when it cannot be written.
local command = require "spec.support.command"
local json = require "wxlive.json"
local shops = require "spec.support.shop"
local system = require("wxlive.core").system

describe("the rejects of a sheet", function()
  local shop, sheet

  before_each(function()
    shop = shops.open()
    local lines = shops.goods_lines(1, 3)
    lines[3] = lines[3]:gsub(",1,", ",9,")
    sheet = shop:sheet("goods.csv", lines)
  end)

  after_each(function()
    shop:close()
  end)

  it("never replace the sheet, a folder or what is not there: nothing is sent", function()
    local before = command.read(sheet)
    os.execute(("ln -s goods.csv '%s/link.csv'"):format(shop.home))
    for _, target in ipairs { sheet, shop.home .. "/link.csv", shop.home,
      shop.home .. "/none/a.csv" } do
      local got = shop:run { "apply", sheet, "--rejects", target }
      assert.equal(2, got.status, got.err)
      assert.is_truthy(got.err:find("cannot be written: ", 1, true), got.err)
    end
    assert.equal(before, command.read(sheet))
    assert.equal(0, shop:state().counts.goods)
    assert.is_nil(io.open(shop.home .. ".part"))
  end)

  it("that cannot be written in the end do not hide what was done", function()
    local got = shop:run { "apply", sheet, "--rejects", "/dev/full", "--json" }
    assert.equal(7, got.status, got.err)
    local done = json.decode(got.out)
    assert.same({ 2, 1 }, { done.created, done.rejected })
    assert.is_nil(done.rejects)
    assert.is_truthy(got.err:find("/dev/full cannot be written: No space left", 1, true), got.err)
  end)

  it("may go nowhere", function()
    assert.is_false(system.is_replaceable("/dev/null"))
    local got = shop:run { "apply", sheet, "--rejects", "/dev/null", "--json" }
    assert.equal(3, got.status, got.err)
    assert.is_false(system.is_replaceable("/dev/null"))
  end)
end)
