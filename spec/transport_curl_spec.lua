local core = require "wxlive.core"
local curl = require "wxlive.transport.curl"
local Error = require "wxlive.error"
local json = require "wxlive.json"
local nginx = require "spec.support.nginx"
local process = require "spec.support.process"
local tinyproxy = require "spec.support.tinyproxy"
local transports = require "wxlive.transport"

local TOKEN = "TOKEN-THAT-NOBODY-MAY-SEE"

local function get(url, more)
  local request = { method = "GET", url = url, timeout = 10, resend = true }
  for key, value in pairs(more or {}) do
    request[key] = value
  end
  return request
end

local function fails(name, sent, response, err)
  assert.is_nil(response)
  assert.is_true(Error.is(err))
  assert.equal("transport", err.kind)
  assert.equal(name, err.name)
  assert.equal(sent, err.sent)
  assert.is_nil(tostring(err):find(TOKEN, 1, true))
  return err
end

describe("transport over libcurl", function()
  local server, opened

  local function open(options)
    local transport = assert(curl.new(options or { proxy = "" }))
    opened[#opened + 1] = transport
    return transport
  end

  local function over_tls(options)
    options = options or {}
    options.proxy = options.proxy or ""
    options.ca_file = server.ca_file
    return open(options)
  end

  setup(function()
    server = nginx.start()
  end)

  teardown(function()
    server.stop()
  end)

  before_each(function()
    opened = {}
  end)

  after_each(function()
    for _, transport in ipairs(opened) do
      transport:close()
    end
  end)

  describe("answers", function()
    it("gives status, body and the rest", function()
      local response = assert(open():send(get(server.url .. "/who?access_token=" .. TOKEN)))
      assert.equal(200, response.status)
      assert.equal("HTTP/1.1", json.decode(response.body).protocol)
      assert.equal(#response.body, response.size)
      assert.equal("application/json", response.content_type)
      assert.equal("1.1", response.http_version)
      assert.is_false(response.reused)
      assert.is_nil(response.saved)
      assert.is_nil(response.retry_after)
    end)

    it("gives headers by lower-case name, repeated ones joined, when asked", function()
      local response = assert(open():send(get(server.url .. "/who")))
      assert.is_nil(rawget(response, "headers"))
      assert.equal("1", response.headers["x-serial"])
      assert.equal("one, two", response.headers["x-twice"])
      assert.equal("application/json", response.headers["content-type"])
      assert.equal(response.headers, response.headers)
    end)

    it("gives timings when asked", function()
      local transport = over_tls()
      local first = assert(transport:send(get(server.tls_url .. "/who")))
      local second = assert(transport:send(get(server.tls_url .. "/who")))
      assert.is_true(first.timing.tls > 0 and first.timing.connect > 0)
      assert.is_true(first.timing.total >= first.timing.first_byte)
      assert.same({ 0, 0, 0 },
        { second.timing.dns, second.timing.connect, second.timing.tls })
      assert.is_true(second.timing.total > 0)
    end)

    it("keeps what belongs to a response when the handle goes on", function()
      local transport = open()
      local first = assert(transport:send(get(server.url .. "/who")))
      local total = first[5]
      local second = assert(transport:send(get(server.url .. "/busy")))
      assert.equal("1", first.headers["x-serial"])
      assert.equal(total, first.timing.total)
      assert.is_nil(second.headers["x-serial"])
      assert.equal(503, second.status)
      assert.equal(3, second.retry_after)
      assert.equal("busy", second.body)
    end)

    it("decompresses, and holds the cap against what comes out", function()
      local text = ("All work and no play. "):rep(5000)
      process.write(server.files .. "/text.txt", text)
      process.write(server.files .. "/zeros.txt", ("0"):rep(9 * 1024 * 1024))
      local response = assert(open():send(get(server.url .. "/text.txt")))
      assert.equal("gzip", response.headers["content-encoding"])
      assert.equal(text, response.body)
      -- nine megabytes that are nine kilobytes on the wire
      fails("too_large", true, open():send(get(server.url .. "/zeros.txt")))
      fails("too_large", true, open { proxy = "", max_body = #text - 1 }
        :send(get(server.url .. "/text.txt")))
      assert.equal(#text, assert(open():send(get(server.url .. "/text.txt",
        { max_body = #text }))).size)
    end)
  end)

  describe("connections", function()
    it("makes one for a hundred calls", function()
      local transport = open()
      local connections, reused = {}, 0
      for _ = 1, 100 do
        local response = assert(transport:send(get(server.url .. "/who")))
        connections[json.decode(response.body).connection] = true
        reused = reused + (response.reused and 1 or 0)
      end
      assert.is_not_nil(next(connections))
      assert.is_nil(next(connections, (next(connections))))
      assert.equal(99, reused)
    end)

    it("speaks HTTP/2 over TLS, on one connection too", function()
      local transport = over_tls()
      local first
      for _ = 1, 20 do
        local response = assert(transport:send(get(server.tls_url .. "/who")))
        local who = json.decode(response.body)
        first = first or who.connection
        assert.equal("2", response.http_version)
        assert.equal("HTTP/2.0", who.protocol)
        assert.equal(first, who.connection)
      end
    end)

    it("stays with HTTP/1.1 when told", function()
      local response = assert(over_tls { http2 = false }:send(get(server.tls_url .. "/who")))
      assert.equal("1.1", response.http_version)
      assert.is_truthy(json.decode(response.body).tls:find("^TLSv1%.[23]$"))
    end)

    it("serves coroutines that take turns", function()
      local transport = open()
      local function worker(path)
        return coroutine.wrap(function()
          for _ = 1, 5 do
            coroutine.yield(assert(transport:send(get(server.url .. path))))
          end
        end)
      end
      local a, b = worker("/who"), worker("/busy")
      for _ = 1, 5 do
        local one, two = a(), b()
        assert.equal(200, one.status)
        assert.equal(503, two.status)
        assert.equal("busy", two.body)
        assert.is_not_nil(one.headers["x-serial"])
      end
    end)
  end)

  describe("TLS", function()
    it("refuses a certificate that it cannot trace", function()
      local err = fails("tls_failed", false,
        open():send(get(server.tls_url .. "/who?access_token=" .. TOKEN)))
      assert.is_truthy(err.message:find("127.0.0.1:" .. server.tls_port, 1, true))
      assert.is_truthy(err.hint:find("ca_file", 1, true))
    end)

    it("refuses a certificate for another name", function()
      fails("tls_failed", false,
        over_tls():send(get("https://localhost:" .. server.tls_port .. "/who")))
    end)

    it("says at once when ca_file is no bundle", function()
      local path = server.directory .. "/no-bundle.pem"
      process.write(path, "nothing of the kind\n")
      local err = fails("bad_argument", false, curl.new { ca_file = path })
      assert.is_truthy(err.message:find(path, 1, true))
      fails("bad_argument", false, curl.new { ca_file = "/nowhere/ca.pem" })
    end)
  end)

  describe("requests", function()
    it("sends a body as it is", function()
      local bytes = core.system.random(4096):rep(20) .. "\0\r\n"
      local response = assert(over_tls():send {
        method = "POST", url = server.tls_url .. "/upload", body = bytes,
        content_type = "application/json", headers = { ["X-Signature"] = "s" },
      })
      assert.equal("application/json", response.body)
      local uploads = server.uploads()
      assert.is_true(uploads[#uploads] == bytes)
    end)

    it("streams a file in a form", function()
      local path = server.directory .. "/封面.jpg"
      local bytes = core.system.random(4096):rep(300)
      process.write(path, bytes)
      local response = assert(open():send {
        method = "POST", url = server.url .. "/upload",
        form = {
          { name = "media", path = path, content_type = "image/jpeg" },
          { name = "note", data = "a\0b" },
        },
      })
      local boundary = response.body:match("^multipart/form%-data; boundary=([%w%-]+)$")
      local uploads = server.uploads()
      assert.is_true(uploads[#uploads] == table.concat {
        "--", boundary, "\r\n",
        'Content-Disposition: form-data; name="media"; filename="_.jpg"\r\n',
        "Content-Type: image/jpeg\r\n\r\n", bytes, "\r\n",
        "--", boundary, "\r\n", 'Content-Disposition: form-data; name="note"\r\n\r\n', "a\0b\r\n",
        "--", boundary, "--\r\n",
      })
    end)

    it("says before sending what is wrong with a file", function()
      local transport = open()
      local function upload(path)
        return fails("io", false, transport:send {
          method = "POST", url = server.url .. "/upload",
          form = { { name = "media", path = path } },
        })
      end
      assert.is_truthy(upload("/nowhere/x.jpg").message:find("/nowhere/x.jpg", 1, true))
      assert.is_truthy(upload("/").message:find("directory", 1, true))
      assert.is_truthy(upload("/dev/null").message:find("not a file", 1, true))
    end)

    it("refuses what would break out of its line", function()
      local transport = open()
      local url = server.url .. "/who"
      local form = { { name = "a", data = "b" } }
      for _, request in ipairs {
        get(url .. "\r\nX: y"), get(url .. "\0x"), get("ftp://127.0.0.1/"),
        get("http://user:pass@127.0.0.1/"),
        get(url, { headers = { ["X-A"] = "b\r\nX-C: d" } }),
        get(url, { headers = { ["X-A\n"] = "b" } }),
        get(url, { headers = { ["X-A"] = "b\0c" } }),
        get(url, { headers = { ["Content-Length"] = "3" } }),
        { method = "POST", url = url, body = "x", content_type = "a\nb" },
        { method = "POST", url = url, form = { { name = "a\r\n", data = "b" } } },
        { method = "POST", url = url, form = { { name = "a", data = "b", filename = "c\n" } } },
        { method = "POST", url = url, form = { { name = "a" } } },
        { method = "POST", url = url, form = { { name = "a", data = "b", path = "/x" } } },
        { method = "POST", url = url, form = {} },
        { method = "POST", url = url, form = form, body = "x" },
        { method = "PUT", url = url }, { url = url },
        get(url, { timeout = 0 }), get(url, { timeout = 0 / 0 }), get(url, { max_body = 0 }),
        get(url, { connect_timeout = -1 }), get(url, { body = "x" }),
      } do
        fails("bad_argument", false, transport:send(request))
      end
    end)

    it("raises for a request of the wrong shape", function()
      local transport = open()
      assert.error_matches(function() transport:send(get(1)) end, "'url' must be a string")
      assert.error_matches(function() transport:send(get("x", { timeout = "5" })) end,
        "'timeout' must be a number")
      assert.has_error(function() transport:send(get("http://x", { headers = "x" })) end)
      assert.has_error(function() transport:send(get("http://x", { headers = { a = 1 } })) end)
      assert.has_error(function() transport:send(get("http://x", { form = { 1 } })) end)
    end)

    it("tells what was never sent", function()
      local deaf = "http://127.0.0.1:" .. process.free_port() .. "/?access_token=" .. TOKEN
      local err = fails("connect_failed", false, open():send(get(deaf)))
      assert.is_not_nil(err.hint)
      assert.is_not_nil(err.hint_zh)
    end)
  end)

  describe("downloads", function()
    local function listing()
      return process.run("ls -A " .. process.quote(server.directory .. "/saved"))
    end

    it("takes the name of the file when complete", function()
      local bytes = core.system.random(4096):rep(2500)
      local path = server.directory .. "/saved/media.jpg"
      process.run("mkdir " .. process.quote(server.directory .. "/saved"))
      process.write(server.files .. "/media.jpg", bytes)
      local response = assert(over_tls():send(get(server.tls_url .. "/media.jpg",
        { save_to = path })))
      assert.is_true(process.read(path) == bytes) -- ten megabytes: more than the cap on memory
      assert.equal(path, response.saved)
      assert.equal(#bytes, response.size)
      assert.equal("", response.body)
      assert.equal("image/jpeg", response.content_type)
      assert.equal("media.jpg\n", listing())
    end)

    it("gives an answer that is JSON, or an error, in memory", function()
      local path = server.directory .. "/saved/other.jpg"
      local transport = open()
      local response = assert(transport:send(get(server.url .. "/who", { save_to = path })))
      assert.is_nil(response.saved)
      assert.is_not_nil(json.decode(response.body))
      response = assert(transport:send(get(server.url .. "/missing.jpg", { save_to = path })))
      assert.equal(404, response.status)
      assert.is_nil(response.saved)
      assert.equal("media.jpg\n", listing())
    end)

    it("leaves nothing behind when it fails", function()
      local path = server.directory .. "/saved/media.jpg"
      local before = process.read(path)
      fails("timeout", true, open():send(get(server.url .. "/slow/media.jpg",
        { save_to = path, timeout = 0.5 })))
      assert.is_true(process.read(path) == before)
      assert.equal("media.jpg\n", listing())
      fails("io", false, open():send(get(server.url .. "/media.jpg",
        { save_to = server.directory .. "/nowhere/x.jpg" })))
    end)
  end)

  describe("proxies", function()
    local proxy

    setup(function()
      proxy = tinyproxy.start(server.tls_port)
    end)

    teardown(function()
      proxy.stop()
    end)

    local function url_of(user, password)
      return ("http://%s:%s@%s"):format(user, password, proxy.address)
    end

    it("tunnels with user and password, in the address or apart", function()
      for _, options in ipairs {
        { proxy = url_of(tinyproxy.user, tinyproxy.password) },
        { proxy = proxy.address, proxy_user = tinyproxy.user,
          proxy_password = tinyproxy.password },
      } do
        local response = assert(over_tls(options):send(get(server.tls_url .. "/who")))
        assert.equal("HTTP/2.0", json.decode(response.body).protocol)
        assert.is_nil(response.headers["proxy-agent"])
      end
      assert.is_truthy(proxy.log():find("CONNECT 127.0.0.1:" .. server.tls_port, 1, true))
    end)

    it("relays plain http", function()
      local response = assert(open { proxy = url_of(tinyproxy.user, tinyproxy.password) }
        :send(get(server.url .. "/who")))
      assert.is_not_nil(response.headers.via)
    end)

    it("says when the proxy refuses, and shows no credential", function()
      for _, case in ipairs {
        { url_of(tinyproxy.user, "wrong-" .. TOKEN), server.tls_url, "refused the user or" },
        { url_of("wrong-" .. TOKEN, tinyproxy.password), server.tls_url, "refused the user or" },
        { proxy.address, server.tls_url, "refused the user or" },
        { proxy.address, server.url, "refused the user or" },
        { url_of(tinyproxy.user, tinyproxy.password), "https://127.0.0.1:1", "403" },
      } do
        local err = fails("proxy_failed", false,
          over_tls { proxy = case[1] }:send(get(case[2] .. "/who?access_token=" .. TOKEN)))
        assert.is_truthy(err.message:find(case[3], 1, true))
        assert.is_truthy(err.message:find(proxy.address, 1, true))
        assert.is_nil(err.message:find(tinyproxy.password, 1, true))
        assert.is_nil(err.message:find(tinyproxy.user, 1, true))
      end
    end)
  end)

  describe("options", function()
    it("names what it does not know", function()
      local transport, err = curl.new { ca_fiel = "x", timeout = "5" }
      assert.is_nil(transport)
      assert.equal("invalid", err.kind)
      assert.is_truthy(err.message:find("did you mean ca_file?", 1, true))
      assert.is_truthy(err.message:find("timeout must be a number", 1, true))
      assert.is_nil(curl.new { verify = false })
      fails("bad_argument", false, curl.new { timeout = 0 })
      fails("bad_argument", false, curl.new { max_body = 0.5 })
      fails("bad_argument", false, curl.new { proxy = "gopher://127.0.0.1" })
      fails("bad_argument", false, curl.new { proxy = "http://127.0.0.1:1\0" })
    end)

    it("picks the default in one place, and never libcurl in nginx", function()
      local transport = assert(transports.default { timeout = 1 })
      transport:close()
      rawset(_G, "ngx", { socket = {} })
      local picked = assert(transports.default())
      rawset(_G, "ngx", nil)
      assert.equal("wxlive.CosocketTransport", getmetatable(picked).__name)
    end)
  end)

  describe("closing", function()
    it("may be done twice; sending afterwards is an argument error", function()
      local transport = open()
      transport:close()
      transport:close()
      assert.error_matches(function() transport:send(get(server.url .. "/who")) end,
        "handle is closed")
    end)

    it("refuses a self that is none", function()
      local transport = open()
      assert.has_error(function() transport.client.send({}) end)
      assert.has_error(function() transport.client.close(io.stdout) end)
    end)
  end)

  describe("over thousands of calls", function()
    local function open_files()
      collectgarbage()
      collectgarbage()
      local count = 0
      for fd = 0, 255 do
        local info = io.open("/proc/self/fdinfo/" .. fd)
        if info then
          info:close()
          count = count + 1
        end
      end
      return count
    end

    local function resident_kib()
      collectgarbage()
      collectgarbage()
      return tonumber(process.read("/proc/self/status"):match("VmRSS:%s*(%d+)"))
    end

    -- A sanitizer keeps what was freed for a while, and looks for leaks itself.
    local sanitized = process.read("/proc/self/maps"):find("asan", 1, true) ~= nil

    -- What leaks grows in every round; what the garbage of other specs does to the heap does not.
    local function stays_flat(round)
      round()
      local files, least = open_files(), math.huge
      for _ = 1, 4 do
        local before = resident_kib()
        round()
        least = math.min(least, resident_kib() - before)
      end
      assert.is_true(sanitized or least < 64, "each round took KiB more: " .. least)
      assert.equal(files, open_files())
    end

    it("keeps memory and files flat", function()
      local transport = open()
      stays_flat(function()
        for _ = 1, 2500 do
          assert(transport:send(get(server.url .. "/who")))
        end
      end)
    end)

    it("gives everything back when closed, after failures too", function()
      stays_flat(function()
        for _ = 1, 50 do
          local transport = assert(curl.new { proxy = "", ca_file = server.ca_file })
          assert(transport:send(get(server.tls_url .. "/who")))
          assert.is_nil((transport:send(get("https://localhost:" .. server.tls_port .. "/"))))
          assert.is_nil((transport:send {
            method = "POST", url = server.url .. "/upload",
            form = { { name = "a", path = server.ca_file }, { name = "b", path = "/nowhere" } },
          }))
          transport:close()
        end
      end)
    end)

    it("closes what is forgotten when it is collected", function()
      local before = open_files()
      local function forgotten()
        assert(assert(curl.new { proxy = "" }):send(get(server.url .. "/who")))
      end
      for _ = 1, 20 do
        forgotten()
      end
      -- one may still be in a slot of the stack that was not used again
      assert.is_true(open_files() <= before + 1)
    end)
  end)
end)
