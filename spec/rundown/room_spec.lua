-- The room of a running show: found, waited for, followed.
local rehearsal = require "wxlive.rundown.rehearsal"
local support = require "spec.support.rundown"

describe("a running show", function()
  local stage

  setup(function()
    stage = support.open()
  end)

  teardown(function()
    stage:close()
  end)

  before_each(function()
    stage.box:control("faults", { clear = true })
  end)

  it("holds while the room is paused, and what is to come is later by that", function()
    stage:room()
    stage:set(300, 105)
    stage:set(600, 101)
    local summary = assert(stage:run([[
+7m,push,11,,,,,,,
20:15,note,,,,,,by the clock,,
]]))
    assert.same({ "begun", "held", "released", "push 11 1 done", "note by the clock 1 done" },
      stage.events)
    local moved = stage.cues[1].due - summary.zero - 420
    assert.is_true(moved > 240 and moved < 345, moved)
    assert.equal(support.START + 900, stage.cues[2].due)
  end)

  it("takes a card back that a pause refuses, and shows it when the show goes on", function()
    stage:room()
    stage:set(299, 105)
    stage:set(400, 101)
    assert.is_nil(assert(stage:run("+5m,push,11,,,,,,,\n")).err)
    assert.same({ "begun", "held", "released", "push 11 1 done" }, stage.events)
    assert.equal(1, stage:pushes(11))
  end)

  it("ends when the room ends, and names what was missed", function()
    stage:room()
    stage:set(300, 103)
    local summary = assert(stage:run([[
+1m,push,11,,,,,,,
+10m,push,12,,,,,,,
+1m,push,13,60s,,,,,,
]]))
    assert.equal("over", summary.ended)
    assert.equal("push 12 1 missed", stage.events[#stage.events])
    assert.equal(1, summary.counts.missed)
    assert.equal("missed", stage:kept()[#stage:kept()].state)
  end)

  it("names rows that repeat as missed when they have not begun, or were to end later", function()
    stage:room()
    stage:set(300, 103)
    local summary = assert(stage:run([[
+1m,push,11,60s,+4m,,,,,
+2m,push,12,60s,+20m,,,,,
+10m,push,13,60s,,,,,,
]]))
    assert.same({ "push 12 4 missed", "push 13 1 missed" },
      { stage.events[#stage.events - 1], stage.events[#stage.events] })
    assert.equal(2, summary.counts.missed)
    assert.equal("cues_left", summary.err.name)
  end)

  it("ends at a cue that the ended room refuses: it was missed, it did not fail", function()
    stage:room()
    stage:set(299, 103)
    local summary = assert(stage:run([[
+1m,push,13,60s,,,,,,
+5m,off sale,12,,,,,,,
+10m,push,11,,,,,,,
]]))
    assert.same({ 4, 0, 2 }, { summary.counts.done, summary.counts.failed, summary.counts.missed })
    assert.equal("over", stage.events[#stage.events - 2])
    stage:room()
    stage:set(299, 103)
    summary = assert(stage:run("+1m,push,13,60s,,,,,,\n"))
    assert.is_nil(summary.err)
    assert.equal(4, summary.counts.done)
  end)

  it("goes on after the planned end while the room is live", function()
    stage:room { end_time = support.START + 1800 }
    stage:at(10, function()
      -- The console's extension.
      local room = stage.box:control("state").room[stage.id]
      room.end_time = support.START + 3600
      stage.box:control("plant", { rooms = { room } })
    end)
    assert(stage:run("+20m,push,11,,,,,,,\n+40m,push,12,,,,,,,\n"))
    assert.same({ "begun", "extended", "push 11 1 done", "push 12 1 done" }, stage.events)
  end)

  it("takes the plan for zero when the room was live already, and says so", function()
    stage:room()
    stage.clock.wait(300)
    local supposed
    local summary = assert(stage:run("+10m,push,11,,,,,,,\n", nil, function(event)
      supposed = supposed or event.supposed
    end))
    assert.is_true(supposed)
    assert.equal(support.START, summary.zero)
  end)

  it("is opened although the platform cannot be asked at first", function()
    stage:room()
    stage:fault { on = "get_live_info", kind = "expire_token", times = 4 }
    assert.is_nil(assert(stage:run("+1m,push,11,,,,,,,\n")).err)
    stage:fault { on = "get_live_info", kind = "errcode_before", code = 48001, times = 9 }
    local show, err = stage:show("+1m,push,11,,,,,,,\n")
    assert.is_nil(show)
    assert.equal(48001, err.code)
  end)

  it("reports a room that was deleted before its start once, and each new failure", function()
    stage:room { start_time = support.START + 600 }
    stage:at(-5, function()
      assert(rehearsal.client(stage.box, stage.clock):delete_room(stage.id))
    end)
    stage:at(300, function()
      stage:fault { on = "get_live_info", kind = "errcode_before", code = 47001 }
    end)
    local _, err = stage:run("+10m,push,11,,,,,,,\n", { polls = 30 })
    assert.equal("not_live", err.name)
    assert.same({ "poll_failed", "poll_failed", "poll_failed" }, stage.events)
    assert.equal("room_not_found", stage.last.err.name)
  end)

  it("does not wait without end for a room", function()
    stage:room { type = 1 }
    local summary, err = stage:run("+10m,push,11,,,,,,,\n", { polls = 5 })
    assert.is_nil(summary)
    assert.equal("not_live", err.name)
    stage:room { type = 1 }
    stage:set(-10, 103)
    summary, err = stage:run("+10m,push,11,,,,,,,\n")
    assert.is_nil(summary)
    assert.equal("room_over", err.name)
    assert.equal("the room is over: ended", err.message)
    assert.is_nil(err.hint:find("once the room is live", 1, true))
  end)
end)
