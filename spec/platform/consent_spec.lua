-- Consents: withdrawn, given again, and with which permission sets.
local pictures = require "spec.support.picture"
local temp = require "spec.support.temp"
local worlds = require "spec.support.platform"

local SHOP, OTHER = worlds.SHOP, worlds.OTHER

describe("wxlive.platform, consents:", function()
  local world, live

  before_each(function()
    world = worlds.new()
    world:ticket()
    world:consented(SHOP)
    live = assert(world.platform:shop(SHOP))
  end)

  local function call()
    return live:get_live_info(0, 10)
  end

  it("marks a shop that withdrew, in one line, and others go on", function()
    world:consented(OTHER)
    assert(call())
    world.at:run("withdraw", { appid = SHOP })
    local _, err = call()
    assert.equal(61003, err.code)
    world.calls = {}
    for _ = 1, 3 do
      _, err = call()
      assert.equal("consent_withdrawn", err.name)
      assert.equal(false, err.sent)
    end
    assert.same({}, world.calls)
    assert.equal(1, #world.told)
    assert.is_truthy(world.told[1]:find(SHOP, 1, true))
    assert.equal("withdrawn", world.platform:shop_info(SHOP).state)
    assert(world.platform:shop(OTHER):get_live_info(0, 10))
  end)

  it("a refusal of an older consent marks nothing, and the next one counts", function()
    local other = world:another()
    local elsewhere = assert(other:shop(SHOP))
    assert(elsewhere:get_live_info(0, 10))
    world:advance(60)
    world:consented(SHOP)
    world:answers("/wxa/business/getliveinfo", { errcode = 61003, errmsg = "x" })
    assert.is_nil((elsewhere:get_live_info(0, 10)))
    assert.equal("consented", world.platform:shop_info(SHOP).state)
    assert(elsewhere:get_live_info(0, 10))
    world.at:run("withdraw", { appid = SHOP })
    assert.is_nil((elsewhere:get_live_info(0, 10)))
    assert.equal("withdrawn", world.platform:shop_info(SHOP).state)
  end)

  it("notices that a shop consented again, though push and redirect of that were lost", function()
    world.at:run("withdraw", { appid = SHOP })
    local _, err = call()
    assert.equal(61003, err.code)
    world:advance(600)
    world.calls = {}
    for _ = 1, 3 do
      _, err = call()
      assert.equal("consent_withdrawn", err.name)
    end
    -- Asked once in ten minutes, and nothing was sent for the shop.
    assert.same({ 1, 0 }, { world:count("api_get_authorizer_info"),
      world.calls["/wxa/business/getliveinfo"] or 0 })
    assert.equal(1, #world.told)
    world.at:run("consent", { appid = SHOP })
    world:advance(600)
    assert(call())
    assert.equal("consented", world.platform:shop_info(SHOP).state)
  end)

  it("finds a withdrawal at the refresh, too, and another consent ends it", function()
    world:advance(7200)
    world.at:run("withdraw", { appid = SHOP })
    local _, err = call()
    assert.equal("consent_withdrawn", err.name)
    world:advance(60)
    world:consented(SHOP)
    assert(call())
  end)

  it("a refused refresh token is no withdrawal while the platform says that the consent stands",
    function()
      world:advance(7200)
      world.before = function(path)
        if path == "/cgi-bin/component/api_authorizer_token" then
          return { status = 200, body = '{"errcode":61023,"errmsg":"x"}', headers = {} }
        end
      end
      world.calls = {}
      local _, err = call()
      assert.same({ "refresh_token_unsettled", 61023 }, { err.name, err.cause.code })
      assert.same({ 1, 1 }, { world:count("api_authorizer_token"),
        world:count("api_get_authorizer_info") })
      assert.equal("consented", world.platform:shop_info(SHOP).state)
      assert.same({}, world.told)
      world.before = nil
      world:advance(10)
      assert(call())
    end)

  it("a changed password ends the consent", function()
    assert(call())
    world.at:run("withdraw", { appid = SHOP, password_changed = true })
    world:advance(7200)
    local _, err = call()
    assert.equal("consent_withdrawn", err.name)
    assert.is_truthy(err.code == 42007 or err.code == 61003 or err.code == 61023)
  end)

  it("a shop that never consented is told so, and leaves no trace", function()
    local _, err = world.platform:shop(OTHER):get_live_info(0, 10)
    assert.equal("no_consent", err.name)
    assert.is_nil(world.platform.records:shop(OTHER))
  end)

  it("without a set that allows a call it is refused before it is sent", function()
    world:consented(OTHER, { sets = { 52 } })
    local shop = assert(world.platform:shop(OTHER))
    assert(shop:get_live_info(0, 10))
    world.calls = {}
    local folder = temp.directory()
    temp.write(folder .. "/cover.png", pictures.png(300, 300))
    local _, err = shop:upload_media(folder .. "/cover.png")
    assert.equal("permission_set_missing", err.name)
    assert.equal(false, err.sent)
    assert.same({}, world.calls)
    world:advance(60)
    world:consented(OTHER, { sets = { 19, 52 } })
    world.calls = {}
    world.before = function(path)
      if path == "/cgi-bin/media/upload" then
        return { status = 200, body = '{"type":"image","media_id":"m1","created_at":1}',
          headers = {} }
      end
    end
    assert.equal("m1", assert(shop:upload_media(folder .. "/cover.png")).media_id)
    temp.remove(folder)
  end)

  it("a set that was ticked later opens the call, though the push of that was lost", function()
    world:consented(OTHER, { sets = { 19 } })
    local shop = assert(world.platform:shop(OTHER))
    world.at:run("consent", { appid = OTHER, sets = { 19, 52 } })
    world.calls = {}
    local _, err = shop:get_live_info(0, 10)
    assert.equal("permission_set_missing", err.name)
    assert.same({}, world.calls)
    world:advance(600)
    assert(shop:get_live_info(0, 10))
    assert.equal(1, world:count("api_get_authorizer_info"))
    -- A shop that has not ticked it is asked about once in ten minutes, whatever is called.
    world.at:run("consent", { appid = OTHER, sets = { 19 } })
    assert(world.platform:shop_info(OTHER, { fresh = true }))
    world:advance(600)
    world.calls = {}
    for _ = 1, 5 do
      _, err = shop:get_live_info(0, 10)
      assert.equal("permission_set_missing", err.name)
    end
    assert.same({ 1, 0 }, { world:count("api_get_authorizer_info"),
      world.calls["/wxa/business/getliveinfo"] or 0 })
    -- A shop that has withdrawn meanwhile is known as such.
    world.at:run("withdraw", { appid = OTHER })
    world:advance(600)
    _, err = shop:get_live_info(0, 10)
    assert.equal("consent_withdrawn", err.name)
  end)

  for _, code in ipairs { 61007, 61016, 48001 } do
    it(code .. " stops this shop only, and its consent stands", function()
      world:consented(OTHER)
      assert(call())
      world:answers("/wxa/business/getliveinfo", { errcode = code, errmsg = "x" })
      local _, err = call()
      assert.same({ code, "account" }, { err.code, err.outcome })
      assert.equal("consented", world.platform:shop_info(SHOP).state)
      assert(world.platform:shop(OTHER):get_live_info(0, 10))
    end)
  end
end)
