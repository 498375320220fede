-- A show runs by its rundown: on time, nothing twice, and no failure ends it.
local cues = require "wxlive.ledger.cues"
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

  it("does each cue at its time, from the real start on", function()
    stage:room()
    stage:set(-30, 101) -- half a minute before the plan
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
    assert.is_true(math.abs(summary.zero - (support.START - 30)) < 3)
    for i, seconds in ipairs { 0, 300, 600, 720, 780, 840, 900 } do
      assert.is_true(math.abs(stage.cues[i].due - summary.zero - seconds) < 0.01)
    end
    assert.equal(support.START + 1200, stage.cues[9 - 1].due)
    assert.is_true(summary.lateness < 1)
    assert.equal(3, stage:pushes(11))
  end)

  it("goes on behind what fails, and says why", function()
    stage:room()
    local summary = assert(stage:run([[
+1m,push,14,,,,,,,
+2m,push,15,,,,,,,
+3m,push,nothing like it,,,,,,,
+4m,push,12,,,,,,,
]]))
    assert.same({ "begun", "push 14 1 failed", "push 15 1 failed", "push nothing like it 1 failed",
      "push 12 1 done" }, stage.events)
    assert.equal("goods_off_shelf", stage.cues[1].err.name)
    assert.equal("goods_not_in_room", stage.cues[2].err.name)
    assert.equal("goods_not_found", stage.cues[3].err.name)
    assert.equal("cues_left", summary.err.name)
    assert.truthy(stage:kept()[1].reason:find("goods_off_shelf", 1, true))
  end)

  it("tries again while another card is shown", function()
    stage:room()
    assert(stage:run("+1m,push,11,,,,,,,\n+1m,push,12,,,,,,,\n"))
    assert.same({ "begun", "push 11 1 done", "push 12 1 done" }, stage.events)
  end)

  describe("looks for a card whose outcome is unknown", function()
    it("that was shown", function()
      stage:room()
      stage:fault { on = "goods_push", kind = "errcode_after" }
      assert.is_nil(assert(stage:run("+1m,push,11,,,,,,,\n")).err)
      assert.equal("push 11 1 done", stage.events[2])
      assert.equal(1, stage:pushes(11))
    end)

    it("that was not: it is pushed again, once the platform has settled", function()
      stage:room()
      stage:fault { on = "goods_push", kind = "reset_before" }
      assert.is_nil(assert(stage:run("+1m,push,11,,,,,,,\n")).err)
      assert.equal("push 11 1 done", stage.events[2])
      assert.equal(1, stage:pushes(11))
    end)

    it("of goods that were shown before: it cannot be told, and is not repeated", function()
      stage:room()
      stage:fault { on = "goods_push", kind = "errcode_after", skip = 1 }
      local summary = assert(stage:run("+1m,push,11,,,,,,,\n+2m,push,11,,,,,,,\n"))
      assert.same({ "push 11 1 done", "push 11 1 unknown" }, { stage.events[2], stage.events[3] })
      assert.equal(2, stage:pushes(11))
      assert.equal("cues_unknown", summary.err.name)
      assert.is_true(summary.err.ambiguous)
    end)
  end)

  it("repeats what is harmless, until its deadline", function()
    stage:room()
    stage:fault { on = "update_comment", kind = "errcode_before", times = 6 }
    assert.is_nil(assert(stage:run("+1m,mute,,,,,,,,\n")).err)
  end)

  it("never delays the next cue by more than the deadline", function()
    stage:room()
    stage:fault { on = "goods_push", kind = "errcode_before", code = 300047, times = 1000 }
    assert(stage:run("+1m,push,11,,,,,,,\n+61s,note,,,,,,next,,\n"))
    assert.equal("failed", stage.cues[1].state)
    assert.is_true(stage.cues[2].lateness < 16)
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

  describe("that was ended goes on", function()
    local text = [[
+1m,push,11,,,,,,,
+2m,push,12,,,,,,,
+3m,mute,,,,,,,,
+30m,push,13,60s,+33m,,,,shuffled,
]]

    it("from the same zero: what is done stays done, what is late follows its row", function()
      stage:room()
      local first = assert(stage:run(text, nil, function(event, show)
        if event.name == "cue" then
          show:command("quit")
        end
      end))
      stage.clock.wait(600)
      local summary = assert(stage:run(text))
      assert.equal(first.zero, summary.zero)
      assert.same({ "begun", "push 12 1 late", "mute 1 done", "push 13 1 done", "push 13 2 done",
        "push 13 3 done", "push 13 4 done" }, stage.events)
      assert.same({ 1, 0 }, { stage:pushes(11), stage:pushes(12) })
    end)

    it("and settles what its process had begun", function()
      stage:room()
      local ledger = stage:ledger()
      assert(cues.take(ledger, stage.id, "1"))
      stage.clock.wait(120)
      assert(cues.keep(ledger, stage.id, { zero = support.START, shift = 0 }))
      local at = support.START + 55
      local function begun(key, action, goods_id)
        at = at + 1
        assert.is_true(cues.begin(ledger, stage.id, {
          key = key, n = 1, action = action, goods_id = goods_id, from_start = 0,
          due = support.START + 55, begun_at = at,
        }))
      end
      -- 11 was shown, 12 was not; a hook is never run twice.
      local show = assert(stage:show(text))
      assert(show.live:goods_push(stage.id, 11))
      show:close()
      begun("push|+1m|11|", "push", "11")
      begun("push|+2m|12|", "push", "12")
      begun("hook|+1m||gone", "hook")
      assert(cues.release(ledger, stage.id))
      ledger:close()
      local summary = assert(stage:run(text))
      assert.same({ "push 11 done", "hook|+1m||gone unknown" }, {
        stage.events[1]:gsub(" 1 ", " "), (stage.events[2]:gsub(" 1 ", " ")) })
      assert.equal("push 12 1 done", stage.events[4])
      assert.same({ 1, 1 }, { stage:pushes(11), stage:pushes(12) })
      assert.equal(1, summary.counts.unknown)
    end)

    it("unless another process that lives has the room", function()
      stage:room()
      local ledger = stage:ledger()
      assert(cues.take(ledger, stage.id, "1"))
      local summary, err = stage:run(text)
      assert.is_nil(summary)
      assert.equal("rundown_taken", err.name)
      assert(cues.release(ledger, stage.id))
      ledger:close()
    end)
  end)

  it("killed in a pause of the room goes on with it; held by hand it stays held", function()
    for status, wanted in pairs {
      [105] = "begun held begun released push 11 1 done", [101] = "begun held begun",
    } do
      stage:room()
      stage:set(60, status)
      local seen = {}
      local function run(quit_at)
        local now
        stage:at(quit_at, function() now:command("quit") end)
        stage:run("+10m,push,11,,,,,,,\n", nil, function(event, show)
          now = show
          if event.name == "begun" and status == 101 and quit_at == 200 then
            show:command("hold")
          end
        end)
        for _, name in ipairs(stage.events) do
          seen[#seen + 1] = name
        end
      end
      run(200)
      stage:set(400, 101)
      run(3000)
      assert.equal(wanted, table.concat(seen, " "))
    end
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

  it("keeps its zero when it is started again and the platform cannot be asked at first", function()
    stage:room()
    local zero
    assert(stage:run("+9m,note,,,,,,x,,\n+10m,push,11,,,,,,,\n", nil, function(event, show)
      zero = zero or event.zero
      if event.name == "begun" then
        stage:at(60, function() show:command("quit") end)
      end
    end))
    local show = assert(stage:show("+10m,push,11,,,,,,,\n"))
    stage:fault { on = "get_live_info", kind = "errcode_before", times = 12 }
    local summary = assert(show:run())
    show:close()
    assert.equal(zero, summary.zero)
    assert.equal(1, stage:pushes(11))
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
  end)

  it("tells its subscribers through the shop, each once", function()
    stage:room()
    assert(stage:run("+1m,notify,,,,,,,,\n"))
    assert.same({ "begun", "notify 1 failed" }, stage.events)
    assert.equal("nobody_told", stage.cues[1].err.name)
  end)

  it("runs hooks, and outlives them", function()
    local heard
    local path = stage.home .. "/hooks.csv"
    local file = assert(io.open(path, "w"))
    file:write("at,do,hook,note\n+1m,hook,lights,blue\n+2m,hook,broken,\n+3m,hook,none,\n")
    file:close()
    stage:room()
    local summary = assert(stage:run("+1m,mute,,,,,,,,\n", { path = path, hooks = {
      lights = function(cue) heard = cue.note end,
      broken = function() error("no light") end,
    } }))
    assert.equal("blue", heard)
    assert.same({ "begun", "hook lights 1 done", "hook broken 1 failed", "hook none 1 failed" },
      stage.events)
    assert.equal(2, summary.counts.failed)
  end)

  describe("whose file is edited", function()
    it("goes on with the new rows, and says what is different", function()
      stage:room()
      local before = "+1m,push,11,,,,,,,\n+10m,push,12,,,,,,,\n+20m,push,13,60s,+22m,,,,,\n"
      stage:at(120, function()
        stage:sheet("+1m,push,11,,,,,,,\n+11m,push,13,,,,,,,\n+20m,push,13,30s,+21m,,,,,\n")
      end)
      local difference
      assert(stage:run(before, nil, function(event)
        difference = difference or event.name == "edited" and event
      end))
      assert.same({ "begun", "push 11 1 done", "edited", "push 13 1 done", "push 13 1 done",
        "push 13 2 done", "push 13 3 done" }, stage.events)
      assert.same({ 1, 1, 1 }, { #difference.added, #difference.removed, #difference.changed })
    end)

    it("also before it begins", function()
      stage:room()
      stage:at(-30, function()
        stage:sheet("start,push,12,,,,,,,\n")
      end)
      assert(stage:run("start,push,11,,,,,,,\n"))
      assert.same({ "edited", "begun", "push 12 1 done" }, stage.events)
    end)

    it("checks the new rows", function()
      stage:room()
      stage:at(120, function()
        stage:sheet("+1m,push,11,,,,,,,\n+10m,push,nothing,,,,,,,\n")
      end)
      local problems
      assert(stage:run("+1m,push,11,,,,,,,\n+9m,note,,,,,,x,,\n", nil, function(event)
        problems = problems or event.name == "edited" and event.problems
      end))
      assert.equal(3, problems[1].line)
      assert.equal("push nothing 1 failed", stage.events[#stage.events])
    end)

    it("keeps the old rows while the new ones are wrong", function()
      stage:room()
      stage:at(120, function()
        stage:sheet("+1m,push,11,,,,,,,\n+10m,dance,12,,,,,,,\n")
      end)
      local problems
      assert(stage:run("+1m,push,11,,,,,,,\n+10m,push,12,,,,,,,\n", nil, function(event)
        problems = problems or event.problems
      end))
      assert.same({ "begun", "push 11 1 done", "edit_refused", "push 12 1 done" }, stage.events)
      assert.equal(3, problems[1].line)
    end)
  end)
end)
