-- Ticket, component's token, shops' tokens: what refreshes what, and what a lost answer costs.
local json = require "wxlive.json"
local memory = require "wxlive.store.memory"
local worlds = require "spec.support.platform"

local SHOP = worlds.SHOP
local HOUR = 3600

describe("wxlive.platform, the chain:", function()
  local world, live

  local function begin(options)
    world = worlds.new(options)
    world:ticket()
    world:consented(SHOP)
    live = assert(world.platform:shop(SHOP))
  end

  before_each(function()
    begin()
  end)

  local function call()
    return live:get_live_info(0, 10)
  end

  it("renews each token ahead of its end", function()
    assert(call())
    world:advance(7200 - 400)
    assert(call())
    assert.same({ 2, 1 }, {
      world:count("api_component_token"), world:count("api_authorizer_token"),
    })
  end)

  for _, code in ipairs { 40001, 40014, 42001 } do
    it(code .. " on a shop's call refreshes the shop's token once", function()
      assert(call())
      world:answers("/wxa/business/getliveinfo", { errcode = code, errmsg = "x" })
      assert(call())
      assert.same({ 1, 1 }, {
        world:count("api_component_token"), world:count("api_authorizer_token"),
      })
    end)

    it(code .. " on the component's call refreshes the component's token once", function()
      assert(call())
      world:advance(7200)
      assert(call())
      world:advance(3600)
      world:answers("api_create_preauthcode", { errcode = code, errmsg = "x" })
      local components = world:count("api_component_token")
      assert(world.platform:authorization_url { redirect_uri = "https://x.example" })
      assert.equal(components + 1, world:count("api_component_token"))
    end)
  end

  for _, code in ipairs { 61005, 61006 } do
    it(code .. ": waits for the next ticket and does not ask again with this one", function()
      world:advance(7200)
      world.before = function(path)
        if path == "/cgi-bin/component/api_component_token" then
          return { status = 200, body = json.encode { errcode = code, errmsg = "x" }, headers = {} }
        end
      end
      world.calls = {}
      for _ = 1, 5 do
        local _, err = call()
        assert.equal("ticket_awaited", err.name)
        world:advance(10)
      end
      assert.equal(1, world:count("api_component_token"))
      world.before = nil
      world:ticket()
      world:advance(10)
      assert(call())
    end)
  end

  it("a ticket that is pushed again is young again, and is shown again after a refusal", function()
    local ticket = world:ticket()
    local function push()
      assert.equal("success", world:push { InfoType = "component_verify_ticket",
        ComponentVerifyTicket = ticket }.body)
    end
    for _ = 1, 12 do
      world:advance(600)
      push()
    end
    local status = world.platform:ticket_status()
    assert.same({ 0, false }, { status.age, status.late })
    assert.is_nil(table.concat(world.hooks, " "):find("late", 1, true))
    world:answers("api_component_token", { errcode = 61006, errmsg = "x" })
    assert.equal("ticket_awaited", select(2, call()).name)
    push()
    assert.equal("ticket_awaited", select(2, call()).name)
    world:advance(600)
    push()
    assert(call())
  end)

  it("survives a gap of three hours without a ticket", function()
    world:advance(3 * HOUR)
    assert(call())
    local late
    for _, hook in ipairs(world.hooks) do
      late = late or hook == "ticket late"
    end
    assert.is_true(late)
    local status = world.platform:ticket_status()
    assert.same({ true, false, 9 * HOUR }, { status.late, status.refused, status.ends_in })
  end)

  it("a gap of thirteen hours ends in one clear error, and heals by itself", function()
    world:advance(13 * HOUR)
    local _, err = call()
    assert.equal("ticket_awaited", err.name)
    assert.is_truthy(tostring(err):find("13.0 h old", 1, true))
    _, err = call()
    assert.equal("ticket_awaited", err.name)
    world:ticket()
    world:advance(10)
    assert(call())
  end)

  it("works again with the first ticket, and with the next one after a refusal", function()
    local url = { redirect_uri = "https://example.com/bound" }
    local fresh = worlds.new()
    local _, err = fresh.platform:authorization_url(url)
    assert.equal("ticket_missing", err.name)
    fresh:ticket()
    assert(fresh.platform:authorization_url(url))
    local other = worlds.new()
    other:push { InfoType = "component_verify_ticket", ComponentVerifyTicket = "ticket@@@wrong" }
    _, err = other.platform:authorization_url(url)
    assert.equal("ticket_awaited", err.name)
    _, err = other.platform:authorization_url(url)
    assert.equal("ticket_awaited", err.name)
    assert.equal(1, other:count("api_component_token"))
    other:ticket()
    assert(other.platform:authorization_url(url))
  end)

  it("says so while no ticket has ever come", function()
    world = worlds.new()
    local _, err = world.platform:shop(SHOP):get_live_info(0, 10)
    assert.equal("ticket_missing", err.name)
    assert.equal(false, world.platform:ticket_status())
    assert.same({}, world.calls)
  end)

  it("keeps the former refresh token until the new one has worked", function()
    begin()
    world.at:run("quirk", { refresh_rotates = true })
    world:advance(7200)
    assert(call())
    local record = world.platform.records:shop(SHOP)
    assert.is_string(record.former)
    assert.are_not.equal(record.former, record.refresh_token)
    local first = record.refresh_token
    world:advance(7200)
    assert(call())
    assert.equal(first, world.platform.records:shop(SHOP).former)
    world.at:run("quirk", { refresh_rotates = false })
    world:advance(7200)
    assert(call())
    assert.is_nil(world.platform.records:shop(SHOP).former)
  end)

  it("loses no shop when the vault fails after the refresh token was changed", function()
    begin()
    world.at:run("quirk", { refresh_rotates = true })
    world.at:run("quirk", { former_refresh_token_dies = true })
    assert(call())
    world:advance(7200)
    local swap = world.vault.swap
    world.vault.swap = function(self, name, ...)
      if name:find("shop:", 1, true) then
        return nil, "disk full"
      end
      return swap(self, name, ...)
    end
    local _, err = call()
    assert.equal("vault_failed", err.name)
    world.vault.swap = swap
    world:advance(10)
    assert(call())
    assert.equal("consented", world.platform:shop_info(SHOP).state)
  end)

  it("commits a changed refresh token before the token is used", function()
    begin()
    world.at:run("quirk", { refresh_rotates = true })
    world:advance(7200)
    local before = world.platform.records:shop(SHOP).refresh_token
    local at_call
    world.before = function(path)
      if path == "/wxa/business/getliveinfo" then
        at_call = world.platform.records:shop(SHOP).refresh_token
      end
    end
    assert(call())
    assert.are_not.equal(before, at_call)
  end)

  it("two changed refresh tokens that are lost in a row lose no shop", function()
    world.at:run("quirk", { refresh_rotates = true, former_refresh_token_dies = true })
    world:advance(7200)
    local lost = 0
    world.before = function(path, request)
      if path == "/cgi-bin/component/api_authorizer_token" and lost < 2 then
        local answer = world.at:refresh(SHOP, json.decode(request.body).authorizer_refresh_token)
        lost = lost + (answer.errcode and 0 or 1)
        return { status = 200, body = '{"errcode":61023,"errmsg":"x"}', headers = {} }
      end
    end
    assert(call())
    assert.equal(2, lost)
    assert.equal("consented", world.platform:shop_info(SHOP).state)
  end)

  it("a vault that was emptied heals with the first call", function()
    assert(call())
    world.vault.values = {}
    world:ticket()
    local other = world:another { token_store = memory.new() }
    assert(other:shop(SHOP):get_live_info(0, 10))
    assert.equal("consented", other:shop_info(SHOP).state)
  end)

  it("a wrong kind of token is a fault of the program, and refreshes nothing", function()
    assert(call())
    world:answers("api_create_preauthcode", { errcode = 61014, errmsg = "x" })
    local _, err = world.platform:authorization_url { redirect_uri = "https://x.example" }
    assert.equal(61014, err.code)
    assert.equal(1, world:count("api_component_token"))
  end)

  for _, code in ipairs { 61004, 40164, 45035, 61011, 40125, 40013 } do
    it(code .. " at the component's token is told as it is", function()
      world:advance(7200)
      world:answers("api_component_token", { errcode = code, errmsg = "x" })
      local _, err = call()
      assert.equal(code, err.code)
      assert.is_string(err.hint)
    end)
  end
end)
