local price = require "wxlive.catalogue.price"

describe("a listed price", function()
  it("is the one asked for in yuan or in fen", function()
    assert.is_true(price.same(9.5, 9.5))
    assert.is_true(price.same(950, 9.5))
    assert.is_true(price.same(1990, 19.9)) -- 19.9 * 100 is not 1990 in binary
    assert.is_true(price.same(950, nil))
    for _, listed in ipairs { 9.4, 951, 0, 95 } do
      assert.is_false(price.same(listed, 9.5))
    end
    assert.is_false(price.same(nil, 9.5))
    assert.is_false(price.same("9.5", 9.5))
  end)
end)
