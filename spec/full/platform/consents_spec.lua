-- Many shops that consent in one second, over HTTP: a sandbox pushes to `wxlive listen --platform`.
local await = require "spec.support.await"
local command = require "spec.support.command"
local components = require "wxlive.sandbox.world.component"
local listeners = require "spec.support.servers.listener"
local memory = require "wxlive.store.memory"
local platforms = require "wxlive.platform"
local sandbox = require "wxlive.sandbox"
local worlds = require "spec.support.platform"

local SHOPS = 200

describe("consents over HTTP:", function()
  local box, home, listener

  before_each(function()
    box = assert(sandbox.start { component = true })
    home = command.directory()
    local own = components.DEFAULTS
    listener = listeners.start_with(command.settings(box, {
      WXLIVE_APPID = false, WXLIVE_SECRET = false, HOME = home, XDG_STATE_HOME = false,
      XDG_CACHE_HOME = false, XDG_CONFIG_HOME = false, WXLIVE_VAULT = home .. "/vault.db",
      WXLIVE_VAULT_KEY = worlds.KEY, WXLIVE_COMPONENT_APPID = own.appid,
      WXLIVE_COMPONENT_SECRET = own.secret, WXLIVE_COMPONENT_TOKEN = own.token,
      WXLIVE_COMPONENT_AES_KEY = own.aes_key, WXLIVE_TOKEN_STORE = "memory",
    }), { "listen", "--platform" })
    assert(box:control("component", { url = listener.url .. "/push" }))
  end)

  after_each(function()
    listener:stop()
    box:stop()
    command.remove(home)
  end)

  -- What another process sees in the vault: how many shops there are in each state.
  local function states(platform)
    local count = {}
    for _, info in platform:shops { all = true } do
      count[info.state] = (count[info.state] or 0) + 1
    end
    return count
  end

  it(SHOPS .. " shops in one second are each kept, and each can work", function()
    local own = components.DEFAULTS
    local platform = assert(platforms.new {
      component_appid = own.appid, component_secret = own.secret, base_url = box.base_url,
      vault = home .. "/vault.db", vault_key = worlds.KEY, token_store = memory.new(),
    })
    assert(box:control("ticket", { wait = true }).push.ok)
    -- All of it is one second of the platform's clock, and nothing but the shop tells two apart.
    assert(box:control("clock", { frozen = true }))
    for i = 1, SHOPS do
      assert.equal("authorized", box:control("consent", { appid = ("wx%016d"):format(i) }).event)
    end
    await(function()
      local count = states(platform)
      return (count.consented or 0) + (count.pending or 0) == SHOPS
    end, "all shops in the vault")
    for i = 1, SHOPS, 20 do
      assert(platform:shop(("wx%016d"):format(i)):get_live_info(0, 10))
    end
  end)
end)
