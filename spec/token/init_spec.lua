local memory = require "wxlive.store.memory"
local token_world = require "spec.support.token_world"
local tokens = require "wxlive.token"

local twin, world = token_world.twin, token_world.world

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

  it("one gives up at the deadline and says so, when the lock must not be taken away", function()
    local w = world()
    local t = w.manager { mode = "plain" }
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
