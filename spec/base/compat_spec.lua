-- Numbers as text.
local compat = require "wxlive.base.compat"

describe("a number as an id", function()
  it("is written in digits, and never rounded", function()
    for value, text in pairs { [7] = "7", [2 ^ 53] = "9007199254740992", [1e14] = "100000000000000",
      [2.4] = "2.4", [2.5] = "2.5", [-1.5] = "-1.5" } do
      assert.equal(text, compat.integer_text(value))
    end
    assert.equal("18446744073709551616", compat.integer_text("18446744073709551616"))
    for _, value in ipairs { 1 / 0, 0 / 0 } do
      assert.is_nil(compat.integer_text(value):find("^%d"))
    end
  end)
end)
