-- Twelve hours of cards every 45 seconds: memory stays flat, and the quota is known beforehand.
local support = require "spec.support.rundown"

local HOURS = 12

local function memory()
  collectgarbage()
  collectgarbage()
  return collectgarbage("count")
end

describe("a show of twelve hours", function()
  it("leaves memory flat, and shows every card", function()
    local stage = support.open()
    stage:room { end_time = support.START + HOURS * 3600 + 600 }
    local after_an_hour
    local summary = assert(stage:run("start,push,11;12;13,45s,+12h,,,,,\n", nil,
      function(event)
        -- What the spec itself keeps of events is not the show's.
        stage.events, stage.cues = {}, {}
        if not after_an_hour and event.at > support.START + 3600 then
          after_an_hour = memory()
        end
      end))
    local at_the_end = memory()
    assert.is_nil(summary.err)
    assert.equal(HOURS * 80 + 1, summary.counts.done)
    assert.is_true(summary.lateness < 1)
    assert.is_true(at_the_end < after_an_hour + 200,
      ("%.0f kB after an hour, %.0f kB at the end"):format(after_an_hour, at_the_end))
    for _, id in ipairs { 11, 12, 13 } do
      assert.is_true(stage:pushes(id) >= 320)
    end
    stage:close()
  end)
end)
