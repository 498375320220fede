-- Lists whose rows come in another order with every page.
local broadcast = require "wxlive.broadcast"
local pages = require "wxlive.pages"
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
    assert.equal(20, #iterator:all())
    assert.equal(20 * 4, asked.pages)
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
