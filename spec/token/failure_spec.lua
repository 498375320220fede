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
