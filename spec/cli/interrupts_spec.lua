-- Ctrl-C that only asks to end, of several accounts together.
local core = require "wxlive.core"
local interrupts = require "wxlive.cli.interrupts"

describe("the wish to end", function()
  it("is caught from the first that begins until the last has finished", function()
    local catch, release, log = core.process.catch, core.process.release, {}
    core.process.catch = function() log[#log + 1] = "catch" end
    core.process.release = function() log[#log + 1] = "release" end
    interrupts.begin()
    interrupts.begin()
    interrupts.finish()
    assert.same({ "catch" }, log)
    interrupts.finish()
    interrupts.begin()
    interrupts.finish()
    core.process.catch, core.process.release = catch, release
    assert.same({ "catch", "release", "catch", "release" }, log)
  end)
end)
