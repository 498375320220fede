-- The settings file: its lines, its sections, who may read it.
local command = require "spec.support.command"
local settings = require "wxlive.settings.file"

describe("a settings file", function()
  local function parse(text)
    return (settings.parse("f", text))
  end

  local function wrong(text, pattern)
    local found, err = settings.parse("shop.conf", text)
    assert.is_nil(found)
    assert.equal("usage", err.kind)
    assert.equal("bad_settings", err.name)
    assert.truthy(err.message:find(pattern), err.message)
  end

  it("has lines of key = value, remarks and empty lines", function()
    assert.same({ appid = "wx1", secret = "a = b", timeout = "", token_store = "memory" },
      parse("# shop\r\nappid=wx1\r\n\n  secret =  a = b  \ntimeout =\n"
        .. "   # token_mode = plain\ntoken_store = memory"))
    assert.same({}, parse(""))
    -- as editors on Windows save it
    assert.same({ appid = "wx1" }, parse("\239\187\191appid = wx1\r\n"))
    assert.same({}, parse("\239\187\191"))
    assert.same({ appid = "wx1", secret = "a" }, parse("appid = wx1\rsecret = a\r"))
  end)

  it("may be one that shells and containers read, too", function()
    local wanted = { appid = "wx1", secret = "0123abcd", base_url = "https://a.example" }
    assert.same(wanted, parse('export WXLIVE_APPID=wx1\nWXLIVE_SECRET="0123abcd"\n'
      .. "BASE_URL='https://a.example' # the gateway\n"))
    assert.same(wanted, parse("appid = wx1   # the shop\r\n"
      .. "secret = 0123abcd #reset 5/1\r\nbase_url = https://a.example\194\160\r\n"))
    -- what is no remark stays
    assert.same({ proxy = "http://u:a#b@h:1" }, parse("proxy = http://u:a#b@h:1"))
    assert.same({ proxy = "http://u:a # b@h" }, parse('proxy = "http://u:a # b@h"'))
    assert.same({ secret = '"abc' }, parse('secret = "abc'))
    assert.same({ secret = '"a" b' }, parse('secret = "a" b'))
    assert.same({ secret = "" }, parse('secret = ""'))
    assert.same({ proxy = "", secret = "#a" }, parse("proxy =  # none yet\nsecret =#a"))
  end)

  it("of another program is named for what it is", function()
    wrong("[core]\n\tbare = false", "shop%.conf:2: unknown setting bare")
    wrong("[remote \"origin\"]", "shop%.conf:1: the name of an account is letters, digits, _ and")
    wrong('{\n  "appid": "wx1"\n}', "shop%.conf:1: this looks like JSON")
    wrong('appid = wx1\n"secret": "x"', "shop%.conf:2: this looks like JSON")
    wrong("---\nappid: wx1", "shop%.conf:1: this looks like YAML")
    wrong("appid: wx1", "shop%.conf:1: this looks like YAML")
    wrong("WXLIVE_APP_ID=wx1", "shop%.conf:1: unknown setting WXLIVE_APP_ID; did you mean appid%?")
  end)

  it("is refused with the line and the reason", function()
    wrong("appid = wx1\nsecret", "shop%.conf:2: expected key = value")
    wrong("\n\napp_id = wx1", "shop%.conf:3: unknown setting app_id; did you mean appid%?")
    wrong("colour = red", "shop%.conf:1: unknown setting colour$")
    wrong("appid ＝ wx1", "shop%.conf:1: write the sign = of ASCII")
    wrong("\255\254a\0p\0p\0i\0d\0=\0a\0\n\0", "shop%.conf:1: the text is not UTF%-8; save the")
    wrong("secret = \178\232", "shop%.conf:1: the text is not UTF%-8")
    -- a remark of an editor that saves GBK harms nothing
    assert.same({ appid = "wx1" }, parse("# \178\232\nappid = wx1 # \178\232"))
    wrong("lang = zh\n\nlang = en", "shop%.conf:3: lang is set twice %(first in line 1%)")
  end)
end)

describe("a section of a settings file", function()
  local function parse(text)
    return settings.parse("shop.conf", text)
  end

  local function wrong(text, pattern)
    local found, err = parse(text)
    assert.is_nil(found)
    assert.equal("bad_settings", err.name)
    assert.truthy(err.message:find(pattern), err.message)
  end

  it("is an account; what stands above the first one is for all", function()
    local found, accounts = parse("timeout = 5\n[tea] # the north\nappid = wx1\n"
      .. "export WXLIVE_SECRET='a'\n\n[ 茶具 ]\nshop = wx2\ngroups = north, drinks\n[x-1_]")
    assert.same({ timeout = "5" }, found)
    assert.same({
      { name = "tea", line = 2, values = { appid = "wx1", secret = "a" } },
      { name = "茶具", line = 6, values = { shop = "wx2", groups = "north, drinks" } },
      { name = "x-1_", line = 9, values = {} },
    }, accounts)
  end)

  it("is refused where its name or a line is wrong", function()
    wrong("[]", "shop%.conf:1: the name of an account is letters")
    wrong("[a b]\nappid = wx1", "shop%.conf:1: the name of an account")
    wrong("[a,b]", "shop%.conf:1: the name of an account")
    wrong("[-a]", "shop%.conf:1: the name of an account")
    wrong("[\178\232\178\232]", "shop%.conf:1: the text is not UTF%-8")
    wrong("［tea］", "shop%.conf:1: a section begins with a line of its own such as %[tea%]")
    wrong("[tea\nappid = wx1", "shop%.conf:1: a section begins with a line")
    wrong("[a，b]", "shop%.conf:1: the name of an account")
    wrong("[" .. ("a"):rep(65) .. "]", "shop%.conf:1: the name of an account")
    wrong("[tea]\n[pot]\n[tea]", "shop%.conf:3: the account tea is there twice %(first in line 1%)")
    wrong("[tea]\nappid = wx1\nappid = wx2", "shop%.conf:3: appid is set twice %(first in line 2%)")
    wrong("[tea]\nledger = /a", "shop%.conf:2: ledger holds for all accounts")
    wrong("[tea]\ngroup = a", "shop%.conf:2: unknown setting group; did you mean groups%?")
    wrong("groups = a", "shop%.conf:1: groups belongs to one account; write it below a line")
    wrong("[tea]\nappid: wx1", "shop%.conf:2: this looks like YAML")
  end)
end)

describe("a settings file with accounts", function()
  local folder, path

  before_each(function()
    folder = command.directory()
    path = folder .. "/config"
  end)

  after_each(function()
    command.remove(folder)
  end)

  local function read(text, mode)
    command.write(path, text)
    os.execute("chmod " .. mode .. " " .. path)
    return settings.read(path)
  end

  it("is refused where others may read a secret of one of them", function()
    for _, key in ipairs { "secret", "callback_token", "callback_aes_key" } do
      local found, err = read("[tea]\nappid = wx1\n" .. key .. " = S3CR3T\n", "644")
      assert.is_nil(found)
      assert.truthy(err.message:find("holds a secret and others may read it", 1, true), err.message)
      assert.is_nil(tostring(err):find("S3CR3T", 1, true))
      assert.truthy(read("[tea]\nappid = wx1\n" .. key .. " = S3CR3T\n", "640"))
    end
    -- The secrets are elsewhere.
    assert.truthy(read("[tea]\nappid = wx1\nsecret_file = a\n[pot]\nappid = wx2\n"
      .. "secret_env = POT\n", "644"))
  end)

  it("may have ten thousand of them", function()
    local lines = {}
    for i = 1, 10000 do
      lines[i] = ("[shop%05d]\nappid = wx%016d\n"
        .. "secret_file = secrets/shop%05d\ngroups = north, g%d\n")
        :format(i, i, i, i % 100)
    end
    local found, accounts = read(table.concat(lines), "644")
    assert.same({}, found)
    assert.equal(10000, #accounts)
    assert.equal("wx0000000000010000", accounts[10000].values.appid)
  end)

  it("reads a secret from a file of its own that others may not read", function()
    local secret = folder .. "/secret"
    command.write(secret, "\239\187\191 abc123 \r\n")
    os.execute("chmod 600 " .. secret)
    assert.equal("abc123", settings.read_secret(secret))
    os.execute("chmod 604 " .. secret)
    local got, err = settings.read_secret(secret)
    assert.is_nil(got)
    assert.truthy(err.message:find("others may read it", 1, true), err.message)
    assert.is_nil(tostring(err):find("abc123", 1, true))
    command.write(secret, " \n")
    os.execute("chmod 600 " .. secret)
    assert.truthy(select(2, settings.read_secret(secret)).message:find("is empty", 1, true))
    assert.equal("bad_settings", select(2, settings.read_secret(folder .. "/none")).name)
  end)
end)
