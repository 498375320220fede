-- A show that was ended or killed goes on, and does nothing twice.
local cues = require "wxlive.ledger.cues"
local support = require "spec.support.rundown"

describe("a show", function()
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

    it("from the zero that a person names then", function()
      stage:room()
      stage.clock.wait(300)
      local function leave(event, show)
        if event.name == "begun" then
          show:command("quit")
        end
      end
      assert.equal(support.START, assert(stage:run(text, nil, leave)).zero)
      local resumed
      local summary = assert(stage:run(text, { zero = support.START + 200 }, function(event, show)
        resumed = resumed or event.resumed
        leave(event, show)
      end))
      assert.equal(support.START + 200, summary.zero)
      assert.is_true(resumed)
      assert.equal(support.START + 200, assert(stage:run(text, nil, leave)).zero)
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
      -- 11 was shown, and had no clip before; 12 was not shown; a hook is never run twice.
      assert(ledger:see("clip", stage.id .. "/11", "absent"))
      local show = assert(stage:show(text))
      assert(show.live:goods_push(stage.id, 11))
      show:close()
      begun("push|+0:01:00|11|", "push", "11")
      begun("push|+0:02:00|12|", "push", "12")
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

  it("ends when another process has its room: this one was silent for so long", function()
    stage:room()
    local other = stage:ledger()
    stage:at(120, function()
      assert(other.db:change("UPDATE rundown SET owner = NULL"))
      assert(cues.take(other, stage.id, "1"))
    end)
    local summary = assert(stage:run("+1m,push,11,,,,,,,\n+9m,push,12,,,,,,,\n"))
    assert.equal("rundown_taken", summary.err.name)
    assert.equal(1, summary.counts.done)
    assert(cues.release(other, stage.id))
    other:close()
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
end)
