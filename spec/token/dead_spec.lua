--- Who waits for a token that somebody fetches who is dead, or does not come back.
local core = require "wxlive.core"
local file = require "wxlive.store.file"
local memory = require "wxlive.store.memory"
local process = require "spec.support.process"
local temp = require "spec.support.temp"
local token_world = require "spec.support.token_world"

local twin, world = token_world.twin, token_world.world
local interpreter = rawget(_G, "jit") and "luajit" or "lua5.4"

-- The lock's value as a process leaves it that has ended.
local dead_owner
local function dead()
  if not dead_owner then
    local mark = process.run(interpreter
      .. [[ -e 'print(require("wxlive.core").process.mark())']]):gsub("%s+$", "")
    dead_owner = "0123456789abcdef01234567@" .. mark
  end
  return dead_owner
end

local function living()
  return "0123456789abcdef01234567@" .. assert(core.process.mark())
end

-- A table of the user's that lets nothing end by itself.
local function endless()
  local entries = {}
  local own = {}
  function own.get(_, key) return entries[key] end
  function own.set(_, key, value) entries[key] = value return true end
  function own.add(_, key, value)
    if entries[key] then
      return false
    end
    entries[key] = value
    return true
  end
  function own.delete(_, key, value)
    local had = entries[key] ~= nil and (value == nil or entries[key] == value)
    if had then
      entries[key] = nil
    end
    return had
  end
  function own.incr(_, key, by)
    entries[key] = (entries[key] or 0) + by
    return entries[key]
  end
  return own
end

local directory
local stores = {
  { "memory", function(clock) return memory.new { clock = clock } end },
  { "file", function(clock) return assert(file.new(directory, { clock = clock })) end },
  { "a user's own", endless },
}

local function count(events, name, reason)
  local n = 0
  for _, event in ipairs(events) do
    n = n + (event.event == name and (not reason or event.reason == reason) and 1 or 0)
  end
  return n
end

for _, kind in ipairs(stores) do
  describe("with " .. kind[1] .. " store,", function()
    local w

    before_each(function()
      directory = temp.directory()
      w = world()
      w.store = kind[2](function() return w.now end)
    end)
    after_each(function() temp.remove(directory) end)

    for _, mode in ipairs { "stable", "plain" } do
      it("who is known to be dead is replaced at once, " .. mode, function()
        local t = w.manager { mode = mode }
        assert(w.store:add(t.key .. ":lock", dead(), 15))
        assert.equal("T1", t:get(w.now + 2))
        assert.equal(0, w.slept)
        assert.equal(1, count(w.events, "takeover", "dead"))
        assert.is_nil((w.store:get(t.key .. ":lock")))
      end)

      it("a dead one holds up no refresh ahead, " .. mode, function()
        local t = w.manager { mode = mode }
        assert.equal("T1", t:get(w.now + 10))
        w.now = w.now + 7000
        assert(w.store:add(t.key .. ":lock", dead(), 15))
        assert.equal("T2", t:get(w.now + 10))
      end)
    end

    it("a plain lock of one that lives is never taken away", function()
      local t = w.manager { mode = "plain" }
      assert(w.store:add(t.key .. ":lock", living(), 15))
      assert.equal("token_wait_timeout", select(2, t:get(w.now + 9)).name)
      assert.equal(0, w.fetches)
      assert.equal(living(), w.store:get(t.key .. ":lock"))
    end)

    for _, seconds in ipairs { 1, 2, 5, 10, 30 } do
      for _, holder in ipairs { "of-another-machine", "0123@ffffffffffffffff:1:1", living() } do
        it(("of whom nothing comes (%s) costs half of %d s"):format(holder:sub(1, 12), seconds),
          function()
            local t = w.manager()
            assert(w.store:add(t.key .. ":lock", holder, 1000))
            local began = w.now
            assert.equal("T1", t:get(w.now + seconds))
            assert.is_true(w.now - began < seconds / 2 + 0.76, w.now - began)
            assert.equal(1, count(w.events, "takeover", "slow"))
            assert.is_nil((w.store:get(t.key .. ":lock")))
          end)
      end
    end
  end)
end

describe("who comes back late", function()
  it("frees nobody else's lock", function()
    local w = world()
    local slow = w.manager()
    local other = w.manager { store = twin(w.store) }
    local token_of_other
    w.fetch = function()
      w.fetches = w.fetches + 1
      if w.fetches == 1 then
        token_of_other = other:get(w.now + 10)
        assert(w.store:add(slow.key .. ":lock", "third", 15))
        return { access_token = "SLOW", expires_in = 7200 }
      end
      return { access_token = "QUICK", expires_in = 7200 }
    end
    assert.equal("SLOW", slow:get(w.now + 60))
    assert.equal("QUICK", token_of_other)
    assert.equal("third", w.store:get(slow.key .. ":lock"))
  end)
end)

describe("of many who wait", function()
  -- Each in a process of its own, so to say: same entries, another cell.
  it("one takes the lock away, the others wait for that one", function()
    local w = world()
    local key = w.manager().key
    assert(w.store:add(key .. ":lock", "lost", 1000))
    local fetching, most = 0, 0
    w.fetch = function()
      w.fetches = w.fetches + 1
      fetching = fetching + 1
      most = math.max(most, fetching)
      for _ = 1, 3 do
        coroutine.yield()
      end
      fetching = fetching - 1
      return { access_token = "T1", expires_in = 7200 }
    end
    local got, waiting = {}, {}
    for i = 1, 20 do
      local t = w.manager { store = twin(w.store), sleep = function(seconds)
        local till = w.now + seconds
        repeat
          coroutine.yield()
        until w.now >= till
      end }
      waiting[i] = coroutine.wrap(function()
        got[i] = t:get(w.now + 10)
        return true
      end)
    end
    for _ = 1, 10000 do
      w.now = w.now + 0.01
      local left = false
      for i = 1, 20 do
        if not got[i] then
          left = true
          waiting[i]()
        end
      end
      if not left then
        break
      end
    end
    for i = 1, 20 do
      assert.equal("T1", got[i])
    end
    assert.equal(1, w.fetches)
    assert.equal(1, most)
    assert.equal(1, count(w.events, "takeover"))
  end)

  it("in one process one takes the lead of a coroutine that was dropped", function()
    local w = world()
    local t = w.manager()
    local real = w.fetch
    w.fetch = function()
      coroutine.yield()
    end
    local dropped = coroutine.create(function() t:get(w.now + 60) end)
    assert(coroutine.resume(dropped))
    w.fetch = real
    local began = w.now
    assert.equal("T1", t:get(w.now + 10))
    assert.is_true(w.now - began < 6)
    assert.equal("suspended", coroutine.status(dropped))
  end)
end)
