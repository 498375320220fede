-- How a shop tests its workflow: on the sandbox, without an account.
--   cd scripts/examples/resubmit && lua5.4 "$(command -v busted)" resubmit_spec.lua
local broadcast = require "wxlive.broadcast"
local resubmit = require "resubmit"
local sandbox = require "wxlive.sandbox"

local PICTURE = "../../samples/images/cup.png"

describe("resubmit", function()
  local box, live

  setup(function()
    box = assert(sandbox.start { audit_seconds = false })  -- audits are decided here
  end)

  teardown(function()
    box:stop()
  end)

  -- Goods of these names that the audit has turned down.
  local function rejected(...)
    local picture = assert(live:upload_media(PICTURE)).media_id
    for _, name in ipairs { ... } do
      local goods = assert(live:goods_add {
        name = name, cover_img_url = picture, price_type = 1, price = 9.9,
        url = "pages/goods/detail",
      })
      assert(box:control("audit", { goods_id = goods.goods_id, approve = false }))
    end
  end

  local function names(list)
    local out = {}
    for i, goods in ipairs(list) do
      out[i] = goods.name
    end
    table.sort(out)
    return out
  end

  before_each(function()
    assert(box:control("reset"))
    live = assert(broadcast.new {
      appid = box.appid, secret = box.secret, base_url = box.base_url,
      token_store = require("wxlive.store.memory").new(),
      retry = { base = 0.01 }, lookup = { settle = 0.1 },
    })
    rejected("青瓷茶杯", "紫砂茶壶", "龙井新茶")
  end)

  it("submits what was turned down", function()
    local done = assert(resubmit.run(live))
    assert.same({ "紫砂茶壶", "青瓷茶杯", "龙井新茶" }, names(done.submitted))
    assert.equal(3, #live:goods { status = 1 }:all())
    assert.is_truthy(done.submitted[1].audit_id)
  end)

  it("leaves alone what the shop has not fixed", function()
    local done = assert(resubmit.run(live, function(goods)
      return goods.name ~= "紫砂茶壶"
    end))
    assert.same({ "紫砂茶壶" }, names(done.skipped))
    assert.equal(2, #done.submitted)
  end)

  it("stops when the day's audits are spent", function()
    assert(box:control("quota", { path = "audit", per_day = 4 }))  -- three went into the goods
    local done = assert(resubmit.run(live))
    assert.equal(1, #done.submitted)
    assert.equal(2, #done.left)
    assert.equal(0, #done.failed)
  end)

  it("submits nothing twice when the platform says that it failed, having done it", function()
    assert(box:control("fault", { on = "goods_audit", kind = "errcode_after" }))
    local done = assert(resubmit.run(live))
    assert.equal(3, #done.submitted)
    assert.equal(0, #done.failed)
  end)

  it("says so when the platform cannot be asked", function()
    assert(box:control("fault", { on = "goods_list", kind = "errcode_before", code = 48001 }))
    local done, err = resubmit.run(live)
    assert.is_nil(done)
    assert.equal(48001, err.code)
  end)
end)
