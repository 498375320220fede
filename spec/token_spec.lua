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

  it("that the clock's jump makes look young is fetched anew", function()
    local w = world()
    local t = w.manager()
    assert.equal("T1", t:get(w.now + 10))
    w.now = w.now - 86400
    assert.equal("T2", t:get(w.now + 10))
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
    token, err = t:refused("SAME", w.now + 10)
    assert.is_nil(token)
    assert.equal(1, w.forced)
    assert.equal("forced_refresh_rationed", err.name)
    assert.equal(30, err.retry_after)
    local forced = 1
    for _ = 1, 30 do
      w.now = w.now + 31
      t:refused("SAME", w.now + 10)
      forced = math.max(forced, w.forced)
    end
    assert.equal(20, w.forced)
    w.now = w.now + 86400
    t:refused("SAME", w.now + 10)
    assert.equal(21, w.forced)
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
    assert.is_true(w.slept <= 3.001)
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

  it("that is the answer for everybody for two seconds", function()
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
    w.now, w.fail = w.now + 2.1, nil
    assert.equal("T2", other:get(w.now + 10))
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

  it("a fetch that raises leaves nobody waiting", function()
    local w = world()
    local t = w.manager()
    w.fetch = function() error("boom", 0) end
    assert.error_matches(function() t:get(w.now + 10) end, "boom")
    w.fetch = function() return { access_token = "OK", expires_in = 7200 } end
    w.now = w.now + 20
    assert.equal("OK", t:get(w.now + 10))
    assert.equal(0, w.slept)
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
    assert.equal("store_failed", err.name)
    assert.equal(0, w.fetches)
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

  it("that gives nothing is an error", function()
    local w = world()
    local t = w.manager { store = false, provider = function() return nil, "vault is sealed" end }
    local token, err = t:get(w.now + 10)
    assert.is_nil(token)
    assert.is_truthy(err.message:find("vault is sealed"))
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
  end)
end)
