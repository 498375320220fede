-- Imports under random faults that are killed again and again: nothing lost, nothing twice.
-- WXLIVE_SEED repeats a run; WXLIVE_IMPORT_ROWS=2000 makes it the long one.
local await = require "spec.support.await"
local compat = require "wxlive.base.compat"
local json = require "wxlive.json"
local postgres = require "spec.support.servers.postgres"
local shops = require "spec.support.shop"

local ROWS = tonumber(os.getenv("WXLIVE_IMPORT_ROWS")) or 200
local SEED = tonumber(os.getenv("WXLIVE_SEED")) or os.time() % 100000
local KILLS = 3

describe("an import that is killed (WXLIVE_SEED=" .. SEED .. ")", function()
  local shop, random_state

  -- A generator of our own: the same on every interpreter.
  local function random(least, most)
    random_state = (random_state * 16807) % 2147483647
    return least + random_state % (most - least + 1)
  end

  before_each(function()
    random_state = SEED % 2147483646 + 1
    shop = shops.open()
    shop.box:control("quota", { path = "audit", per_day = 100000 })
    for _, path in ipairs {
      "/wxaapi/broadcast/goods/add", "/wxaapi/broadcast/goods/getapproved",
    } do
      shop.box:control("quota", { path = path, per_day = 100000 })
    end
  end)

  after_each(function()
    shop:close()
  end)

  local function break_things()
    for i, fault in ipairs {
      { on = "goods_add", kind = "errcode_after", probability = 0.02 },
      { on = "goods_add", kind = "errcode_before", probability = 0.02 },
      { on = "goods_add", kind = "reset_after", probability = 0.02 },
      { on = "goods_add", kind = "reset_before", probability = 0.01 },
      { on = "goods_add", kind = "truncate", probability = 0.01 },
      { on = "goods_list", kind = "errcode_before", probability = 0.02 },
      { on = "goods_add", kind = "delay", seconds = 0.05, when = "after", probability = 0.3 },
      { on = "upload_media", kind = "reset_after", probability = 0.2 },
    } do
      fault.seed = SEED + i
      assert(shop.box:control("fault", fault))
    end
  end

  local words = { "--settle", "1", "--json", "--concurrency", "8" }
  local function arguments(sheet)
    return { "apply", sheet, compat.unpack(words) }
  end

  -- Whatever ended a run, the next one goes on; the platform is well in the end.
  local function run_to_end(sheet)
    local got
    for attempt = 1, 12 do
      if attempt > 6 then
        shop.box:control("faults", { clear = true })
      end
      got = shop:run(arguments(sheet))
      if got.status == 0 then
        return json.decode(got.out)
      end
    end
    error("it does not end: " .. got.status .. "\n" .. got.err)
  end

  -- Exactly the sheet's goods, each id in the ledger, none twice.
  local function check()
    local state, urls = shop:state(), {}
    assert.equal(ROWS, state.counts.goods)
    local ledger = shop:ledger()
    for _, goods in ipairs(state.goods) do
      assert.is_nil(urls[goods.url], "twice: " .. goods.url)
      urls[goods.url] = true
      local item = ledger:by_platform_id("goods", goods.id)
      assert.is_truthy(item, "not in the ledger: " .. goods.url)
      assert.equal(goods.url, item.key)
      assert.equal("done", item.state)
      assert.equal(goods.name, item.wanted.params.name)
      assert.equal(goods.price, item.wanted.params.price)
    end
    for n = 1, ROWS do
      assert.is_true(urls["pages/goods/index?id=" .. n])
    end
    ledger:close()
  end

  it("ends with the sheet's goods, each once, its id in the ledger", function()
    local sheet = shop:sheet("goods.csv", shops.goods_lines(1, ROWS))
    break_things()
    for kill = 1, KILLS do
      local child = shop:start(arguments(sheet))
      local target = random(math.floor(ROWS * (kill - 1) / 4), math.floor(ROWS * kill / 4))
      await(function()
        return child:has_ended() or shop:state().counts.goods >= target
      end)
      child:signal("KILL")
      child:finish()
    end
    run_to_end(sheet)
    check()
    local calls = shop:calls("/wxaapi/broadcast/goods/add")
    local again = json.decode(shop:run(arguments(sheet)).out)
    assert.equal(ROWS, again.unchanged)
    assert.equal(calls, shop:calls("/wxaapi/broadcast/goods/add"))
  end)

  describe("with two importers on one PostgreSQL", function()
    local server

    setup(function()
      server = postgres.start()
    end)

    teardown(function()
      server.stop()
    end)

    it("ends the same, each row claimed by one of them", function()
      shop.location = server.database()
      local sheet = shop:sheet("goods.csv", shops.goods_lines(1, ROWS))
      break_things()
      for kill = 1, KILLS do
        local a, b = shop:start(arguments(sheet)), shop:start(arguments(sheet))
        local target = random(math.floor(ROWS * (kill - 1) / 4) + 1, math.floor(ROWS * kill / 4))
        await(function()
          return (a:has_ended() and b:has_ended()) or shop:state().counts.goods >= target
        end)
        a:signal("KILL")
        -- The last time one is left to do the rest.
        if kill < KILLS then
          b:signal("KILL")
        end
        a:finish()
        b:finish()
      end
      run_to_end(sheet)
      check()
      local ledger = shop:ledger()
      local rows = assert(ledger.db:run("SELECT key, COUNT(*), COUNT(DISTINCT worker) FROM event"
        .. " WHERE action IN ('create', 'adopt') GROUP BY key HAVING COUNT(*) > 1"))
      assert.same({}, rows)
      local hands = ledger.db:one(
        "SELECT COUNT(DISTINCT worker) FROM event WHERE action = 'create'")
      assert.is_true(tonumber(hands) >= 2)
      ledger:close()
    end)
  end)
end)
