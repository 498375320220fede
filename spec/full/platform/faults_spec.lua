-- Every fault of the sandbox in every call of the chain: whatever becomes of one call, the shop
-- works afterwards, and its consent stands.
local components = require "wxlive.sandbox.world.component"
local faults = require "wxlive.sandbox.server.faults"
local memory = require "wxlive.store.memory"
local platforms = require "wxlive.platform"
local sandbox = require "wxlive.sandbox"
local system = require "wxlive.core".system
local vaults = require "wxlive.platform.vault.memory"
local worlds = require "spec.support.platform"

local SHOP = worlds.SHOP

-- What a kind is given, so that nothing takes long.
local details = {
  delay = { seconds = 0.02 }, slow_body = { seconds = 0.05, pieces = 3 },
  rate = { retry_after = 0 },
}

local kinds = {}
for kind in pairs(faults.kinds) do
  kinds[#kinds + 1] = kind
end
table.sort(kinds)

describe("wxlive.platform, faults in the chain:", function()
  local box, platform, ahead

  setup(function()
    box = assert(sandbox.start { component = true })
  end)
  teardown(function() box:stop() end)

  local function push(info_type, fields)
    fields.AppId, fields.InfoType = box.component.appid, info_type
    fields.CreateTime = math.floor(system.now() + ahead)
    local delivery = assert(platform.callback:delivery(fields, { format = "xml" }))
    return platform.callback:handle("POST", delivery.query, delivery.body)
  end

  local function ticket()
    local text = assert(box:control("ticket")).ticket
    assert.equal("success", push("component_verify_ticket", { ComponentVerifyTicket = text }).body)
  end

  -- Both clocks go on.
  local function advance(seconds)
    ahead = ahead + seconds
    assert(box:control("clock", { advance = seconds }))
  end

  before_each(function()
    local own = components.DEFAULTS
    assert(box:control("reset"))
    assert(box:control("quirk", { refresh_rotates = true, former_refresh_token_dies = true }))
    ahead = 0
    platform = assert(platforms.new {
      component_appid = own.appid, component_secret = own.secret, token = own.token,
      aes_key = own.aes_key, base_url = box.base_url, vault = vaults.new(),
      vault_key = worlds.KEY, token_store = memory.new(), retry = { base = 0.001, attempts = 2 },
      clock = function() return system.now() + ahead end, notice = function() end,
    })
    ticket()
  end)

  local function strike(on, kind)
    local fault = { on = on, kind = kind }
    for name, value in pairs(details[kind] or {}) do
      fault[name] = value
    end
    assert(box:control("fault", fault))
  end

  local function consented()
    local consent = assert(box:control("consent", { appid = SHOP }))
    return push("authorized", {
      AuthorizerAppid = SHOP, AuthorizationCode = consent.auth_code, PreAuthCode = "",
      AuthorizationCodeExpiredTime = math.floor(system.now() + ahead) + consent.expires_in,
    })
  end

  local function call()
    return platform:shop(SHOP):get_live_info(0, 10)
  end

  -- After the faults are over, and a failure is no longer remembered.
  local function works()
    assert(box:control("faults", { clear = true }))
    advance(60)
    assert(call())
    assert.equal("consented", platform:shop_info(SHOP).state)
  end

  for _, kind in ipairs(kinds) do
    it(kind .. " in api_component_token", function()
      strike("get_component_token", kind)
      consented()
      call()
      works()
    end)

    it(kind .. " in api_query_auth", function()
      strike("query_auth", kind)
      consented()
      call()
      works()
    end)

    it(kind .. " in api_authorizer_token, which changes the refresh token", function()
      consented()
      assert(call())
      advance(7300)
      ticket()
      strike("get_authorizer_token", kind)
      call()
      works()
    end)

    it(kind .. " in api_get_authorizer_info, after a changed refresh token was lost", function()
      consented()
      assert(call())
      advance(7300)
      ticket()
      assert(box:control("fault", { on = "get_authorizer_token", kind = "reset_after", times = 2 }))
      strike("get_authorizer_info", kind)
      call()
      works()
    end)

    it(kind .. " in api_create_preauthcode and api_get_authorizer_list", function()
      consented()
      strike("create_preauth_code", kind)
      strike("get_authorizer_list", kind)
      local redirect = { redirect_uri = "https://x.example/" }
      platform:authorization_url(redirect)
      platform:sync()
      works()
      assert(platform:authorization_url(redirect))
      assert.equal(1, assert(platform:sync()).shops)
    end)
  end
end)
