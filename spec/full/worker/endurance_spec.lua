-- Four workers on one PostgreSQL, their tokens in one Redis: one worker is killed again and again,
-- PostgreSQL is started anew once, and Redis is failed over by its sentinel. Each row is done
-- exactly once, its id kept, and the queue ends.
-- WXLIVE_SEED repeats a run; scripts/dev/workers makes the long one.
local await = require "spec.support.await"
local compat = require "wxlive.base.compat"
local connection = require "wxlive.store.redis.connection"
local core = require "wxlive.core"
local fleets = require "spec.support.fleet"
local postgres = require "spec.support.servers.postgres"
local process = require "spec.support.process"
local redis = require "spec.support.servers.redis"
local routes = require "wxlive.store.redis.routes"
local shops = require "spec.support.shop"

local ACCOUNTS = tonumber(os.getenv("WXLIVE_ACCOUNTS")) or 5
local ROWS = tonumber(os.getenv("WXLIVE_ROWS")) or 300
local WORKERS = tonumber(os.getenv("WXLIVE_WORKERS")) or 4
-- A worker is killed each time so many rows more are done, or so many seconds have passed.
local STEP = tonumber(os.getenv("WXLIVE_KILL_STEP")) or ROWS / 6
local SECONDS = tonumber(os.getenv("WXLIVE_KILL_SECONDS")) or 10
local DELAY = tonumber(os.getenv("WXLIVE_DELAY")) or 0.3
local SEED = tonumber(os.getenv("WXLIVE_SEED")) or os.time() % 100000

local LONGEST = 1200
local PASSWORD = "of-the-sentinels-and-long"

describe("workers that are killed (WXLIVE_SEED=" .. SEED .. ")", function()
  local server, fleet, names, watching, random_state, master, replica, sentinel

  local function random(most)
    random_state = (random_state * 16807) % 2147483647
    return 1 + random_state % most
  end

  setup(function()
    server = postgres.start()
    master = redis.start()
    replica = redis.start { lines = { "replicaof 127.0.0.1 " .. master.port } }
    sentinel = redis.start { sentinel = true, lines = {
      "requirepass " .. PASSWORD,
      ("sentinel monitor shops 127.0.0.1 %d 1"):format(master.port),
      "sentinel down-after-milliseconds shops 400", "sentinel failover-timeout shops 3000",
    } }
    local ask = assert(connection.new {
      nodes = { routes.node("127.0.0.1", sentinel.port) }, password = PASSWORD, timeout = 2,
      connect_timeout = 1,
    })
    await(function()
      local replicas = ask:call(true, "SENTINEL", "replicas", "shops")
      return type(replicas) == "table" and #replicas == 1
    end)
  end)

  teardown(function()
    server.stop()
    for _, one in ipairs { sentinel, replica, master } do
      one:stop()
    end
  end)

  before_each(function()
    random_state, names = SEED % 2147483646 + 1, {}
    for i = 1, ACCOUNTS do
      names[i] = "shop" .. i
    end
    fleet = fleets.open(names)
    fleet.shop.location = server.database()
    for _, path in ipairs { "audit", "/wxaapi/broadcast/goods/add",
      "/wxa/business/getgoodswarehouse", "/wxaapi/broadcast/goods/getapproved" } do
      assert(fleet.box:control("quota", { path = path, per_day = 1000000 }))
    end
    assert(fleet.box:control("fault", { on = "goods_add", kind = "delay", seconds = DELAY,
      when = "after", times = 1000000 }))
    watching = fleet:ledger(names[1])
  end)

  after_each(function()
    watching:close()
    fleet:close()
  end)

  -- A worker that is connected: one that finds no server when it starts ends, and systemd starts it
  -- again.
  local function start()
    local env = fleet:settings()
    env.WXLIVE_TOKEN_STORE = ("redis+sentinel://127.0.0.1:%d/shops?sentinel_password=%s")
      :format(sentinel.port, PASSWORD)
    local child = fleet.shop:start({ "worker", "--settle", "2", "--every", "30", "--table" }, env)
    await(function()
      return child:has_ended() or (process.read(child.err) or ""):find("accounts", 1, true)
    end)
    return child
  end

  local function done()
    return watching.db:count("SELECT COUNT(*) FROM item WHERE state = 'done'")
  end

  local function open_jobs()
    return watching.db:count("SELECT COUNT(*) FROM job WHERE kind = 'goods' AND state <> 'done'")
  end

  -- Rows of an account: a large shop, and others.
  local function rows_of(i)
    local each = math.floor(ROWS / ACCOUNTS / 2)
    return i == 1 and ROWS - each * (ACCOUNTS - 1) or each
  end

  local function check_account(i)
    local name, seen, n = names[i], {}, 0
    local ledger = fleet:ledger(name)
    for status = 0, 3 do
      for goods in fleet.accounts[name].live:goods { status = status } do
        assert.is_nil(seen[goods.url], "twice: " .. goods.url)
        seen[goods.url], n = true, n + 1
        local item = assert(ledger:item("goods", goods.url))
        assert.equal(compat.integer_text(goods.goods_id), item.platform_id)
        assert.equal("done", item.state)
      end
    end
    assert.equal(rows_of(i), n, name)
    ledger:close()
  end

  it("do each row once", function()
    local began = core.system.monotonic()
    local children, kills, restarted, failed_over = {}, 0, false, false
    for i = 1, WORKERS do
      children[i] = start()
    end
    for i = 1, ACCOUNTS - 1 do
      fleet:submit(names[i], shops.goods_lines(1, rows_of(i)))
    end
    -- The last sheet comes when all has happened, however fast the others are done.
    local last, last_at, whole = 0, core.system.monotonic(), false
    while not whole or open_jobs() > 0 do
      if not whole and kills > 0 and restarted and failed_over then
        fleet:submit(names[ACCOUNTS], shops.goods_lines(1, rows_of(ACCOUNTS)))
        whole = true
      end
      local rows, now = done(), core.system.monotonic()
      assert(now - began < LONGEST, "it does not end")
      if rows - last >= STEP or now - last_at >= SECONDS then
        last, last_at, kills = rows, now, kills + 1
        local which = random(WORKERS)
        children[which]:signal("KILL")
        children[which]:finish()
        children[which] = start()
      end
      if not failed_over and rows >= ROWS / 3 then
        master:kill()
        failed_over = true
      end
      if not restarted and rows >= ROWS / 2 then
        server.restart()
        restarted = true
      end
      core.system.sleep(0.1)
    end
    local took = core.system.monotonic() - began
    for _, child in ipairs(children) do
      child:signal("TERM")
      local got = child:finish()
      assert.equal(0, got.status, got.err .. got.out)
    end
    for i in ipairs(names) do
      check_account(i)
    end
    local twice = assert(watching.db:run("SELECT appid, key FROM event WHERE action IN"
      .. " ('create', 'adopt') GROUP BY appid, key HAVING COUNT(*) > 1"))
    assert.same({}, twice)
    local adopted = watching.db:count("SELECT COUNT(*) FROM event WHERE action = 'adopt'")
    local hands = watching.db:count("SELECT COUNT(DISTINCT worker) FROM event")
    print(("\n%d accounts, %d rows, %d workers: %.0f s, %d kills, %d rows adopted, %d hands")
      :format(ACCOUNTS, ROWS, WORKERS, took, kills, adopted, hands))
    assert.is_true(hands > WORKERS)
  end)
end)
