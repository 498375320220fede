-- By the real clock: what is looked at beside the cues does not delay them.
local broadcast = require "wxlive.broadcast"
local command = require "spec.support.command"
local memory = require "wxlive.store.memory"
local rundown = require "wxlive.rundown"
local sandbox = require "wxlive.sandbox"

describe("a show by the real clock", function()
  local box, home, live

  before_each(function()
    box, home = assert(sandbox.start { audit_seconds = 0 }), command.directory()
    live = assert(broadcast.new {
      appid = box.appid, secret = box.secret, base_url = box.base_url, token_store = memory.new(),
    })
  end)

  after_each(function()
    box:stop()
    command.remove(home)
  end)

  it("does its cues on time while the platform takes long to say how the room is", function()
    local start = os.time() - 600
    assert(box:control("plant", {
      goods = { { id = 11, name = "cup" }, { id = 12, name = "pot" } },
      rooms = { { id = 1, name = "slow", start_time = start, end_time = start + 7200, goods = {
        { goods_id = 11, on_sale = 1 }, { goods_id = 12, on_sale = 1 } } } },
    }))
    local from = os.time() - start
    command.write(home .. "/r.csv", ("at,do,goods\n+%ds,push,11\n+%ds,push,12\n"):format(from + 2,
      from + 6))
    -- Whether the slow answer has left the sandbox.
    local function is_answered()
      for _, entry in ipairs(box:control("log").entries) do
        if entry.fault == "delay" then
          return true
        end
      end
      return false
    end
    local order = {}
    local show = assert(rundown.open {
      live = live, ledger = home .. "/l.db", path = home .. "/r.csv", room = "slow",
      on_event = function(event)
        if event.name == "begun" then
          -- The first look beside the cues comes right behind this.
          assert(box:control("fault", { on = "get_live_info", kind = "delay", seconds = 7 }))
        elseif event.name == "cue" then
          order[#order + 1] = ("%s %s %s"):format(event.label, event.state,
            is_answered() and "behind" or "before")
        end
      end,
    })
    assert.is_nil(assert(show:run()).err)
    show:close()
    assert.equal("push 11 done before", order[1])
    assert.equal(2, #order)
    assert.equal(1, box:control("faults", {}).faults[1].fired)
  end)
end)
