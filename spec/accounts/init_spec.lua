-- Many accounts out of one settings file.
local accounts_of = require "wxlive.accounts"
local compat = require "wxlive.base.compat"
local command = require "spec.support.command"
local Error = require "wxlive.error"
local memory = require "wxlive.store.memory"

describe("accounts", function()
  local folder, path

  before_each(function()
    folder = command.directory()
    path = folder .. "/config"
  end)

  after_each(function()
    command.remove(folder)
  end)

  local function write(text)
    command.write(path, text)
    os.execute("chmod 600 " .. path)
  end

  -- A platform that gives every account a token that names it, and answers with that.
  local function answering()
    local transport = { calls = 0 }
    function transport:send(req)
      self.calls = self.calls + 1
      if req.url:find("/cgi-bin/stable_token", 1, true) then
        local appid, secret = req.body:match('"appid":"(.-)"'), req.body:match('"secret":"(.-)"')
        return { status = 200, body = ('{"access_token":"%s-%s","expires_in":7200}')
          :format(appid, secret) }
      end
      return { status = 200, body = ('{"errcode":0,"room_info":[],"total":0,"seen":"%s"}')
        :format(req.url:match("access_token=([%w-]+)")) }
    end
    return transport
  end

  local function open(text, options)
    write(text)
    options = options or {}
    options.transport = options.transport or answering()
    options.token_store = options.token_store or memory.new()
    return accounts_of.open(path, options)
  end

  local three = "base_url = http://127.0.0.1:1\n[tea]\nappid = wx1\nsecret = s1\ngroups = north\n"
    .. "[pot]\nappid = wx2\nsecret = s2\ngroups = north, south\n[cup]\nappid = wx3\nsecret = s3\n"

  local function seen(account)
    local result, err = account.live:get_live_info { start = 0, limit = 1 }
    if not result then
      return nil, err
    end
    return account.live:raw(result):match('"seen":"(.-)"')
  end

  it("are a list in the file's order, and go by their names", function()
    local accounts = assert(open(three))
    local names = {}
    for i, account in ipairs(accounts) do
      names[i] = account.name .. " " .. account.appid
    end
    assert.same({ "tea wx1", "pot wx2", "cup wx3" }, names)
    assert.equal(3, #accounts)
    assert.equal(accounts[2], accounts.pot)
    assert.same({ "north", "south" }, accounts.pot.groups)
    assert.same({ "pot", "north", "south" }, accounts.pot.names)
    assert.equal(accounts.cup, assert(accounts:get("cup")))
  end)

  it("with the name of a method are found by get", function()
    local accounts = assert(open("[map]\nappid = wx1\nsecret = a\n"))
    assert.is_function(accounts.map)
    assert.equal("wx1", assert(accounts:get("map")).appid)
  end)

  it("that do not exist are an error, never nil", function()
    local accounts = assert(open(three))
    local fine, why = pcall(function() return accounts.taa end)
    assert.is_false(fine)
    assert.truthy(why:find("there is no account or group called taa; did you mean tea?", 1, true))
    assert.equal("unknown_account", select(2, accounts:get("taa")).name)
    assert.truthy(select(2, accounts:get("north")).message:find("is a group", 1, true))
    assert.equal("unknown_account", select(2, accounts:select("tea, nort")).name)
  end)

  it("call with tokens of their own over one transport", function()
    local transport = answering()
    local accounts = assert(open(three, { transport = transport }))
    assert.equal(0, transport.calls)
    assert.equal("wx1-s1", seen(accounts.tea))
    assert.equal("wx2-s2", seen(accounts.pot))
    assert.equal("wx1-s1", seen(accounts.tea))
    assert.equal(5, transport.calls)
    assert.equal(accounts.tea.live, accounts.tea.live)
  end)

  it("are chosen by name and group, and mapped, each with its own failure", function()
    local accounts = assert(open(three .. "[lid]\nappid = wx4\nsecret_env = WXLIVE_SPEC_NONE\n"))
    local north = assert(accounts:select("north"))
    local results, errors, failed = north:map(seen)
    assert.same({ tea = "wx1-s1", pot = "wx2-s2" }, results)
    assert.same({}, errors)
    assert.equal(0, failed)
    assert.equal(accounts.tea, north.tea)
    results, errors, failed = accounts:map(function(account)
      if account.name == "cup" then
        error("a slip")
      end
      return seen(account)
    end, { concurrency = 2 })
    assert.same({ tea = "wx1-s1", pot = "wx2-s2" }, results)
    assert.equal(2, failed)
    assert.equal("raised", errors.cup.kind)
    assert.equal("bad_settings", errors.lid.name)
    assert.truthy(errors.lid.message:find("account lid: the environment has no WXLIVE_SPEC_NONE", 1,
      true), errors.lid.message)
  end)

  it("have options of their own, and further ones of a client", function()
    local accounts = assert(open("timeout = 7\n[tea]\nappid = wx1\nsecret = a\n"
      .. "base_url = https://a.example\n[pot]\nappid = wx1\nsecret = a\n", { timeout = 3 }))
    assert.equal("https://a.example", accounts.tea.live.base_url)
    assert.equal("https://api.weixin.qq.com", accounts.pot.live.base_url)
    assert.equal(3, accounts.tea.live.read_timeout)
    assert.equal(9, assert(accounts.tea:open { timeout = 9 }).read_timeout)
    assert.equal("wx1", accounts.tea:settings().values.appid)
    local none, err = accounts_of.open(path, { secret = "a" })
    assert.is_nil(none)
    assert.truthy(err.message:find("secret is not an option", 1, true), err.message)
  end)

  it("of a platform act as its shops, over one platform", function()
    if compat.in_nginx() then
      local accounts = assert(open("vault = a.db\n[tea]\nshop = wx1\n"))
      local _, err = accounts.tea:open()
      return assert.equal("invalid_options", err.name) -- a database would block
    end
    local key = ("ab"):rep(32)
    local accounts = assert(open("component_appid = wxc\ncomponent_secret = x\nvault_key = " .. key
      .. "\nvault = " .. folder .. "/vault.db\n[tea]\nshop = wx1\n[pot]\nshop = wx2\n"))
    assert.equal("wx1", accounts.tea.appid)
    assert.is_true(accounts.tea.is_shop)
    assert.equal("wx1", accounts.tea.live.appid)
    assert.equal(accounts.tea.live.owner, accounts.pot.live.owner)
    local _, err = accounts.tea.live:get_live_info { start = 0, limit = 1 }
    assert.equal("ticket_missing", err.name)
  end)

  it("without a section are the one account that the settings are of", function()
    local accounts = assert(open("appid = wx7\nsecret = s7\n"))
    assert.equal(1, #accounts)
    assert.equal("wx7-s7", seen(accounts.wx7))
  end)

  it("are not what the environment says of another account", function()
    local getenv = os.getenv
    local env = {
      WXLIVE_APPID = "wx9", WXLIVE_SECRET = "s9", WXLIVE_SHOP = "wx8", TEA = "from-env",
    }
    os.getenv = function(name) return env[name] or getenv(name) end -- luacheck: ignore 122
    local fine, why = pcall(function()
      local accounts = assert(open("[tea]\nappid = wx1\nsecret_env = TEA\n[pot]\nappid = wx2\n"))
      assert.equal("wx1-from-env", seen(accounts.tea))
      local live, err = accounts.pot:open()
      assert.is_nil(live)
      assert.truthy(err.message:find("account pot: it has no secret", 1, true), err.message)
    end)
    os.getenv = getenv -- luacheck: ignore 122
    assert(fine, why)
  end)

  it("read a secret from a file beside the settings", function()
    command.write(folder .. "/tea.secret", "s1\n")
    os.execute("chmod 600 " .. folder .. "/tea.secret")
    local accounts = assert(open("[tea]\nappid = wx1\nsecret_file = tea.secret\n"
      .. "[pot]\nappid = wx2\nsecret_file = " .. folder .. "/none\n"))
    assert.equal("wx1-s1", seen(accounts.tea))
    local _, err = accounts.pot:open()
    assert.truthy(err.message:find("^account pot: the secret cannot be read"), err.message)
    os.execute("chmod 644 " .. folder .. "/tea.secret")
    _, err = accounts.tea:open()
    assert.truthy(err.message:find("^account tea: .*others may read it"), err.message)
    local fine, raised = pcall(function() return accounts.pot.live end)
    assert.is_false(fine)
    assert.is_true(Error.is(raised))
  end)

  it("are refused where the settings contradict themselves", function()
    for text, pattern in pairs {
      ["lang = en"] = "the settings name no account",
      ["[tea]\nsecret = a"] = "account tea: it has no appid",
      ["[tea]\nappid = wx1\nsecret = a\nsecret_env = B"] = "write one of secret, secret_file and",
      ["[tea]\nshop = wx1\nsecret = a"] = "a shop of the platform has no appid and no secret",
      ["[tea]\nshop = wx1\nbase_url = https://a.example"] = "is that of the platform",
      ["[tea]\nappid = wx1\ngroups = a/b"] = "the name of a group is letters",
      ["[tea]\nappid = wx1\n[pot]\nappid = wx1"] = "accounts tea and pot have the same appid",
      ["base_url = https://a.example\n[tea]\nappid = wx1\n[pot]\nappid = wx1\n"
        .. "base_url = https://a.example/"] = "accounts tea and pot have the same appid",
      ["[tea]\nappid = wx1\n[pot]\nappid = wx2\ngroups = tea"] = "its group tea has the name of an",
      ["[tea]\nappid = wx1\ncolour = red"] = "config:3: unknown setting colour",
    } do
      local accounts, err = open(text)
      assert.is_nil(accounts, text)
      assert.equal("bad_settings", err.name, text)
      assert.truthy(err.message:find(pattern), err.message)
    end
    local accounts = assert(open("[tea]\nappid = wx1\nsecret =\n"))
    local _, err = accounts.tea:open()
    assert.equal("account tea: its secret is empty", err.message)
    accounts = assert(open("[tea]\nappid = wx1\nsecret = 'q7 z9'\n"))
    _, err = accounts.tea:open()
    assert.truthy(err.message:find("^account tea: secret holds a blank"), err.message)
    assert.is_nil(err.message:find("q7", 1, true))
  end)

  it("say how they are called where a call is written wrongly", function()
    local accounts = assert(open(three))
    local here = "^spec/accounts/init_spec.lua:%d+: "
    for pattern, call in pairs {
      ["call it with a colon: accounts:get"] = function() accounts.get("tea") end,
      ["call it with a colon: accounts:map"] = function() accounts.map(seen) end,
      ["accounts:get takes the name of accounts, not a nil"] = function()
        local _ = accounts:get(nil)
      end,
      ["accounts:select takes the names of accounts, not a number"] = function()
        local _ = accounts:select(3)
      end,
      ["wxlive.map: it calls a function on each item, not a nil"] = function()
        local _ = accounts:map()
      end,
      ["wxlive.map: concurency is not an option"] = function()
        local _ = accounts:map(seen, { concurency = 2 })
      end,
      ["wxlive.accounts.open takes the path of a settings file, not a table"] = function()
        local _ = accounts_of.open {}
      end,
    } do
      local fine, why = pcall(call)
      assert.is_false(fine, pattern)
      assert.truthy(why:find(here .. pattern), why)
    end
  end)

  it("show no secret, however they are looked at", function()
    local accounts = assert(open("[tea]\nappid = wx1\nsecret = S3CR3T\n", {}))
    local function walk(value, done)
      if type(value) == "string" then
        assert.is_nil(value:find("S3CR3T", 1, true))
      elseif type(value) == "table" and not done[value] then
        done[value] = true
        for key, inner in next, value do
          walk(key, done)
          walk(inner, done)
        end
        walk(getmetatable(value), done)
      end
    end
    assert(accounts.tea.live)
    walk(accounts, {})
  end)
end)
