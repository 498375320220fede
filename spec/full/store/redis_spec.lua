local contract = require "spec.support.contracts.store"
local core = require "wxlive.core"
local curl = require "wxlive.curl"
local redis_store = require "wxlive.store.redis"
local server_of = require "spec.support.servers.redis"
local temp = require "spec.support.temp"
local in_nginx = require("wxlive.base.compat").in_nginx()

local PASSWORD = "a-long-password-of-the-shop"

local function elapsed(f)
  local start = core.system.monotonic()
  f()
  return core.system.monotonic() - start
end

-- nginx has one list of authorities for all, and knows certificates by name only.
local function trusting(server, server_name)
  if in_nginx then
    return { server_name = server_name or "redis.test" }
  end
  return { ca_file = server.ca_file, server_name = server_name }
end

describe("with TLS, an ACL user and a database,", function()
  local server, made = nil, 0
  setup(function()
    server = server_of.start { tls = true, lines = {
      ("user shop on >%s ~wxlive:* +get +set +del +eval +incrby +pttl +pexpire +select"):format(
        PASSWORD),
      "user default off",
    } }
  end)
  teardown(function() server:stop() end)

  local function new(changes)
    made = made + 1
    local o = {
      host = "127.0.0.1", port = server.port, username = "shop", password = PASSWORD, database = 3,
      tls = trusting(server), prefix = ("wxlive:%d:"):format(made),
    }
    for key, value in pairs(changes or {}) do
      o[key] = value
    end
    return assert(redis_store.new(o))
  end

  contract({ describe = describe, it = it, before_each = before_each }, "the Redis store",
    function() return new() end, core.system.sleep)

  it("the certificate is checked, also against another name", function()
    assert.is_true(new({ tls = trusting(server, "redis.test") }):set("a", "1", 5))
    -- inside nginx `true` fails as well: the certificate would have to name the address
    for _, tls in ipairs { trusting(server, "other.test"), true } do
      local ok, err = new({ tls = tls }):set("a", "1", 5)
      assert.is_nil(ok)
      assert.equal("store", err.kind)
      assert.equal("tls_failed", err.name)
      assert.is_false(err.sent)
    end
  end)

  it("a wrong password is reported and shown nowhere", function()
    local store = new({ password = "not-the-" .. PASSWORD })
    local value, err = store:get("a")
    assert.is_nil(value)
    assert.equal("redis_wrongpass", err.name)
    assert.is_nil(tostring(err):find(PASSWORD, 1, true))
    local seen = {}
    local function walk(x)
      if type(x) == "table" and not seen[x] then
        seen[x] = true
        for k, v in pairs(x) do
          walk(k)
          walk(v)
        end
      elseif type(x) == "string" then
        assert.is_nil(x:find(PASSWORD, 1, true))
      end
    end
    walk(store)
    walk(err)
  end)

  it("what the user may not do is reported with what it needs", function()
    local ok, err = new({ prefix = "elsewhere:" }):set("a", "1", 5)
    assert.is_nil(ok)
    assert.equal("redis_noperm", err.name)
    assert.is_truthy(err.hint:find("+get", 1, true))
  end)

  it("nothing is done in another database than the one asked for", function()
    local ok, err = new({ database = 99 }):set("a", "1", 5)
    assert.is_nil(ok)
    assert.equal("redis_err", err.name)
    assert.is_false(err.sent)
  end)

  it("a killed server is noticed on a kept connection without a signal", function()
    local store = new()
    assert.is_true(store:set("a", "1", 5))
    server:kill()
    local ok, err = store:set("a", "1", 5)
    assert.is_nil(ok)
    assert.equal("connect_failed", err.name)
    server:restart()
    assert.is_true(store:set("a", "2", 5))
    assert.equal("2", store:get("a"))
  end)
end)

describe("in the clear", function()
  local server, store
  setup(function() server = server_of.start() end)
  teardown(function() server:stop() end)
  before_each(function()
    store = assert(redis_store.new { port = server.port, timeout = 1 })
  end)
  after_each(function() store:close() end)

  it("one connection serves all", function()
    local opened = 0
    local counting = assert(redis_store.new { port = server.port, stream = function(where)
      opened = opened + 1
      return curl.stream.connect(where)
    end })
    for i = 1, 20 do
      assert.is_true(counting:set("k" .. i, "v", 5))
    end
    assert.equal(1, opened)
    counting:close()
    assert.equal("v", counting:get("k1"))
    assert.equal(2, opened)
  end)

  it("kill -9 wedges nobody: errors come at once, and it goes on when Redis is back", function()
    assert.is_true(store:add("lock", "me", 30))
    server:kill()
    for _, operation in ipairs {
      function() return store:get("lock") end,
      function() return store:set("a", "b", 5) end,
      function() return store:add("a", "b", 5) end,
      function() return store:delete("lock", "me") end,
      function() return store:incr("n", 1, 5) end,
    } do
      local value, err = operation()
      assert.is_nil(value)
      assert.equal("store", err.kind)
      assert.equal("connect_failed", err.name) -- and not "timeout"
      assert.is_false(err.sent)
    end
    server:restart()
    -- a lock in a Redis that forgets is gone with it
    assert.is_true(store:add("lock", "you", 30))
    assert.is_true(store:delete("lock", "you"))
  end)

  it("a server that hangs holds nobody up longer than the time-out", function()
    assert.is_true(store:set("a", "1", 5))
    server:freeze()
    finally(function() server:thaw() end)
    local value, err
    local seconds = elapsed(function()
      value, err = store:incr("n", 1, 5)
    end)
    assert.is_nil(value)
    assert.equal("timeout", err.name)
    assert.is_true(err.ambiguous)
    assert.is_true(seconds > 0.9)
  end)

  it("a lost server mid-token is the store's error, not the token's end", function()
    local tokens = require "wxlive.token"
    local fetches, events = 0, {}
    local function manager()
      return assert(tokens.new {
        appid = "wx-redis", mode = "stable", store = assert(redis_store.new {
          port = server.port, timeout = 1, prefix = "wxlive:tokens:",
        }),
        fetch = function()
          fetches = fetches + 1
          return { access_token = "T" .. fetches, expires_in = 7200 }
        end,
        hook = function(event) events[#events + 1] = event.event end,
      })
    end
    local deadline = core.system.now() + 10
    assert.equal("T1", manager():get(deadline))
    assert.equal("T1", manager():get(deadline))
    assert.equal(1, fetches)
    local kept = manager()
    assert.equal("T1", kept:get(deadline))
    server:kill()
    assert.equal("T1", kept:get(deadline))
    events = {}
    manager():get(core.system.now() + 1)
    assert.equal("store_failed", events[1])
    server:restart()
    assert.is_truthy(manager():get(core.system.now() + 10))
  end)

  -- Whoever holds the lock waits until the other one has found it taken: that they meet is no luck.
  it("two processes race for one lock, and never both hold it", function()
    local directory = temp.directory()
    finally(function() temp.remove(directory) end)
    temp.write(directory .. "/racer.lua", ([[
      local core = require "wxlive.core"
      local store = assert(require("wxlive.store.redis").new { port = %d })
      local me, other = arg[1], arg[2]
      local STEPS = 30
      local function value(key)
        local text, err = store:get(key)
        assert(not err, err)
        return tonumber(text or 0)
      end
      local function await(check)
        local deadline = core.system.monotonic() + 60
        while not check() do
          assert(core.system.monotonic() < deadline, "the other one is gone")
        end
      end
      for _ = 1, STEPS do
        await(function()
          local got, err = store:add("race", me, 60)
          assert(not err, err)
          if not got then
            assert(store:incr("refused:" .. me, 1, 60))
          end
          return got
        end)
        local refused = value("refused:" .. other)
        await(function()
          return value("refused:" .. other) > refused or value("done:" .. other) > 0
        end)
        -- not atomic by itself: only the lock keeps the two from losing a step
        assert(store:set("steps", tostring(value("steps") + 1), 60))
        assert(store:delete("race", me) == true)
      end
      assert(store:incr("done:" .. me, 1, 60))
      print("done", value("refused:" .. me))
    ]]):format(server.port))
    local interpreter = rawget(_G, "jit") and "luajit" or "lua5.4"
    local racers = {}
    for i = 1, 2 do
      racers[i] = assert(io.popen(("%s %s/racer.lua %d %d 2>&1"):format(interpreter, directory, i,
        3 - i)))
    end
    local taken = 0
    for i = 1, 2 do
      local said = racers[i]:read("*a")
      racers[i]:close()
      local seen = said:match("^done%s+(%d+)%s*$")
      assert.is_truthy(seen, said)
      taken = taken + tonumber(seen)
    end
    assert.equal("60", store:get("steps"))
    assert.is_true(taken >= 30)
  end)

  it("a step is not lost in a sum that both count", function()
    assert.equal(1, store:incr("sum", 1, 30))
    local other = assert(redis_store.new { port = server.port })
    for i = 1, 50 do
      assert.equal(2 * i, other:incr("sum", 1, 30))
      assert.equal(2 * i + 1, store:incr("sum", 1, 30))
    end
  end)
end)

describe("options", function()
  it("are checked by name", function()
    local store, err = redis_store.new {
      hots = "h", port = 0, database = 1.5, username = "u", timeout = 0, tls = { cafile = "x" },
    }
    assert.is_nil(store)
    assert.is_truthy(err.message:find("did you mean host"))
    store, err = redis_store.new { port = 0, database = 1.5, username = "u", timeout = 0 }
    assert.is_nil(store)
    assert.equal(4, #err.problems)
    store, err = redis_store.new { tls = { cafile = "x" } }
    assert.is_nil(store)
    assert.is_truthy(err.message:find("did you mean ca_file"))
  end)

  it("name one way to a server, in addresses that can be read", function()
    for text, options in pairs {
      ["goes without sentinels"] = { nodes = { "a" }, sentinels = { "b" }, master = "m" },
      ["and port go without nodes"] = { nodes = { "a" }, host = "b" },
      ["and port go without sentinels"] = { sentinels = { "a" }, master = "m", port = 1 },
      ["a cluster has no other"] = { nodes = { "a" }, database = 2 },
      ["the name by which the sentinels"] = { sentinels = { "a" } },
      ["only makes sense together with sentinels"] = { master = "m" },
      ["goes with a sentinel_password"] = { sentinels = { "a" }, master = "m",
        sentinel_username = "u" },
      ['entry 2 must be "host" or "host:port"'] = { nodes = { "a", "b:c" } },
      ["entry 1 must be"] = { nodes = { 7 } },
      ['must be a list of "host:port"'] = { nodes = {} },
    } do
      local store, err = redis_store.new(options)
      assert.is_nil(store)
      assert.is_truthy(err.message:find(text, 1, true), err.message)
    end
    for _, address in ipairs {
      "a", "a:1", "10.0.0.1:65535", "[::1]:7000", "::1", "re-dis_1.test",
    } do
      assert(redis_store.new { nodes = { address } })
    end
    for _, address in ipairs {
      "", "a:0", "a:65536", "a b", "redis://a", "a:1:2x", "[::1", "a:1e2",
    } do
      assert.is_nil((redis_store.new { nodes = { address } }), address)
    end
  end)

  it("say what is missing when wxlive was built without hiredis", function()
    local real = package.loaded["wxlive.resp"]
    local searchers = package.preload["wxlive.resp"]
    package.loaded["wxlive.resp"] = nil
    package.preload["wxlive.resp"] = function() error("no hiredis here") end
    finally(function()
      package.loaded["wxlive.resp"], package.preload["wxlive.resp"] = real, searchers
    end)
    local store, err = redis_store.new {}
    assert.is_nil(store)
    assert.equal("unsupported", err.name)
    assert.is_truthy(err.hint:find("libhiredis"))
  end)
end)
