-- Processes that are killed while a refresh token changes, and many that begin at once: on a real
-- sandbox, with a vault and a token store that they share.
local components = require "wxlive.sandbox.world.component"
local memory = require "wxlive.store.memory"
local platforms = require "wxlive.platform"
local process = require "spec.support.process"
local sandbox = require "wxlive.sandbox"
local system = require "wxlive.core".system
local worlds = require "spec.support.platform"

local lua = rawget(_G, "jit") and "luajit" or "lua5.4"

-- What each child runs: MODE, then what the mode takes.
local CHILD = [[
local platforms = require "wxlive.platform"
local own = require("wxlive.sandbox.world.component").DEFAULTS
local mode, base_url, vault, key, store = ...
local platform = assert(platforms.new {
  component_appid = own.appid, component_secret = own.secret, base_url = base_url, vault = vault,
  vault_key = key, notice = function() end,
  token_store = store and require("wxlive.store.file").new(store)
    or require("wxlive.store.memory").new(),
})
if mode == "one" then
  assert(platform:shop("wx1111111111111111"):get_live_info(0, 10))
else
  local appids = {}
  for appid in platform:shops() do
    appids[#appids + 1] = appid
  end
  local _, errors = require("wxlive").map(appids, function(appid)
    return assert(platform:shop(appid):get_live_info(0, 10))
  end, { concurrency = 50 })
  for _, err in pairs(errors) do
    error(tostring(err))
  end
end
]]

describe("processes of a third-party platform", function()
  local box, folder, vault

  before_each(function()
    folder = process.directory()
    vault = folder .. "/vault.db"
    process.write(folder .. "/child.lua", CHILD)
    box = assert(sandbox.start { component = true })
  end)

  after_each(function()
    box:stop()
    process.remove(folder)
  end)

  local function open()
    local own = components.DEFAULTS
    return assert(platforms.new {
      component_appid = own.appid, component_secret = own.secret, token = own.token,
      aes_key = own.aes_key, base_url = box.base_url, vault = vault, vault_key = worlds.KEY,
      token_store = memory.new(), notice = function() end,
    })
  end

  local function ticket(platform)
    local text = assert(box:control("ticket")).ticket
    local delivery = assert(platform.callback:delivery({ AppId = box.component.appid,
      CreateTime = math.floor(system.now()), InfoType = "component_verify_ticket",
      ComponentVerifyTicket = text }, { format = "xml" }))
    assert(platform.callback:handle("POST", delivery.query, delivery.body).body == "success")
  end

  local function child(mode, more)
    return ("%s %s/child.lua %s %s %s %s %s"):format(lua, folder, mode, box.base_url, vault,
      worlds.KEY, more or "")
  end

  it("killed at any moment of a rotation, 100 times, lose no shop", function()
    local platform = open()
    ticket(platform)
    local consent = assert(box:control("consent", { appid = worlds.SHOP }))
    assert(platform:authorize(consent.auth_code))
    for _, quirk in ipairs { "refresh_rotates", "former_refresh_token_dies" } do
      assert(box:control("quirk", { [quirk] = true }))
    end
    local began = system.monotonic()
    process.run(child "one")
    local whole = system.monotonic() - began
    for i = 1, 100 do
      -- From the start of the calls to a little after the end.
      local seconds = whole * (0.3 + 0.75 * (i * 37 % 100) / 100)
      os.execute(("timeout -s KILL %.4f %s >/dev/null 2>&1"):format(seconds, child "one"))
      if i % 10 == 0 then
        assert(open():shop(worlds.SHOP):get_live_info(0, 10))
      end
    end
    assert.equal("consented", open():shop_info(worlds.SHOP).state)
  end)

  it("of any number, from cold, fetch each token once", function()
    local platform = open()
    ticket(platform)
    for i = 1, 200 do
      assert(box:control("consent", { appid = ("wx%016d"):format(i) }))
    end
    assert.equal(200, assert(platform:sync()).shops)
    local before = assert(box:control("tokens"))
    local own = box.component.appid
    local component = before[own].component
    process.run("mkdir -m 700 " .. folder .. "/tokens")
    local commands = {}
    for i = 1, 8 do
      commands[i] = ("%s || touch %s/failed &"):format(child("all", folder .. "/tokens"), folder)
    end
    process.run("( " .. table.concat(commands, " ") .. " wait ) 2>" .. folder .. "/errors")
    assert.is_nil(process.read(folder .. "/failed"), process.read(folder .. "/errors"))
    local after = assert(box:control("tokens"))
    assert.equal(component + 1, after[own].component)
    for i = 1, 200 do
      local shop = after[("wx%016d"):format(i)]
      assert.equal(1, shop and shop.authorizer)
    end
  end)
end)
