-- What the modules in C refuse: closed handles, wrong types, numbers out of range. Whoever calls
-- them is a module of ours, so these raise; none may bring the process down.
local core = require "wxlive.core"
local curl = require "wxlive.curl"
local resp = require "wxlive.resp"

local KEYS = "core/test/data/keys/"
local AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"

local function read(name)
  local file = assert(io.open(KEYS .. name, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

-- Closes a handle by its metamethod, as the collector would; any number of times.
local function close(handle)
  local collect = debug.getmetatable(handle).__gc
  collect(handle)
  collect(handle)
end

local function raises(pattern, f, ...)
  local fine, message = pcall(f, ...)
  assert.is_false(fine)
  assert.truthy(tostring(message):find(pattern), tostring(message))
end

local sealer = core.message.new { token = "t", aes_key = AES_KEY, appid = "wx01" }
local cipher = assert(core.signature.cipher("AES256_GCM", ("k"):rep(32), "sn"))
local key = assert(core.signature.private_key(read("rsa.pem"), "7"))

describe("bindings", function()
  it("know a handle that is closed", function()
    local reader = assert(resp.new())
    close(reader)
    raises("handle is closed", reader.feed, reader, "x")
    local xml = assert(core.xml.new {})
    close(xml)
    raises("handle is closed", xml.decode, xml, "<a/>")
    local box = assert(core.message.new { token = "t" })
    close(box)
    raises("handle is closed", box.sign, box, "x")
    raises("handle is closed", box.open, box, "1", "n", "AAAA", "s")
    local other = assert(core.signature.cipher("AES256_GCM", ("k"):rep(32), "sn"))
    close(other)
    raises("handle is closed", other.seal, other, "u", "a", 1, "x")
    local secret = assert(core.signature.private_key(read("rsa.pem"), "7"))
    close(secret)
    raises("handle is closed", secret.sign, secret, "u", "a", 1, "x")
    local multi = assert(curl.multi.new())
    close(multi)
    raises("closed", multi.poll, multi, 0)
    local exchange = assert(core.codec.exchange())
    close(exchange)
    raises("closed", exchange.feed, exchange, "x")
    local terminal = assert(core.terminal.open())
    close(terminal)
    raises("closed", terminal.read, terminal)
    local client = assert(curl.http.new {})
    close(client)
    raises("handle is closed", client.send, client, { url = "http://127.0.0.1/", method = "GET" })
  end)

  it("know a handle that is another", function()
    raises("wxlive", cipher.seal, key, "u", "a", 1, "x")
    raises("wxlive", key.sign, cipher, "u", "a", 1, "x")
    raises("wxlive", sealer.sign, io.stdout, "x")
    assert.is_false(debug.getmetatable(key).__metatable == nil)
  end)

  it("refuse numbers out of range", function()
    local nan, huge = 0 / 0, math.huge
    for _, bad in ipairs { -1, nan, huge, 1e300 } do
      raises("number of bytes", resp.new, bad)
      raises("max must be", core.message.new, { token = "t", max = bad })
      raises("Unix seconds", cipher.seal, cipher, "u", "a", bad, "x")
      raises("out of range", core.xml.new, { bytes = bad })
      raises("between 1 and 4096", core.system.random, bad == -1 and 0 or 5000)
      local exchange = assert(core.codec.exchange())
      raises("out of range", exchange.start, exchange, "GET", "/", "h", nil, bad)
      raises("out of range", exchange.start, exchange, "POST", "/", "h", nil, 9, bad)
    end
    raises("Unix seconds", key.sign, key, "u", "a", 0, "x")
    raises("12 bytes", cipher.seal, cipher, "u", "a", 1, "x", "short")
    raises("16 bytes", sealer.seal, sealer, "x", "short")
  end)

  it("refuse fields of another type", function()
    raises("field 'token' must be a string, not a number", core.message.new, { token = 5 })
    raises("field 'max' must be a number, not a string", core.message.new,
      { token = "t", max = "5" })
    raises("field 'tls' must be a boolean, not a number", curl.stream.connect,
      { host = "h", port = 1, tls = 1 })
    raises("table", core.message.new)
    raises("table", core.xml.new)
    raises("must be a table", function()
      core.xml.new({}):decode("<a/>", 5)
    end)
    raises("header fields must be strings", function()
      core.codec.exchange():start("GET", "/", "h", { "A", 1 }, 9)
    end)
    for field, wrong in pairs { url = 5, method = true, timeout = "soon", max_body = {}, body = 1.5,
      headers = "A: b", form = 5, save_to = {} } do
      local request = { url = "http://127.0.0.1/", method = "GET" }
      request[field] = wrong
      if field ~= "body" then
        raises(field, function()
          curl.http.new({ proxy = "" }):send(request)
        end)
      end
    end
    raises("table", function()
      curl.http.new({ proxy = "" }):send("http://127.0.0.1/")
    end)
  end)

  it("refuse too many of something", function()
    local fields, parts, words = {}, {}, {}
    for i = 1, 65 do
      fields[2 * i - 1], fields[2 * i] = "A", "b"
      words[i] = "w"
      parts[i] = "p"
    end
    raises("more than 64 header fields", function()
      core.codec.exchange():start("GET", "/", "h", fields, 9)
    end)
    local unpack = table.unpack or unpack -- luacheck: ignore 143
    raises("1 to 64 arguments", function()
      resp.new():command(unpack(words))
    end)
    raises("1 to 64 arguments", function()
      resp.new():command()
    end)
    raises("too many parts", function()
      sealer:sign(unpack(parts))
    end)
    assert.equal(40, #sealer:sign()) -- the token alone
  end)
end)

describe("signature", function()
  it("codes and decodes base64 strictly", function()
    assert.equal("", core.signature.encode(""))
    assert.equal("", core.signature.decode(""))
    assert.equal("AP8=", core.signature.encode("\0\255"))
    assert.equal("\0\255", core.signature.decode("AP8="))
    for _, text in ipairs { "AP8", "AP9=", "AP8=\n", "====", "A?8=" } do
      assert.is_nil(core.signature.decode(text))
    end
    raises("too long", core.signature.encode, ("x"):rep(16 * 1048576 + 1))
    raises("too long", core.signature.decode, ("A"):rep(16 * 1048576 + 4))
  end)

  it("says why a scope or a key is not taken", function()
    local sealed, err = cipher:seal("https://h/a|b", "wx01", 1, "x")
    assert.is_nil(sealed)
    assert.equal("bad_argument", err.status)
    sealed, err = key:sign("https://h/a", "wx\n", 1, "x")
    assert.is_nil(sealed)
    assert.equal("bad_argument", err.status)
    local public, why = core.signature.public_key("no PEM", "1")
    assert.is_nil(public)
    assert.equal("bad_argument", why.status)
    raises("invalid option", core.signature.cipher, "ROT13", "k", "1")
  end)
end)

describe("xml", function()
  local reader = assert(core.xml.new { bytes = 200, depth = 3, elements = 6 })

  it("makes a list of what comes again, also where it has children", function()
    assert.same({ a = { "1", "2", "3" }, b = "x" },
      reader:decode("<r><a>1</a><a>2</a><a>3</a><b>x</b></r>"))
    assert.same({ a = { { c = "1" }, { c = "2" } } },
      reader:decode("<r><a><c>1</c></a><a><c>2</c></a></r>"))
    assert.same({ a = { { c = "1" }, "2" } }, reader:decode("<r><a><c>1</c></a><a>2</a></r>"))
    assert.same({ {}, "r" }, { reader:decode("<r/>") })
  end)

  it("asks a table for the names that it has not met", function()
    local asked = {}
    local names = setmetatable({}, { __index = function(t, name)
      asked[#asked + 1] = name
      t[name] = name:lower()
      return t[name]
    end })
    assert.same({ aa = { "1", "2" } }, reader:decode("<r><Aa>1</Aa><Aa>2</Aa></r>", names))
    assert.same({ "Aa" }, asked)
  end)

  it("keeps to its limits", function()
    for _, case in ipairs {
      { "<r>" .. ("x"):rep(200) .. "</r>", "limit_exceeded" },
      { "<r><a><b><c/></b></a></r>", "limit_exceeded" },
      { "<r><a/><a/><a/><a/><a/><a/></r>", "limit_exceeded" },
      { "<r>", "bad_format" }, { "", "bad_format" },
    } do
      local found, err = reader:decode(case[1])
      assert.is_nil(found)
      assert.equal(case[2], err.status, case[1])
    end
    assert.same({ a = "1" }, reader:decode("<r><a>1</a></r>")) -- it is as good as before
  end)
end)

describe("resp", function()
  it("reads every kind of reply", function()
    local reader = assert(resp.new(1000))
    assert.is_nil(reader:next())
    assert.is_true(reader:feed("+OK\r\n-ERR no\r\n:-7\r\n$2\r\nab\r\n$-1\r\n*-1\r\n"
      .. "*2\r\n:1\r\n*0\r\n"))
    local function next_reply()
      local reply, err = reader:next()
      assert.is_nil(err)
      return reply
    end
    assert.same({ ok = "OK" }, next_reply())
    assert.same({ err = "ERR no" }, next_reply())
    assert.equal(-7, next_reply())
    assert.equal("ab", next_reply())
    assert.is_false(next_reply())
    assert.is_false(next_reply())
    assert.same({ 1, {} }, next_reply())
    assert.is_nil(next_reply())
  end)

  it("stays in the failure that it met", function()
    local reader = assert(resp.new(100))
    local ok, err = reader:feed(("x"):rep(200))
    assert.is_nil(ok)
    assert.equal("too_large", err.status)
    reader = assert(resp.new(100))
    assert.is_true(reader:feed("?what\r\n"))
    for _ = 1, 2 do
      ok, err = reader:next()
      assert.is_nil(ok)
      assert.equal("bad_protocol", err.status)
    end
    ok, err = reader:feed("+OK\r\n")
    assert.is_nil(ok)
    assert.equal("bad_protocol", err.status)
  end)

  -- What the values take in memory counts against the reply's ceiling, not its bytes alone.
  it("counts the tree of a reply", function()
    local reader = assert(resp.new(600))
    assert.is_true(reader:feed("*100\r\n" .. (":1\r\n"):rep(100)))
    local reply, err = reader:next()
    assert.is_nil(reply)
    assert.equal("too_large", err.status)
  end)
end)

describe("files and the process", function()
  it("says why a file has no digest", function()
    local digest, err = core.process.digest("/nonexistent/file")
    assert.is_nil(digest)
    assert.equal("io", err.status)
    assert.is_true(err.code > 0)
    digest, err = core.process.digest("/") -- a directory opens, and cannot be read
    assert.is_nil(digest)
    assert.equal("io", err.status)
  end)

  it("reads a file's mode", function()
    local path = os.tmpname()
    os.execute("chmod 640 " .. path)
    assert.equal(6 * 64 + 4 * 8, core.system.file_mode(path))
    os.remove(path)
    assert.is_nil(core.system.file_mode(path))
  end)

  it("counts the time for which the machine was asleep", function()
    -- In the namespaces it was asleep for a day and more; not every system lets one be made.
    local interpreter = rawget(_G, "jit") and "luajit" or "lua5.4"
    local asleep = "--time --boottime 100000 --fork "
    local counted, uptime
    for _, where in ipairs {
      "unshare " .. asleep, "unshare --user --map-root-user " .. asleep, "",
    } do
      local child = assert(io.popen(where .. interpreter .. [[ -e '
        print(require("wxlive.core").system.monotonic())
        print(io.open("/proc/uptime"):read("*n"))' 2>/dev/null]]))
      if not counted then
        counted, uptime = child:read("*n", "*n")
      end
      child:close()
    end
    -- Some containers show the time since they were started.
    assert.is_true(counted > uptime - 60)
  end)

  it("sleeps no time for nothing", function()
    local before = core.system.monotonic()
    for _, seconds in ipairs { 0, -1, 0 / 0 } do
      core.system.sleep(seconds)
    end
    assert.is_true(core.system.monotonic() - before < 60)
  end)
end)
