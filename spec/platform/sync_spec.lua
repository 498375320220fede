-- Taking over what the platform knows, and what it does to a vault that is old or empty.
local worlds = require "spec.support.platform"

local SHOP, OTHER = worlds.SHOP, worlds.OTHER

describe("platform:sync()", function()
  local world

  before_each(function()
    world = worlds.new()
    world:ticket()
  end)

  for _, missing in ipairs { false, true } do
    local name = missing and "that lacks refresh tokens" or "that has refresh tokens"
    it("fills an empty vault out of a list " .. name, function()
      world:consent(SHOP)
      world:consent(OTHER, { sets = { 19 } })
      world.at:run("quirk", { list_without_refresh_tokens = missing })
      local summary = assert(world.platform:sync())
      table.sort(summary.new)
      assert.same({ 2, SHOP, OTHER, 0 }, {
        summary.shops, summary.new[1], summary.new[2], #summary.changed,
      })
      assert.is_nil(next(summary.failed))
      assert(world.platform:shop(SHOP):get_live_info(0, 10))
      assert.equal(false, world.platform:shop_info(OTHER).live)
      summary = assert(world.platform:sync())
      assert.same({ 0, 0 }, { #summary.new, #summary.changed })
    end)
  end

  it("takes a changed refresh token over, and keeps the one before", function()
    world:consented(SHOP)
    local before = world.platform.records:shop(SHOP).refresh_token
    world.at:run("rotate", { appid = SHOP })
    local summary = assert(world.platform:sync())
    assert.same({ SHOP }, { summary.changed[1] })
    assert.equal(before, world.platform.records:shop(SHOP).former)
  end)

  it("reports shops that the platform does not list, and leaves them alone", function()
    world:consented(SHOP)
    world:consented(OTHER)
    world.at:run("withdraw", { appid = SHOP })
    local summary = assert(world.platform:sync())
    assert.same({ SHOP }, { summary.missing[1], summary.missing[2] })
    assert.equal("consented", world.platform:shop_info(SHOP).state)
  end)

  it("returns the error of a vault that fails, at whatever moment", function()
    for _, method in ipairs { "get", "swap", "names" } do
      local n, done = 0, false
      while not done do
        n = n + 1
        local fresh = worlds.new()
        fresh:ticket()
        fresh:consented(SHOP)
        fresh:consented(OTHER)
        fresh.at:run("rotate", { appid = SHOP })
        local whole, calls = fresh.vault[method], 0
        fresh.vault[method] = function(...)
          calls = calls + 1
          if calls == n then
            return nil, "the disk is gone"
          end
          return whole(...)
        end
        local summary, err = fresh.platform:sync()
        done = calls < n
        if done then
          assert(summary, err)
        else
          err = err or select(2, next(summary.failed))
          assert.equal("vault_failed", err.name, method .. " " .. n)
        end
      end
      assert.is_true(n > 1, method)
    end
  end)

  it("reads a list of many pages", function()
    for i = 1, 1100 do
      world:consent(("wx%016d"):format(i))
    end
    local summary = assert(world.platform:sync())
    assert.equal(1100, #summary.new)
    assert.equal(4, world:count("api_get_authorizer_list") + 1)
  end)

  it("brings a shop back that was marked and has consented meanwhile", function()
    world:consented(SHOP)
    world:push { InfoType = "unauthorized", AuthorizerAppid = SHOP }
    assert.equal("withdrawn", world.platform:shop_info(SHOP).state)
    assert(world.platform:sync())
    assert.equal("consented", world.platform:shop_info(SHOP).state)
  end)
end)

describe("platform:shop_info()", function()
  it("asks the platform when it is told to", function()
    local world = worlds.new()
    world:ticket()
    world:consented(SHOP, { sets = { 52 } })
    assert.is_string(world.platform:shop_info(SHOP).user_name)
    world:consent(SHOP, { sets = { 19, 52 } })
    assert.same({ true, false }, {
      world.platform:shop_info(SHOP).live, world.platform:shop_info(SHOP).uploads,
    })
    assert.is_true(world.platform:shop_info(SHOP, { fresh = true }).uploads)
    world.at:run("withdraw", { appid = SHOP })
    assert.equal("withdrawn", world.platform:shop_info(SHOP, { fresh = true }).state)
    local none, err = world.platform:shop_info(OTHER)
    assert.is_nil(none)
    assert.equal("no_consent", err.name)
  end)
end)
