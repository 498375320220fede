-- Tokens while their store fails: what goes on, what is refused, and how often it is reported.
local Error = require "wxlive.error"
local token_world = require "spec.support.token_world"

local twin, world = token_world.twin, token_world.world

describe("when the store fails", function()
  local function broken()
    local function fail()
      return Error.fail { kind = "store", name = "store_failed", message = "disk full" }
    end
    return { get = fail, set = fail, add = fail, delete = fail, incr = fail }
  end

  it("stable tokens go on without it, and the hook hears of it", function()
    local w = world()
    assert.equal("T1", w.manager({ store = broken() }):get(w.now + 10))
    assert.equal("store_failed", w.events[1].event)
  end)

  it("plain tokens do not: a fetch would kill the others' token", function()
    local w = world()
    local token, err = w.manager({ store = broken(), mode = "plain" }):get(w.now + 10)
    assert.is_nil(token)
    assert.equal("token_store_failed", err.name)
    assert.equal("disk full", err.cause.message)
    assert.equal(0, w.fetches)
  end)

  it("plain tokens at hand serve while they live", function()
    local w = world()
    local store = twin(w.store)
    local t = w.manager { store = store, mode = "plain" }
    assert.equal("T1", t:get(w.now + 10))
    for name, method in pairs(broken()) do
      rawset(store, name, method)
    end
    w.now = w.now + 7000
    assert.equal("T1", t:get(w.now + 10))
    w.now = w.now + 300
    assert.equal("token_store_failed", select(2, t:get(w.now + 10)).name)
    assert.equal(1, w.fetches)
  end)

  it("a user's store that raises or talks nonsense has failed, no more", function()
    local function raise() error("no route to host", 0) end
    local nonsense = { get = function() return 7 end, set = function() end, add = function() end,
      delete = function() end, incr = function() end }
    for _, store in ipairs { { get = raise, set = raise, add = raise, delete = raise,
      incr = raise }, nonsense } do
      local w = world()
      assert.equal("T1", w.manager({ store = store }):get(w.now + 10))
      assert.equal("store_failed", w.events[1].event)
    end
  end)
end)

describe("the exit status of a command", function()
  it("never speaks of credentials when somebody else did not bring the token", function()
    local status = require "wxlive.cli.exit_status"
    for _, mode in ipairs { "stable", "plain" } do
      local w = world()
      local t = w.manager { mode = mode }
      assert(w.store:add(t.key .. ":lock", "other", 15))
      local _, err = t:get(w.now + (mode == "plain" and 3 or 0.1))
      assert.equal("token_wait_timeout", err.name)
      assert.equal(status.failed, status.of(err))
    end
  end)

  it("nor when the store of plain tokens fails", function()
    local status = require "wxlive.cli.exit_status"
    local w = world()
    local t = w.manager { mode = "plain" }
    function w.store.get() error("no route to host", 0) end
    local _, err = t:get(w.now + 10)
    assert.equal("token_store_failed", err.name)
    assert.equal(status.failed, status.of(err))
  end)
end)

describe("a store that fails", function()
  local function failing(world_of, names)
    local store = twin(world_of.store)
    for _, name in ipairs(names) do
      rawset(store, name, function()
        return Error.fail { kind = "store", name = "redis_oom", message = "redis 10.0.0.5: OOM",
          hint = "Redis has reached its maxmemory" }
      end)
    end
    return store
  end

  it("is reported once, whatever the number of calls, clients and hooks", function()
    for _, hook in ipairs { false, function() end } do
      local w = world { life = 100 }
      local store = failing(w, { "get", "set", "add", "delete", "incr" })
      for _, appid in ipairs { "wx1", "wx2", "wx3" } do
        local t = w.manager { store = store, hook = hook, appid = appid }
        for _ = 1, 3 do
          assert.is_truthy(t:get(w.now + 10))
          w.now = w.now + 200
        end
      end
      assert.equal(1, #w.notices)
      assert.equal("the token store failed: redis 10.0.0.5: OOM (Redis has reached its maxmemory)",
        w.notices[1])
    end
  end)

  it("in writing only (a full dictionary) is reported once too", function()
    local w = world { life = 100 }
    local t = w.manager { store = failing(w, { "set" }) }
    for _ = 1, 5 do
      assert.is_truthy(t:get(w.now + 10))
      w.now = w.now + 200
    end
    assert.equal(1, #w.notices)
  end)

  it("to drop what has ended does not keep a failure for ever", function()
    local w = world { fail = { kind = "api", name = "system_error", code = -1, message = "busy" } }
    local store = twin(w.store)
    rawset(store, "set", function(_, key, value) return w.store:set(key, value, 1e6) end)
    local t = w.manager { store = store }
    assert.is_nil((t:get(w.now + 10)))
    w.fail = nil
    w.now = w.now + 100
    assert.equal("T2", t:get(w.now + 10))
  end)

  it("again after it had recovered is reported again", function()
    local w = world { life = 100 }
    local store = failing(w, { "get" })
    local t = w.manager { store = store }
    local fail = store.get
    for _ = 1, 3 do
      rawset(store, "get", fail)
      assert.is_truthy(t:get(w.now + 10))
      w.now = w.now + 200
      rawset(store, "get", nil)
      assert.is_truthy(t:get(w.now + 10))
      w.now = w.now + 200
    end
    assert.equal(3, #w.notices)
  end)
end)
