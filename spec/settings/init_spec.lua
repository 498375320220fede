-- Settings: what they become, where the file is looked for, who may read it.
local broadcast = require "wxlive.broadcast"
local client = require "wxlive.cli.client"
local command = require "spec.support.command"
local exit_status = require "wxlive.cli.exit_status"
local language = require "wxlive.text.language"
local sandbox = require "wxlive.sandbox"
local settings = require "wxlive.settings"

describe("a setting", function()
  local folder, path

  before_each(function()
    folder = command.directory()
    path = folder .. "/shop.conf"
  end)

  after_each(function()
    command.remove(folder)
    language.prefer(nil)
  end)

  local function reads(text)
    command.write(path, text)
    os.execute("chmod 600 " .. path)
    return settings.read { config = path }
  end

  it("of a Redis is an address, and no message shows the password in it", function()
    local options = assert(reads("token_store = redis://shop:hidden@127.0.0.1:1/3"))
    assert.equal("wxlive.store.redis", getmetatable(options.token_store).__name)
    for _, place in ipairs { "redis://shop:hidden@127.0.0.1:no", "rediss:shop:hidden@h",
      "redis+cluster://:hidden@a:1/3", "radish://shop:hidden@h" } do
      local none, err = reads("token_store = " .. place)
      assert.is_nil(none)
      assert.is_truthy(err.message:find("token_store", 1, true), err.message)
      assert.is_nil(tostring(err):find("hidden", 1, true), tostring(err))
    end
  end)

  it("with a password in an address is for its owner alone", function()
    for _, line in ipairs { "token_store = redis://:hidden@h", "proxy = http://me:hidden@h:3128",
      "ledger = postgresql://shop:hidden@db/wxlive", "vault = host=db password=hidden" } do
      command.write(path, line)
      os.execute("chmod 644 " .. path)
      local none, err = settings.read { config = path }
      assert.is_nil(none, line)
      assert.is_truthy(err.hint:find("chmod 600", 1, true), err.hint)
    end
    command.write(path, "ledger = postgresql://shop@db/wxlive")
    assert(settings.read { config = path })
  end)

  it("of a place must be a full path: it is never in the working directory", function()
    local options, err = reads("token_store = file:tokens")
    assert.is_nil(options)
    assert.is_truthy(err.message:find("full path, not tokens", 1, true), err.message)
    options, err = reads("token_store = file:" .. path)
    assert.is_nil(options)
    assert.equal("bad_settings", err.name)
    assert(reads("token_store = file:" .. folder .. "/tokens"))
    reads("ledger = shop.db")
    options, err = settings.read_ledger { config = path }
    assert.is_nil(options)
    assert.is_truthy(err.message:find("full path of a file", 1, true), err.message)
    for _, place in ipairs { "/srv/shop.db", "postgresql://shop@db/wxlive" } do
      reads("ledger = " .. place)
      assert.equal(place, settings.read_ledger { config = path })
    end
  end)

  it("of the language is followed, unless the environment has another", function()
    assert.is_nil((reads("lang = klingon")))
    assert(reads("lang = zh"))
    assert.equal(not os.getenv("WXLIVE_LANG"), language.is_chinese())
  end)

  it("that the transport refuses ends with the status of settings", function()
    local account = "appid = wx0123456789abcdef\nsecret = none\n"
    for _, line in ipairs { "ca_file = /nonexistent", "proxy = socks9://a",
      "base_url = https://a:99999", "base_url = https://公众号.example" } do
      command.write(path, account .. line .. "\n")
      os.execute("chmod 600 " .. path)
      local live, err = client.open { config = path }
      assert.is_nil(live)
      assert.equal(exit_status.settings, exit_status.of(err), line)
    end
    command.write(path, account .. "base_url = HTTPS://A.example/\n")
    assert(client.open { config = path })
  end)
end)

describe("wxlive and its settings file", function()
  local box, home, path

  setup(function()
    box = assert(sandbox.start { seed = "demo" })
  end)

  teardown(function()
    box:stop()
  end)

  before_each(function()
    home = command.directory()
    path = home .. "/shop.conf"
  end)

  after_each(function()
    command.remove(home)
  end)

  local function write(more, mode)
    command.write(path, ("appid = %s\nsecret = %s\nbase_url = %s\n%s\n"):format(box.appid,
      box.secret, box.base_url, more or ""))
    os.execute("chmod " .. (mode or "600") .. " " .. path)
  end

  -- Only the file says who the shop is.
  local function environment(more)
    local env = command.settings(nil, { XDG_CACHE_HOME = home, XDG_CONFIG_HOME = home })
    for name, value in pairs(more or {}) do
      env[name] = value
    end
    return env
  end

  -- The client that a command opens in this environment.
  local function open(config, more)
    local env, getenv = environment(more), os.getenv
    os.getenv = function(name) return env[name] or nil end -- luacheck: ignore 122
    local fine, live, err = pcall(client.open, { config = config })
    os.getenv = getenv -- luacheck: ignore 122
    assert(fine, live)
    return live, err
  end

  local function lists_rooms(live, err)
    assert.is_nil(err)
    assert.equal(3, #assert(live:get_live_info()).room_info)
  end

  local function refuses(pattern, live, err)
    assert.is_nil(live)
    assert.equal(exit_status.settings, exit_status.of(err))
    assert.truthy(tostring(err):find(pattern), tostring(err))
    assert.is_nil(tostring(err):find(box.secret, 1, true))
  end

  it("finds it by option, by variable, and in its usual place", function()
    local function run(arguments, more)
      return command.lua("scripts/wxlive", arguments, { env = environment(more) })
    end
    local function ends(status, pattern, got)
      assert.equal(status, got.status, got.err)
      assert.truthy((got.out .. got.err):find(pattern), got.out .. got.err)
    end
    local list = { "get_live_info", "--json" }
    write("token_store = memory")
    ends(0, "room_id", run { "get_live_info", "--json", "--config", path })
    ends(0, "room_id", run(list, { WXLIVE_CONFIG = path }))
    ends(5, "appid is missing", run(list))
    os.execute(("mkdir %s/wxlive && mv %s %s/wxlive/config"):format(home, path, home))
    ends(0, "room_id", run(list))
  end)

  it("lets a variable have the last word", function()
    write("token_store = memory\nbase_url_ = x")
    refuses("shop%.conf:5: unknown setting base_url_; did you mean base_url", open(path))
    write("token_store = memory")
    local live = assert(open(nil, { WXLIVE_CONFIG = path, WXLIVE_SECRET = "another" }))
    assert.equal("secret_wrong", select(2, live:get_live_info()).name)
    lists_rooms(open(path, { WXLIVE_SECRET = "" })) -- empty is unset
  end)

  it("sees no difference in what cannot be seen, and names what no secret has", function()
    local function with(secret)
      return open(nil, { WXLIVE_APPID = box.appid .. "\r", WXLIVE_SECRET = secret,
        WXLIVE_BASE_URL = " " .. box.base_url .. "\n" })
    end
    for _, around in ipairs { "%s\r", " %s", "%s\n", "\239\187\191%s", "%s\194\160",
      "\227\128\128%s\226\128\139" } do
      lists_rooms(with(around:format(box.secret)))
    end
    for strange, name in pairs {
      ['"%s"'] = "quotation mark", ["'%s'"] = "quotation mark", ["%s # reset"] = "blank",
      ["%s\226\128\148x"] = "beyond ASCII",
    } do
      refuses("secret holds a.*" .. name, with(strange:format(box.secret)))
    end
  end)

  it("says why a file cannot be read", function()
    refuses("Is a directory", open(home))
    refuses("No such file", open(home .. "/none"))
    refuses("larger than 4 MiB", open("/dev/zero"))
  end)

  it("does not take a secret that others may read", function()
    for _, mode in ipairs { "604", "666", "601" } do
      write(nil, mode)
      refuses("holds a secret and others may read it.*chmod 600", open(path))
    end
    command.write(path, "token_mode = stable\n") -- nothing to hide
    os.execute("chmod 644 " .. path)
    lists_rooms(open(path, {
      WXLIVE_APPID = box.appid, WXLIVE_SECRET = box.secret, WXLIVE_BASE_URL = box.base_url,
    }))
  end)

  it("keeps tokens where it is told to", function()
    write("token_store = file:" .. home .. "/tokens")
    lists_rooms(open(path))
    local entries = command.run { "ls", "-A", home .. "/tokens" }
    assert.truthy(entries.out:find("%S"), "no token was stored there")
    lists_rooms(open(path, { WXLIVE_TOKEN_STORE = "file" }))
    refuses("token_store must be memory, file, file:DIRECTORY or redis://..., not cloud",
      open(path, { WXLIVE_TOKEN_STORE = "cloud" }))
  end)

  it("wants a time-out above 0, and a mode that there is", function()
    write("timeout = 5\ntoken_store = memory")
    lists_rooms(open(path))
    for _, text in ipairs { "0", "-1", "soon" } do
      refuses("timeout must be a number of seconds above 0", open(path, { WXLIVE_TIMEOUT = text }))
    end
    refuses("lookup_settle must be a number of seconds above 0, not soon",
      open(path, { WXLIVE_LOOKUP_SETTLE = "soon" }))
    refuses("token_mode", open(path, { WXLIVE_TOKEN_MODE = "odd" }))
  end)

  it("gives the look-up of a create its time", function()
    write("lookup_settle = 2.5")
    local function opened(options)
      options.appid, options.secret = "wx1", "a"
      return assert(broadcast.new(options))
    end
    local options = assert(settings.read { config = path })
    assert.same({ settle = 2.5 }, options.lookup)
    assert.is_nil(options.lookup_settle)
    assert.equal(2.5, opened(options).lookup.settle)
    write("timeout = 5")
    assert.equal(10, opened(assert(settings.read { config = path })).lookup.settle)
  end)
end)
