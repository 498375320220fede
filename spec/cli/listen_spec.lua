-- `wxlive listen --platform` says when the ticket stays away.
local listen = require "wxlive.cli.commands.listen"
local worlds = require "spec.support.platform"

describe("the watch over the ticket", function()
  it("says at most every ten minutes that it stays away", function()
    local world, said, now = worlds.new(), {}, 0
    local watch = listen.ticket_watch(world.platform, function(text)
      said[#said + 1] = tostring(text)
    end, function() return now end)
    local function look(seconds)
      now = now + seconds
      watch()
      return #said
    end
    assert.equal(0, look(599))
    assert.equal(1, look(1))
    assert.is_truthy(said[1]:find("component_verify_ticket", 1, true))
    world:ticket()
    assert.equal(1, look(600))
    world:advance(3600)
    assert.equal(1, look(300))
    assert.equal(2, look(300))
    assert.is_truthy(said[2]:find("60", 1, true))
    world:ticket()
    assert.equal(2, look(600))
    world.vault.get = function() return nil, "gone" end
    assert.equal(3, look(600))
    assert.is_truthy(said[3]:find("the vault failed: gone", 1, true))
  end)
end)
