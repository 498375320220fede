-- A third-party platform from a ticket to a shop's rooms, on the bare sandbox.
local broadcast = require "wxlive.broadcast"
local catalogue = require "wxlive.catalogue"
local platforms = require "wxlive.platform"
local worlds = require "spec.support.platform"

local SHOP, OTHER = worlds.SHOP, worlds.OTHER

describe("wxlive.platform:", function()
  local world

  before_each(function()
    world = worlds.new()
  end)

  local function ready(appid, params)
    world:ticket()
    world:consented(appid or SHOP, params)
    return assert(world.platform:shop(appid or SHOP))
  end

  it("a shop that consented is worked for", function()
    local live = ready()
    assert.same({}, assert(live:get_live_info(0, 10)).room_info)
    assert.same({ 1, 1, 0 }, {
      world:count("api_component_token"), world:count("api_query_auth"),
      world:count("api_authorizer_token"),
    })
  end)

  it("a shop's client has every method, and is made without I/O", function()
    local live = assert(world.platform:shop(SHOP))
    for _, entry in ipairs(catalogue.list) do
      assert.is_function(live[entry.name])
    end
    assert.is_function(live.rooms)
    assert.same({}, world.calls)
    assert.is_nil(next(world.vault.values))
    assert.has_error(function() return live.create_rom end)
    assert.equal(live, world.platform:shop(SHOP))
  end)

  it("costs less than two thousand bytes for a shop that was not called yet", function()
    collectgarbage()
    collectgarbage()
    local before, kept = collectgarbage("count"), {}
    for i = 1, 1000 do
      kept[i] = world.platform:shop(("wx%016d"):format(i))
    end
    collectgarbage()
    collectgarbage()
    assert.is_true(collectgarbage("count") - before < 2000)
    assert.equal(1000, #kept)
  end)

  it("the platform's secret is nowhere in a shop's client", function()
    local live = ready()
    local _, err = live:clear_quota_by_secret()
    assert.equal("appsecret", err.field)
    assert.is_nil(live.context.secret)
  end)

  it("refuses an appid that is none", function()
    for _, appid in ipairs { "", "wx 1", "wx1/../2", ("x"):rep(65), 7 } do
      local live, err = world.platform:shop(appid)
      assert.is_nil(live)
      assert.equal("invalid_parameters", err.name)
    end
  end)

  it("many coroutines and processes from cold make one fetch of each token", function()
    world:ticket()
    for i = 1, 20 do
      local appid = ("wx%016d"):format(i)
      world:consented(appid)
    end
    world:advance(7200)
    world.calls = {}
    local others = {}
    for p = 1, 4 do
      others[p] = world:another()
    end
    for _ = 1, 3 do
      for _, platform in ipairs(others) do
        for i = 1, 20 do
          assert(platform:shop(("wx%016d"):format(i)):get_live_info(0, 10))
        end
      end
    end
    assert.equal(1, world:count("api_component_token"))
    assert.equal(20, world:count("api_authorizer_token"))
  end)

  it("goes through the shops that consented", function()
    ready()
    world:consented(OTHER, { sets = { 19 } })
    local found = {}
    for appid, info in world.platform:shops() do
      found[appid] = info
    end
    assert.same({ true, true, false, true }, {
      found[SHOP].live, found[SHOP].uploads, found[OTHER].live, found[OTHER].uploads,
    })
    world:push { InfoType = "unauthorized", AuthorizerAppid = OTHER }
    local left = {}
    for appid in world.platform:shops() do
      left[#left + 1] = appid
    end
    assert.same({ SHOP }, left)
  end)

  it("gives the address of the page of consent", function()
    world:ticket()
    local url, seconds = world.platform:authorization_url {
      redirect_uri = "https://shop.example/back?x=1", category_ids = { 52, 19 },
    }
    assert.equal(600, seconds)
    assert.is_truthy(url:find("^https://mp%.weixin%.qq%.com/cgi%-bin/componentloginpage"
      .. "%?component_appid=wx[^&]+&pre_auth_code=[^&]+"
      .. "&redirect_uri=https%%3A%%2F%%2Fshop%.example%%2Fback%%3Fx%%3D1&auth_type=2"
      .. "&category_id_list=52%%7C19$"))
    url = world.platform:authorization_url {
      redirect_uri = "https://shop.example/back", kind = "phone", biz_appid = SHOP,
    }
    assert.is_truthy(url:find("^https://open%.weixin%.qq%.com/wxaopen/safe/bindcomponent"
      .. "%?action=bindcomponent&no_scan=1&component_appid=.*&biz_appid=" .. SHOP
      .. "#wechat_redirect$"))
    for field, given in pairs {
      redirect_uri = {}, kind = { redirect_uri = "https://x", kind = "tablet" },
      category_ids = { redirect_uri = "https://x", category_ids = { "52" } },
    } do
      local none, err = world.platform:authorization_url(given)
      assert.is_nil(none)
      assert.equal(field, err.field)
    end
  end)

  it("refuses options that are missing or wrong, each by its name", function()
    local _, err = platforms.new { component_appid = "wx 1", token = "t", vault_key = "short",
      vault = { get = print } }
    local fields = {}
    for _, problem in ipairs(err.problems) do
      fields[problem.field] = problem.message
    end
    assert.is_truthy(fields.component_secret:find("WXLIVE_COMPONENT_SECRET", 1, true))
    for _, name in ipairs { "component_appid", "aes_key", "vault_key", "vault" } do
      assert.is_string(fields[name])
    end
    assert.is_falsy(tostring(err):find("short", 1, true))
  end)

  it("says what the receiver needs when it has neither token nor key", function()
    local platform = assert(platforms.new {
      component_appid = "wx1", component_secret = "s", vault = world.vault, vault_key = worlds.KEY,
      token_store = world.store,
    })
    assert.has_error(function() return platform.callback end,
      "platform.callback needs the options token and aes_key")
  end)

  it("a client of one's own secret is refused for a managed shop, with a hint", function()
    ready(SHOP, { managed = true })
    local live = assert(broadcast.new {
      appid = SHOP, secret = "sandbox-secret-that-opens-nothing", token_store = world.store,
      transport = world.platform.base.transport,
    })
    local _, err = live:get_live_info(0, 10)
    assert.equal(61024, err.code)
  end)

  it("counts the calls of each shop apart", function()
    world = worlds.new { platform = { quota = true } }
    local live = ready()
    world:consented(OTHER)
    assert(live:get_live_info(0, 10))
    assert.same({ 1, 0 }, {
      live:quota("get_live_info").used,
      world.platform:shop(OTHER):quota("get_live_info").used,
    })
  end)

  it("a shop may sign its calls with keys of its own", function()
    local live, err = world.platform:shop(SHOP, { api_signature = {} })
    assert.is_nil(live)
    assert.equal("invalid_options", err.name)
  end)
end)
