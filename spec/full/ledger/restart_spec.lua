-- PostgreSQL is started anew while a ledger is in use: every statement goes on.
local await = require "spec.support.await"
local json = require "wxlive.json"
local ledgers = require "wxlive.ledger"
local postgres = require "spec.support.servers.postgres"
local shops = require "spec.support.shop"

describe("a ledger whose server is started anew", function()
  local server, shop

  setup(function()
    server = postgres.start()
  end)

  teardown(function()
    server.stop()
  end)

  before_each(function()
    shop = shops.open()
    shop.location = server.database()
  end)

  after_each(function()
    shop:close()
  end)

  it("runs statements and transactions again, and has its temporary tables", function()
    local ledger = assert(ledgers.open(shop.location, { appid = "wx1" }))
    assert(ledger.db:temporary_table("CREATE TEMPORARY TABLE IF NOT EXISTS own (a TEXT)"))
    server.restart()
    assert.equal(1, ledger:keep_media("d", "m", 9e9))
    server.restart()
    assert.equal("m", ledger:media("d"))
    assert.same({}, assert(ledger.db:run("SELECT a FROM own")))
    local runs = 0
    assert.is_true(ledger.db:transaction(function()
      runs = runs + 1
      local ok, err = ledger.db:change("INSERT INTO own (a) VALUES ('x')")
      if runs == 1 then
        server.restart()
      end
      if ok then
        ok, err = ledger.db:change("UPDATE media SET media_id = 'n'")
      end
      return ok and true, err
    end))
    assert.equal(2, runs)
    assert.equal("n", ledger:media("d"))
    assert.equal(1, tonumber(ledger.db:one("SELECT COUNT(*) FROM own")))
    local none, err = ledger.db:transaction(function()
      server.restart()
      return ledger:media("d")
    end, true)
    assert.is_nil(none)
    assert.equal("ledger_lost", err.name)
    assert.equal("n", ledger:media("d"))
    ledger:close()
    none, err = ledger:media("d")
    assert.is_nil(none)
    assert.equal("ledger", err.kind)
  end)

  it("leaves no statement open whose connection is gone", function()
    -- LuaDBI would look at the connection when the collector takes the statement, and crash.
    local ledger = assert(ledgers.open(shop.location, { appid = "wx1" }))
    local sql = "SELECT COUNT(*) FROM item"
    assert.equal(0, ledger.db:count(sql))
    local statement = ledger.db.statements[sql]
    assert.is_true(pcall(statement.rowcount, statement))
    server.restart()
    assert.equal(0, ledger.db:count(sql))
    assert.are_not.equal(statement, ledger.db.statements[sql])
    assert.is_false(pcall(statement.rowcount, statement))
    ledger:close()
  end)

  it("says so when the server stays away", function()
    local ledger = assert(ledgers.open(shop.location, { appid = "wx1", patience = 0.2 }))
    local none, err
    server.restart(function()
      none, err = ledger:media("d")
    end)
    assert.is_nil(none)
    assert.equal("ledger", err.kind)
    assert.is_nil(err.message:find("internal", 1, true))
    none, err = ledger:media("d")
    assert.is_nil(none or err)
    ledger:close()
  end)

  it("lets apply go on, to the sheet's goods and each once", function()
    local lines = { "name,cover_img,price_type,price,url" }
    for n = 1, 40 do
      lines[#lines + 1] = ("茶杯%d号,images/%s.png,1,%d.50,pages/goods/index?id=%d"):format(n,
        n <= 20 and "cup" or "nuts", n, n)
    end
    local sheet = shop:sheet("goods.csv", lines)
    assert(shop.box:control("fault", { on = "goods_add", kind = "delay", seconds = 0.1,
      when = "after", times = 1000 }))
    local child = shop:start { "apply", sheet, "--json", "--concurrency", "2", "--settle", "1" }
    for _, made in ipairs { 4, 12 } do
      await(function() return child:has_ended() or shop:state().counts.goods >= made end)
      server.restart()
    end
    local got = child:finish()
    local done = json.decode(got.out)
    assert.equal(0, got.status, got.err)
    assert.same({ 0, 0, 0 }, { done.left, done.rejected, done.in_doubt })
    assert.equal(40, shop:state().counts.goods)
  end)

  it("lets watch go on", function()
    local child = shop:start { "watch", "--every", "1", "--json" }
    await(function()
      return child:has_ended() or shop:calls("/wxaapi/broadcast/goods/getapproved") >= 4
    end)
    server.restart()
    local calls = shop:calls("/wxaapi/broadcast/goods/getapproved")
    await(function()
      return child:has_ended() or shop:calls("/wxaapi/broadcast/goods/getapproved") >= calls + 8
    end)
    assert.is_false(child:has_ended())
    child:signal("INT")
    local got = child:finish()
    assert.equal(0, got.status, got.err)
    assert.equal("", got.err)
  end)
end)
