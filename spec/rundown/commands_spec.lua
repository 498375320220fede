-- What a person asks of a running show.
local support = require "spec.support.rundown"

describe("a running show", function()
  local stage

  setup(function()
    stage = support.open()
  end)

  teardown(function()
    stage:close()
  end)

  describe("does what it is asked", function()
    local function at_begin(...)
      local wanted = { ... }
      return function(event, show)
        if event.name == "begun" then
          for _, one in ipairs(wanted) do
            show:command(one[1], one[2])
          end
        end
      end
    end

    it("next, skip and a card by its digit", function()
      stage:room()
      local summary = assert(stage:run([[
+10m,push,11,,,,,,,
+11m,push,12,,,,,,,
+12m,push,13,,,,,,,
,push,11,,,,7,,,
]], nil, at_begin({ "next" }, { "skip" })))
      assert.same({ "begun", "push 11 1 done", "push 12 1 skipped", "push 13 1 done" },
        stage.events)
      assert.is_true(stage.cues[1].by_hand)
      assert.is_nil(summary.err)
      stage:room()
      assert(stage:run("+10m,push,12,,,,,,,\n,push,11,,,,7,,,\n", nil,
        at_begin({ "card", "7" }, { "card", "9" })))
      assert.same({ "begun", "push 11 1 done", "push 12 1 done" }, stage.events)
    end)

    it("shift: what names a time of the clock stays", function()
      stage:room()
      local summary = assert(stage:run("+10m,push,11,,,,,,,\n20:12,push,12,,,,,,,\n", nil,
        at_begin({ "shift", 60 })))
      assert.is_true(math.abs(stage.cues[1].due - summary.zero - 660) < 0.01)
      assert.equal(support.START + 720, stage.cues[2].due)
    end)

    it("hold, and go on", function()
      stage:room()
      local summary = assert(stage:run("+10m,push,11,,,,,,,\n", nil, function(event, show)
        if event.name == "begun" then
          show:command("hold")
          stage:at(1000, function() show:command("hold") end)
        end
      end))
      assert.same({ "begun", "held", "released", "push 11 1 done" }, stage.events)
      assert.is_true(stage.cues[1].due - summary.zero > 1590)
    end)

    it("quit: the rest can be done later", function()
      stage:room()
      local summary = assert(stage:run("+10m,push,11,,,,,,,\n", nil, at_begin({ "quit" })))
      assert.equal("interrupted", summary.err.kind)
      assert.same({ "begun" }, stage.events)
      assert.is_nil(assert(stage:run("+10m,push,11,,,,,,,\n")).err)
      assert.same({ "begun", "push 11 1 done" }, stage.events)
    end)

    it("nothing that it does not know", function()
      stage:room()
      local show = assert(stage:show("+10m,push,11,,,,,,,\n"))
      assert.is_false(show:command("dance"))
      show:close()
    end)
  end)
end)
