-- Rows of sheets in the ledger: claimed, settled, counted.
local each = require("spec.support.ledger").each
local json = require "wxlive.json"
local map = require("wxlive.concurrent.map").map

each({
  describe = describe, setup = setup, teardown = teardown, before_each = before_each,
  after_each = after_each,
}, function(world)
  local ledger

  before_each(function()
    ledger = world.ledger
  end)

  it("keeps ids of any size, whatever the driver does to numbers", function()
    world:put("a", 2)
    local item = ledger:claim("goods", "goods.csv", 1)[1]
    assert(ledger:finish(item, {
      platform_id = 9007199254740000, audit_id = "4508896730001", audit_status = 1,
      applied = item.wanted_text,
    }, "create", { goods_id = 9007199254740000 }))
    local again = world:open()
    local kept = again:item("goods", "a")
    assert.equal("9007199254740000", kept.platform_id)
    assert.equal("4508896730001", kept.audit_id)
    assert.equal("done", kept.state)
    assert.equal(1, kept.audit_status)
    assert.equal("create", again:history("goods", "a")[1].action)
    assert.equal(world.now, again:history("goods", "a")[1].at)
    assert.equal("a", again:by_platform_id("goods", 9007199254740000).key)
    again:close()
  end)

  it("gives each row to one worker only", function()
    for i = 1, 30 do
      world:put("row" .. i, i)
    end
    local other, seen = world:open(), {}
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
      world:put("row" .. i, 31 - i)
    end
    local items
    local statements = world:statements(function()
      items = assert(ledger:claim("goods", "goods.csv", 20))
    end)
    assert.equal(1, #statements)
    for i = 1, 20 do
      assert.equal(i, items[i].line)
      assert.equal("claimed", items[i].state)
      assert.equal(ledger.worker, items[i].owner)
      local kept = ledger:item("goods", items[i].key)
      kept.held_since = assert(items[i].held_since)
      assert.same(items[i], kept)
    end
    assert.same({ claimed = 20, todo = 10 }, ledger:counts("goods", "goods.csv"))
  end)

  it("settles the rows of tasks that end at the same time together", function()
    for i = 1, 6 do
      world:put("row" .. i, i)
    end
    local items = assert(ledger:claim("goods", "goods.csv", 6))
    local statements = world:statements(function()
      local _, errors = map(items, function(item, i)
        if i > 4 then
          return ledger:leave(item, i == 5 and "failed" or "todo", i == 5 and "no" or nil)
        end
        return ledger:finish(item, { platform_id = 2 ^ 40 + i, audit_id = "9" .. i,
          audit_status = i > 1 and 1 or nil, applied = item.wanted_text }, "create", { n = i })
      end)
      assert.same({}, errors)
    end)
    assert.equal("COMMIT", statements[#statements])
    assert.equal(7, #statements) -- BEGIN, UPDATE, two INSERT, UPDATE, INSERT, COMMIT
    assert.same({ done = 4, failed = 1, todo = 1 }, ledger:counts("goods", "goods.csv"))
    for i = 1, 4 do
      local item = ledger:item("goods", "row" .. i)
      assert.equal(("%.0f"):format(2 ^ 40 + i), item.platform_id)
      assert.equal("9" .. i, item.audit_id)
      assert.equal(i > 1 and 1 or nil, item.audit_status)
      assert.equal(world.now, item.updated_at)
      assert.equal(tostring(item.audit_status), ledger:seen("goods", item.platform_id))
      assert.same({ n = i }, ledger:history("goods", item.key)[1].answer)
    end
    assert.same({ reason = "no" }, ledger:history("goods", "row5")[1].answer)
    assert.equal("no", ledger:item("goods", "row5").reason)
    assert.same({}, ledger:history("goods", "row6"))
  end)

  it("says what waits, over a connection of its own", function()
    for i = 1, 5 do
      world:put("row" .. i, i, { state = i == 5 and "failed" or nil })
    end
    world:put("done", 9, { state = "done" })
    local beside = assert(ledger:beside())
    assert.same({}, assert(beside:waiting()).claims)
    ledger:claim("goods", "goods.csv", 2)
    world.now = world.now + 90
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

  it("asks for more when the sheet changed while a row was worked on", function()
    world:put("a", 1)
    local item = ledger:claim("goods", "goods.csv", 1)[1]
    assert(ledger.db:change("UPDATE item SET wanted = ?", '{"params":{"price":2}}'))
    assert(ledger:finish(item, { platform_id = 1, applied = item.wanted_text }, "create"))
    assert.equal("todo", ledger:item("goods", "a").state)
  end)

  it("refuses one platform id for two rows", function()
    world:put("a", 1)
    world:put("b", 2)
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
    world:put(nasty, 1, { wanted = json.encode { params = { name = nasty } } })
    assert.equal(nasty, ledger:item("goods", nasty).wanted.params.name)
    local item = ledger:claim("goods", "goods.csv", 1)[1]
    assert(ledger:leave(item, "failed", nasty))
    assert.equal(nasty, ledger:item("goods", nasty).reason)
  end)
end)
