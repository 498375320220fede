local steps = require "wxlive.base.steps"

describe("steps", function()
  it("get the same arguments, and follow each other to the end", function()
    local done = {}
    local function step(...) done[#done + 1] = table.concat({ ... }, "+") return true end
    assert.is_true(steps.run({ step, step }, "a", "b"))
    assert.same({ "a+b", "a+b" }, done)
  end)

  it("end at the first one that fails, with its error", function()
    local reached
    local ok, err = steps.run {
      function() return false end,
      function() return nil, "no disk" end,
      function() reached = true end,
    }
    assert.is_nil(ok)
    assert.equal("no disk", err)
    assert.is_nil(reached)
  end)
end)
