-- The ledger's contract, on SQLite and on a real PostgreSQL.
local command = require "spec.support.command"
local core = require "wxlive.core"
local db_of = require "wxlive.database"
local each = require("spec.support.ledger").each
local ledgers = require "wxlive.ledger"
local map = require("wxlive.concurrent.map").map
local postgres = require "spec.support.servers.postgres"
local process = require "spec.support.process"
local schema = require "wxlive.ledger.schema"

each({
  describe = describe, setup = setup, teardown = teardown, before_each = before_each,
  after_each = after_each,
}, function(world)
  local ledger

  before_each(function()
    ledger = world.ledger
  end)

  it("reports a commit that fails after its statement gave rows", function()
    local db = ledger.db
    if db.dialect == "sqlite" then
      assert(db:run("PRAGMA foreign_keys = ON"))
    end
    assert(db:run("CREATE TABLE parent (id INTEGER PRIMARY KEY)"))
    assert(db:run("CREATE TABLE child (id INTEGER PRIMARY KEY, parent INTEGER"
      .. " REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)"))
    local rows, err = db:run("INSERT INTO child (id, parent) VALUES (1, 5) RETURNING id")
    assert.is_nil(rows)
    assert.equal("ledger", err.kind)
    assert.equal(0, db:count("SELECT COUNT(*) FROM child"))
  end)

  it("keeps the media ids of tasks that end at the same time by one statement", function()
    local statements = world:statements(function()
      local _, errors = map({ "d1", "d2", "d3" }, function(digest)
        return ledger:keep_media(digest, "M" .. digest, world.now + 100)
      end)
      assert.same({}, errors)
    end)
    assert.equal(3, #statements) -- BEGIN, INSERT, COMMIT
    for _, digest in ipairs { "d1", "d2", "d3" } do
      assert.equal("M" .. digest, ledger:media(digest))
    end
  end)

  it("keeps a picture's media id for as long as it lives", function()
    assert(ledger:keep_media("d1", "M1", world.now + 100))
    assert.equal("M1", ledger:media("d1", 50))
    assert.is_nil(ledger:media("d1", 100))
    assert(ledger:keep_media("d1", "M2", world.now + 500))
    assert.equal("M2", ledger:media("d1", 100))
    assert.is_nil(ledger:media("d2"))
  end)

  it("keeps nothing of a transaction that failed", function()
    assert.has_error(function()
      ledger.db:transaction(function()
        world:put("a", 1)
        error("stop")
      end)
    end)
    local ok, err = ledger.db:transaction(function()
      world:put("b", 1)
      return nil, "no"
    end)
    assert.same({ nil, "no" }, { ok, err })
    assert.equal(0, ledger.db:count("SELECT COUNT(*) FROM item"))
  end)

  it("migrates an older schema, and refuses a newer one", function()
    local old = assert(db_of.open(world.elsewhere(), { words = ledgers.words }))
    assert(schema.migrate(old, 1))
    assert(old:run("INSERT INTO media (appid, digest, media_id, expires_at)"
      .. " VALUES ('a', 'd', 'm', 1.5)"))
    assert.is_nil((old:one("SELECT 1 FROM notice")))
    local at = old.location
    old:close()
    local new = assert(ledgers.open(at, { appid = "wx1" }))
    assert.equal("m", new.db:one("SELECT media_id FROM media"))
    assert(new.db:run("SELECT 1 FROM notice"))
    assert(new.db:run("INSERT INTO schema_version (version) VALUES (99)"))
    new:close()
    local none, err = ledgers.open(at, { appid = "wx1" })
    assert.is_nil(none)
    assert.is_truthy(err.message:find("newer wxlive", 1, true))
  end)
end)

describe("ledgers", function()
  local folder, server

  setup(function()
    folder = process.directory()
    server = postgres.start()
  end)

  teardown(function()
    server.stop()
    process.remove(folder)
  end)

  it("lets PostgreSQL know that most rows are of one account, once a sheet is staged", function()
    local ledger = assert(ledgers.open(server.database(), { appid = "wx1" }))
    local home = process.directory()
    process.run("cp scripts/samples/images/cup.png " .. process.quote(home))
    local sheet = home .. "/goods.csv"
    local lines = { "name,cover_img_url,price_type,price,price2,url" }
    for i = 1, 600 do
      lines[i + 1] = ("青瓷茶杯%d,cup.png,1,%d,,pages/goods?id=%d"):format(i, i, i)
    end
    process.write(sheet, table.concat(lines, "\n") .. "\n")
    assert(require("wxlive.shop.stage").file(ledger, sheet, { kind = "goods", now = os.time() }))
    assert.equal(600, ledger.db:count("SELECT COUNT(*) FROM item"))
    local plan = {}
    for i, row in ipairs(ledger.db:run("EXPLAIN SELECT 1 FROM item WHERE appid = 'wx1'"
      .. " AND kind = 'goods' AND key = 'x'")) do
      plan[i] = row[1]
    end
    assert.is_truthy(table.concat(plan, "\n"):find("item_pkey", 1, true))
    ledger:close()
    process.remove(home)
  end)

  it("keep their locks on SQLite while the same process looks at the file, too", function()
    local path = folder .. "/locks.db"
    local ledger = assert(ledgers.open(path, { appid = "wx1" }))
    assert(ledger:beside()):close()
    assert(ledgers.open(path, { appid = "", reading = true, existing = true })):close()
    -- Without locks on it, another process would take itself for the last one: SQLite would delete
    -- the log that this one goes on writing to.
    local other = command.lua("scripts/wxlive", { "jobs", "--ledger", path, "--json" })
    assert.same({ 0, "[]\n" }, { other.status, other.out })
    assert.is_truthy(core.system.file_size(path .. "-wal"))
    ledger:close()
  end)

  it("says what is wrong with a place where no ledger can be", function()
    local none, err = ledgers.open(folder .. "/no/such/ledger.db", { appid = "wx1" })
    assert.is_nil(none)
    assert.equal("ledger_failed", err.name)
    none, err = ledgers.open("postgresql://wxlive@%2Fnowhere/x", { appid = "wx1" })
    assert.is_nil(none)
    assert.equal("ledger_failed", err.name)
  end)
end)
