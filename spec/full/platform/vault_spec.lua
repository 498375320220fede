-- A vault in a real PostgreSQL, shared by machines.
local contract = require "spec.support.contracts.vault"
local databases = require "wxlive.platform.vault.database"
local postgres = require "spec.support.servers.postgres"
local worlds = require "spec.support.platform"

describe("a vault in PostgreSQL:", function()
  local server, url

  setup(function()
    server = postgres.start()
  end)
  teardown(function()
    server.stop()
  end)

  local function open()
    return assert(databases.new(url))
  end

  contract({ describe = describe, it = it, before_each = before_each }, "PostgreSQL", function()
    url = server.database()
    return open()
  end, open)

  it("holds a platform, also over a restart of the server", function()
    url = server.database()
    local world = worlds.new { platform = { vault = open() } }
    world:ticket()
    world:consented(worlds.SHOP)
    server.restart()
    assert.equal("consented", world.platform:shop_info(worlds.SHOP).state)
    world:advance(7200)
    assert(world.platform:shop(worlds.SHOP):get_live_info(0, 10))
  end)
end)
