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

  it("map, column and only make lists of lists", function()
    assert.same({ "a1", "b2" }, tables.map({ "a", "b" }, function(item, i) return item .. i end))
    assert.same({ 1, 2 }, tables.column({ { n = 1 }, { n = 2 } }, "n"))
    assert.same({ 3, 4 }, tables.only({ 1, 3, 2, 4 }, function(n) return n > 2 end))
    assert.same({ a = true, b = true }, tables.set { "a", "b", "a" })
  end)

  it("sorted goes by one field after the other, up or down", function()
    local t = { x = { a = 1, b = 1 }, y = { a = 2, b = 1 }, z = { a = 2, b = 3 } }
    assert.same({ t.x, t.y, t.z }, tables.sorted(t, "a", "b"))
    assert.same({ t.z, t.y, t.x }, tables.sorted(t, "-a", "-b"))
    assert.same({ t.z, t.x, t.y }, tables.sorted(t, "-b", "a"))
    assert.is_false(tables.by("a")(t.y, t.z))
  end)

  it("without is a copy that lacks a field", function()
    local t = { a = 1, b = false }
    assert.same({ b = false }, tables.without(t, "a"))
    assert.same({ a = 1, b = false }, t)
  end)
end)
