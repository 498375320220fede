local tables = require "wxlive.base.tables"

describe("tables:", function()
  it("a merged table is new, and a later table wins", function()
    local first = { a = 1, b = 2 }
    local merged = tables.merged(first, nil, { b = false, c = 3 })
    assert.same({ a = 1, b = false, c = 3 }, merged)
    assert.same({ a = 1, b = 2 }, first)
    assert.same({}, tables.merged(nil))
  end)

  it("put adds to the first table and returns it", function()
    local into = { a = 1 }
    assert.equal(into, tables.put(into, { a = 2 }, { b = 3 }, nil))
    assert.same({ a = 2, b = 3 }, into)
  end)

  it("keys are sorted", function()
    assert.same({ "a", "b", "c" }, tables.keys { c = 1, a = 2, b = false })
    assert.same({}, tables.keys {})
  end)
end)
