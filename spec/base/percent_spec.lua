local percent = require "wxlive.base.percent"

describe("percent:", function()
  it("each %XX is a byte; anything else stays as it is", function()
    assert.equal("a@b c", percent.decode("a%40b%20c"))
    assert.equal("\0\255/", percent.decode("%00%fF/"))
    assert.equal("100% of +", percent.decode("100% of +"))
    assert.equal("%41", percent.decode("%2541"))
    assert.equal("", percent.decode(""))
  end)
end)
