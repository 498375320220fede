-- Where a ledger is: what is a file, what is an address, and what is neither.
local command = require "spec.support.command"
local json = require "wxlive.json"
local ledgers = require "wxlive.ledger"
local locations = require "wxlive.database.location"
local postgres = require "spec.support.servers.postgres"
local process = require "spec.support.process"
local shops = require "spec.support.shop"

describe("a ledger's location", function()
  for location, dialect in pairs {
    ["shop.db"] = "sqlite", ["/var/lib/wxlive/shop.db"] = "sqlite", ["./a=b.db"] = "sqlite",
    ["台账 1.db"] = "sqlite", ["a b?c#d.db"] = "sqlite", ["./shop:2026.db"] = "sqlite",
    ["postgresql://u@h/d"] = "postgresql", ["postgres:///d?host=/run"] = "postgresql",
    ["Postgres://u:s@h/d"] = "postgresql", ["POSTGRESQL://h"] = "postgresql",
    ["postgresql://u@[::1]:5432/d?sslmode=require&connect_timeout=3"] = "postgresql",
    ["postgresql://a:1,b:2/d?target_session_attrs=read-write"] = "postgresql",
    ["host=h password=SECRET dbname=d"] = "postgresql", [" service = shop"] = "postgresql",
  } do
    it("is read: " .. location, function()
      assert.equal(dialect, (locations.read(location, ledgers.words)))
    end)
  end

  for _, location in ipairs {
    "", ":memory:", "mysql://u:SECRET@h/d", "postgresql:u:SECRET@h/d", "pgsql://h/d", "sqlite:a.db",
    "file:a.db?mode=memory", "http://h/ledger", "jdbc:postgresql://h/d", "hots=h password=SECRET",
    "password:SECRET@h/d", "//u:SECRET@h/d", "u:SECRET@h/d", "postgresql//u:SECRET@h/d",
    "ledgers/", "shop:2026.db", "DSN=x;PWD=SECRET",
  } do
    it("is refused, and never the name of a file: " .. location, function()
      local none, err = locations.read(location, ledgers.words)
      assert.is_nil(none)
      assert.equal("bad_ledger", err.name)
      assert.is_nil(tostring(err):find("SECRET", 1, true))
      assert.is_nil((ledgers.open(location, { appid = "wx1" })))
    end)
  end

  it("stands in messages without its password", function()
    local none, err = ledgers.open("postgresql://u:S%2FE-CRET@127.0.0.1:1/d?connect_timeout=1",
      { appid = "wx1" })
    assert.is_nil(none)
    assert.is_truthy(err.message:find("u:***@127.0.0.1:1/d", 1, true), err.message)
    assert.is_truthy(err.message:find("Connection refused", 1, true), err.message)
    none, err = ledgers.open("host=127.0.0.1 port=1 password='S E' dbname=x", { appid = "wx1" })
    assert.is_nil(none)
    assert.is_nil(err.message:find("S E", 1, true))
  end)

  describe("given to libpq as it is", function()
    local server, directory

    setup(function()
      server = postgres.start()
      directory = server.url():match("@(.-)/"):gsub("%%2F", "/")
    end)

    teardown(function()
      server.stop()
    end)

    it("may have parameters, a socket and several hosts", function()
      for _, location in ipairs {
        "postgresql://wxlive@/postgres?host=" .. directory .. "&connect_timeout=3",
        "postgres:///postgres?user=wxlive&host=" .. directory .. "&sslmode=prefer",
        "host=" .. directory .. " user=wxlive dbname=postgres",
        (server.url():gsub("@", "@127.0.0.1:1,")),
      } do
        local ledger = assert(ledgers.open(location, { appid = "wx1" }))
        assert.same({}, assert(ledger:page("goods", nil, 1)))
        ledger:close()
      end
    end)

    for what, change in pairs {
      ['database "nosuch" does not exist'] = { "/postgres$", "/nosuch" },
      ['role "nobody1" does not exist'] = { "//wxlive@", "//nobody1@" },
      ["invalid sslmode value"] = { "$", "?sslmode=bogus" },
      ["invalid URI query parameter"] = { "$", "?sslmod=require" },
    } do
      it("and its words come back: " .. what, function()
        local none, err = ledgers.open((server.url():gsub(change[1], change[2])), { appid = "wx1" })
        assert.is_nil(none)
        assert.is_truthy(err.message:find(what, 1, true), err.message)
      end)
    end
  end)
end)

describe("the command's ledger", function()
  local shop, folders

  before_each(function()
    shop = shops.open()
    folders = { process.directory(), process.directory() }
  end)

  after_each(function()
    for _, folder in ipairs(folders) do
      process.remove(folder)
    end
    shop:close()
  end)

  local interpreter = rawget(_G, "jit") and "luajit" or "lua5.4"

  -- Runs `wxlive WORDS` from a working directory.
  local function run_in(folder, words, env)
    local root = process.run("pwd"):gsub("%s+$", "")
    local all = { "cd " .. folder .. " && LUA_PATH=" .. process.quote(os.getenv("LUA_PATH"))
      .. " exec " .. interpreter .. " " .. root .. "/scripts/wxlive" }
    for _, word in ipairs(words) do
      all[#all + 1] = process.quote(word)
    end
    local settings = shop:settings(env)
    return command.run({ "sh", "-c", table.concat(all, " ") }, { env = settings })
  end

  local nowhere = { WXLIVE_LEDGER = false, HOME = false, XDG_STATE_HOME = false }

  for what, env in pairs {
    ["without HOME"] = {},
    ["with relative places"] = { XDG_STATE_HOME = "state", HOME = "home" },
    ["with an empty HOME"] = { HOME = "" },
  } do
    it("is never in the working directory: " .. what, function()
      local sheet = shop:sheet("goods.csv", shops.goods_lines(1, 2))
      for name, value in pairs(nowhere) do
        env[name] = env[name] or value
      end
      for _, words in ipairs { { "apply", sheet }, { "plan", sheet }, { "diff" },
        { "watch", "--once" }, { "notify", "1" } } do
        local got = run_in(folders[1], words, env)
        assert.equal(2, got.status, got.err)
        assert.is_truthy(got.err:find("--ledger", 1, true), got.err)
      end
      assert.equal("", process.run("ls -A " .. folders[1]))
      assert.equal(0, shop:state().counts.goods)
    end)
  end

  it("is below HOME when XDG_STATE_HOME is relative, from wherever it is run", function()
    local sheet = shop:sheet("goods.csv", shops.goods_lines(1, 2))
    local env = { WXLIVE_LEDGER = false, HOME = shop.home, XDG_STATE_HOME = "state" }
    for _, folder in ipairs(folders) do
      local got = run_in(folder, { "apply", sheet, "--json" }, env)
      assert.equal(0, got.status, got.err)
      assert.equal("", process.run("ls -A " .. folder))
    end
    assert.equal(2, shop:state().counts.goods)
  end)

  it("can be named by the settings file", function()
    local config = shop.home .. "/settings"
    command.write(config, "ledger = " .. shop.home .. "/named.db\n")
    local sheet = shop:sheet("goods.csv", shops.goods_lines(1, 1))
    local got = shop:run({ "apply", sheet, "--config", config }, { WXLIVE_LEDGER = false })
    assert.equal(0, got.status, got.err)
    assert.is_truthy(process.read(shop.home .. "/named.db"))
  end)

  it("is named when it cannot be opened", function()
    local sheet = shop:sheet("goods.csv", shops.goods_lines(1, 1))
    for _, case in ipairs {
      { { WXLIVE_LEDGER = false, HOME = sheet, XDG_STATE_HOME = false },
        sheet .. "/.local/state/wxlive/ledger.db" },
      { { WXLIVE_LEDGER = shop.home .. "/no/ledger.db" }, shop.home .. "/no/ledger.db" },
      { { WXLIVE_LEDGER = sheet }, sheet },
    } do
      for _, name in ipairs { "plan", "apply" } do
        local got = shop:run({ name, sheet }, case[1])
        assert.equal(1, got.status)
        assert.is_truthy(got.err:find(case[2], 1, true), got.err)
      end
    end
  end)

  it("is not made by commands that only read it, in a file or at its default place", function()
    local named = { WXLIVE_LEDGER = shop.home .. "/mistyped.db" }
    local default = {
      WXLIVE_LEDGER = false, HOME = shop.home, XDG_STATE_HOME = shop.home .. "/none",
    }
    for _, words in ipairs {
      { "diff" }, { "diff", "--forget" }, { "notify", "1", "--status" },
      { "notify", "1", "--result", '{"message_id":"1"}' }, { "jobs" }, { "jobs", "--wait" },
      { "rundown", "report", "--room", "1" },
    } do
      for _, case in ipairs {
        { named, "mistyped.db", "check the path" },
        { default, "none/wxlive/ledger.db", "no sheet has been applied yet" },
      } do
        local got = shop:run(words, case[1])
        assert.same({ 5, "" }, { got.status, got.out }, got.err)
        local path = shop.home .. "/" .. case[2]
        assert.is_truthy(got.err:find("there is no ledger " .. path, 1, true), got.err)
        assert.is_truthy(got.err:find(case[3], 1, true), got.err)
        assert.is_nil(process.read(path))
      end
    end
    default.WXLIVE_LANG = "zh"
    local got = shop:run({ "diff" }, default)
    assert.is_truthy(got.err:find("没有台账 " .. shop.home, 1, true), got.err)
    assert.is_truthy(got.err:find("尚未执行过任何表格", 1, true), got.err)
  end)

  it("is empty, and not made, for commands that show what would be done", function()
    local now = math.floor(os.time())
    assert(shop.box:control("plant", {
      goods = { { id = 11, name = "茶杯" } },
      rooms = { { id = 1, name = "first", start_time = now + 600, end_time = now + 3600,
        goods = { { goods_id = 11, on_sale = 1 } } } },
    }))
    local goods = shop:sheet("goods.csv", shops.goods_lines(1, 2))
    local cues = shop:sheet("cues.csv", { "at,do,goods", "+1m,push,茶杯" })
    for _, words in ipairs {
      { "plan", goods, "--json" }, { "plan", goods, "--prune", "--offline", "--json" },
      { "rundown", "check", cues, "--room", "1" },
    } do
      local got = shop:run(words)
      assert.equal(0, got.status, got.err)
      assert.is_nil(process.read(shop.location))
      if words[1] == "plan" then
        assert.equal(2, json.decode(got.out).create)
      end
    end
  end)

  it("can be read by another user, and names its owner when it must be written", function()
    if process.run("id -u"):match("%d+") ~= "0" then
      return
    end
    local sheet = shop:sheet("goods.csv", shops.goods_lines(1, 2))
    assert.equal(0, shop:run({ "apply", sheet }).status)
    process.run("chmod -R a+rX " .. shop.home)
    local function as_nobody(words)
      local list = { "runuser", "-u", "nobody", "--", interpreter, "scripts/wxlive" }
      for _, word in ipairs(words) do
        list[#list + 1] = word
      end
      return command.run(list, { env = shop:settings {
        WXLIVE_TOKEN_STORE = "memory", LUA_PATH = os.getenv("LUA_PATH"),
      } })
    end
    local got = as_nobody { "plan", sheet, "--json" }
    assert.equal(0, got.status, got.err)
    assert.equal(2, json.decode(got.out).unchanged)
    assert.equal(0, as_nobody({ "diff" }).status)
    for _, words in ipairs { { "apply", sheet }, { "watch", "--once" }, { "diff", "--forget" } } do
      got = as_nobody(words)
      assert.equal(1, got.status)
      assert.is_truthy(got.err:find(shop.location, 1, true), got.err)
      assert.is_truthy(got.err:find("root", 1, true), got.err)
    end
  end)
end)
