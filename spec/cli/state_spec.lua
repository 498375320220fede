-- --state: the words of the platform's states, in either language and as people type them.
local state = require "wxlive.cli.state"
local states = require "wxlive.catalogue.states"

describe("a state on the command line", function()
  it("is read by its words and by its number", function()
    for text, code in pairs {
      ["under audit"] = 1, ["under-audit"] = 1, under_audit = 1, ["Approved"] = 2, ["审核驳回"] = 3,
      ["0"] = 0,
    } do
      assert.equal(code, (state.read(states.audit, text)), text)
    end
    assert.equal(102, (state.read(states.room, "not-started")))
  end)

  it("is refused with the words that there are, in the order of the states", function()
    local code, err = state.read(states.audit, "aproved")
    assert.is_nil(code)
    assert.equal("usage", err.kind)
    assert.equal("no state is called aproved; did you mean approved?", err.message)
    assert.equal("one of not submitted, under audit, approved, rejected", err.hint)
    assert.equal("可用：未审核、审核中、审核通过、审核驳回", err.hint_zh)
  end)
end)
