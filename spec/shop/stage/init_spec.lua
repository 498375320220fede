-- Which row of a sheet is which row of the ledger.
local door = require "wxlive.shop"
local kinds = require "wxlive.shop.rows"
local shops = require "spec.support.shop"
local stage = require "wxlive.shop.stage"

describe("a row of a sheet", function()
  local shop, room, said

  before_each(function()
    shop, said = shops.open { audit_seconds = 0 }, {}
    room = assert(door.open {
      ledger = shop.location, live = shop:client(),
    })
  end)

  after_each(function()
    room:close()
    shop:close()
  end)

  -- Rows of goods, each with its number and, if there are any, its key and rooms.
  local function sheet(rows, name)
    local lines = { "name,cover_img,price_type,price,url"
      .. (rows[1].key and ",key" or "") .. (rows[1].rooms and ",rooms" or "") }
    for _, row in ipairs(rows) do
      lines[#lines + 1] = ("%s,images/cup.png,1,%s,pages/goods?id=%d"):format(
        row.name or "茶杯" .. row[1] .. "号", row.price or 8, row[1])
        .. (row.key and "," .. row.key or "") .. (row.rooms and "," .. row.rooms or "")
    end
    return shop:sheet(name or "goods.csv", lines)
  end

  local options = {
    on_warning = function(_, message) said[#said + 1] = message end,
    on_problem = function(line, message) said[#said + 1] = line .. ": " .. message end,
  }

  local function plan(...)
    said = {}
    return assert(room:plan(sheet(...), options))
  end

  local function apply(...)
    said = {}
    return assert(room:apply(sheet(...), options))
  end

  it("stays the same when the sheet gets keys, loses them, or has other ones", function()
    assert.equal(3, apply { { 1 }, { 2 }, { 3 } }.created)
    for i, rows in ipairs {
      { { 3, key = "c" }, { 1, key = "a" }, { 2, key = "b" } },
      { { 1, key = "A" }, { 2, key = "b" }, { 3, key = "C" } },
      { { 1 }, { 2 }, { 3 } },
    } do
      local planned = plan(rows)
      assert.same({ 0, 3, 0 }, { planned.create, planned.unchanged, planned.not_in_sheet }, i)
      assert.truthy(said[1]:find("another key than before"), said[1])
      local done = apply(rows)
      assert.same({ 0, 3 }, { done.created, done.unchanged })
      assert.equal(1, #said)
      assert.equal(3, apply(rows).unchanged)
      assert.equal(0, #said)
    end
    assert.equal(3, shop:state().counts.goods)
    assert.equal(1, #assert(room.ledger:history("goods", "pages/goods?id=2")))
  end)

  it("stays the same when the process was killed while it read the sheet", function()
    apply { { 1 }, { 2 } }
    local rows = { { 1, key = "a" }, { 2, key = "b" } }
    -- What such a process leaves: rows that are noted, and not yet compared with those of before.
    local reader = assert(kinds.open(sheet(rows), nil, os.time()))
    local settle = room.ledger.gone
    room.ledger.gone = function() error("killed") end
    assert.has_error(function() stage.stage(room.ledger, reader, "goods.csv", {}) end)
    room.ledger.gone = settle
    reader:close()
    assert.same({}, assert(room.ledger:claim("goods", "goods.csv", 10)))
    local done = apply(rows)
    assert.same({ 0, 2 }, { done.created, done.unchanged })
    assert.equal(2, shop:state().counts.goods)
  end)

  it("stays the same when a sheet with other keys cannot be read to its end", function()
    apply { { 1 }, { 2 } }
    local path = sheet { { 1, key = "a" }, { 2, key = "b" }, { 3, key = "c" } }
    local file = assert(io.open(path, "a"))
    file:write('"never closed\n')
    file:close()
    local done = assert(room:apply(path, options))
    assert.equal("sheet_broken", done.err.name)
    assert.equal(0, done.created)
    assert.equal(2, shop:state().counts.goods)
    done = apply { { 1, key = "a" }, { 2, key = "b" }, { 3, key = "c" } }
    assert.same({ 1, 2 }, { done.created, done.unchanged })
    assert.equal(3, shop:state().counts.goods)
  end)

  it("may get a key and other content at once", function()
    apply { { 1 }, { 2 } }
    assert.equal(2, apply { { 1 }, { 2 } }.unchanged)
    local rows = { { 1, key = "a", price = 9 }, { 2, key = "b" }, { 4, key = "d" } }
    local planned = plan(rows)
    assert.same({ 1, 1, 1 }, { planned.create, planned.change, planned.unchanged })
    local done = apply(rows)
    assert.same({ 1, 1, 1 }, { done.created, done.changed, done.unchanged })
    assert.equal(3, shop:state().counts.goods)
  end)

  it("stays in its rooms under another key", function()
    assert(shop.box:control("plant", { rooms = { {
      id = 7, name = "茶会", start_time = os.time() + 3600, end_time = os.time() + 7200,
    } } }))
    assert.equal(2, apply({ { 1, rooms = "7" }, { 2, rooms = "7" } }).placed)
    local rows = { { 1, key = "a", rooms = "7" }, { 2, key = "b", rooms = "" } }
    local planned = plan(rows)
    assert.same({ 0, 0, 1 }, { planned.create, planned.add_to_rooms, planned.take_out_of_rooms })
    local done = apply(rows)
    assert.same({ 0, 0, 1 }, { done.created, done.placed, done.taken_out })
  end)

  it("stays the same when it moves into another sheet and gets its key there", function()
    assert.equal(3, apply { { 1 }, { 2 }, { 3 } }.created)
    local planned = plan({ { 2, key = "b" }, { 4, key = "d" } }, "keyed.csv")
    assert.same({ 1, 1 }, { planned.create, planned.unchanged })
    local done = apply({ { 2, key = "b", price = 9 }, { 4, key = "d" } }, "keyed.csv")
    assert.same({ 1, 1, 0 }, { done.created, done.changed, done.unchanged })
    assert.truthy(said[1]:find("1 rows have another key than before", 1, true), said[1])
    -- Neither is it deleted with the sheet that it has left.
    done = assert(room:apply(sheet { { 1 } }, { prune = true }))
    assert.same({ 0, 1, 1 }, { done.created, done.unchanged, done.removed })
    assert.equal(2, apply({ { 2, key = "b", price = 9 }, { 4, key = "d" } }, "keyed.csv").unchanged)
    assert.equal(3, shop:state().counts.goods)
  end)

  it("stays the same when it loses its key on the way into another sheet", function()
    assert.equal(2, apply { { 1, key = "a" }, { 2, key = "b" } }.created)
    local merged = { { 5 }, { 2 }, { 6 } }
    local planned = plan(merged, "all.csv")
    assert.same({ 2, 1 }, { planned.create, planned.unchanged })
    local done = apply(merged, "all.csv")
    assert.same({ 2, 1 }, { done.created, done.unchanged })
    -- Back again; and two keys of two sheets are two things.
    done = apply { { 1, key = "a" }, { 2, key = "b" } }
    assert.same({ 0, 2 }, { done.created, done.unchanged })
    assert.equal(1, apply({ { 1, key = "other" } }, "twin.csv").created)
    assert.equal(5, shop:state().counts.goods)
  end)

  -- Rows that a worker has claimed and is doing.
  local function claim_by(owner, rows)
    assert(stage.file(room.ledger, sheet(rows), { now = os.time() }))
    assert.equal(#rows, #assert(room.ledger:claim("goods", "goods.csv", 10)))
    assert(room.ledger.db:change("UPDATE item SET owner = ?", owner))
  end

  it("stays the same when it gets a key after its run was killed", function()
    claim_by("no such worker", { { 1 }, { 2 } })
    local planned = plan { { 1, key = "a" }, { 2, key = "b" } }
    assert.same({ 2, 0 }, { planned.create, planned.in_doubt })
    assert(shop:client():goods_add {
      name = "茶杯1号", price_type = 1, price = 8, url = "pages/goods?id=1",
      cover_img_url = shop:client():upload_media("scripts/samples/images/cup.png").media_id,
    })
    local done = assert(room:apply(sheet { { 1, key = "a" }, { 2, key = "b" } }, { settle = 0 }))
    assert.same({ 1, 1, 0 }, { done.created, done.adopted, done.in_doubt })
    assert.equal(2, shop:state().counts.goods)
    assert.equal(2, apply({ { 1, key = "a" }, { 2, key = "b" } }).unchanged)
  end)

  it("waits under its new key while another run does it under the former one", function()
    claim_by("another worker", { { 1 } })
    assert(room.ledger.db:change("INSERT INTO worker (id, seen_at) VALUES ('another worker', 9e9)"))
    said = {}
    local counts = assert(stage.file(room.ledger, sheet { { 1, key = "a" }, { 2, key = "b" } }, {
      now = os.time(), on_problem = options.on_problem,
    }))
    assert.same({ 1, 1, 1 }, { counts.create, counts.bad, counts.later })
    assert.truthy(said[1]:find("2: another run is doing this row", 1, true), said[1])
    assert.equal(1, #assert(room.ledger:claim("goods", "goods.csv", 10)))
  end)

  it("is staged together with the rows around it", function()
    local rows = {}
    for i = 1, 120 do
      rows[i] = { i }
    end
    rows[30], rows[110] = { 7 }, { 8 } -- with the same page: near the first one, and far from it
    rows[60] = { 60, price = "x" }
    rows[90] = { 60 }
    local path, statements, db = sheet(rows), 0, room.ledger.db
    said = {}
    local run = db.run
    function db:run(sql, ...)
      if sql:find(" item ") or sql:find("sheet_") or sql:find("picture") then
        statements = statements + (sql:find("^INSERT") and 1 or sql:find(" key IN ") and 1 or 0)
      end
      return run(self, sql, ...)
    end
    local counts = assert(stage.file(room.ledger, path, {
      now = os.time(), on_problem = options.on_problem,
    }))
    db.run = nil
    assert.same({ 120, 116, 4 }, { counts.rows, counts.create, counts.bad })
    -- Five for each fifty rows, and two that look for rows of other sheets.
    assert.equal(17, statements)
    assert.same({ "31", "61", "91", "111" }, { said[1]:match("^%d+"), said[2]:match("^%d+"),
      said[3]:match("^%d+"), said[4]:match("^%d+") })
    assert.is_truthy(said[1]:find("line 8 has the same goods", 1, true), said[1])
    assert.is_truthy(said[3]:find("line 61 has the same goods", 1, true), said[3])
    assert.is_truthy(said[4]:find("line 9 has the same goods", 1, true), said[4])
    local lines = assert(room.ledger:page("goods", nil, 1000))
    table.sort(lines, function(a, b) return a.line < b.line end)
    assert.equal(116, #lines)
    assert.equal(121, lines[116].line)
  end)

  it("has all its mistakes reported when it has no key, or a bad picture", function()
    said = {}
    assert(room:plan(shop:sheet("goods.csv", { "name,cover_img,price_type,price,url",
      "茶杯一号,images/cup.png,1,x,", "茶杯二号,images/none.png,7,8,pages/goods?id=2" }), options))
    assert.truthy(said[1]:find("price must be a price.*url is missing"), said[1])
    assert.truthy(said[2]:find("none.png.*price_type must be one of"), said[2])
  end)

  it("is new beside another one with the same page", function()
    apply { { 1, key = "a" } }
    assert.same({ 1, 1 }, { apply({ { 1, key = "a" }, { 1, key = "b" } }).created,
      plan({ { 1, key = "c" }, { 1, key = "b" }, { 1, key = "d" } }).create })
  end)

  it("does not change what another sheet has under its key", function()
    apply({ { 1, key = "1" }, { 2, key = "2" } }, "november.csv")
    local done = apply({ { 5, key = "1" }, { 2, key = "2" }, { 6, key = "3" } }, "december.csv")
    assert.same({ 1, 1, 1 }, { done.rejected, done.unchanged, done.created })
    assert.truthy(said[1]:find("2: the key 1 is that of 茶杯1号, line 2 of november.csv", 1, true),
      said[1])
    -- The same goods on another page.
    local moved = { { 9, key = "2", name = "茶杯2号" } }
    assert.equal(1, plan(moved, "january.csv").change)
  end)
end)
