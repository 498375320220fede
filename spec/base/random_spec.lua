local random = require "wxlive.base.random"

describe("random:", function()
  it("hex digits of so many bytes, others each time", function()
    local one, other = random.hex(8), random.hex(8)
    assert.truthy(one:find("^%x+$"))
    assert.equal(16, #one)
    assert.are_not.equal(one, other)
  end)
end)
