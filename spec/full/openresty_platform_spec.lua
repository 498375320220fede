-- The nginx of scripts/examples/platform, with workers and a real Redis, against the sandbox.
local await = require "spec.support.await"
local components = require "wxlive.sandbox.world.component"
local json = require "wxlive.json"
local process = require "spec.support.process"
local redis = require "spec.support.servers.redis"
local resty = require "spec.support.servers.resty"
local sandbox = require "wxlive.sandbox"
local worlds = require "spec.support.platform"

local SHOP, OTHER = worlds.SHOP, worlds.OTHER

describe("the example of a third-party platform in OpenResty", function()
  local box, server, nginx

  setup(function()
    server = redis.start { lines = { "appendonly yes", "appendfsync always" } }
    box = assert(sandbox.start { component = true })
    local own = components.DEFAULTS
    nginx = resty.start(box, {
      workers = 3, example = "platform", env = {
        WXLIVE_COMPONENT_APPID = own.appid, WXLIVE_COMPONENT_SECRET = own.secret,
        WXLIVE_COMPONENT_TOKEN = own.token, WXLIVE_COMPONENT_AES_KEY = own.aes_key,
        WXLIVE_VAULT_KEY = worlds.KEY, REDIS_HOST = "127.0.0.1",
        REDIS_PORT = tostring(server.port),
      },
    })
    assert(box:control("component", {
      url = nginx.url .. "/wechat/authorization",
      message_url = nginx.url .. "/wechat/message/$APPID$",
    }))
    assert(box:control("ticket", { wait = true }))
  end)
  teardown(function()
    nginx:stop()
    box:stop()
    server:stop()
  end)

  local function get(path, status)
    local response = assert(nginx:get(path))
    assert.equal(status or 200, response.status, response.body .. nginx:log())
    return json.decode(response.body) or response.body
  end

  it("takes shops over from their page of consent, and from the push alone", function()
    assert.is_truthy(get("/bind"):find("componentloginpage?component_appid=", 1, true))
    local consent = assert(box:control("consent", { appid = SHOP, wait = true }))
    local bound = get("/bound?auth_code=" .. consent.auth_code:gsub("[^%w]", function(c)
      return ("%%%02X"):format(c:byte())
    end))
    assert.same({ true, true }, { bound.live, bound.uploads })
    assert(box:control("consent", { appid = OTHER, wait = true }))
    local appids = {}
    for _, info in ipairs(get("/shops")) do
      appids[#appids + 1] = info.appid .. info.state
    end
    table.sort(appids)
    assert.same({ SHOP .. "consented", OTHER .. "consented" }, appids)
  end)

  it("hands a shop's events to handlers, with its appid", function()
    assert(box:control("follow", { appid = SHOP, openids = { "o1" } }))
    await(function()
      return nginx:log():find("wxalive_follow_notify of " .. SHOP, 1, true)
    end, "the event in the log")
  end)

  it("a withdrawal stops that shop only", function()
    assert(box:control("withdraw", { appid = OTHER, wait = true }))
    assert.equal("consent_withdrawn", get("/shops/" .. OTHER .. "/rooms", 409).error)
    get("/shops/" .. SHOP .. "/rooms")
    local counts = get("/metrics")
    assert.is_truthy(counts:find('wxlive_consent_events_total{event="withdrawn"}', 1, true))
  end)

  it("keeps every shop over a restart of Redis and of nginx", function()
    server:kill()
    server:restart()
    nginx:reload()
    get("/shops/" .. SHOP .. "/rooms")
  end)

  it("calls for a shop from every worker, with one fetch of each token", function()
    for i = 1, 20 do
      assert(box:control("consent", { appid = ("wx%016d"):format(i), wait = true }))
    end
    -- From here on what the sandbox pushes is of another time than nginx.
    assert(box:control("clock", { advance = 7300 }))
    local before = assert(box:control("tokens"))
    local config = {}
    for i = 1, 200 do
      config[i] = ("url = \"%s/shops/wx%016d/rooms\"\noutput = /dev/null"):format(nginx.url,
        i % 20 + 1)
    end
    local folder = process.directory()
    process.write(folder .. "/urls", table.concat(config, "\n"))
    local codes = process.run(("curl -s -Z --parallel-immediate --parallel-max 100 -m 60 "
      .. "-K %s/urls -w '%%{http_code}\n'"):format(folder))
    process.remove(folder)
    local _, good = codes:gsub("200\n", "")
    assert.equal(200, good, nginx:log())
    local after = assert(box:control("tokens"))
    local own = components.DEFAULTS.appid
    assert.equal(before[own].component + 1, after[own].component)
    for i = 1, 20 do
      local shop = ("wx%016d"):format(i)
      assert.equal(before[shop].authorizer + 1, after[shop].authorizer)
    end
  end)

  it("shows neither ticket nor refresh token in its log or in Redis", function()
    local log = nginx:log()
    for _, hidden in ipairs { "ticket@@@", "refreshtoken@@@", "queryauthcode@@@" } do
      assert.is_nil(log:find(hidden, 1, true))
    end
  end)
end)
