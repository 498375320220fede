-- The ledger's contract, on SQLite and on a real PostgreSQL.
local command = require "spec.support.command"
local core = require "wxlive.core"
local ledgers = require "wxlive.ledger"
local db_of = require "wxlive.database"
local json = require "wxlive.json"
local map = require("wxlive.concurrent.map").map
local postgres = require "spec.support.servers.postgres"
local process = require "spec.support.process"
local schema = require "wxlive.ledger.schema"
local workers = require "wxlive.ledger.workers"

local server

local function contract(name, new_location)
  describe("a ledger on " .. name, function()
    local location, ledger, now

    local function open(worker)
      return assert(ledgers.open(location, {
        appid = "wx1", now = function() return now end, worker = worker,
      }))
    end

    local function put(key, line, fields)
      fields = fields or {}
      assert(ledger.db:change("INSERT INTO item (appid, kind, key, sheet, line, wanted, state,"
        .. " updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", "wx1", "goods", key, "goods.csv", line,
        fields.wanted or '{"params":{}}', fields.state or "todo", now + 0.0))
    end

    before_each(function()
      location, now = new_location(), 1795406400
      ledger = open()
    end)

    after_each(function()
      ledger:close()
    end)

    it("keeps ids of any size, whatever the driver does to numbers", function()
      put("a", 2)
      local item = ledger:claim("goods", "goods.csv", 1)[1]
      assert(ledger:finish(item, {
        platform_id = 9007199254740000, audit_id = "4508896730001", audit_status = 1,
        applied = item.wanted_text,
      }, "create", { goods_id = 9007199254740000 }))
      local again = open()
      local kept = again:item("goods", "a")
      assert.equal("9007199254740000", kept.platform_id)
      assert.equal("4508896730001", kept.audit_id)
      assert.equal("done", kept.state)
      assert.equal(1, kept.audit_status)
      assert.equal("create", again:history("goods", "a")[1].action)
      assert.equal(now, again:history("goods", "a")[1].at)
      assert.equal("a", again:by_platform_id("goods", 9007199254740000).key)
      again:close()
    end)

    it("gives each row to one worker only", function()
      for i = 1, 30 do
        put("row" .. i, i)
      end
      local other, seen = open(), {}
      for _ = 1, 3 do
        for _, one in ipairs { ledger, other } do
          for _, item in ipairs(one:claim("goods", "goods.csv", 5)) do
            assert.is_nil(seen[item.key])
            seen[item.key] = one.worker
          end
        end
      end
      local count = 0
      for _ in pairs(seen) do
        count = count + 1
      end
      assert.equal(30, count)
      assert.same({}, ledger:claim("goods", "goods.csv", 5))
      assert.same({ claimed = 30 }, ledger:counts("goods", "goods.csv"))
      other:close()
    end)

    it("claims rows by one statement, in the order of the sheet", function()
      for i = 1, 30 do
        put("row" .. i, 31 - i)
      end
      local statements, run = 0, ledger.db.run
      function ledger.db:run(...)
        statements = statements + 1
        return run(self, ...)
      end
      local items = assert(ledger:claim("goods", "goods.csv", 20))
      ledger.db.run = nil
      assert.equal(1, statements)
      for i = 1, 20 do
        assert.equal(i, items[i].line)
        assert.equal("claimed", items[i].state)
        assert.equal(ledger.worker, items[i].owner)
        assert.same(items[i], ledger:item("goods", items[i].key))
      end
      assert.same({ claimed = 20, todo = 10 }, ledger:counts("goods", "goods.csv"))
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

    it("settles the rows of tasks that end at the same time together", function()
      for i = 1, 6 do
        put("row" .. i, i)
      end
      local items = assert(ledger:claim("goods", "goods.csv", 6))
      local statements, run = {}, ledger.db.run
      function ledger.db:run(sql, ...)
        statements[#statements + 1] = sql:match("^%u+ ?%u*")
        return run(self, sql, ...)
      end
      local _, errors = map(items, function(item, i)
        if i > 4 then
          return ledger:leave(item, i == 5 and "failed" or "todo", i == 5 and "no" or nil)
        end
        return ledger:finish(item, { platform_id = 2 ^ 40 + i, audit_id = "9" .. i,
          audit_status = i > 1 and 1 or nil, applied = item.wanted_text }, "create", { n = i })
      end)
      ledger.db.run = nil
      assert.same({}, errors)
      assert.equal("COMMIT", statements[#statements])
      assert.equal(7, #statements) -- BEGIN, UPDATE, two INSERT, UPDATE, INSERT, COMMIT
      assert.same({ done = 4, failed = 1, todo = 1 }, ledger:counts("goods", "goods.csv"))
      for i = 1, 4 do
        local item = ledger:item("goods", "row" .. i)
        assert.equal(("%.0f"):format(2 ^ 40 + i), item.platform_id)
        assert.equal("9" .. i, item.audit_id)
        assert.equal(i > 1 and 1 or nil, item.audit_status)
        assert.equal(now, item.updated_at)
        assert.equal(tostring(item.audit_status), ledger:seen("goods", item.platform_id))
        assert.same({ n = i }, ledger:history("goods", item.key)[1].answer)
      end
      assert.same({ reason = "no" }, ledger:history("goods", "row5")[1].answer)
      assert.equal("no", ledger:item("goods", "row5").reason)
      assert.same({}, ledger:history("goods", "row6"))
    end)

    it("says what waits, over a connection of its own", function()
      for i = 1, 5 do
        put("row" .. i, i, { state = i == 5 and "failed" or nil })
      end
      put("done", 9, { state = "done" })
      local beside = assert(ledger:beside())
      assert.same({}, assert(beside:waiting()).claims)
      ledger:claim("goods", "goods.csv", 2)
      now = now + 90
      -- Another account, and another kind of this one.
      assert(ledger.db:change("INSERT INTO item (appid, kind, key, sheet, line, wanted, state,"
        .. " claimed_at, updated_at) SELECT 'wx2', kind, key, sheet, line, wanted, state,"
        .. " claimed_at, updated_at FROM item"))
      assert(ledger.db:change("INSERT INTO item (appid, kind, key, sheet, line, wanted, state,"
        .. " claimed_at, updated_at) SELECT appid, 'rooms', key, sheet, line, wanted, state,"
        .. " claimed_at - 30, updated_at FROM item WHERE appid = 'wx2' AND state = 'claimed'"))
      local all = assert(beside:waiting(true))
      assert.same({ { account = "wx1", seconds = 90 }, { account = "wx2", seconds = 120 } },
        all.claims)
      assert.equal(7, #all.rows)
      local waiting = assert(beside:waiting())
      local rows = {}
      for _, row in ipairs(waiting.rows) do
        rows[row.state] = row.count
      end
      assert.same({ claimed = 2, failed = 1, todo = 2 }, rows)
      assert.same({ { account = "wx1", seconds = 90 } }, waiting.claims)
      beside:close()
    end)

    it("reads the rows that it claims, and none of another sheet", function()
      local sql = "SELECT key FROM item WHERE appid = 'wx1' AND kind = 'goods' AND state = 'todo'"
        .. " AND sheet = 'goods.csv' ORDER BY line LIMIT 16"
      local plan = {}
      if ledger.db.dialect == "postgresql" then
        assert(ledger.db:run("SET enable_seqscan = off"))
      end
      for _, row in ipairs(assert(ledger.db:run(ledger.db.dialect == "postgresql"
        and "EXPLAIN " .. sql or "EXPLAIN QUERY PLAN " .. sql))) do
        plan[#plan + 1] = table.concat(row, " ")
      end
      local text = table.concat(plan, "\n")
      assert.is_truthy(text:find("item_sheet", 1, true), text)
      assert.is_nil(text:find("Sort") or text:find("TEMP B-TREE", 1, true), text)
    end)

    it("leaves claims of the living alone and frees those of the dead", function()
      put("mine", 1)
      put("theirs", 2)
      put("made", 3)
      local dead = open(ledger.worker:gsub(":%d+:%d+:%d+$", ":999999:1:1"))
      local host_gone = open("elsewhere:1:1:1")
      local items = dead:claim("goods", "goods.csv", 1)
      assert.equal("mine", items[1].key)
      local theirs = host_gone:claim("goods", "goods.csv", 1)[1]
      assert.equal("theirs", theirs.key)
      local made = dead:claim("goods", "goods.csv", 1)[1]
      assert(dead:finish(made, { platform_id = 5, more = true, applied = "{}" }, "create"))
      assert.equal(2, ledger:recover("goods"))
      -- It may have been sent: nobody may just send it again.
      assert.equal("doubt", ledger:item("goods", "mine").state)
      assert.equal("todo", ledger:item("goods", "made").state)
      -- A machine whose last sign of life is fresh counts as alive.
      assert.equal("claimed", ledger:item("goods", "theirs").state)
      assert(ledger.db:change("UPDATE worker SET seen_at = ? WHERE id = ?", 5.0, "elsewhere:1:1:1"))
      assert.equal(1, ledger:recover("goods"))
      assert.equal("doubt", ledger:item("goods", "theirs").state)
      dead:close()
      host_gone:close()
    end)

    it("knows nothing of processes in other containers, whatever their host is called", function()
      put("theirs", 1)
      put("older", 2)
      local mark = core.process.mark()
      local place = mark:match("^(%x+)")
      local container = place:sub(1, 1) == "0" and "1" .. place:sub(2) or "0" .. place:sub(2)
      -- A version before this one named workers by the host and the process.
      local ids = { container .. ":999999:1:1", core.process.host() .. ":999999:1:1" }
      for i, id in ipairs(ids) do
        local worker = open(id)
        assert.equal(i, #worker:claim("goods", "goods.csv", 1) + i - 1)
        worker:close()
      end
      assert.equal(0, ledger:recover("goods"))
      for i, id in ipairs(ids) do
        assert(ledger.db:change("UPDATE worker SET seen_at = ? WHERE id = ?", 5.0, id))
        assert.equal(1, ledger:recover("goods"), i)
      end
    end)

    it("does not take a worker for dead because a clock is wrong", function()
      put("theirs", 1)
      local other = open("elsewhere:1:1:1")
      other:claim("goods", "goods.csv", 1)
      local real = core.system.now
      finally(function() core.system.now = real end)
      function core.system.now() return real() + 3600 end
      assert.equal(0, ledger:recover("goods"))
      function core.system.now() return real() - 3600 end
      assert(ledger.db:change("UPDATE worker SET seen_at = seen_at - 181"))
      assert.equal(1, ledger:recover("goods"))
      other:close()
    end)

    it("does not count its own process as dead, however long it says nothing", function()
      put("mine", 1)
      ledger:claim("goods", "goods.csv", 1)
      assert(ledger.db:change("UPDATE worker SET seen_at = ?", 5.0))
      assert.equal(0, ledger:recover("goods"))
    end)

    it("asks for more when the sheet changed while a row was worked on", function()
      put("a", 1)
      local item = ledger:claim("goods", "goods.csv", 1)[1]
      assert(ledger.db:change("UPDATE item SET wanted = ?", '{"params":{"price":2}}'))
      assert(ledger:finish(item, { platform_id = 1, applied = item.wanted_text }, "create"))
      assert.equal("todo", ledger:item("goods", "a").state)
    end)

    it("refuses one platform id for two rows", function()
      put("a", 1)
      put("b", 2)
      local items = ledger:claim("goods", "goods.csv", 2)
      assert(ledger:finish(items[1], { platform_id = 7, applied = "{}" }, "create"))
      local ok, err = ledger:finish(items[2], { platform_id = 7, applied = "{}" }, "create")
      assert.is_nil(ok)
      assert.equal("ledger", err.kind)
      assert.is_nil(ledger:item("goods", "b").platform_id)
      assert.same({}, ledger:history("goods", "b"))
    end)

    it("binds what it is given", function()
      local nasty = "'; DROP TABLE item; -- \"$1 ? 茶"
      put(nasty, 1, { wanted = json.encode { params = { name = nasty } } })
      assert.equal(nasty, ledger:item("goods", nasty).wanted.params.name)
      local item = ledger:claim("goods", "goods.csv", 1)[1]
      assert(ledger:leave(item, "failed", nasty))
      assert.equal(nasty, ledger:item("goods", nasty).reason)
    end)

    it("keeps the media ids of tasks that end at the same time by one statement", function()
      local statements, run = 0, ledger.db.run
      function ledger.db:run(...)
        statements = statements + 1
        return run(self, ...)
      end
      local _, errors = map({ "d1", "d2", "d3" }, function(digest)
        return ledger:keep_media(digest, "M" .. digest, now + 100)
      end)
      ledger.db.run = nil
      assert.same({}, errors)
      assert.equal(3, statements) -- BEGIN, INSERT, COMMIT
      for _, digest in ipairs { "d1", "d2", "d3" } do
        assert.equal("M" .. digest, ledger:media(digest))
      end
    end)

    it("keeps a picture's media id for as long as it lives", function()
      assert(ledger:keep_media("d1", "M1", now + 100))
      assert.equal("M1", ledger:media("d1", 50))
      assert.is_nil(ledger:media("d1", 100))
      assert(ledger:keep_media("d1", "M2", now + 500))
      assert.equal("M2", ledger:media("d1", 100))
      assert.is_nil(ledger:media("d2"))
    end)

    it("keeps nothing of a transaction that failed", function()
      assert.has_error(function()
        ledger.db:transaction(function()
          put("a", 1)
          error("stop")
        end)
      end)
      local ok, err = ledger.db:transaction(function()
        put("b", 1)
        return nil, "no"
      end)
      assert.same({ nil, "no" }, { ok, err })
      assert.same({}, ledger:page("goods", nil, 10))
    end)

    it("migrates an older schema, and refuses a newer one", function()
      local old = assert(db_of.open(new_location(), { words = ledgers.words }))
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
end

describe("ledgers", function()
  local folder

  setup(function()
    folder = process.directory()
    server = postgres.start()
  end)

  teardown(function()
    server.stop()
    process.remove(folder)
  end)

  local n = 0
  contract("SQLite", function()
    n = n + 1
    return folder .. "/" .. n .. ".db"
  end)
  contract("PostgreSQL", function()
    return server.database()
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

  it("knows a process that lives from one whose number it has", function()
    assert.is_truthy(workers.this():find("^[^:]+:%d+:%d+:%d+$"))
    assert.are_not.equal(workers.this(), workers.this())
  end)
end)
