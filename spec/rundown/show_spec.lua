-- A show runs by its rundown: on time, and no failure ends it.
local support = require "spec.support.rundown"

describe("a running show", function()
  local stage

  setup(function()
    stage = support.open()
  end)

  teardown(function()
    stage:close()
  end)

  it("does each cue at its time, from the real start on", function()
    stage:room()
    stage:set(-5, 101) -- five seconds before the plan
    local summary = assert(stage:run([[
+10m,push,茶杯,,,,,,,
start,note,,,,,,hello,,
+5m,on sale,14,,,,,,,
20:20,mute,,,,,,,,
+12m,push,pages/goods?id=11;12;13,60s,+15m,,,,,
]]))
    assert.same({ "begun", "note hello 1 done", "on sale 14 1 done", "push 茶杯 1 done",
      "push pages/goods?id=11 1 done", "push 12 2 done", "push 13 3 done",
      "push pages/goods?id=11 4 done", "mute 1 done" }, stage.events)
    assert.is_nil(summary.err)
    assert.equal(8, summary.counts.done)
    assert.is_true(math.abs(summary.zero - (support.START - 5)) < 3)
    for i, seconds in ipairs { 0, 300, 600, 720, 780, 840, 900 } do
      assert.is_true(math.abs(stage.cues[i].due - summary.zero - seconds) < 0.01)
    end
    assert.equal(support.START + 1200, stage.cues[9 - 1].due)
    assert.is_true(summary.lateness < 1)
    assert.equal(3, stage:pushes(11))
  end)

  it("goes on when its ledger fails, and says so", function()
    stage:room()
    local summary = assert(stage:run("+1m,push,11,,,,,,,\n+2m,push,12,,,,,,,\n", nil,
      function(event, show)
        if event.name == "cue" and event.row.line == 2 then
          show.ledger:close()
        end
      end))
    assert.equal(2, summary.counts.done)
    assert.truthy(table.concat(stage.events, " "):find("ledger_failed push 12 1 done"))
    assert.same({ 1, 1 }, { stage:pushes(11), stage:pushes(12) })
  end)

  it("looks around between cues that are late", function()
    stage:room()
    local rows, done = {}, 0
    for i = 1, 40 do
      rows[i] = ("%ds,hook,,,,do,,,,,slow\n"):format(i)
    end
    local summary = assert(stage:run(table.concat(rows), {
      hooks = { slow = function() stage.clock.wait(60) return true end },
      interrupted = function() return done == 3 end,
    }, function(event)
      done = done + (event.name == "cue" and 1 or 0)
    end))
    assert.equal("interrupted", summary.err.name)
    assert.equal(3, summary.counts.done)
  end)
end)
