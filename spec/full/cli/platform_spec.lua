-- `wxlive platform`, `wxlive listen --platform` and --shop, against a real sandbox.
local command = require "spec.support.command"
local components = require "wxlive.sandbox.world.component"
local json = require "wxlive.json"
local listeners = require "spec.support.servers.listener"
local sandbox = require "wxlive.sandbox"
local worlds = require "spec.support.platform"

local SHOP, OTHER = worlds.SHOP, worlds.OTHER

describe("wxlive platform", function()
  local box, home, env, listener

  setup(function()
    box = assert(sandbox.start { component = true })
  end)
  teardown(function() box:stop() end)

  before_each(function()
    assert(box:control("reset"))
    home = command.directory()
    local own = components.DEFAULTS
    env = command.settings(box, {
      WXLIVE_APPID = false, WXLIVE_SECRET = false, HOME = home, XDG_STATE_HOME = false,
      XDG_CACHE_HOME = false, XDG_CONFIG_HOME = false, WXLIVE_VAULT = home .. "/vault.db",
      WXLIVE_VAULT_KEY = worlds.KEY, WXLIVE_COMPONENT_APPID = own.appid,
      WXLIVE_COMPONENT_SECRET = own.secret, WXLIVE_COMPONENT_TOKEN = own.token,
      WXLIVE_COMPONENT_AES_KEY = own.aes_key, WXLIVE_TOKEN_STORE = "file:" .. home .. "/tokens",
    })
    os.execute("mkdir -m 700 " .. home .. "/tokens")
    listener = listeners.start_with(env, { "listen", "--platform" })
    assert(box:control("component", {
      url = listener.url .. "/auth", message_url = listener.url .. "/event?appid=$APPID$",
    }))
  end)
  after_each(function()
    listener:stop()
    command.remove(home)
  end)

  local function run(arguments, input, more)
    local all = {}
    for _, set in ipairs { env, more or {} } do
      for name, value in pairs(set) do
        all[name] = value
      end
    end
    return command.lua("scripts/wxlive", arguments, { env = all, input = input })
  end

  local function good(arguments, input, more)
    local done = run(arguments, input, more)
    assert.equal(0, done.status, done.err)
    return json.decode(done.out) or done.out
  end

  it("receives tickets and consents, and acts for shops", function()
    -- In a vault of its own: the sandbox pushes its first ticket to the listener by itself.
    assert.equal("missing",
      good({ "platform", "ticket" }, nil, { WXLIVE_VAULT = home .. "/other.db" }).state)
    assert(box:control("ticket", { wait = true }))
    assert.equal("good", good({ "platform", "ticket" }).state)
    assert(box:control("consent", { appid = SHOP, wait = true }))
    assert(box:control("consent", { appid = OTHER, sets = { 19 }, wait = true }))
    local rows = good { "platform", "shops" }
    assert.same({ 2, SHOP, true, false }, { #rows, rows[1].appid, rows[1].live, rows[2].live })
    local shown = run({ "platform", "shops", "--table" }).out
    assert.truthy(shown:find("true +%d+%-%d%d%-%d%d %d%d:%d%d"), shown)
    good { "--shop", SHOP, "get_live_info" }
    good({ "get_live_info" }, nil, { WXLIVE_SHOP = SHOP })
    local refused = run { "get_live_info", "--shop", OTHER }
    assert.equal(5, refused.status)
    assert.is_truthy(refused.err:find("permission set 52", 1, true))
    assert.equal("store", good({ "token", "--shop", SHOP }).source)
    local log = listener:log()
    for _, hidden in ipairs { "ticket@@@", "queryauthcode", "preauthcode", "refreshtoken" } do
      assert.is_nil(log:find(hidden, 1, true))
    end
    assert(box:control("follow", { appid = SHOP, openids = { "o1" } }))
    listener:line('"appid":"' .. SHOP .. '"[^\n]*"event":"wxalive_follow_notify"')
    assert(box:control("withdraw", { appid = SHOP, wait = true }))
    refused = run { "get_live_info", "--shop", SHOP }
    assert.equal(5, refused.status)
    assert.is_truthy(refused.err:find("its consent is over", 1, true))
    assert.equal("withdrawn", good({ "platform", "info", SHOP }).state)
    assert.equal(1, #good { "platform", "shops" })
    assert.equal(2, #good { "platform", "shops", "--all" })
  end)

  it("acts for shops that are accounts of the settings", function()
    assert(box:control("ticket", { wait = true }))
    assert(box:control("consent", { appid = SHOP, wait = true }))
    assert(box:control("consent", { appid = OTHER, wait = true }))
    local config = home .. "/config"
    command.write(config, ("[tea]\nshop = %s\n[pot]\nshop = %s\ngroups = north\n[cup]\n"
      .. "shop = wx0000000000000009\n"):format(SHOP, OTHER))
    local function names_of(rows)
      local names = {}
      for i, row in ipairs(rows) do
        names[i] = row.account .. " " .. row.appid
      end
      return names
    end
    assert.same({ "tea " .. SHOP, "pot " .. OTHER },
      names_of(good { "token", "--config", config, "--account", "tea,north" }))
    local got = run { "token", "--config", config, "--all" }
    assert.equal(5, got.status)
    assert.is_truthy(got.err:find("wxlive: cup: ", 1, true), got.err)
    assert.equal(2, #json.decode(got.out))
    assert.equal("platform", good({ "accounts", "--config", config })[1].secret)
  end)

  it("prints the page of consent, and takes over the code that comes back", function()
    assert(box:control("ticket", { wait = true }))
    assert(box:control("component", { url = "http://127.0.0.1:9/nobody" }))
    local page = good { "platform", "authorize", "--redirect-uri", "https://x.example/back",
      "--sets", "52,19" }
    assert.is_truthy(page.url:find("component_appid=" .. components.DEFAULTS.appid, 1, true))
    assert.is_truthy(page.url:find("category_id_list=52%7C19", 1, true))
    local code = assert(box:control("consent", { appid = SHOP })).auth_code
    assert.equal(SHOP, good({ "platform", "authorize", "--code", "-" }, code .. "\n").appid)
    local redirect = assert(box:control("consent", {
      appid = OTHER, redirect_uri = "https://x.example/back?shop=7",
    })).redirect
    assert.equal(OTHER, good({ "platform", "authorize", "--code", redirect }).appid)
    local twice = run { "platform", "authorize" }
    assert.equal(2, twice.status)
  end)

  it("takes over what the platform knows; exports, and imports under the same key only", function()
    assert(box:control("ticket", { wait = true }))
    assert(box:control("component", { url = "http://127.0.0.1:9/nobody" }))
    assert(box:control("consent", { appid = SHOP }))
    assert.same({ SHOP }, good({ "platform", "sync" }).new)
    local backup = run { "platform", "export" }
    assert.equal(0, backup.status)
    assert.is_nil(backup.out:find("refreshtoken", 1, true))
    local elsewhere = { WXLIVE_VAULT = home .. "/other.db" }
    local wrong = run({ "platform", "import", "-" }, backup.out, {
      WXLIVE_VAULT = home .. "/third.db", WXLIVE_VAULT_KEY = ("ab"):rep(32),
    })
    assert.equal(5, wrong.status)
    assert.is_truthy(wrong.err:find("wrong_vault_key", 1, true))
    assert.same({ 3, 0 }, { good({ "platform", "import", "-" }, backup.out, elsewhere).taken,
      good({ "platform", "shops" }, nil, elsewhere)[2] and 1 or 0 })
    assert.equal(0, good({ "platform", "import", "-" }, backup.out, elsewhere).taken)
    good({ "--shop", SHOP, "get_live_info" }, nil, elsewhere)
    assert.same({ sealed = 4 }, good({ "platform", "reseal" }, nil, {
      WXLIVE_VAULT = home .. "/other.db", WXLIVE_VAULT_KEY = ("ab"):rep(32),
      WXLIVE_PREVIOUS_VAULT_KEY = worlds.KEY,
    }))
  end)

  it("looks into a push, and makes one, with the component's keys", function()
    local message = "<xml><AppId>" .. components.DEFAULTS.appid .. "</AppId><CreateTime>"
      .. os.time() .. "</CreateTime><InfoType>authorized</InfoType><AuthorizerAppid>" .. SHOP
      .. "</AuthorizerAppid><AuthorizationCode>c</AuthorizationCode></xml>"
    local made = good({ "callback", "seal", "--platform", "--message", "-" }, message)
    command.write(home .. "/body", made.body)
    local opened = good { "callback", "open", "--platform", "--query", made.query, "--body",
      home .. "/body" }
    assert.equal(SHOP, opened.event.authorizer_appid)
    local none = run({ "callback", "open", "--platform", "--query", made.query, "--body",
      home .. "/body" }, nil, { WXLIVE_COMPONENT_AES_KEY = false })
    assert.equal(5, none.status)
    assert.is_truthy(none.err:find("WXLIVE_COMPONENT_AES_KEY", 1, true))
  end)

  it("says which settings are missing, in variables", function()
    local done = run({ "platform", "shops" }, nil, {
      WXLIVE_COMPONENT_SECRET = false, WXLIVE_VAULT_KEY = false,
    })
    assert.equal(5, done.status)
    assert.is_truthy(done.err:find("component_secret is missing", 1, true))
    assert.is_truthy(done.err:find("WXLIVE_VAULT_KEY", 1, true))
  end)

  it("keeps a ledger for each shop", function()
    assert(box:control("ticket", { wait = true }))
    assert(box:control("consent", { appid = SHOP, wait = true }))
    local sheet = home .. "/goods.csv"
    command.write(sheet, "key,name,cover_img,price_type,price,url\n"
      .. "a,手作青瓷茶杯壹,cup.png,1,9.9,pages/a\n")
    command.write(home .. "/cup.png", command.read("scripts/samples/images/cup.png"))
    local done = run { "apply", sheet, "--kind", "goods", "--shop", SHOP, "--ledger",
      home .. "/ledger.db" }
    assert.equal(0, done.status, done.err)
    local goods = assert(box:control("state", { appid = SHOP })).goods
    assert.equal(1, #goods)
  end)
end)
