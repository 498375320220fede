-- A Redis that is not there: streams that answer from a list.
local redis_store = require "wxlive.store.redis"

local LOST = { status = "connection_lost", message = "cut" }

-- A factory of streams: connection i answers from script[i], in order; LOST breaks it off.
local function scripted(script)
  local log = { sent = {}, where = {} }
  return function(where)
    local answers = script[#log.where + 1] or {}
    log.where[#log.where + 1] = where
    local at = 0
    return {
      reused = answers.reused,
      release = answers.release,
      send = function(_, bytes)
        log.sent[#log.sent + 1] = bytes
        return true
      end,
      receive = function()
        at = at + 1
        local answer = answers[at] or LOST
        if answer == LOST then
          return nil, LOST
        end
        return answer
      end,
      quiet = function() return true end,
      close = function() end,
    }
  end, log
end

describe("an answer that does not come", function()
  local function new(script, o)
    local connect, log = scripted(script)
    o = o or {}
    o.stream = connect
    return assert(redis_store.new(o)), log
  end

  it("is asked for once more where nothing can be done twice", function()
    local store, log = new { { LOST }, { "$1\r\nv\r\n" } }
    assert.equal("v", store:get("k"))
    store = new { { LOST }, { "+OK\r\n" } }
    assert.is_true(store:set("k", "v", 1))
    store = new { { LOST }, { ":0\r\n" } }
    assert.is_true(store:delete("k", "me"))
    assert.equal(2, #log.sent)
    local err
    store, log = new { { LOST }, { LOST }, { "+OK\r\n" } }
    store, err = store:set("k", "v", 1)
    assert.is_nil(store)
    assert.equal("connection_lost", err.name)
    assert.is_true(err.sent)
    assert.is_nil(err.ambiguous)
    assert.equal(2, #log.sent)
  end)

  it("to add is found out by reading back whose value is there", function()
    local store = new { { LOST }, { "$-1\r\n", "$2\r\nme\r\n" } }
    assert.is_true(store:add("lock", "me", 1))
    store = new { { LOST }, { "$-1\r\n", "$3\r\nyou\r\n" } }
    assert.is_false(store:add("lock", "me", 1))
    store = new { { LOST }, { "+OK\r\n" } }
    assert.is_true(store:add("lock", "me", 1))
    local log
    store, log = new { { "$-1\r\n" } }
    assert.is_false(store:add("lock", "me", 1))
    assert.equal(1, #log.sent)
  end)

  it("to incr is not asked for again", function()
    local store, log = new { { LOST }, { ":1\r\n" } }
    local sum, err = store:incr("n", 1, 1)
    assert.is_nil(sum)
    assert.is_true(err.ambiguous)
    assert.equal(1, #log.sent)
  end)

  it("is not waited for on the same connection by the next call", function()
    local store, log = new { { LOST, "$5\r\nstale\r\n" }, { "$-1\r\n" }, }
    assert.is_nil((store:get("k")))
    assert.equal(2, #log.where)
  end)
end)

describe("an answer", function()
  local function new(script, o)
    local connect, log = scripted(script)
    o = o or {}
    o.stream = connect
    return assert(redis_store.new(o)), log
  end

  it("that is cut anywhere is put together", function()
    local store = new { { "$", "5\r", "\nab", "cde\r", "\n" } }
    assert.equal("abcde", store:get("k"))
  end)

  it("that names another node is followed, and remembered for its key", function()
    local store, log = new({ { "-MOVED 42 127.0.0.1:7001\r\n" }, { "$1\r\nv\r\n" } },
      { host = "10.0.0.1", port = 7000 })
    assert.equal("v", store:get("k"))
    assert.equal("10.0.0.1", log.where[1].host)
    assert.equal("127.0.0.1", log.where[2].host)
    assert.equal(7001, log.where[2].port)
    store, log = new { { "-MOVED 42 :7001\r\n", "$1\r\nw\r\n" }, { "$1\r\nv\r\n", "$1\r\nv\r\n" } }
    assert.equal("v", store:get("k"))
    assert.equal("v", store:get("k"))
    assert.equal("w", store:get("another"))
    assert.equal(2, #log.where)
  end)

  it("that sends round in a circle is followed five times", function()
    local script = {}
    for i = 1, 9 do
      script[i] = { ("-MOVED 42 :%d\r\n"):format(7000 + i) }
    end
    local store, log = new(script)
    local value, err = store:get("k")
    assert.is_nil(value)
    assert.equal("redis_moved", err.name)
    assert.is_truthy(err.hint:find("CLUSTER NODES"))
    assert.equal(6, #log.where)
  end)

  it("that a key is on its way to another node is followed for this command alone", function()
    local store, log = new { { "-ASK 42 10.0.0.2:7001\r\n", "$1\r\nw\r\n" },
      { "+OK\r\n$1\r\nv\r\n" } }
    assert.equal("v", store:get("k"))
    assert.truthy(log.sent[2]:find("ASKING", 1, true))
    assert.truthy(log.sent[2]:find("GET", 1, true))
    assert.equal("w", store:get("k"))
    assert.is_nil(log.sent[3]:find("ASKING", 1, true))
  end)

  for _, case in ipairs {
    { "BUSY Redis is busy running a script. You can only call", "busy", "SCRIPT KILL" },
    { "CLUSTERDOWN The cluster is down", "clusterdown", "CLUSTER INFO" },
    { "CLUSTERDOWN Hash slot not served", "clusterdown", "CLUSTER INFO" },
    { "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
      "masterdown", "name the master" },
    { "TRYAGAIN Multiple keys request during rehashing of slot", "tryagain", "try again shortly" },
    { "MISCONF Redis is configured to save RDB snapshots, but it's unable to persist to disk.",
      "misconf", "its disk" },
    { "NOREPLICAS Not enough good replicas to write.", "noreplicas", "min-replicas-to-write" },
    { "OOM command not allowed when used memory > 'maxmemory'.", "oom", "maxmemory" },
    { "DENIED Redis is running in protected mode", "denied", "protected mode" },
    { "WRONGTYPE Operation against a key holding the wrong kind of value", "wrongtype", "prefix" },
    { "ERR max number of clients reached", "err", "maxclients" },
    { "ERR DB index is out of range", "err", "database" },
    { "ERR Error running script (call to f_1): @user_script:2: @user_script: 2: -MISCONF Redis is "
      .. "configured to save", "misconf", "its disk" },
    { "ERR Error running script (call to f_1): @user_script: 2: -READONLY You can't write against "
      .. "a read only replica.", "readonly", "name the master" },
  } do
    it(("%s says what to do, in both languages"):format(case[1]:sub(1, 24)), function()
      for _, operation in ipairs {
        function(store) return store:get("k") end,
        function(store) return store:set("k", "v", 1) end,
        function(store) return store:add("k", "v", 1) end,
        function(store) return store:delete("k", "v") end,
        function(store) return store:incr("k", 1, 1) end,
      } do
        local value, err = operation(new { { "-" .. case[1] .. "\r\n" } })
        assert.is_nil(value)
        assert.equal("redis_" .. case[2], err.name)
        assert.is_truthy(err.hint:find(case[3], 1, true))
        assert.is_truthy(err.hint_zh)
      end
    end)
  end

  it("that quotes its arguments gives no token or password away", function()
    for _, answer in ipairs {
      "-ERR unknown command `SET`, with args beginning with: `wxlive:token` `TOPSECRET`\r\n",
      "-ERR what is TOPSECRET and TOPSECRET?\r\n",
    } do
      local store = new { { answer } }
      local ok, err = store:set("token", "TOPSECRET", 1)
      assert.is_nil(ok)
      assert.equal("redis_err", err.name)
      assert.is_nil(tostring(err):find("TOPSECRET"))
    end
    local store = new({ { "-ERR unknown command 'AUTH', with args 'TOPSECRET'\r\n" } },
      { password = "TOPSECRET" })
    local _, err = store:get("k")
    assert.is_nil(tostring(err):find("TOPSECRET"))
  end)

  it("from a server that starts or has become a replica ends the connection", function()
    local store, log = new { { "-LOADING Redis is loading\r\n" }, { "-READONLY no\r\n" },
      { "+OK\r\n" } }
    local _, err = store:set("k", "v", 1)
    assert.equal("redis_loading", err.name)
    _, err = store:set("k", "v", 1)
    assert.equal("redis_readonly", err.name)
    assert.is_true(store:set("k", "v", 1))
    assert.equal(3, #log.where)
  end)

  it("that is not Redis's is an error", function()
    for _, answer in ipairs { "HTTP/1.1 400 Bad Request\r\n\r\n", ":7\r\n", "*1\r\n:1\r\n" } do
      local store = new { { answer }, { answer } }
      local value, err = store:get("k")
      assert.is_nil(value)
      assert.equal("bad_protocol", err.name)
    end
  end)
end)

describe("a stream with a pool of its own", function()
  it("is given back after each call, and greeted only when it is new", function()
    local released = 0
    local function release()
      released = released + 1
    end
    local connect, log = scripted {
      { "+OK\r\n+OK\r\n", "+OK\r\n", release = release },
      { "$1\r\nv\r\n", release = release, reused = true },
    }
    local store = assert(redis_store.new {
      stream = connect, username = "u", password = "p", database = 2, tls = true,
    })
    assert.is_true(store:set("k", "v", 1))
    assert.equal("v", store:get("k"))
    assert.equal(2, released)
    assert.equal("*3\r\n$4\r\nAUTH\r\n$1\r\nu\r\n$1\r\np\r\n*2\r\n$6\r\nSELECT\r\n$1\r\n2\r\n",
      log.sent[1])
    assert.equal("*2\r\n$3\r\nGET\r\n$8\r\nwxlive:k\r\n", log.sent[3])
    assert.is_true(log.where[1].tls)
    assert.is_nil(log.where[1].password)
  end)
end)
