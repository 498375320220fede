-- One cue: within its deadline, repeated only where that is harmless.
local rehearsal = require "wxlive.rundown.rehearsal"
local support = require "spec.support.rundown"

describe("a cue of a running show", function()
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

    it("that another person showed: a clip of theirs is no proof", function()
      stage:room()
      stage:fault { on = "goods_push", kind = "reset_before", skip = 1 }
      stage:at(240, function()
        assert(rehearsal.client(stage.box, stage.clock):goods_push(stage.id, 11))
      end)
      local summary = assert(stage:run("+5m,push,11,,,,,,,\n"))
      assert.equal("push 11 1 unknown", stage.events[2])
      assert.equal(1, stage:pushes(11)) -- theirs
      assert.equal("cues_unknown", summary.err.name)
    end)

    it("that was shown where nothing could be looked at before: it cannot be told", function()
      stage:room()
      stage:fault { on = "goods_video", kind = "errcode_before", code = 48001 }
      stage:fault { on = "goods_push", kind = "errcode_after" }
      assert(stage:run("+1m,push,11,,,,,,,\n"))
      assert.equal("push 11 1 unknown", stage.events[2])
      assert.equal(1, stage:pushes(11))
    end)

    it("asking once for each of the goods, shortly before its first card", function()
      stage:room()
      local asked = {}
      local client = rehearsal.client(stage.box, stage.clock)
      local ask = client.goods_video
      function client.goods_video(self, room_id, goods_id, options)
        table.insert(asked, { goods_id, math.floor(stage.clock.now() - support.START) })
        return ask(self, room_id, goods_id, options)
      end
      assert(stage:run("+20m,push,11;12,20s,+21m,,,,,\n", { live = client }))
      assert.same({ "11", "12" }, { asked[1][1], asked[2][1] })
      assert.is_nil(asked[3])
      assert.is_true(asked[1][2] >= 1140 and asked[2][2] < 1220)
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
    file:write("at,do,hook,note\n+1m,hook,lights,blue\n+2m,hook,broken,\n+3m,hook,none,\n"
      .. "+4m,hook,dark,\n")
    file:close()
    stage:room()
    local summary = assert(stage:run("+1m,mute,,,,,,,,\n", { path = path, hooks = {
      lights = function(cue) heard = cue.note end,
      broken = function() error("no light") end,
      dark = function() return false, "no power" end,
    } }))
    assert.equal("blue", heard)
    assert.same({ "begun", "hook lights 1 done", "hook broken 1 failed", "hook none 1 failed",
      "hook dark 1 failed" }, stage.events)
    assert.truthy(tostring(stage.cues[4].err):find("no power", 1, true))
    assert.equal(3, summary.counts.failed)
  end)
end)
