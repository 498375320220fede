--- Clocks that are wrong, or are set while a token lives: of one machine, and of several.
local file = require "wxlive.store.file"
local memory = require "wxlive.store.memory"
local temp = require "spec.support.temp"
local token_world = require "spec.support.token_world"

local twin = token_world.twin

-- A machine's processes: `at` is the true time, `wrong` what its wall clock is off by.
local function machine(w, name, wrong)
  local m = { wrong = wrong or 0 }
  function m.process(more)
    local options = {
      store = twin(w.store), now = function() return w.at + m.wrong end,
      monotonic = function() return w.at end, boot = function() return name, w.at - 1000 end,
      sleep = function(seconds) w.at = w.at + seconds end,
    }
    for key, value in pairs(more or {}) do
      options[key] = value
    end
    return w.manager(options)
  end
  return m
end

-- A world whose token really ends: using it later counts as a refusal.
local function world(store)
  local w = token_world.world()
  w.at = 1800000000
  w.ends = {}
  function w.fetch()
    w.fetches = w.fetches + 1
    w.ends["T" .. w.fetches] = w.at + 7200
    return { access_token = "T" .. w.fetches, expires_in = 7200 }
  end
  w.store = store or memory.new { clock = function() return w.at end }
  return w
end

describe("on one machine", function()
  for _, jump in ipairs { -86400, -7200, -3600, -600, -61, -30, 30, 61, 600, 3600, 7200, 86400 } do
    for _, age in ipairs { 0, 1800, 5400, 7000 } do
      it(("a clock set by %d s at the age of %d s changes no token's life"):format(jump, age),
        function()
          local w = world()
          local m = machine(w, "boot1")
          local first = m.process()
          assert.equal("T1", first:get())
          w.at = w.at + age
          m.wrong = jump
          local old = age > 6900
          for _, t in ipairs { first, m.process(), m.process() } do
            local token = t:get()
            assert.is_true(w.ends[token] > w.at)
            assert.is_true(w.fetches <= (old and 2 or 1), "the token was thought dead")
          end
          -- and to its end, in processes that have just begun
          for _ = 1, 8 do
            w.at = w.at + 300
            local token = m.process():get()
            assert.is_true(w.ends[token] > w.at, "a dead token was used")
          end
        end)
    end
  end

  it("a clock that is set costs all processes of a file store one token at most", function()
    local directory = temp.directory()
    finally(function() temp.remove(directory) end)
    local w, m
    w = world(assert(file.new(directory, { clock = function() return w.at + m.wrong end })))
    m = machine(w, "boot1")
    for i, wrong in ipairs { 0, 10800, 0, -3600, -600, 0, 86400 } do
      m.wrong = wrong
      for _ = 1, 5 do
        local token = m.process { mode = "plain" }:get()
        assert.is_true(w.ends[token] > w.at)
      end
      assert.is_true(w.fetches <= i, w.fetches .. " fetches")
    end
  end)

  it("another run of the machine has another clock", function()
    local w = world()
    assert.equal("T1", machine(w, "boot1").process():get())
    local entry = w.store:get(w.manager().key)
    assert.is_truthy(entry:find("boot1", 1, true))
    w.at = w.at + 3600
    local after = machine(w, "boot2")
    local t = after.process { boot = function() return "boot2", 5 end }
    assert.equal("T1", t:get())
    assert.is_true(t:expires() <= w.at + 3601)
  end)
end)

describe("on several machines that share a store", function()
  for _, wrong in ipairs { -86400, -10800, -600, 0, 600, 3600, 10800, 86400 } do
    it(("one whose clock is wrong by %d s takes nobody's token away"):format(wrong), function()
      local w = world()
      local right, other = machine(w, "boot1"), machine(w, "boot2", wrong)
      for _ = 1, 60 do
        for _, m in ipairs { right, other } do
          local token = m.process { mode = "plain" }:get()
          assert.is_true(w.ends[token] > w.at, "a dead token was used")
        end
        w.at = w.at + 60
      end
      -- Within the hour one token is enough; one that is far ahead first thinks it dead.
      assert.is_true(w.fetches <= 2, w.fetches .. " fetches")
    end)
  end

  it("a running process of such a machine looks again, and is done when the entry is", function()
    local w = world()
    local right, other = machine(w, "boot1"), machine(w, "boot2", -10800)
    assert.equal("T1", right.process { mode = "plain" }:get())
    local kept = other.process { mode = "plain" }
    while w.at < 1800000000 + 14000 do
      local token = kept:get()
      assert.is_true(w.ends[token] > w.at, "a dead token was used")
      w.at = w.at + 50
    end
    assert.is_true(w.fetches <= 3)
  end)
end)
