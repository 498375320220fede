-- What is said of a run that could not do everything.
local ends = require "wxlive.shop.ends"

describe("the end of a run", function()
  it("names the file of rejects only when there is one", function()
    local err = ends.of_apply({ in_doubt = 2, rejects = "a.rejects.csv" }, {})
    assert.equal("2 rows may have been done; a.rejects.csv names them", err.message)
    err = ends.of_apply({ in_doubt = 2 }, {})
    assert.equal("2 rows may have been done", err.message)
    assert.equal("2 行结果未知", err.message_zh)
  end)
end)
