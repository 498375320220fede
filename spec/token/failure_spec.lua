local Error = require "wxlive.error"
local token_world = require "spec.support.token_world"

local twin, world = token_world.twin, token_world.world

describe("a refused token", function()
  it("is answered with a newer one of the store, with no fetch", function()
    local w = world()
    local t = w.manager()
    assert.equal("T1", t:get(w.now + 10))
    assert(w.store:set(t.key, ('{"token":"NEWER","expires_at":%d}'):format(w.now + 7000), 7000))
    assert.equal("NEWER", t:refused("T1", w.now + 10))
    assert.equal("NEWER", t:refused("T1", w.now + 10))
    assert.equal("NEWER", t:get(w.now + 10))
    assert.equal(1, w.fetches)
  end)

  it("costs one plain fetch, and no more for those who come after", function()
    local w = world()
    local t = w.manager()
    assert.equal("T1", t:get(w.now + 10))
    assert.equal("T2", t:refused("T1", w.now + 10))
    assert.equal("T2", t:refused("T1", w.now + 10))
    assert.equal(2, w.fetches)
    assert.equal(0, w.forced)
  end)

  it("is forced only when the platform hands out the very same, and within its ration", function()
    local w = world { token = "SAME" }
    local t = w.manager()
    assert.equal("SAME", t:get(w.now + 10))
    local token, err = t:refused("SAME", w.now + 10)
    assert.is_nil(token)
    assert.equal(1, w.forced)
    assert.equal("token_refused_again", err.name)
    w.now = w.now + 6
    token, err = t:refused("SAME", w.now + 10)
    assert.is_nil(token)
    assert.equal(1, w.forced)
    assert.equal("forced_refresh_rationed", err.name)
    assert.equal(24, err.retry_after)
    assert.is_truthy(err.message:find("again at 2027-01-15 16:00:30 Beijing time", 1, true))
    for _ = 1, 30 do
      w.now = w.now + 36
      token, err = t:refused("SAME", w.now + 10)
      assert.is_nil(token)
    end
    assert.equal(20, w.forced)
    assert.is_true(err.retry_after > 20000)
    assert.is_truthy(err.message:find("again at 2027-01-16 00:00:00 Beijing time", 1, true))
    local fetches = w.fetches
    w.now = w.now + 5
    assert.is_nil((t:get(w.now + 10)))
    assert.equal(fetches, w.fetches)
    w.now = w.now + 86400
    t:refused("SAME", w.now + 10)
    assert.equal(21, w.forced)
  end)

  it("is forced within the ration even when the store cannot count", function()
    local w = world { token = "SAME" }
    local store = twin(w.store)
    local t = w.manager { store = store }
    assert.equal("SAME", t:get(w.now + 10))
    local function fail()
      return Error.fail { kind = "store", name = "store_failed", message = "down" }
    end
    for _, name in ipairs { "get", "set", "add", "delete", "incr" } do
      rawset(store, name, fail)
    end
    for _ = 1, 4 do
      w.now = w.now + 8
      assert.is_nil((t:refused("SAME", w.now + 10)))
    end
    assert.equal(1, w.forced)
  end)

  it("is not used by others meanwhile, and the refresh serves all of them", function()
    local w = world()
    local t = w.manager()
    assert.equal("T1", t:get(w.now + 10))
    w.fail = { kind = "transport", name = "connect_failed" }
    assert.is_nil((t:refused("T1", w.now + 10)))
    local token, err = t:get(w.now + 10)
    assert.is_nil(token)
    assert.equal("connect_failed", err.name)
    w.fail, w.now = nil, w.now + 3
    assert.equal("T3", t:get(w.now + 10))
    assert.equal("T3", t:refused("T1", w.now + 10))
    assert.equal(3, w.fetches)
  end)

  it("in plain mode that is refused again right after it was replaced is reported", function()
    local w = world()
    local t = w.manager { mode = "plain" }
    assert.equal("T1", t:get(w.now + 10))
    assert.equal("T2", t:refused("T1", w.now + 10))
    w.now = w.now + 2
    local token, err = t:refused("T2", w.now + 10)
    assert.is_nil(token)
    assert.equal("token_contested", err.name)
    assert.is_truthy(tostring(err):find("another program keeps fetching", 1, true))
    assert.equal(2, w.fetches)
  end)

  it("in plain mode is never forced", function()
    local w = world { token = "SAME" }
    local t = w.manager { mode = "plain" }
    assert.equal("SAME", t:get(w.now + 10))
    local token, err = t:refused("SAME", w.now + 10)
    assert.is_nil(token)
    assert.equal("token_refused_again", err.name)
    assert.equal(0, w.forced)
  end)
end)

describe("when the fetch fails", function()
  local refusal = { kind = "api", name = "ip_not_allowed", code = 40164, class = "config",
    message = "not in the list", hint = "add it" }

  it("that is the answer for everybody for some seconds", function()
    local w = world { fail = refusal }
    local t = w.manager()
    local other = w.manager { store = twin(w.store) }
    for _, manager in ipairs { t, t, other, other } do
      local token, err = manager:get(w.now + 10)
      assert.is_nil(token)
      assert.equal(40164, err.code)
      assert.equal("add it", err.hint)
      assert.is_true(Error.is(err))
    end
    assert.equal(1, w.fetches)
    w.now = w.now + 4.9
    assert.equal(40164, select(2, t:get(w.now + 10)).code)
    w.now, w.fail = w.now + 0.2, nil
    assert.equal("T2", other:get(w.now + 10))
  end)

  it("and it may pass by itself, they are two", function()
    local w = world { fail = { kind = "api", name = "system_busy", code = -1 } }
    local t = w.manager()
    assert.equal(-1, select(2, t:get(w.now + 10)).code)
    w.now, w.fail = w.now + 1.9, nil
    assert.equal(-1, select(2, t:get(w.now + 10)).code)
    w.now = w.now + 0.2
    assert.equal("T2", t:get(w.now + 10))
  end)

  it("for want of its caller's time alone, it is nobody else's failure", function()
    local w = world { fail = { kind = "transport", name = "timeout" } }
    local t = w.manager()
    local other = w.manager { store = twin(w.store) }
    assert.equal("timeout", select(2, t:get(w.now + 0.5)).name)
    w.fail = nil
    assert.equal("T2", other:get(w.now + 10))
    assert.equal("T2", t:get(w.now + 10))
  end)

  for _, own in ipairs {
    { kind = "usage", name = "wrong_phase", sent = false },
    { kind = "invalid", name = "invalid_params", sent = false },
    { kind = "transport", name = "bad_argument", sent = false },
    { kind = "transport", name = "io", sent = false },
    { kind = "transport", name = "out_of_memory", sent = false },
    { kind = "transport", name = "unsupported", sent = false },
    { kind = "transport", name = "cancelled", sent = true },
  } do
    it("by its caller's mistake (" .. own.name .. ") it is nobody else's", function()
      own.message = "of its own"
      local w = world { fail = own }
      local t = w.manager()
      local other = w.manager { store = twin(w.store) }
      assert.equal(own.name, select(2, t:get(w.now + 10)).name)
      assert.is_nil((w.store:get(t.key .. ":failure")))
      assert.is_nil((w.store:get(t.key .. ":lock")))
      w.fail = nil
      assert.equal("T2", other:get(w.now + 10))
      assert.equal("T2", t:get(w.now + 10))
      assert.equal(0, w.slept)
    end)
  end

  it("where nobody can wait, the caller is told so and the others go on", function()
    local w = world()
    local no_waiting = Error.new { kind = "usage", name = "wrong_phase", message = "no sleep" }
    local t = w.manager { sleep = function() return nil, no_waiting end }
    assert(w.store:add(t.key .. ":lock", "other", 15))
    for _ = 1, 3 do
      assert.equal("wrong_phase", select(2, t:get(w.now + 10)).name)
    end
    assert(w.store:delete(t.key .. ":lock", "other"))
    assert.equal("T1", t:get(w.now + 10))
  end)

  it("the answer given again within seconds says how old it is", function()
    local w = world { fail = refusal }
    local t = w.manager()
    local other = w.manager { store = twin(w.store) }
    local _, first = t:get(w.now + 10)
    assert.is_nil(first.repeated)
    assert.is_nil(first.message:find("ago", 1, true))
    w.now = w.now + 3
    for _, manager in ipairs { t, other, other } do
      local _, again = manager:get(w.now + 10)
      assert.equal(3, again.repeated)
      assert.equal(40164, again.code)
      assert.is_truthy(again.message:find("in the list (the token call failed 3 s ago", 1, true))
    end
    w.now = w.now + 5
    assert.is_nil(select(2, t:get(w.now + 10)).repeated)
  end)

  it("those who waited for it get it as new", function()
    local w = world()
    local t = w.manager()
    local other = w.manager { store = twin(w.store) }
    assert(w.store:add(t.key .. ":lock", "other", 15))
    w.on_sleep = function()
      w.on_sleep = nil
      w.fail = refusal
      assert(w.store:delete(t.key .. ":lock", "other"))
      other:get(w.now + 10)
    end
    local _, err = t:get(w.now + 10)
    assert.equal(40164, err.code)
    assert.is_nil(err.repeated)
    assert.equal(1, w.fetches)
  end)

  it("nothing of the answer's body is shared", function()
    local w = world { fail = { kind = "api", name = "x", body = { access_token = "LEAK" },
      raw_body = "LEAK", message = "m" } }
    local t = w.manager()
    t:get(w.now + 10)
    local text = w.store:get(t.key .. ":failure")
    assert.is_truthy(text)
    assert.is_nil(text:find("LEAK", 1, true))
  end)

  it("each caller gets an error object of its own", function()
    local w = world { fail = refusal }
    local t = w.manager()
    local _, first = t:get(w.now + 10)
    first.endpoint = "create_room"
    local _, second = t:get(w.now + 10)
    assert.is_nil(second.endpoint)
  end)

  it("an answer without a token is a failure too", function()
    local w = world()
    w.fetch = function() return { expires_in = 7200 } end
    local token, err = w.manager():get(w.now + 10)
    assert.is_nil(token)
    assert.equal("bad_token_answer", err.name)
  end)

  it("a fetch that raises is a failed fetch, and leaves nobody waiting", function()
    local w = world()
    local t = w.manager()
    w.fetch = function() error("boom", 0) end
    local token, err = t:get(w.now + 10)
    assert.is_nil(token)
    assert.equal("token_fetch_failed", err.name)
    assert.is_truthy(err.message:find("boom", 1, true))
    w.fetch = function() return { access_token = "OK", expires_in = 7200 } end
    w.now = w.now + 3
    assert.equal("OK", t:get(w.now + 10))
    assert.equal(0, w.slept)
    assert.is_nil((w.store:get(t.key .. ":lock")))
  end)

  it("a sleep that raises gives the lead and the lock back", function()
    local w = world()
    local t = w.manager { sleep = function() error("cannot sleep here", 0) end }
    assert(w.store:add(t.key .. ":lock", "other", 15))
    assert.error_matches(function() t:get(w.now + 10) end, "cannot sleep here")
    assert(w.store:delete(t.key .. ":lock", "other"))
    assert.equal("T1", t:get(w.now + 10))
  end)
end)

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

describe("a token provider", function()
  it("is asked for tokens, and told which one was refused", function()
    local w = world()
    local asked = {}
    local t = w.manager { store = false, provider = function(refused)
      asked[#asked + 1] = refused or "-"
      return "P" .. #asked, 7200
    end }
    assert.equal("P1", t:get(w.now + 10))
    assert.equal("P1", t:get(w.now + 10))
    assert.equal("P2", t:refused("P1", w.now + 10))
    assert.same({ "-", "P1" }, asked)
    assert.equal(0, w.fetches)
  end)

  it("that does not say how long a token lives is asked again after a minute", function()
    local w = world()
    local asked = 0
    local t = w.manager { store = false, provider = function()
      asked = asked + 1
      return "P"
    end }
    assert.equal("P", t:get())
    w.now = w.now + 55
    assert.equal("P", t:get())
    assert.equal(1, asked)
    w.now = w.now + 10
    assert.equal("P", t:get())
    assert.equal(2, asked)
  end)

  it("that keeps a refused token is reported", function()
    local w = world()
    local t = w.manager { store = false, provider = function() return "P", 7200 end }
    assert.equal("P", t:get())
    local token, err = t:refused("P")
    assert.is_nil(token)
    assert.equal("token_refused_again", err.name)
  end)

  it("that raises is an error", function()
    local w = world()
    local t = w.manager { store = false, provider = function() error("no vault", 0) end }
    local token, err = t:get(w.now + 10)
    assert.is_nil(token)
    assert.is_truthy(err.message:find("no vault", 1, true))
  end)

  it("that gives nothing is an error", function()
    local w = world()
    local t = w.manager { store = false, provider = function() return nil, "vault is sealed" end }
    local token, err = t:get(w.now + 10)
    assert.is_nil(token)
    assert.is_truthy(err.message:find("vault is sealed"))
  end)
end)
