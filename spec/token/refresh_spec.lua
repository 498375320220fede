-- Refreshing a token before it ends, by its caller or in the background.
local Error = require "wxlive.error"
local token_world = require "spec.support.token_world"

local world = token_world.world

describe("refreshing ahead", function()
  it("happens once, with the token at hand in use meanwhile", function()
    local w = world()
    local t
    t = w.manager { sleep = function() error("nobody waits for it") end }
    assert.equal("T1", t:get(w.now + 10))
    w.now = w.now + 7100
    local plain_fetch = w.fetch
    w.fetch = function(...)
      for _ = 1, 20 do
        assert.equal("T1", t:get(w.now + 10))
      end
      return plain_fetch(...)
    end
    assert.equal("T2", t:get(w.now + 10))
    assert.equal(2, w.fetches)
  end)

  -- A background as nginx has it: jobs run while their callers sleep.
  local function with_jobs(changes)
    local w = world(changes)
    local jobs = {}
    function w.run_jobs()
      while jobs[1] do
        table.remove(jobs, 1)()
      end
    end
    w.on_sleep = w.run_jobs
    w.jobs = jobs
    return w, w.manager { detached = true, background = function(job)
      jobs[#jobs + 1] = job
      return true
    end }
  end

  it("is left to the background where there is one", function()
    local w, t = with_jobs()
    assert.equal("T1", t:get(w.now + 10))
    w.now = w.now + 7100
    for _ = 1, 5 do
      assert.equal("T1", t:get(w.now + 10))
    end
    assert.equal(1, w.fetches)
    assert.equal(1, #w.jobs)
    w.run_jobs()
    assert.equal("T2", t:get(w.now + 10))
    assert.equal(2, w.fetches)
  end)

  it("is left to the background when the token was found old in the store", function()
    local w, t = with_jobs()
    assert(w.store:set(t.key, ('{"token":"T0","expires_at":%d,"fetched_at":%d}'):format(
      w.now + 100, w.now - 7100), 7200))
    assert.equal("T1", t:get(w.now + 10))
    assert.is_nil((w.store:get(t.key .. ":lock")))
    assert.equal(1, w.fetches)
  end)

  it("is left to a background that ends with its caller, too, and nothing else is", function()
    local w = world()
    local jobs = {}
    local t = w.manager { background = function(job)
      jobs[#jobs + 1] = job
      return true
    end }
    assert(w.store:set(t.key, ('{"token":"T0","expires_at":%d,"fetched_at":%d}'):format(
      w.now + 100, w.now - 7100), 7200))
    assert.equal("T0", t:get(w.now + 10))
    assert.equal(0, w.fetches)
    jobs[1]()
    assert.equal("T1", t:get(w.now + 10))
    assert.is_nil((w.store:get(t.key .. ":lock")))
    w.now = w.now + 7300
    assert.equal("T2", t:get(w.now + 10))
    assert.equal(1, #jobs)
  end)

  it("in the background has the time of a fetch, whatever its caller has", function()
    local w, t = with_jobs()
    assert.equal("T1", t:get(w.now + 10))
    w.now = w.now + 7100
    local given
    w.fetch = function(_, seconds)
      given = seconds
      return { access_token = "T2", expires_in = 7200 }
    end
    assert.equal("T1", t:get(w.now + 1))
    w.run_jobs()
    assert.equal(10, given)
  end)

  it("that the background never begins, or is told to drop, is begun again", function()
    for _, told in ipairs { false, true } do
      local w, t = with_jobs()
      assert.equal("T1", t:get(w.now + 10))
      w.now = w.now + 7000
      assert.equal("T1", t:get(w.now + 10))
      local dropped = table.remove(w.jobs)
      if told then
        dropped(true)
      else
        w.now = w.now + 1.5
      end
      assert.equal("T1", t:get(w.now + 10))
      assert.equal(1, #w.jobs)
      w.run_jobs()
      assert.equal("T2", t:get(w.now + 10))
    end
  end)

  it("a job that never begins keeps no caller without a token", function()
    for _, told in ipairs { false, true } do
      local w = world()
      local jobs = {}
      local t = w.manager { detached = true, background = function(job)
        jobs[#jobs + 1] = job
        return true
      end }
      w.on_sleep = function()
        if told then
          jobs[1](true)
        end
      end
      local began = w.now
      assert.equal("T1", t:get(w.now + 10))
      assert.is_true(w.now - began < 2.5)
      assert.equal(1, #jobs)
    end
  end)

  it("what a job failed at is told to its caller, though it is nobody else's failure", function()
    local w, t = with_jobs { fail = { kind = "invalid", name = "bad_argument", message = "x" } }
    assert.equal("bad_argument", select(2, t:get(w.now + 10)).name)
    assert.equal(1, w.fetches)
    assert.is_nil((w.store:get(t.key .. ":failure")))
    w.fail = nil
    assert.equal("T2", t:get(w.now + 10))
  end)

  it("a job that raises is its caller's error, and the next one tries anew", function()
    local w, t = with_jobs()
    assert.equal("T1", t:get(w.now + 10))
    w.now = w.now + 7300
    local real = t.shared.cell
    t.shared.cell = setmetatable({}, { __index = function(_, name)
      return function(_, ...)
        if name == "expires" then
          error("no memory", 0)
        end
        return real[name](real, ...)
      end
    end })
    local jobs = w.run_jobs
    w.on_sleep = function() pcall(jobs) end
    local _, err = t:get(w.now + 10)
    assert.is_truthy(err.message:find("no memory", 1, true))
    t.shared.cell = real
    w.now = w.now + 1
    assert.is_truthy(t:get(w.now + 10))
    assert.is_nil((w.store:get(t.key .. ":lock")))
  end)

  it("is done by the caller when the background cannot take it", function()
    for _, background in ipairs { function() return false end, function() error("full") end } do
      local w = world()
      local t = w.manager { background = background }
      assert.equal("T1", t:get(w.now + 10))
      w.now = w.now + 7100
      assert.equal("T2", t:get(w.now + 10))
    end
  end)

  it("does not take more than half of its caller's time", function()
    local w = world()
    local t = w.manager()
    assert.equal("T1", t:get(w.now + 10))
    w.now = w.now + 7100
    local given
    w.fetch = function(_, seconds)
      given = seconds
      return Error.fail { kind = "transport", name = "timeout" }
    end
    assert.equal("T1", t:get(w.now + 6))
    assert.equal(3, given)
  end)
end)
