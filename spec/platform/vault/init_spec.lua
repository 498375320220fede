-- Vaults: in memory, and what a table of one's own must have.
local contract = require "spec.support.contracts.vault"
local memory = require "wxlive.platform.vault.memory"
local vaults = require "wxlive.platform.vault"

contract({ describe = describe, it = it, before_each = before_each }, "memory", memory.new)

describe("a vault of one's own", function()
  it("must have the five methods", function()
    assert.is_nil(vaults.check(memory.new()))
    assert.matches("no put", tostring(vaults.check({ get = print })), 1, true)
  end)
end)
