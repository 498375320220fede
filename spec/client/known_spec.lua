-- The creates that a client has under way.
local knowns = require "wxlive.client.known"

describe("the creates that are under way", function()
  local now, known

  local function begin(name, deadline)
    return known:begin("room_id", function(values) return values.name end, { name = name },
      deadline or 10)
  end

  local function count(try)
    return #select(3, known:twins(try))
  end

  before_each(function()
    now = 0
    known = knowns.new(function() return now end)
  end)

  it("are taken out in any order, each once", function()
    local tries = {}
    for i = 1, 5 do
      tries[i] = begin("x")
    end
    for n, i in ipairs { 2, 5, 1, 4 } do
      known:finish(tries[i], i)
      known:finish(tries[i], i) -- a second time changes nothing
      assert.equal(5 - n, count(tries[3]))
    end
    assert.is_false(known:has_open(tries[3]))
    assert.is_false(known:is_foreign(tries[5], 5))
    assert.is_true(known:is_foreign(tries[3], 5))
  end)

  it("end with an unknown outcome at their deadline, and may end once more", function()
    local first, second, third = begin("x", 1), begin("x", 1), begin("x")
    now = 2
    assert.equal(1, count(third))
    assert.is_true(known:has_open(third))
    known:finish(first, 7)
    known:finish(second, 8)
    assert.equal(1, count(third))
    assert.equal(2, count(begin("x")))
  end)
end)
