-- Imports that everything goes wrong with: random faults, kill -9, two at once on one ledger.
-- WXLIVE_SEED repeats a run; WXLIVE_GOODS=2000 makes it the long one.
local await = require "spec.support.await"
local json = require "wxlive.json"
local postgres = require "spec.support.servers.postgres"
local shops = require "spec.support.shop"

local SEED = tonumber(os.getenv("WXLIVE_SEED")) or os.time() % 100000
local COUNT = tonumber(os.getenv("WXLIVE_GOODS")) or 200

local kinds = {
  { kind = "errcode_before" }, { kind = "errcode_after" }, { kind = "reset_before" },
  { kind = "reset_after" }, { kind = "close", when = "before" }, { kind = "close", when = "after" },
  { kind = "truncate" }, { kind = "http", status = 502, when = "after" }, { kind = "rate" },
  { kind = "bad_json" }, { kind = "empty" }, { kind = "null" }, { kind = "string_errcode" },
  { kind = "text_plain" }, { kind = "stale" }, { kind = "expire_token" },
}

describe("an import that everything goes wrong with", function()
  local shop

  before_each(function()
    print(("\nrandom faults: WXLIVE_SEED=%d WXLIVE_GOODS=%d"):format(SEED, COUNT))
    shop = shops.open()
    for _, path in ipairs { "audit", "/wxaapi/broadcast/goods/add",
      "/wxa/business/getgoodswarehouse", "/wxaapi/broadcast/goods/getapproved" } do
      assert(shop.box:control("quota", { path = path, per_day = 1000000 }))
    end
    for i, one in ipairs(kinds) do
      for j, on in ipairs { "goods_add", "goods_list", "goods_info", "upload_media" } do
        local switch = { on = on, times = 1000000, seed = SEED + 10 * i + j,
          probability = on == "goods_add" and 0.01 or 0.005 }
        for key, value in pairs(one) do
          switch[key] = value
        end
        assert(shop.box:control("fault", switch))
      end
    end
  end)

  after_each(function()
    shop:close()
  end)

  local function apply(sheet)
    return { "apply", sheet, "--json", "--settle", "1", "--concurrency", "16" }
  end

  local function made()
    return shop:state().counts.goods
  end

  -- Run again until nothing is left to do.
  local function go_on(sheet)
    for _ = 1, 8 do
      local got = shop:run(apply(sheet))
      local done = json.decode(got.out)
      if got.status == 0 and done.left == 0 and done.in_doubt == 0 and done.rejected == 0 then
        return
      end
    end
    error("it does not come to an end")
  end

  -- The platform holds exactly the sheet's goods, and the ledger the id of each.
  local function agrees()
    local by_url = {}
    for _, goods in ipairs(shop:state().goods) do
      assert.is_nil(by_url[goods.url], goods.url .. " is there twice")
      by_url[goods.url] = goods
    end
    local ledger = shop:ledger()
    for n = 1, COUNT do
      local url = "pages/goods/index?id=" .. n
      local item = assert(ledger:item("goods", url))
      assert.is_truthy(by_url[url], url .. " was never made")
      assert.equal(("%.0f"):format(by_url[url].id), item.platform_id)
      by_url[url] = nil
    end
    ledger:close()
    assert.is_nil(next(by_url))
    local struck = 0
    for _, one in ipairs(assert(shop.box:control("faults", {})).faults) do
      struck = struck + one.fired
    end
    assert.is_true(struck > COUNT / 20, "the faults hardly struck: " .. struck)
  end

  it("ends with exactly the sheet's goods after three kill -9", function()
    local sheet = shop:sheet("goods.csv", shops.goods_lines(1, COUNT))
    for part = 1, 3 do
      local child = shop:start(apply(sheet))
      await(function() return made() >= part * COUNT / 5 or child:has_ended() end)
      child:signal("KILL")
      child:finish()
    end
    go_on(sheet)
    agrees()
  end)

  it("and so does one that two importers share on PostgreSQL", function()
    local server = postgres.start()
    finally(server.stop)
    shop.location = server.database()
    local sheet = shop:sheet("goods.csv", shops.goods_lines(1, COUNT))
    local one, other = shop:start(apply(sheet)), shop:start(apply(sheet))
    await(function() return made() >= COUNT / 3 or one:has_ended() end)
    one:signal("KILL")
    one:finish()
    local got = other:finish()
    assert.is_truthy(json.decode(got.out), got.err)
    go_on(sheet)
    agrees()
  end)
end)
