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

    -- Sends commands when the show begins; gives their outcomes, as "name state" in order.
    local function outcomes_of(sheet, wanted, more)
      local heard = {}
      assert(stage:run(sheet, more, function(event, show)
        if event.name == "begun" then
          for _, one in ipairs(wanted(show)) do
            assert.is_true(show:command(one[1], one[2], function(outcome)
              heard[#heard + 1] = one[1] .. " " .. outcome.state .. " " .. (outcome.label or "-")
              heard.last = outcome
            end))
          end
        end
      end))
      return heard
    end

    it("and answers once the outcome is known", function()
      stage:room()
      local heard = outcomes_of("+10m,push,11,,,,,,,\n+11m,push,12,,,,,,,\n,push,13,,,,7,,,\n",
        function()
          return { { "card", "7" }, { "card", "8" }, { "next" }, { "skip" }, { "skip" },
            { "shift", 5 }, { "hold", true }, { "go" } }
        end)
      assert.same({ "card done push 13", "card none -", "next done push 11",
        "skip skipped push 12", "skip none -", "shift done -", "hold done -", "go done -",
        last = { state = "done" } }, heard)
      stage:room()
      stage:fault { on = "goods_push", kind = "errcode_before", code = 300024, times = 1 }
      heard = outcomes_of("+10m,push,11,,,,,,,\n", function()
        return { { "next" } }
      end)
      assert.same({ "next failed push 11" }, { heard[1] })
      assert.equal("goods_not_found", heard.last.err.name)
    end)

    it("next and skip of the cue that was meant, or of none", function()
      stage:room()
      local heard = outcomes_of("+10m,push,11,,,,,,,\n+11m,push,12,,,,,,,\n", function(show)
        local first, second = show:state(2).coming[1], show:state(2).coming[2]
        return { { "next", first }, { "skip", first }, { "next", first }, { "skip", second } }
      end)
      assert.same({ "next done push 11", "skip passed -", "next passed -", "skip skipped push 12" },
        { heard[1], heard[2], heard[3], heard[4] })
      assert.equal(1, stage:pushes(11))
    end)

    it("a card of any goods, which the ledger records", function()
      stage:room()
      local heard = outcomes_of("+10m,push,11,,,,,,,\n", function()
        return { { "push", 12 }, { "push", "12" }, { "push", 99 } }
      end)
      assert.same({ "push done push 茶壶", "push done push 茶壶", "push failed push 99" },
        { heard[1], heard[2], heard[3] })
      assert.equal(2, stage:pushes(12))
      local kept = {}
      for i, cue in ipairs(stage:kept()) do
        kept[i] = ("%s %d %s"):format(cue.key, cue.n, cue.state)
      end
      assert.same({ "by hand push 12 1 done", "by hand push 12 2 done",
        "by hand push 99 1 failed" }, { kept[1], kept[2], kept[3] })
    end)

    it("hold, true never goes on", function()
      stage:room()
      assert(stage:run("+10m,push,11,,,,,,,\n", nil, function(event, show)
        if event.name == "begun" then
          show:command("hold", true)
          show:command("hold", true)
          stage:at(1000, function() show:command("go") end)
        end
      end))
      assert.same({ "begun", "held", "released", "push 11 1 done" }, stage.events)
    end)

    it("says that the room is not live yet, and that the show is over", function()
      stage:room()
      local heard = {}
      local function hear(outcome)
        heard[#heard + 1] = outcome.state
      end
      local show = assert(stage:show("+1m,push,11,,,,,,,\n"))
      assert.equal("waiting", show:state(1).phase)
      show:command("next", nil, hear)
      stage.hear = function(event)
        if event.name == "cue" then
          assert.equal("running", show:state(1).phase)
        end
      end
      assert(show:run())
      show:command("next", nil, hear)
      assert.same({ "waiting", "over" }, heard)
      assert.equal("over", show:state(1).phase)
      show:close()
    end)

    it("nothing that it does not know", function()
      stage:room()
      local show = assert(stage:show("+10m,push,11,,,,,,,\n"))
      assert.is_false(show:command("dance"))
      show:close()
    end)
  end)
end)
