-- Lists whose rows come in another order with every page.
local broadcast = require "wxlive.broadcast"
local pages = require "wxlive.client.pages"
local sandbox = require "wxlive.sandbox"

describe("live:roles()", function()
  it("walks over all pages, each person once", function()
    local box = assert(sandbox.start {})
    finally(function() box:stop() end)
    local live = assert(broadcast.new {
      appid = box.appid, secret = box.secret, base_url = box.base_url,
      token_store = require("wxlive.store.memory").new(),
    })
    for n = 1, 35 do
      assert(live:add_role { username = ("operator%02d"):format(n), role = 3 })
    end
    assert(live:add_role { username = "anchor01", role = 2 })
    local seen, count = {}, 0
    for person in live:roles { role = 3 } do
      assert.is_nil(seen[person.openid])
      seen[person.openid] = true
      count = count + 1
    end
    assert.equal(35, count)
    assert.equal(36, #live:roles():all())
    assert.equal(1, #live:roles({ role = 2 }):all())
  end)
end)

describe("a list in random order", function()
  -- A server with so many rows that shows `limit` of them from any place on, and says `total`.
  local function list(rows, total, limit)
    local asked = { pages = 0 }
    local iterator = pages.by_offset(function(offset)
      asked.pages = asked.pages + 1
      local page = {}
      for i = offset + 1, math.min(offset + limit, rows) do
        -- the same rows again and again: the second half of them is never shown
        page[#page + 1] = { id = (i - 1) % math.max(1, math.ceil(rows / 2)) }
      end
      return { list = page, total = total }
    end, { limit = limit, rows = "list", random_order = true, key = function(row)
      return row.id
    end })
    return iterator, asked
  end

  it("is given up when rows stay hidden", function()
    local iterator, asked = list(40, 40, 10)
    for _ = 1, 20 do
      assert.is_table(iterator:next())
    end
    local row, err = iterator:next()
    assert.is_nil(row)
    assert.equal("list_not_whole", err.name)
    assert.equal(20 * 4, asked.pages)
    assert.equal(err, select(2, iterator:next()))
  end)

  it("ends after one round when all were seen, or nobody knows how many there are", function()
    local iterator, asked = list(1, 1, 10)
    assert.equal(1, #iterator:all())
    assert.equal(1, asked.pages)
    iterator, asked = list(10, 0, 10)
    assert.equal(5, #iterator:all())
    assert.is_true(asked.pages <= 2)
    iterator = list(0, 0, 10)
    assert.same({}, iterator:all())
  end)
end)

describe("a list is whole", function()
  -- Plays the pages, each { rows = ids, total = n }, and reads them as often as `times` says.
  local function play(script, times, options)
    local asked = {}
    local settings = {
      limit = 3, rows = "list", key = function(row) return row.id end,
      again = function(round) return round < (times or 1) end,
    }
    for name, value in pairs(options or {}) do
      settings[name] = value
    end
    local iterator = pages.by_offset(function(offset, limit)
      asked[#asked + 1] = offset .. "/" .. limit
      local page, list = assert(script[#asked], "one page too many is asked for"), {}
      for i, id in ipairs(page) do
        list[i] = { id = id }
      end
      return { list = list, total = page.total }
    end, settings)
    local ids = {}
    while true do
      local row, err = iterator:next()
      if not row then
        return ids, err, asked
      end
      ids[#ids + 1] = row.id
    end
  end

  it("when it has as many rows as the platform says, or more", function()
    local ids, err = play { { 1, 2, 3, total = 4 }, { 4, total = 4 } }
    assert.same({ 1, 2, 3, 4 }, ids)
    assert.is_nil(err)
    ids, err = play { { 1, 2, 3, total = 1 }, { 4, total = 1 } }
    assert.same({ 1, 2, 3, 4 }, ids)
    assert.is_nil(err)
  end)

  it("never when rows are missing", function()
    for _, script in ipairs {
      { { total = 5 } }, { { 1, total = 5 }, { total = 5 } }, { { 1, total = 5 }, { total = 0 } },
      { { 1, 2, 3, total = 5 }, { 1, 2, 3, total = 5 } }, { { 1, total = 5 }, {} },
    } do
      local _, err = play(script)
      assert.equal("list_not_whole", err.name)
      assert.equal("decode", err.kind)
      assert.is_truthy(err.message:find("there are 5", 1, true))
    end
  end)

  it("when rows were added at its front while it was read", function()
    local ids, err = play { { 4, 3, 2, total = 4 }, { 2, 1, total = 5 }, { total = 5 } }
    assert.same({ 4, 3, 2, 1 }, ids)
    assert.is_nil(err)
    ids, err = play { { 3, 2, 1, total = 3 }, { 1, total = 4 } }
    assert.same({ 3, 2, 1 }, ids)
    assert.is_nil(err)
    err = select(2, play { { 4, 3, 2, total = 4 }, { 2, 1, total = 6 }, { total = 6 } })
    assert.equal("list_not_whole", err.name)
    err = select(2, play { { 4, 3, 2, total = 4 }, { 1, total = 5 }, { total = 5 } })
    assert.equal("list_not_whole", err.name)
  end)

  it("when another reading shows them", function()
    local ids, err = play({ { total = 1 }, { 7, total = 1 } }, 2)
    assert.same({ 7 }, ids)
    assert.is_nil(err)
    ids, err = play({ { 1, total = 2 }, { total = 2 }, { 1, 2, total = 2 } }, 2)
    assert.same({ 1, 2 }, ids)
    assert.is_nil(err)
  end)

  it("when a row that is listed twice is listed twice again", function()
    local ids, err = play({
      { 1, 2, 2, total = 3 }, { total = 3 }, { 1, 2, 2, total = 3 }, { total = 3 },
    }, 2)
    assert.same({ 1, 2 }, ids)
    assert.is_nil(err)
    ids, err = play({
      { 1, 2, 2, total = 3 }, { total = 3 }, { 1, 2, 3, total = 3 }, { total = 3 },
    }, 2)
    assert.same({ 1, 2, 3 }, ids)
    assert.is_nil(err)
  end)

  it("when nothing follows a short page, without a total or where it must be sure", function()
    local ids, err, asked = play { { 1, 2 }, { 3 }, {} }
    assert.same({ 1, 2, 3 }, ids)
    assert.is_nil(err)
    assert.same({ "0/3", "2/2", "3/1" }, asked)
    ids, err = play({ { 1, total = 1 }, { 2, total = 1 }, { total = 0 } }, 1,
      { sure = function() return true end })
    assert.same({ 1, 2 }, ids)
    assert.is_nil(err)
  end)
end)

describe("a list by cursor is whole", function()
  local function play(script, limit)
    local asked = {}
    local iterator = pages.by_cursor(function(cursor, rows)
      asked[#asked + 1] = tostring(cursor) .. "/" .. rows
      local page, list = assert(script[#asked], "one page too many is asked for"), {}
      for i, id in ipairs(page) do
        list[i] = { id = id }
      end
      return { list = list, page_break = page.next, total = page.total }
    end, { limit = limit or 2, most = 4, rows = "list", key = function(row) return row.id end,
      again = function(round) return round < 3 end })
    local ids = {}
    while true do
      local row, err = iterator:next()
      if not row then
        return ids, err, asked
      end
      ids[#ids + 1] = row.id
    end
  end

  it("when an empty page ends it, or a page that is not full and names no next one", function()
    local ids, err = play { { 1, 2, next = 10 }, { 3, next = 20 }, { next = 20 } }
    assert.same({ 1, 2, 3 }, ids)
    assert.is_nil(err)
    ids, err = play { { 1, 2, next = 10 }, { 3 } }
    assert.same({ 1, 2, 3 }, ids)
    assert.is_nil(err)
  end)

  it("when an empty page that names a next one is read again, and then followed", function()
    local ids, err, asked = play { { 1, 2, next = 10 }, { next = 20 }, { 3, next = 20 },
      { next = 20 } }
    assert.same({ 1, 2, 3 }, ids)
    assert.is_nil(err)
    assert.same({ "nil/2", "10/2", "10/2", "20/2" }, asked)
    ids, err = play { { 1, 2, next = 10 }, { next = 20 }, { next = 20 }, { 3 } }
    assert.same({ 1, 2, 3 }, ids)
    assert.is_nil(err)
    ids, err = play { { next = 10 }, { 1, next = 10 }, { next = 10 } }
    assert.same({ 1 }, ids)
    assert.is_nil(err)
    -- No next one.
    for _, cursor in ipairs { 0, "0", "" } do
      ids, err = play { { next = cursor } }
      assert.same({}, ids)
      assert.is_nil(err)
    end
  end)

  it("never when it has fewer rows than the platform says", function()
    for _, script in ipairs {
      { { 1, 2, next = 10, total = 3 }, { next = 10, total = 3 } },
      { { 1, total = 2 } }, { { total = 1 } },
    } do
      assert.equal("list_not_whole", select(2, play(script)).name)
    end
    assert.is_nil(select(2, play { { 1, 2, next = 10, total = 2 }, { next = 10, total = 2 } }))
  end)

  it("when a full page without a cursor is the last, or has one after all", function()
    local ids, err, asked = play { { 1, 2 }, { 1, 2 } }
    assert.same({ 1, 2 }, ids)
    assert.is_nil(err)
    assert.same({ "nil/2", "nil/3" }, asked)
    ids, err = play { { 1, 2 }, { 1, 2, 3, next = 30 }, { 4 } }
    assert.same({ 1, 2, 3, 4 }, ids)
    assert.is_nil(err)
  end)

  it("never when full pages name none, or lead in a circle", function()
    local ids, err = play { { 1, 2 }, { 1, 2, 3 }, { 1, 2 }, { 1, 2, 3 } }
    assert.same({ 1, 2, 3 }, ids)
    assert.equal("list_not_whole", err.name)
    local circle = {}
    for i = 1, 40 do
      circle[i] = { 1, 2, next = i }
    end
    err = select(2, play(circle))
    assert.equal("list_not_whole", err.name)
  end)
end)
