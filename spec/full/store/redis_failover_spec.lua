--- Redis as it is run where it must not stop: a master that sentinels watch, and a cluster.
local core = require "wxlive.core"
local connection = require "wxlive.store.redis.connection"
local redis_store = require "wxlive.store.redis"
local routes = require "wxlive.store.redis.routes"
local server_of = require "spec.support.servers.redis"

-- Until a check holds; a failover takes seconds.
local function await(what, check)
  local deadline = core.system.monotonic() + 40
  local value, err
  repeat
    value, err = check()
    if value then
      return value
    end
    core.system.sleep(0.05)
  until core.system.monotonic() > deadline
  error(what .. " did not come: " .. tostring(err))
end

-- Commands to one server alone, as its operator.
local function operator(server, password)
  local client = assert(connection.new {
    nodes = { routes.node("127.0.0.1", server.port) }, password = password, timeout = 2,
    connect_timeout = 1,
  })
  return function(...)
    return client:call(true, ...)
  end
end

describe("sentinels", function()
  local PASSWORD = "of-the-sentinels-and-long"
  local master, replica, sentinel, ask, store

  before_each(function()
    master = server_of.start()
    replica = server_of.start { lines = { "replicaof 127.0.0.1 " .. master.port } }
    sentinel = server_of.start { sentinel = true, lines = {
      "requirepass " .. PASSWORD,
      ("sentinel monitor shops 127.0.0.1 %d 1"):format(master.port),
      "sentinel down-after-milliseconds shops 400", "sentinel failover-timeout shops 3000",
    } }
    ask = operator(sentinel, PASSWORD)
    store = assert(redis_store.new {
      sentinels = { "127.0.0.1:1", "127.0.0.1:" .. sentinel.port }, master = "shops",
      sentinel_password = PASSWORD,
    })
    -- Without a replica that it knows the sentinel could not fail over.
    await("a replica", function()
      local replicas = ask("SENTINEL", "replicas", "shops")
      return type(replicas) == "table" and #replicas == 1
        and operator(replica)("ROLE")[4] == "connected"
    end)
  end)

  after_each(function()
    for _, server in ipairs { sentinel, replica, master } do
      server:stop()
    end
  end)

  local function role(server)
    local answer = operator(server)("ROLE")
    return type(answer) == "table" and answer[1]
  end

  it("name the master, and a dead one is asked for after", function()
    assert.is_true(store:set("token", "first", 600))
    assert.is_true(store:add("lock", "me", 600))
    await("the copy", function() return operator(replica)("GET", "wxlive:lock") == "me" end)
    master:kill()
    await("the failover", function() return store:set("token", "second", 600) end)
    assert.equal("master", role(replica))
    assert.equal("second", store:get("token"))
    -- What the former master confirmed is still locked, and only its owner frees it.
    assert.is_false(store:add("lock", "you", 600))
    assert.is_true(store:delete("lock", "me"))
  end)

  it("and one that hangs costs a call its time-out, and none after the failover", function()
    assert.is_true(store:set("token", "first", 600))
    master:freeze()
    finally(function() master:thaw() end)
    await("the failover", function() return role(replica) == "master" end)
    await("the new master", function() return store:set("token", "second", 600) end)
    assert.equal("second", store:get("token"))
    assert.equal(replica.port, store.client.route.found.port)
  end)

  it("hand over while the former master lives on as a replica", function()
    assert.is_true(store:set("token", "first", 600))
    assert.same({ ok = "OK" }, ask("SENTINEL", "failover", "shops"))
    await("the former master", function() return role(master) == "slave" end)
    -- No call in between failed for longer: the first one after the change goes through.
    assert.is_true(store:set("token", "second", 600))
    assert.equal("second", operator(replica)("GET", "wxlive:token"))
  end)

  it("that know no such master, refuse or are gone say so in one line, without the password",
    function()
      local function failure(changes)
        local o = { sentinels = { "127.0.0.1:" .. sentinel.port }, master = "shops",
          sentinel_password = PASSWORD }
        for key, value in pairs(changes) do
          o[key] = value
        end
        local value, err = assert(redis_store.new(o)):get("token")
        assert.is_nil(value)
        assert.equal("no_master", err.name)
        assert.is_false(err.sent)
        assert.is_nil(tostring(err):find(PASSWORD, 1, true))
        return err.message
      end
      assert.truthy(failure({ master = "books" }):find("knows no master books", 1, true))
      assert.truthy(failure({ sentinel_password = PASSWORD .. "x" }):find("WRONGPASS", 1, true))
      assert.truthy(failure({ sentinels = { "127.0.0.1:1" } }):find("127.0.0.1:1", 1, true))
    end)
end)

describe("a cluster", function()
  local nodes, commands, store

  before_each(function()
    nodes, commands = {}, {}
    for i = 1, 3 do
      nodes[i] = server_of.start { lines = {
        "cluster-enabled yes", "cluster-config-file nodes.conf", "cluster-node-timeout 1000",
        "cluster-require-full-coverage no",
      } }
      commands[i] = operator(nodes[i])
    end
    local shares = { { "0", "5460" }, { "5461", "10922" }, { "10923", "16383" } }
    for i = 1, 3 do
      assert.same({ ok = "OK" }, commands[i]("CLUSTER", "ADDSLOTSRANGE", shares[i][1],
        shares[i][2]))
      assert.same({ ok = "OK" }, commands[i]("CLUSTER", "SET-CONFIG-EPOCH", tostring(i)))
    end
    for i = 2, 3 do
      assert.same({ ok = "OK" }, commands[1]("CLUSTER", "MEET", "127.0.0.1",
        tostring(nodes[i].port), tostring(nodes[i].port - 10000)))
    end
    for i = 1, 3 do
      await("the cluster", function()
        local info = commands[i]("CLUSTER", "INFO")
        return type(info) == "string" and info:find("cluster_state:ok", 1, true)
          and info:find("cluster_slots_assigned:16384", 1, true)
      end)
    end
    store = assert(redis_store.new {
      nodes = { "127.0.0.1:" .. nodes[1].port, "127.0.0.1:" .. nodes[2].port },
    })
  end)

  after_each(function()
    for _, node in ipairs(nodes) do
      node:stop()
    end
  end)

  it("keeps each key where it belongs, and the way is learned once", function()
    for i = 1, 60 do
      assert.is_true(store:set("key" .. i, "v" .. i, 600))
      assert.is_true(store:add("lock" .. i, "me", 600))
      assert.equal(i, store:incr("sum" .. i, i, 600))
    end
    local before = 0
    for i = 1, 3 do
      local size = commands[i]("DBSIZE")
      assert.is_true(size > 20, "keys on node " .. i)
      before = before + size
      commands[i]("CONFIG", "RESETSTAT")
    end
    assert.equal(180, before)
    for i = 1, 60 do
      assert.equal("v" .. i, store:get("key" .. i))
      assert.is_true(store:delete("lock" .. i, "me"))
    end
    for i = 1, 3 do
      assert.is_nil(commands[i]("INFO", "errorstats"):find("MOVED", 1, true))
    end
  end)

  it("is followed while a key moves from node to node", function()
    assert.is_true(store:set("key", "v", 600))
    local slot = tostring(commands[1]("CLUSTER", "KEYSLOT", "wxlive:key"))
    local from, to
    for i = 1, 3 do
      from = commands[i]("DBSIZE") == 1 and i or from
    end
    to = from % 3 + 1
    local ids = {}
    for i = 1, 3 do
      ids[i] = commands[i]("CLUSTER", "MYID")
    end
    assert.same({ ok = "OK" }, commands[to]("CLUSTER", "SETSLOT", slot, "IMPORTING", ids[from]))
    assert.same({ ok = "OK" }, commands[from]("CLUSTER", "SETSLOT", slot, "MIGRATING", ids[to]))
    assert.equal("v", store:get("key"))
    assert.same({ ok = "OK" }, commands[from]("MIGRATE", "127.0.0.1", tostring(nodes[to].port),
      "wxlive:key", "0", "1000"))
    -- The key is over there, the slot still here: ASK.
    assert.equal("v", store:get("key"))
    assert.is_false(store:add("key", "w", 600))
    assert.is_true(store:delete("key", "v"))
    assert.is_true(store:set("key", "x", 600))
    for i = 1, 3 do
      commands[i]("CLUSTER", "SETSLOT", slot, "NODE", ids[to])
    end
    assert.equal("x", store:get("key"))
    assert.equal(1, commands[to]("DBSIZE"))
  end)

  it("that lost a node works on where it can, and says what is down", function()
    local homes = {}
    for i = 1, 30 do
      assert.is_true(store:set("key" .. i, "v" .. i, 600))
      homes[i] = store.client.route.lives["wxlive:key" .. i] or { port = nodes[1].port }
    end
    nodes[1]:kill()
    local lost = 0
    for i = 1, 30 do
      local value, err = store:get("key" .. i)
      if homes[i].port == nodes[1].port then
        lost = lost + 1
        assert.is_nil(value)
        assert.is_truthy(err.name == "connect_failed" or err.name == "connection_lost"
          or err.name == "redis_clusterdown", err.name)
      else
        assert.equal("v" .. i, value)
      end
    end
    assert.is_true(lost > 0 and lost < 30)
  end)
end)
