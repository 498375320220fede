-- Tokens that a function of the user brings.
local token_world = require "spec.support.token_world"

local world = token_world.world

describe("a token provider", function()
  it("is asked for tokens, and told which one was refused", function()
    local w = world()
    local asked = {}
    local t = w.manager { store = false, provider = function(refused)
      asked[#asked + 1] = refused or "-"
      return "P" .. #asked, 7200
    end }
    assert.equal("P1", t:get(w.now + 10))
    assert.equal("P1", t:get(w.now + 10))
    assert.equal("P2", t:refused("P1", w.now + 10))
    assert.same({ "-", "P1" }, asked)
    assert.equal(0, w.fetches)
  end)

  it("that does not say how long a token lives is asked again after a minute", function()
    local w = world()
    local asked = 0
    local t = w.manager { store = false, provider = function()
      asked = asked + 1
      return "P"
    end }
    assert.equal("P", t:get())
    w.now = w.now + 55
    assert.equal("P", t:get())
    assert.equal(1, asked)
    w.now = w.now + 10
    assert.equal("P", t:get())
    assert.equal(2, asked)
  end)

  it("that keeps a refused token is reported", function()
    local w = world()
    local t = w.manager { store = false, provider = function() return "P", 7200 end }
    assert.equal("P", t:get())
    local token, err = t:refused("P")
    assert.is_nil(token)
    assert.equal("token_refused_again", err.name)
  end)

  it("is asked again soon for a token that the platform refused once, by mistake", function()
    local w = world()
    local t = w.manager { store = false, provider = function() return "P", 7200 end }
    assert.equal("P", t:get())
    assert.is_nil((t:refused("P")))
    w.now = w.now + 4
    assert.is_nil((t:get()))
    w.now = w.now + 2
    assert.equal("P", t:get())
  end)

  it("that raises is an error", function()
    local w = world()
    local t = w.manager { store = false, provider = function() error("no vault", 0) end }
    local token, err = t:get(w.now + 10)
    assert.is_nil(token)
    assert.is_truthy(err.message:find("no vault", 1, true))
  end)

  it("that gives nothing is an error", function()
    local w = world()
    local t = w.manager { store = false, provider = function() return nil, "vault is sealed" end }
    local token, err = t:get(w.now + 10)
    assert.is_nil(token)
    assert.is_truthy(err.message:find("vault is sealed"))
  end)
end)
