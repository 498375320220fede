-- What the platform pushes: tickets, consents, withdrawals, messages of shops.
local callbacks = require "wxlive.callback"
local worlds = require "spec.support.platform"

local SHOP, OTHER = worlds.SHOP, worlds.OTHER

describe("wxlive.platform, the receiver:", function()
  local world, heard

  before_each(function()
    world, heard = worlds.new(), {}
    world.platform.callback:on("*", function(event)
      heard[#heard + 1] = event
    end)
  end)

  -- A message of a shop as the message URL gets it.
  local function message(fields, query)
    local all = { MsgType = "event", Event = "wxalive_follow_notify", ToUserName = "gh_1",
      FromUserName = "o1", room_id = 7, AppId = false }
    for name, value in pairs(fields or {}) do
      all[name] = value
    end
    return world:push(all, query)
  end

  it("keeps tickets, and hands them to handlers", function()
    local ticket = world:ticket()
    assert.equal(ticket, world.platform.records:ticket().ticket)
    assert.equal("component_verify_ticket", heard[1].info_type)
    assert.equal(ticket, heard[1].component_verify_ticket)
    assert.is_nil(heard[1].appid)
  end)

  it("an older ticket that comes late does not replace a newer one", function()
    world:ticket()
    world:advance(600)
    local newest = world:ticket()
    world:push { InfoType = "component_verify_ticket", ComponentVerifyTicket = "ticket@@@old",
      CreateTime = math.floor(world:now()) - 600 }
    assert.equal(newest, world.platform.records:ticket().ticket)
  end)

  it("takes nothing that is meant for another component", function()
    local ticket = world:ticket()
    world:advance(600)
    local response = world:push {
      AppId = "wx9999999999999999", InfoType = "component_verify_ticket",
      ComponentVerifyTicket = "foreign",
    }
    assert.equal(400, response.status)
    assert.equal(ticket, world.platform.records:ticket().ticket)
  end)

  it("acts on a consent before its push is answered, and handlers know the shop", function()
    world:ticket()
    world:consented(SHOP)
    assert.equal("consented", world.platform:shop_info(SHOP).state)
    assert.same({ "authorized", SHOP }, { heard[2].info_type, heard[2].appid })
    assert.equal("consent given " .. SHOP, world.hooks[#world.hooks])
  end)

  it("acts before handlers also where they run behind the answer", function()
    local jobs = {}
    local receiver = world.platform.callback
    local ticket = world.at:run("ticket").ticket
    local delivery = assert(receiver:delivery({ AppId = world.at.own.appid,
      CreateTime = math.floor(world:now()), InfoType = "component_verify_ticket",
      ComponentVerifyTicket = ticket }, { format = "xml" }))
    local response = receiver:handle("POST", delivery.query, delivery.body, function(job)
      jobs[#jobs + 1] = job
      return true
    end)
    assert.equal("success", response.body)
    assert.equal(ticket, world.platform.records:ticket().ticket)
    assert.equal(0, #heard)
    jobs[1]()
    assert.equal(1, #heard)
  end)

  it("keeps a consent that cannot be exchanged now: the first call makes up for it", function()
    world:ticket()
    world.before = function(path)
      if path == "/cgi-bin/component/api_query_auth" then
        return { status = 500, body = "", headers = {} }
      end
    end
    world:consented(SHOP)
    assert.is_string(world.platform.records:shop(SHOP).code)
    assert.equal("consent pending " .. SHOP, world.hooks[#world.hooks])
    world.before = nil
    assert(world.platform:shop(SHOP):get_live_info(0, 10))
    assert.equal("consented", world.platform:shop_info(SHOP).state)
  end)

  it("answers no success while the vault does not work, and takes the next delivery", function()
    local put = world.vault.swap
    world.vault.swap = function() return nil, "disk full" end
    local ticket = world.at:run("ticket").ticket
    local push = { InfoType = "component_verify_ticket", ComponentVerifyTicket = ticket }
    local response, _, err = world:push(push)
    assert.same({ 500, "store_failed" }, { response.status, err.name })
    assert.equal(0, #heard)
    world.vault.swap = put
    assert.equal("success", world:push(push).body)
    assert.equal(ticket, world.platform.records:ticket().ticket)
  end)

  it("keeps each of 200 shops that consent within one second", function()
    world:ticket()
    for i = 1, 200 do
      world:consented(("wx%016d"):format(i))
    end
    local count = 0
    for _, info in world.platform:shops() do
      count = count + 1
      assert.is_true(info.live)
    end
    assert.equal(200, count)
    assert.equal(201, #heard)
  end)

  it("the page that the shop comes back to and the push exchange a code once", function()
    world:ticket()
    local consent = world:consent(SHOP)
    local live = assert(world.platform:authorize(consent.auth_code))
    assert.equal(SHOP, live.appid)
    local response = world:push { InfoType = "authorized", AuthorizerAppid = SHOP,
      AuthorizationCode = consent.auth_code }
    assert.equal("success", response.body)
    assert.equal(1, world:count("api_query_auth"))
    assert.equal("consented", world.platform:shop_info(SHOP).state)
    assert.is_nil(world.platform.records:shop(SHOP).code)
  end)

  it("whichever comes second: the page finds what the push has recorded", function()
    world:ticket()
    local consent = world:consented(SHOP)
    local live = assert(world.platform:authorize(consent.auth_code))
    assert.equal(SHOP, live.appid)
    assert.is_nil(world.platform.records:shop(SHOP).code)
    local none, err = world.platform:authorize("queryauthcode@@@of-nobody")
    assert.is_nil(none)
    assert.equal(61009, err.code)
  end)

  it("a code that another program exchanged is made up for from the platform's record", function()
    world:ticket()
    local consent = world:consent(SHOP)
    world.at:call("query_auth", { authorization_code = consent.auth_code })
    world:push { InfoType = "authorized", AuthorizerAppid = SHOP,
      AuthorizationCode = consent.auth_code }
    assert(world.platform:shop(SHOP):get_live_info(0, 10))
    assert.equal("consented", world.platform:shop_info(SHOP).state)
    assert.equal(SHOP, assert(world.platform:authorize(consent.auth_code)).appid)
    world:advance(7200)
    assert.is_nil((world.platform:authorize(consent.auth_code)))
  end)

  it("takes the answer without its wrapper", function()
    world.at:run("quirk", { bare_query_auth = true })
    world:ticket()
    world:consented(SHOP)
    assert.equal("consented", world.platform:shop_info(SHOP).state)
    assert(world.platform:shop(SHOP):get_live_info(0, 10))
    assert.equal(0, world:count("api_authorizer_token"))
  end)

  it("keeps the refresh token of a second consent", function()
    world.at:run("quirk", { reconsent_rotates = true })
    world:ticket()
    world:consented(SHOP)
    local first = world.platform.records:shop(SHOP).refresh_token
    world:advance(5)
    world:consented(SHOP, { sets = { 52 } })
    local record = world.platform.records:shop(SHOP)
    assert.are_not.equal(first, record.refresh_token)
    assert.same({ 52 }, { record.sets[1], record.sets[2] })
  end)

  it("marks a withdrawal; an older word than the consent counts for nothing", function()
    world:ticket()
    world:consented(SHOP)
    local created = math.floor(world:now())
    world:advance(60)
    world:push { InfoType = "unauthorized", AuthorizerAppid = SHOP }
    local _, err = world.platform:shop(SHOP):get_live_info(0, 10)
    assert.equal("consent_withdrawn", err.name)
    world:advance(60)
    world:consented(SHOP)
    world:push { InfoType = "unauthorized", AuthorizerAppid = SHOP, CreateTime = created + 60 }
    assert.equal("consented", world.platform:shop_info(SHOP).state)
    assert(world.platform:shop(SHOP):get_live_info(0, 10))
  end)

  it("an announcement that is older than the withdrawal counts for nothing", function()
    world:ticket()
    world:consented(SHOP)
    local created = math.floor(world:now())
    world:advance(60)
    world:push { InfoType = "unauthorized", AuthorizerAppid = SHOP }
    world:push { InfoType = "updateauthorized", AuthorizerAppid = SHOP, CreateTime = created,
      AuthorizationCode = "queryauthcode@@@late" }
    assert.equal("withdrawn", world.platform:shop_info(SHOP).state)
  end)

  it("a shop's event carries the appid that the URL names", function()
    assert.equal("success", message({}, { appid = SHOP }).body)
    assert.same({ "follow", SHOP, "gh_1" }, {
      heard[1].kind, heard[1].appid, heard[1].to_user_name,
    })
  end)

  it("a shop's event is known by its original id where the URL names none", function()
    world:ticket()
    world:consented(SHOP)
    local name = world.platform:shop_info(SHOP).user_name
    message { ToUserName = name }
    assert.equal(SHOP, heard[#heard].appid)
    message { ToUserName = "gh_unknown" }
    assert.is_nil(heard[#heard].appid)
  end)

  it("refuses a message whose URL names another shop than the message", function()
    world:ticket()
    world:consented(SHOP)
    local name = world.platform:shop_info(SHOP).user_name
    local response, _, err = message({ ToUserName = name }, { appid = OTHER })
    assert.same({ 403, "wrong_shop" }, { response.status, err.name })
    response = message({ Event = "wxa_live_apply_event", ToUserName = "gh_2",
      ApplyLiveInfoNoitfy = { appid = SHOP, open_time = 1 } }, { appid = OTHER })
    assert.equal(403, response.status)
  end)

  it("the same message for two shops is two events, and for one shop one", function()
    for _, appid in ipairs { SHOP, OTHER, SHOP } do
      message({ MsgId = "77" }, { appid = appid })
    end
    assert.same({ 2, SHOP, OTHER }, { #heard, heard[1].appid, heard[2].appid })
  end)

  it("passes other kinds of pushes through", function()
    assert.equal("success", world:push({ InfoType = "notify_third_fasteregister" }).body)
    assert.equal("notify_third_fasteregister", heard[1].info_type)
  end)

  it("refuses a push that lacks what it is about", function()
    for _, fields in ipairs {
      { InfoType = "component_verify_ticket" }, { InfoType = "authorized" },
      { InfoType = "authorized", AuthorizerAppid = SHOP }, { InfoType = "unauthorized" },
    } do
      local response, _, err = world:push(fields)
      assert.same({ 400, "bad_message" }, { response.status, err.name })
    end
    assert.equal(0, #heard)
  end)

  it("opens what is sealed for the component only", function()
    local stranger = assert(callbacks.new {
      token = "component-token", aes_key = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
      appid = SHOP, mode = "encrypted", now = function() return world:now() end,
    })
    local delivery = assert(stranger:delivery({ InfoType = "component_verify_ticket",
      ComponentVerifyTicket = "ticket@@@x", CreateTime = math.floor(world:now()) },
      { format = "xml" }))
    local response, _, err = world.platform.callback:handle("POST", delivery.query, delivery.body)
    assert.same({ 403, "bad_ciphertext" }, { response.status, err.name })
  end)
end)
