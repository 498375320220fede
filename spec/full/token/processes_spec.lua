--- One refresh of the token whatever the number of coroutines and processes, over HTTP against the
--- sandbox, which counts: on a cold store, on an expired, an old and a refused token, under a
--- failing platform, and when the leader is killed.
local await = require "spec.support.await"
local broadcast = require "wxlive.broadcast"
local core = require "wxlive.core"
local json = require "wxlive.json"
local process = require "spec.support.process"
local redis = require "spec.support.servers.redis"
local sandbox = require "wxlive.sandbox"
local temp = require "spec.support.temp"

local interpreter = rawget(_G, "jit") and "luajit" or "lua5.4"
local PROCESSES, COROUTINES, PATIENCE = 8, 50, 30

-- The stores that processes can share: start() gives a chunk of Lua that opens an empty one, and
-- what ends it.
local stores = {
  { "file", function()
    local directory = temp.directory()
    return ("return require('wxlive.store.file').new(%q)"):format(directory),
      function() temp.remove(directory) end
  end },
  { "redis", function()
    local server = redis.start()
    return ("return require('wxlive.store.redis').new { port = %d }"):format(server.port),
      function() server:stop() end
  end },
}

local function among_processes(start_store)
  local box, chunk, stop_store, directory

  before_each(function()
    box = assert(sandbox.start {})
    chunk, stop_store = start_store()
    directory = temp.directory()
  end)
  after_each(function()
    box:stop()
    stop_store()
    temp.remove(directory)
  end)

  -- A client of this process, over the same store.
  local function client()
    return assert(broadcast.new {
      base_url = box.base_url, appid = box.appid, secret = box.secret,
      token_store = assert(load(chunk)()),
    })
  end

  -- Starts a process and waits until it is ready. go() lets it call; finish() gives what it got.
  local function start(name, more)
    local options = {
      base_url = box.base_url, appid = box.appid, secret = box.secret, store = chunk,
      coroutines = COROUTINES, attempts = 4,
    }
    for key, value in pairs(more or {}) do
      options[key] = value
    end
    local out = directory .. "/" .. name
    local command = "exec timeout %d %s spec/support/programs/token_process.lua %s >%s"
    local pipe = assert(io.popen(command:format(2 * PATIENCE, interpreter,
      process.quote(json.encode(options)), process.quote(out)), "w"))
    local self = {}
    function self.go()
      pipe:write("go\n")
      pipe:flush()
    end
    function self.finish()
      pipe:close()
      return temp.read(out):gsub("^%d+\n", "")
    end
    function self.await()
      self.pid = await(function()
        return (process.read(out) or ""):match("^(%d+)\n")
      end, "a process")
      return self.pid
    end
    return self
  end

  local function start_all(options)
    local all = {}
    for i = 1, PROCESSES do
      all[i] = start(tostring(i), options)
    end
    for _, one in ipairs(all) do
      one.await()
    end
    for _, one in ipairs(all) do
      one.go()
    end
    return all
  end

  -- What everybody got must be one thing; the longest that any call took.
  local function finish_all(all)
    local result, longest = nil, 0
    for _, one in ipairs(all) do
      local text = one.finish()
      local what, count, seconds = text:match("^(%S+)\t(%d+)\t(%S+)\n$")
      assert.is_truthy(what, "a process got more than one thing, or nothing:\n" .. text)
      assert.equal(COROUTINES, tonumber(count))
      assert.equal(result or what, what)
      result, longest = what, math.max(longest, tonumber(seconds))
    end
    return result, longest
  end

  local function run_all(options)
    return finish_all(start_all(options))
  end

  local function requests()
    local counts = assert(box:control("tokens"))[box.appid] or { stable = 0, forced = 0, plain = 0 }
    return counts.stable, counts.forced, counts.plain
  end

  local function fault(switch)
    assert(box:control("fault", switch))
  end

  local function fired()
    return assert(box:control("faults", {})).faults[1].fired
  end

  -- Has the store say that its token ends then.
  local function let_end(live, seconds)
    local now = math.floor(core.system.now())
    local store, key = live.tokens.store, live.tokens.key
    local kept = json.decode(assert(store:get(key)))
    assert(store:set(key, json.encode {
      token = kept.token, expires_at = now + seconds, fetched_at = now + seconds - 7200,
    }, 7200))
  end

  it("a cold store means one request", function()
    assert.equal("ok", (run_all()))
    assert.same({ 1, 0, 0 }, { requests() })
  end)

  it("an expired token means one request", function()
    local live = client()
    assert(live:get_live_info(0, 1))
    let_end(live, -10)
    assert.equal("ok", (run_all()))
    assert.same({ 2, 0, 0 }, { requests() })
  end)

  it("a token that grows old is replaced once, and no call waits for that", function()
    local live = client()
    assert(live:get_live_info(0, 1))
    let_end(live, 100)
    assert(box:control("clock", { advance = 7100 }))
    fault { on = "token", kind = "delay", seconds = 6, when = "after", times = 100 }
    local result, longest = run_all()
    assert.equal("ok", result)
    assert.same({ 2, 0, 0 }, { requests() })
    assert.is_true(longest < 6, "a call waited for the refresh: " .. longest)
    assert.is_true(client().tokens:get(core.system.now()) ~= live.tokens:get(core.system.now()))
  end)

  for _, failure in ipairs {
    { { kind = "errcode_before", code = 40125 }, "secret_wrong/40125" },
    { { kind = "http", status = 500 }, "http_500/nil" },
  } do
    it("a refresh that fails (" .. failure[2] .. ") is everybody's failure after one request",
      function()
        local switch = failure[1]
        switch.on, switch.times = "token", 1000
        fault(switch)
        assert.equal(failure[2], (run_all { attempts = 1 }))
        assert.equal(1, fired())
      end)
  end

  for _, case in ipairs {
    { "another has been given out", { kind = "steal_token" }, { 2, 0, 0 } },
    { "it ended early", { kind = "expire_token" }, { 2, 0, 0 } },
    { "it is handed out all the same", { kind = "errcode_before", code = 40001 }, { 2, 1, 0 } },
  } do
    it(("a refused token (%s) means one refresh"):format(case[1]), function()
      assert(client():get_live_info(0, 1))
      case[2].on = "get_live_info"
      fault(case[2])
      assert.equal("ok", (run_all()))
      assert.same(case[3], { requests() })
    end)
  end

  it("a refused token and a refresh that fails mean one request too", function()
    assert(client():get_live_info(0, 1))
    fault { on = "token", kind = "errcode_before", code = 40125, times = 1000 }
    fault { on = "get_live_info", kind = "steal_token" }
    assert.equal("secret_wrong/40125", (run_all()))
    assert.equal(1, fired())
  end)

  -- A process that is killed in the middle of its token request.
  local function kill_leader(options)
    fault { on = "token", kind = "delay", seconds = 20, when = "after" }
    local leader = start("leader", options)
    leader.await()
    leader.go()
    await(function() return fired() > 0 end, "the leader's request for a token")
    os.execute("kill -9 " .. leader.pid)
    leader.finish()
  end

  -- With a reader's default time-out, which is below the lock's lease: nobody waits for the dead.
  for _, mode in ipairs { "stable", "plain" } do
    it("a leader that is killed costs nobody a call, " .. mode, function()
      local options = { attempts = 1, timeout = 10, mode = mode }
      kill_leader(options)
      assert.equal("ok", (run_all(options)))
      local wanted = mode == "stable" and { 2, 0, 0 } or { 0, 0, 2 }
      assert.same(wanted, { requests() })
    end)
  end

  it("nor does one of which nobody knows that it is dead, as on another machine", function()
    local options = { attempts = 1, timeout = 10, nameless = true }
    kill_leader(options)
    local result, longest = run_all(options)
    assert.equal("ok", result)
    assert.is_true(longest >= 5, "it was waited for " .. longest)
    assert.same({ 2, 0, 0 }, { requests() })
  end)
end

for _, store in ipairs(stores) do
  describe(("8 processes of 50 coroutines that share a %s store:"):format(store[1]), function()
    among_processes(store[2])
  end)
end
