-- Shops that consent, change their minds and withdraw at random, while pushes and answers get lost
-- and processes start anew: in the end the client knows of each shop what the sandbox knows.
local Error = require "wxlive.error"
local Random = require "wxlive.sandbox.world.random"
local memory = require "wxlive.store.memory"
local worlds = require "spec.support.platform"

local STEPS, SHOPS = 150, 4
local SETS = { { 52 }, { 19, 52 }, { 19, 30, 52 }, { 19 }, { 30 } }
local QUIRKS = {
  "refresh_rotates", "former_refresh_token_dies", "reconsent_rotates", "bare_query_auth",
  "list_without_refresh_tokens",
}

local function appid_of(i)
  return ("wx%016d"):format(i)
end

local function storm(seed)
  local world, random = worlds.new(), Random.new(seed)
  local function chance(p)
    return random:fraction() < p
  end
  local function some_shop()
    return appid_of(random:upto(SHOPS))
  end

  -- An answer may get lost after the work, or the request before it.
  local losing = true
  world.before = function(path, request)
    if losing and path:find("^/cgi%-bin/component/") and chance(0.1) then
      local sent = chance(0.7)
      if sent then
        world.at.bare:send(request.method, path, { component_access_token =
          request.url:match("access_token=([^&]+)") }, request.body,
          { ["content-type"] = "application/json" })
      end
      return nil, Error.new { kind = "transport", name = "connection_reset", sent = sent,
        message = "lost" }
    end
  end

  local function push(fields)
    local response = world:push(fields)
    assert.is_true(response.status == 200 or response.status >= 500)
  end

  local acts = {}

  function acts.consent()
    local appid = some_shop()
    local consent = world:consent(appid, { sets = SETS[random:upto(#SETS)] })
    if consent.event and chance(0.7) then
      push {
        InfoType = consent.event, AuthorizerAppid = appid,
        AuthorizationCode = consent.auth_code, AuthorizationCodeExpiredTime =
          math.floor(world:now()) + consent.expires_in,
      }
    end
    if chance(0.5) then
      world.platform:authorize(consent.auth_code)
    end
  end

  function acts.withdraw()
    local appid = some_shop()
    local entry = world.at.own.consent[appid]
    if entry and not entry.lost then
      world.at:run("withdraw", { appid = appid, password_changed = chance(0.3) })
      if world.at.own.consent[appid].lost == "withdrawn" and chance(0.6) then
        push { InfoType = "unauthorized", AuthorizerAppid = appid }
      end
    end
  end

  function acts.call()
    local appid = some_shop()
    local _, err = world.platform:shop(appid):get_live_info(0, 10)
    assert.is_true(err == nil or Error.is(err))
    local consent = world.at.own.consent[appid]
    if not err then
      assert.is_nil(consent.lost)
    end
  end

  function acts.pass_time()
    world:advance(random:upto(10800))
    if chance(0.8) then
      world:ticket()
    end
  end

  function acts.start_anew()
    world.platform = world:another(chance(0.5) and {
      token_store = memory.new { clock = function() return world:now() end },
    } or nil)
  end

  function acts.turn_quirk()
    world.at:run("quirk", { [QUIRKS[random:upto(#QUIRKS)]] = chance(0.5) })
  end

  function acts.rotate()
    local consent = world.at.own.consent[some_shop()]
    if consent and not consent.lost then
      world.at:run("rotate", { appid = consent.appid })
    end
  end

  local names = {}
  for name in pairs(acts) do
    names[#names + 1] = name
  end
  table.sort(names)
  world:ticket()
  for _ = 1, STEPS do
    acts[chance(0.4) and "call" or names[random:upto(#names)]]()
    world:advance(1)
  end

  -- The weather clears up.
  losing = false
  for _, quirk in ipairs(QUIRKS) do
    world.at:run("quirk", { [quirk] = false })
  end
  world:advance(1200)
  world:ticket()
  for i = 1, SHOPS do
    local appid = appid_of(i)
    local consent = world.at.own.consent[appid]
    local what = ("seed %d, shop %s: "):format(seed, appid)
    local result, err
    -- A process with a store of its own may have left two tokens that no longer work.
    for _ = 1, 2 do
      result, err = world.platform:shop(appid):get_live_info(0, 10)
      world:advance(10)
    end
    if not consent or consent.lost then
      assert.is_nil(result, what .. "works without consent")
      assert.is_true(err.name == "consent_withdrawn" or err.name == "no_consent"
        or err.code == 61003 or err.code == 42007, what .. tostring(err))
    elseif consent.sets[#consent.sets] == 52 then
      assert.is_table(result, what .. tostring(err))
    else
      assert.is_true(err.name == "permission_set_missing" or err.code == 61007,
        what .. tostring(err))
    end
  end
end

describe("wxlive.platform in a storm", function()
  for seed = 1, 20 do
    it("knows in the end what is true, seed " .. seed, function()
      storm(seed)
    end)
  end
end)
