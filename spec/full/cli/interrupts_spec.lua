-- Ctrl-C at commands and scripts that have no end of their own to come to.
local await = require "spec.support.await"
local command = require "spec.support.command"
local json = require "wxlive.json"
local process = require "spec.support.process"
local shops = require "spec.support.shop"

describe("Ctrl-C", function()
  local shop

  before_each(function()
    shop = shops.open { audit_seconds = 0, seed = "demo" }
  end)

  after_each(function()
    shop:close()
  end)

  local function fault(on, seconds, when)
    assert(shop.box:control("fault", { on = on, kind = "delay", seconds = seconds, when = when,
      times = 1000 }))
  end

  -- Starts a program, interrupts it when something has happened, and waits for its end.
  local function interrupted(happened, arguments, script)
    local child = shop:start(arguments, nil, script)
    await(happened)
    child:signal("INT")
    return child:finish()
  end

  -- Whether there are goods beside those of the demo.
  local function is_made()
    return shop:state().counts.goods > 4
  end

  it("ends a script between two rows: no id is lost", function()
    fault("goods_add", 0.5, "after")
    local got = interrupted(is_made,
      { shop:sheet("goods.csv", shops.goods_lines(1, 9)), "--out", shop.home .. "/ids.csv" },
      "scripts/import_goods.lua")
    assert.equal(130, got.status, got.err)
    assert.truthy(got.err:find("stopped; the call that was under way was finished", 1, true))
    local made = shop:state().counts.goods - 4
    assert.is_true(made > 0 and made < 9, made)
    local kept = select(2, process.read(shop.home .. "/ids.csv"):gsub("\n", "")) - 1
    assert.equal(made, kept)
    assert.truthy(got.out:find("not tried", 1, true), got.out)
  end)

  it("ends the wait for an audit", function()
    assert(shop.box:control("audit", { manual = true }))
    local got = interrupted(function() return shop:calls("/wxa/business/getgoodswarehouse") > 0 end,
      { shop:sheet("goods.csv", shops.goods_lines(1, 2)) }, "scripts/import_goods.lua")
    assert.equal(130, got.status, got.err)
    assert.is_nil(got.err:find("goods_under_audit", 1, true), got.err)
  end)

  it("ends what has not loaded yet with one line", function()
    local early = shop.home .. "/early.lua"
    process.write(early, [[
      local load = loadfile
      function loadfile(...)
        io.popen("kill -INT $PPID"):close()
        return load(...)
      end]])
    local got = command.lua("scripts/wxlive", {}, { env = { LUA_INIT = "@" .. early } })
    assert.equal(130, got.status, got.err)
    assert.truthy(got.err:find("^\n?wxlive: interrupted!?\n$"), got.err)
  end)

  it("waits for the answer of a write, and prints it", function()
    fault("goods_add", 0.5, "after")
    local media = assert(shop:client():upload_media("scripts/samples/images/cup.png")).media_id
    local got = interrupted(is_made, { "call", "goods_add", json.encode {
      name = "茶杯一号", price_type = 1, price = 8, url = "pages/goods?id=1", cover_img_url = media,
    } })
    assert.equal(0, got.status, got.err)
    assert.truthy(json.decode(got.out).goods_id, got.out)
  end)

  it("ends a read at once, and is not taken for a failure of the token", function()
    fault("token", 5, "after")
    local got = interrupted(function() return next(shop.box:control("tokens")) ~= nil end,
      { "rooms" })
    assert.same({ 130, "\nwxlive: interrupted\n" }, { got.status, got.err })
    assert(shop.box:control("faults", { clear = true }))
    got = shop:run { "rooms" }
    assert.same({ 0, "" }, { got.status, got.err })
  end)
end)
