local core = require "wxlive.core"
local curl = require "wxlive.transport.curl"
local json = require "wxlive.json"
local process = require "spec.support.process"
local sender = require "spec.support.programs.curl_sender"
local transports = require "wxlive.transport"

local TOKEN = sender.TOKEN
local server = sender.server
local fails, get, open, over_tls = sender.fails, sender.get, sender.open, sender.over_tls

describe("transport over libcurl", function()
  sender.each { setup = setup, teardown = teardown, after_each = after_each }

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

    it("decompresses into a file, whatever its size", function()
      local zeros = ("0"):rep(9 * 1024 * 1024)
      process.write(server.files .. "/zeros.txt", zeros)
      local path = server.files .. "/saved.txt"
      local response = assert(open():send(get(server.url .. "/zeros.txt", { save_to = path })))
      assert.same({ path, #zeros, "" }, { response.saved, response.size, response.body })
      assert.is_true(process.read(path) == zeros)
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

    it("gives an error in memory", function()
      local path = server.directory .. "/saved/other.jpg"
      local transport = open()
      local response = assert(transport:send(get(server.url .. "/missing.jpg", { save_to = path })))
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

    it("of one that clients share is not for clients that are made later", function()
      local shared = assert(transports.default { timeout = 8, proxy = "" })
      assert.equal(shared, transports.default { timeout = 8, proxy = "" })
      shared:close()
      local next_one = assert(transports.default { timeout = 8, proxy = "" })
      assert(next_one:send(get(server.url .. "/who")))
      assert.equal(next_one, transports.default { timeout = 8, proxy = "" })
    end)

    it("refuses a self that is none", function()
      local transport = open()
      assert.has_error(function() transport.client.send({}) end)
      assert.has_error(function() transport.client.close(io.stdout) end)
    end)
  end)
end)
