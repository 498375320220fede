-- What the event loop of plain Lua keeps of a task when it is over: nothing.
local loops = require "wxlive.concurrent.loop"

describe("the loop", function()
  -- A task holds its coroutine. Where the collector knows no ephemerons (LuaJIT), a weak table from
  -- the one to the other keeps both for ever.
  it("forgets a task that has ended", function()
    local loop = loops.new()
    local kept = setmetatable({}, { __mode = "k" })
    for _ = 1, 100 do
      local task = loop:spawn(function()
        loop:sleep(0)
        return true
      end)
      kept[task.co] = true
      loop:run(task)
      assert.is_true(task.ok)
    end
    collectgarbage("collect")
    collectgarbage("collect")
    local left = 0
    for _ in pairs(kept) do
      left = left + 1
    end
    -- the last one may still lie on the stack
    assert.is_true(left <= 2, left .. " coroutines are still there")
  end)

  it("forgets a task that raised", function()
    local loop = loops.new()
    local task = loop:spawn(error, "wrong")
    loop:run(task)
    assert.is_false(task.ok)
    assert.is_nil(loop.of[task.co])
  end)
end)
