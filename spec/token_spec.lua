local Error = require "wxlive.error"
local memory = require "wxlive.store.memory"
local tokens = require "wxlive.token"

-- A world of its own: a clock, a platform that counts, a store that can be shared or broken.
local function world(changes)
  local w = { now = 1800000000, fetches = 0, forced = 0, slept = 0, life = 7200, events = {} }
  w.store = memory.new { clock = function() return w.now end }
  function w.fetch(force)
    w.fetches = w.fetches + 1
    w.forced = w.forced + (force and 1 or 0)
    if w.fail then
      return nil, Error.new(w.fail)
    end
    return { access_token = w.token or "T" .. w.fetches, expires_in = w.life }
  end
  function w.manager(more)
    local options = {
      appid = "wx1", mode = "stable", host = "api.example.test", store = w.store,
      fetch = function(...) return w.fetch(...) end,
      now = function() return w.now end, random = function() return 0.5 end,
      sleep = function(seconds)
        w.slept = w.slept + seconds
        w.now = w.now + seconds
        if w.on_sleep then
          w.on_sleep()
        end
      end,
      hook = function(event) w.events[#w.events + 1] = event end,
    }
    for key, value in pairs(more or {}) do
      options[key] = value
    end
    return assert(tokens.new(options))
  end
  for key, value in pairs(changes or {}) do
    w[key] = value
  end
  return w
end

-- A store of another process: same entries, another object, so the cell is not shared.
local function twin(store)
  return setmetatable({}, { __index = function(_, name)
    local method = store[name]
    return type(method) == "function" and function(_, ...) return method(store, ...) end or method
  end })
end

describe("a token", function()
  it("is fetched once and used until it grows old", function()
    local w = world()
    local t = w.manager()
    for _ = 1, 5 do
      assert.equal("T1", t:get(w.now + 10))
      w.now = w.now + 1000
    end
    assert.equal(1, w.fetches)
    w.now = w.now + 2000
    assert.equal("T2", t:get(w.now + 10))
    assert.equal(2, w.fetches)
  end)

  it("is taken from the store when another process has put it there", function()
    local w = world()
    assert.equal("T1", w.manager():get(w.now + 10))
    assert.equal("T1", w.manager({ store = twin(w.store) }):get(w.now + 10))
    assert.equal(1, w.fetches)
  end)

  it("differs by appid, mode and host", function()
    local w = world()
    assert.equal("T1", w.manager():get(w.now + 10))
    assert.equal("T2", w.manager({ appid = "wx2" }):get(w.now + 10))
    assert.equal("T3", w.manager({ mode = "plain" }):get(w.now + 10))
    assert.equal("T4", w.manager({ host = "127.0.0.1:80" }):get(w.now + 10))
    assert.equal("T1", w.manager():get(w.now + 10))
  end)

  it("that is old but alive serves while a refresh fails, and while somebody else refreshes",
    function()
      local w = world()
      local t = w.manager()
      assert.equal("T1", t:get(w.now + 10))
      w.now, w.fail = w.now + 7000, { kind = "transport", name = "connect_failed" }
      assert.equal("T1", t:get(w.now + 10))
      assert.equal(2, w.fetches)
      assert.equal("T1", t:get(w.now + 10))
      assert.equal(2, w.fetches)
      w.fail, w.now = nil, w.now + 120
      assert(w.store:add(t.key .. ":lock", "other", 15))
      assert.equal("T1", t:get(w.now + 10))
      assert.equal(2, w.fetches)
      assert.equal(0, w.slept)
    end)

  it("is never used past its end", function()
    local w = world { life = 100 }
    local t = w.manager()
    assert.equal("T1", t:get(w.now + 10))
    w.now, w.fail = w.now + 96, { kind = "transport", name = "connect_failed", message = "no" }
    local token, err = t:get(w.now + 10)
    assert.is_nil(token)
    assert.equal("connect_failed", err.name)
  end)

  it("in the store that ends absurdly late or has passed is not trusted", function()
    for _, expires in ipairs { 1800000000 + 86400, 1800000000 - 1, 1e18, -5 } do
      local w = world()
      local t = w.manager()
      assert(w.store:set(t.key, ('{"token":"OLD","expires_at":%d}'):format(expires), 99999))
      assert.equal("T1", t:get(w.now + 10))
    end
    for _, text in ipairs { "", "{", "[]", '{"token":7}', '{"token":"a b","expires_at":1800003600}',
      '{"token":"x"}' } do
      local w = world()
      local t = w.manager()
      assert(w.store:set(t.key, text, 99999))
      assert.equal("T1", t:get(w.now + 10), text)
    end
  end)

  it("lives no longer when the clock is set back: its age goes by a clock that never jumps",
    function()
      local w = world()
      local ticks = 1000
      local t = w.manager { monotonic = function() return ticks end }
      assert.equal("T1", t:get(w.now + 10))
      w.now = w.now - 86400
      assert.equal("T1", t:get(w.now + 10))
      ticks = ticks + 7300
      assert.equal("T2", t:get(w.now + 10))
    end)

  it("is not used after the machine slept past its end", function()
    local w = world()
    local t = w.manager { monotonic = function() return 1000 end }
    assert.equal("T1", t:get(w.now + 10))
    w.now = w.now + 7300
    assert.equal("T2", t:get(w.now + 10))
  end)

  it("of up to 2048 bytes is taken, one with spaces or control characters is not", function()
    local w = world()
    for _, case in ipairs { { ("x"):rep(2048), true }, { ("x"):rep(2049) }, { "" }, { "a b" },
      { "a\nb" }, { "a\0b" }, { "\127" } } do
      w.token, w.now = case[1], w.now + 10000
      local token, err = w.manager():get(w.now + 10)
      if case[2] then
        assert.equal(case[1], token)
      else
        assert.is_nil(token)
        assert.equal("bad_token", err.name)
      end
    end
  end)
end)

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

describe("when somebody else is fetching", function()
  it("one waits, and takes what they bring", function()
    local w = world()
    local t = w.manager()
    assert(w.store:add(t.key .. ":lock", "other", 15))
    w.on_sleep = function()
      if w.slept > 1 then
        w.store:set(t.key, ('{"token":"THEIRS","expires_at":%d}')
          :format(math.floor(w.now) + 7000), 7000)
      end
    end
    assert.equal("THEIRS", t:get(w.now + 10))
    assert.equal(0, w.fetches)
  end)

  it("one takes over when they died, after their lock has ended", function()
    local w = world()
    local t = w.manager()
    assert(w.store:add(t.key .. ":lock", "dead", 15))
    assert.equal("T1", t:get(w.now + 60))
    assert.is_true(w.slept > 14 and w.slept < 17)
  end)

  it("one gives up at the deadline and says so", function()
    local w = world()
    local t = w.manager()
    assert(w.store:add(t.key .. ":lock", "other", 15))
    local token, err = t:get(w.now + 3)
    assert.is_nil(token)
    assert.equal("token_wait_timeout", err.name)
    assert.is_true(w.slept <= 3.01)
  end)

  it("coroutines of one process make one fetch", function()
    local w = world()
    local fetching
    w.fetch = function()
      w.fetches = w.fetches + 1
      fetching = true
      coroutine.yield()
      fetching = false
      return { access_token = "T1", expires_in = 7200 }
    end
    local t = w.manager { sleep = function(seconds)
      w.now = w.now + seconds
      coroutine.yield()
    end }
    local got, live = {}, {}
    for i = 1, 50 do
      live[i] = coroutine.wrap(function()
        got[i] = t:get(w.now + 60)
        return true
      end)
    end
    local rounds = 0
    repeat
      local left = false
      rounds = rounds + 1
      for i = 1, 50 do
        if not got[i] then
          live[i]()
          left = true
        end
      end
    until not left or rounds > 100
    assert.is_false(fetching)
    for i = 1, 50 do
      assert.equal("T1", got[i])
    end
    assert.equal(1, w.fetches)
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

  it("is left to the background where there is one", function()
    local w = world()
    local jobs = {}
    local t = w.manager { background = function(job)
      jobs[#jobs + 1] = job
      return true
    end }
    assert.equal("T1", t:get(w.now + 10))
    w.now = w.now + 7100
    for _ = 1, 5 do
      assert.equal("T1", t:get(w.now + 10))
    end
    assert.equal(1, w.fetches)
    assert.equal(1, #jobs)
    jobs[1]()
    assert.equal("T2", t:get(w.now + 10))
    assert.equal(2, w.fetches)
  end)

  it("is left to the background when the token was found old in the store", function()
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

describe("managers", function()
  it("of one store, appid, mode and host share a cell that goes with the last of them", function()
    local w = world()
    local first, second = w.manager(), w.manager()
    assert.equal(first.shared, second.shared)
    assert.are_not.equal(first.shared, w.manager({ appid = "wx2" }).shared)
    local watch = setmetatable({ first.shared }, { __mode = "v" })
    first, second = nil, nil -- luacheck: ignore 311
    collectgarbage()
    collectgarbage()
    assert.is_nil(watch[1])
  end)

  it("keep long names apart within the length of a key", function()
    local w = world()
    local long = ("host"):rep(100)
    local a = w.manager { host = long .. "1" }
    local b = w.manager { host = long .. "2" }
    assert.are_not.equal(a.key, b.key)
    assert.equal("T1", a:get(w.now + 10))
    assert.equal("T2", b:get(w.now + 10))
  end)

  it("of a thousand appids cost little", function()
    local w = world()
    local kept = { w.manager() }
    collectgarbage()
    local before = collectgarbage("count")
    for i = 1, 1000 do
      kept[i] = tokens.new { appid = "wx" .. i, store = w.store, fetch = w.fetch }
    end
    collectgarbage()
    assert.is_true(collectgarbage("count") - before < 1500)
    assert.equal(1000, #kept)
  end)

  it("that cannot be made say why", function()
    local _, err = tokens.new { appid = "wx1" }
    assert.equal("invalid", err.kind)
    _, err = tokens.new { appid = "wx1", store = memory.new(), fetch = print, lock_seconds = 3 }
    assert.is_truthy(err.message:find("the lock must outlast a fetch", 1, true))
    _, err = tokens.new { appid = "wx1", store = memory.new(), fetch = print, look = 3 }
    assert.equal("look", err.field)
  end)
end)

describe("events", function()
  it("hold no token", function()
    local w = world { token = "SECRETTOKEN" }
    local t = w.manager()
    t:get(w.now + 10)
    t:refused("SECRETTOKEN", w.now + 10)
    for _, event in ipairs(w.events) do
      for _, value in pairs(event) do
        assert.is_nil(tostring(value):find("SECRETTOKEN"))
      end
    end
    assert.is_true(#w.events >= 4)
    for _, event in ipairs(w.events) do
      assert.equal("wx1", event.appid)
    end
  end)

  it("come in the order of what happened, and a hook that raises changes nothing", function()
    local w = world()
    local names = {}
    local t = w.manager { hook = function(event)
      names[#names + 1] = event.event
      error("hook")
    end }
    assert.equal("T1", t:get(w.now + 10))
    assert.equal("T2", t:refused("T1", w.now + 10))
    assert.same({ "fetch", "fetched", "refused", "fetch", "fetched" }, names)
    local other = w.manager { store = twin(w.store), hook = function(event)
      names[#names + 1] = event.event
    end }
    assert.equal("T2", other:get(w.now + 10))
    assert.equal("read", names[6])
  end)
end)
