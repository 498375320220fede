-- A vault in a real Redis, which keeps what it has on disk.
local contract = require "spec.support.contracts.vault"
local redis_vault = require "wxlive.platform.vault.redis"
local server_of = require "spec.support.servers.redis"
local worlds = require "spec.support.platform"

describe("a vault in Redis:", function()
  local server, made = nil, 0
  setup(function()
    server = server_of.start { lines = {
      "user shop on >a-long-password ~vault:* +hget +hset +hdel +hkeys +eval",
      "user default off",
    } }
  end)
  teardown(function() server:stop() end)

  local function open()
    return assert(redis_vault.new {
      host = "127.0.0.1", port = server.port, username = "shop", password = "a-long-password",
      key = ("vault:%d"):format(made),
    })
  end

  contract({ describe = describe, it = it, before_each = before_each }, "Redis", function()
    made = made + 1
    return open()
  end, open)

  it("never lets a record expire", function()
    made = made + 1
    local vault = open()
    assert(vault:put("a", "one"))
    local seconds = vault.client:call(true, "EVAL", "return redis.call('TTL', KEYS[1])", "1",
      vault.key)
    assert.is_truthy(seconds == -1 or seconds == nil)
  end)

  it("holds a platform", function()
    made = made + 1
    local world = worlds.new { platform = { vault = open() } }
    world:ticket()
    world:consented(worlds.SHOP)
    local again = world:another { vault = open() }
    assert(again:shop(worlds.SHOP):get_live_info(0, 10))
    assert.equal("consented", again:shop_info(worlds.SHOP).state)
    local appids = {}
    for appid in again:shops() do
      appids[#appids + 1] = appid
    end
    assert.same({ worlds.SHOP }, appids)
  end)

  it("says that the vault failed when Redis is not there", function()
    local vault = assert(redis_vault.new { host = "127.0.0.1", port = 1, timeout = 0.2 })
    local value, err = vault:get("a")
    assert.is_nil(value)
    assert.equal("vault", err.kind)
  end)

  it("refuses options that are none", function()
    for _, options in ipairs { { prefix = "x" }, { key = "" }, { key = "a b" }, { prot = 1 } } do
      local vault, err = redis_vault.new(options)
      assert.is_nil(vault)
      assert.equal("invalid_options", err.name)
    end
  end)
end)
