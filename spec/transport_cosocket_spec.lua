-- Inside nginx only: spec/nginx/run spec/transport_cosocket_spec.lua
if not require("wxlive.compat").in_nginx() then
  return
end

local cosocket = require "wxlive.transport.cosocket"
local core = require "wxlive.core"
local peer = require "spec.nginx.peer"

local monotonic = core.system.monotonic
local http_port = tonumber(os.getenv("WXLIVE_SPEC_PORT"))
local https_port, untrusted_port, closed_port = http_port + 1, http_port + 2, http_port + 9
local base = "http://127.0.0.1:" .. http_port
local secret = "access_token=SECRET-TOKEN"

-- A closed answer with Content-Length, as a peer that speaks for itself would send it.
local function answer(body, more)
  return ("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%s\r\n%s"):format(#body, more or "", body)
end

local function read_file(path)
  local f = io.open(path, "rb")
  local bytes = f and f:read("*a")
  if f then
    f:close()
  end
  return bytes
end

local function write_file(path, bytes)
  local f = assert(io.open(path, "wb"))
  f:write(bytes)
  f:close()
end

local function parts_of(path)
  local found = {}
  local pipe = io.popen("ls -d '" .. path .. "'.part-* 2>/dev/null")
  for line in pipe:lines() do
    found[#found + 1] = line
  end
  pipe:close()
  return found
end

describe("the cosocket transport", function()
  local transport, dir

  local function get(path, more)
    local request = { method = "GET", url = base .. path .. "?" .. secret, timeout = 5,
      resend = true }
    for key, value in pairs(more or {}) do
      request[key] = value
    end
    return transport:send(request)
  end

  local function post(path, more)
    more = more or {}
    more.method, more.resend = "POST", more.resend or false
    return get(path, more)
  end

  -- A failure, with what holds of every one of them.
  local function fails(name, sent, response, err)
    assert.is_nil(response)
    assert.equal(name, err.name)
    assert.equal(sent, err.sent)
    assert.equal("transport", err.kind)
    assert.is_nil(tostring(err):find("SECRET", 1, true))
    return err
  end

  before_each(function()
    peer.reset()
    transport = assert(cosocket.new())
    dir = os.getenv("WXLIVE_SPEC_DIR")
  end)

  after_each(function()
    transport:close()
    peer.reset()
  end)

  it("runs a job behind its caller, once", function()
    local ran = 0
    assert.is_true(transport:background(function() ran = ran + 1 end))
    assert.equal(0, ran)
    ngx.sleep(0.05)
    assert.equal(1, ran)
  end)

  describe("request and response:", function()
    it("a GET arrives as it was meant", function()
      local seen
      peer.on("/a", function()
        seen = { method = ngx.req.get_method(), uri = ngx.var.request_uri,
          headers = ngx.req.get_headers(), body = peer.body() }
        ngx.header["X-Two"] = { "1", "2" }
        ngx.header["Retry-After"] = "7"
        ngx.header.content_type = "application/json"
        ngx.print('{"errcode":0}')
      end)
      local response = assert(get("/a", { headers = { ["X-More"] = "yes" } }))
      assert.equal("/a?" .. secret, seen.uri)
      assert.equal("GET", seen.method)
      assert.equal("127.0.0.1:" .. http_port, seen.headers.host)
      assert.equal("yes", seen.headers["x-more"])
      assert.equal("gzip", seen.headers["accept-encoding"])
      assert.equal("wxlive/" .. core.version, seen.headers["user-agent"])
      assert.equal("", seen.body)
      assert.equal(200, response.status)
      assert.equal('{"errcode":0}', response.body)
      assert.equal(13, response.size)
      assert.equal("application/json", response.content_type)
      assert.equal("1, 2", response.headers["x-two"])
      assert.equal(7, response.retry_after)
      assert.equal("1.1", response.http_version)
      assert.is_true(response.timing.total >= response.timing.first_byte)
    end)

    it("a POST carries its body and content type", function()
      local seen
      peer.on("/a", function()
        seen = { type = ngx.var.content_type, body = peer.body(),
          length = ngx.var.content_length }
        ngx.exit(201)
      end)
      local body = ("直播"):rep(50000)
      local response = assert(post("/a", { body = body, content_type = "application/json" }))
      assert.equal(201, response.status)
      assert.equal("application/json", seen.type)
      assert.equal(tostring(#body), seen.length)
      assert.is_true(seen.body == body)
      assert(post("/a"))
      assert.equal("0", seen.length)
    end)

    it("any status is an answer", function()
      peer.on("/a", function()
        ngx.status = 503
        ngx.header["Retry-After"] = ngx.http_time(ngx.time() + 60)
        ngx.print("busy")
      end)
      local response = assert(get("/a"))
      assert.equal(503, response.status)
      assert.equal("busy", response.body)
      assert.is_true(response.retry_after > 50 and response.retry_after <= 60)
    end)

    it("gzip is asked for and decoded", function()
      local body = ("直播"):rep(20000)
      peer.on("/gzip", function()
        ngx.print(body)
      end)
      local response = assert(get("/gzip"))
      assert.is_true(response.body == body)
      assert.equal("gzip", response.headers["content-encoding"])
      assert.equal(#body, response.size)
    end)

    it("a body that ends with the connection is taken to its end", function()
      peer.on_raw("/a", function(say)
        say("HTTP/1.1 200 OK\r\n\r\n", "part one ")
        ngx.sleep(0.02)
        say("part two")
      end)
      assert.equal("part one part two", assert(get("/a")).body)
    end)

    it("what would break out of a header is refused before anything is sent", function()
      fails("bad_argument", false, get("/a", { headers = { ["X-A"] = "a\r\nX-B: b" } }))
      fails("bad_argument", false, get("/a", { headers = { ["X A"] = "a" } }))
      fails("bad_argument", false, get("/a", { headers = { Host = "a" } }))
      fails("bad_argument", false, get("/a", { headers = { ["content-type"] = "a" } }))
      fails("bad_argument", false, get("/a b"))
      fails("bad_argument", false, get("/a\r\nX: y"))
      fails("bad_argument", false, get("/a", { body = "x" }))
      fails("bad_argument", false, get("/a", { method = "G\r\nT" }))
      for _, url in ipairs { "ftp://h/", "http://u:p@h/", "http:///x", "h", "http://h:0/",
        "http://h:99999/", "http://h/#f" } do
        fails("bad_argument", false, transport:send { method = "GET", url = url })
      end
      assert.equal(0, peer.connection_count())
    end)
  end)

  describe("connections:", function()
    it("a hundred calls use one", function()
      peer.on("/a", function()
        ngx.print("ok")
      end)
      assert.is_false(assert(get("/a")).reused)
      for _ = 1, 99 do
        assert.is_true(assert(get("/a")).reused)
      end
      assert.equal(1, peer.connection_count())
    end)

    it("close() leaves those behind that were open", function()
      peer.on("/a", function()
        ngx.print("ok")
      end)
      assert(get("/a"))
      transport:close()
      transport:close()
      assert.is_false(assert(get("/a")).reused)
    end)

    it("one that the peer wants closed, or has said too much on, is not kept", function()
      for _, text in ipairs { answer("ok", "Connection: close\r\n"), answer("ok") .. "more" } do
        peer.on_raw("/a", function(say, sock)
          say(text)
          sock:receive(1)
        end)
        assert.equal("ok", assert(get("/a")).body)
        assert.is_false(assert(get("/a")).reused)
      end
    end)

    it("one that died while it was kept is replaced: a read is repeated", function()
      local requests = 0
      peer.on_raw("/a", function(say, sock)
        requests = requests + 1
        say(answer("ok"))
        -- The second request on it is read, and the connection closed without a word.
        if sock:receive("*l") then
          requests = requests + 1
        end
      end)
      assert(get("/a"))
      local response = assert(get("/a"))
      assert.equal("ok", response.body)
      assert.is_false(response.reused)
      assert.equal(3, requests)
    end)

    it("one that died while it was kept: a create is not sent again", function()
      local requests = 0
      peer.on_raw("/a", function(say, sock)
        requests = requests + 1
        say(answer("ok"))
        if sock:receive("*l") then
          requests = requests + 1
        end
      end)
      assert(post("/a"))
      fails("connection_lost", true, post("/a"))
      assert.equal(2, requests)
    end)

    it("a new one that breaks is not repeated here, whatever the request is", function()
      local requests = 0
      peer.on_raw("/a", function()
        requests = requests + 1
      end)
      fails("connection_lost", true, get("/a"))
      assert.equal(1, requests)
    end)

    it("an answer cut off after any of its bytes is no answer, and is asked for once", function()
      local whole = {
        answer('{"errcode":0,"errmsg":"ok"}'),
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
          .. '10\r\n{"errcode":0,"er\r\nb\r\nrmsg":"ok"}\r\n0\r\n\r\n',
      }
      for _, text in ipairs(whole) do
        for cut = 0, #text - 1 do
          local requests = 0
          peer.on_raw("/a", function(say)
            requests = requests + 1
            say(text:sub(1, cut))
          end)
          fails("connection_lost", true, post("/a"))
          assert.equal(1, requests, cut)
        end
        peer.on_raw("/a", function(say)
          say(text)
        end)
        assert.equal('{"errcode":0,"errmsg":"ok"}', assert(post("/a")).body)
      end
    end)

    it("an answer that has begun is never asked for again", function()
      local requests = 0
      peer.on_raw("/a", function(say, sock)
        requests = requests + 1
        say(answer("ok"))
        if sock:receive("*l") then
          requests = requests + 1
          say("HTTP/1.1 200 O")
        end
      end)
      assert(get("/a"))
      fails("connection_lost", true, get("/a"))
      assert.equal(2, requests)
    end)

    it("are kept apart by whatever makes them different", function()
      local dial = require "wxlive.transport.dial"
      local address = require "wxlive.transport.address"
      local names = {}
      local function add(url, name, proxy, generation)
        local place = address.parse(url)
        names[dial.pool_name(place, name or place.host, proxy, generation or 0)] = true
      end
      add("https://a/")
      add("https://b/")
      add("http://a:443/")
      add("https://a:444/")
      add("https://a/", "other.name")
      add("https://a/", nil, { host = "p", port = 1 })
      add("https://a/", nil, { host = "p", port = 2 })
      add("https://a/", nil, { host = "p", port = 2, credentials = "Basic eA==" })
      add("https://a/", nil, nil, 1)
      add("https://a:443/x") -- the same as the first
      local n = 0
      for name in pairs(names) do
        n = n + 1
        assert.is_nil(name:find("Basic", 1, true))
      end
      assert.equal(9, n)
    end)
  end)

  describe("time:", function()
    local function timed(f)
      local started = monotonic()
      local response, err = f()
      return monotonic() - started, response, err
    end

    it("no answer", function()
      peer.on("/a", function()
        ngx.sleep(1)
      end)
      local took, response, err = timed(function() return get("/a", { timeout = 0.2 }) end)
      fails("timeout", true, response, err)
      assert.is_true(took < 0.5)
    end)

    it("an answer that drips", function()
      peer.on_raw("/a", function(say)
        say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        for _ = 1, 40 do
          if not say(".") then
            return
          end
          ngx.sleep(0.03)
        end
      end)
      local took, response, err = timed(function() return get("/a", { timeout = 0.3 }) end)
      fails("timeout", true, response, err)
      assert.is_true(took < 0.6)
    end)

    it("a peer that does not read", function()
      peer.on_raw("/a", function()
        ngx.sleep(1)
      end)
      local took, response, err = timed(function()
        return post("/a", { timeout = 0.3, body = ("x"):rep(30 * 1024 * 1024) })
      end)
      fails("timeout", true, response, err)
      assert.is_true(took < 0.8)
    end)

    it("a name that is not looked up in time", function()
      local ok, took, response, err = peer.run_in("content", function()
        return timed(function()
          return transport:send { method = "GET", url = "http://slow.test/?" .. secret,
            timeout = 5, connect_timeout = 0.3 }
        end)
      end)
      assert.is_true(ok, took)
      fails("timeout", false, response, err)
      assert.is_true(took < 0.8)
    end)

    it("sleep lets other work go on", function()
      local order = {}
      local thread = ngx.thread.spawn(function()
        transport:sleep(0.02)
        order[#order + 1] = "slept"
      end)
      order[#order + 1] = "meanwhile"
      ngx.thread.wait(thread)
      assert.same({ "meanwhile", "slept" }, order)
    end)
  end)

  describe("failures before anything was sent:", function()
    it("nobody listens", function()
      local err = fails("connect_failed", false, transport:send {
        method = "GET", url = ("http://127.0.0.1:%d/?%s"):format(closed_port, secret) })
      assert.is_truthy(err.message:find("127.0.0.1:" .. closed_port, 1, true))
    end)

    it("no name server: the hint names the directive", function()
      local err = fails("resolve_failed", false, transport:send {
        method = "GET", url = "http://nowhere.test/?" .. secret })
      assert.is_truthy(err.hint:find("resolver", 1, true))
    end)
  end)

  describe("TLS:", function()
    local function https(port, host)
      return transport:send { method = "GET", resend = true, timeout = 5,
        url = ("https://%s:%d/a?%s"):format(host or "localhost", port, secret) }
    end

    it("a trusted peer", function()
      peer.on("/a", function()
        ngx.print(ngx.var.ssl_server_name)
      end)
      assert.equal("localhost", assert(https(https_port)).body)
      local response = assert(https(https_port))
      assert.is_true(response.reused)
    end)

    it("a peer that nobody vouches for: the hint names the directive", function()
      local err = fails("tls_failed", false, https(untrusted_port))
      assert.is_truthy(err.hint:find("lua_ssl_trusted_certificate", 1, true))
    end)

    it("a certificate for another name", function()
      fails("tls_failed", false, https(https_port, "127.0.0.1"))
      peer.on("/a", function()
        ngx.print(ngx.var.ssl_server_name)
      end)
      transport = assert(cosocket.new { server_name = "platform.test" })
      assert.equal("platform.test", assert(https(https_port, "127.0.0.1")).body)
    end)

    it("a peer that does not speak it", function()
      fails("tls_failed", false, https(http_port))
      local response = assert(transport:send { method = "GET",
        url = ("http://127.0.0.1:%d/"):format(https_port) })
      assert.equal(400, response.status)
    end)
  end)

  describe("an HTTP proxy:", function()
    local proxy_port = http_port + 4

    -- It was started just before nginx, and may still be on its way.
    local function wait_for_proxy()
      local deadline = monotonic() + 10
      repeat
        local sock = ngx.socket.tcp()
        local ok = sock:connect("127.0.0.1", proxy_port)
        if ok then
          sock:close()
          return
        end
        ngx.sleep(0.05)
      until monotonic() > deadline
      error("no tinyproxy")
    end

    local function through(login, url)
      transport = assert(cosocket.new {
        proxy = ("http://%s127.0.0.1:%d"):format(login, proxy_port) })
      return transport:send { method = "GET", timeout = 5, url = url .. "/a?" .. secret }
    end

    before_each(function()
      wait_for_proxy()
      peer.on("/a", function()
        ngx.print(ngx.var.scheme)
      end)
    end)

    it("is asked for a tunnel, with user and password", function()
      assert.equal("http", assert(through("shop:open-sesame@", base)).body)
      local url = "https://localhost:" .. https_port
      assert.equal("https", assert(through("shop:open%2Dsesame@", url)).body)
      assert.is_true(assert(through("shop:open-sesame@", url)).reused)
      transport = assert(cosocket.new { proxy = "127.0.0.1:" .. proxy_port, proxy_user = "shop",
        proxy_password = "open-sesame" })
      assert(get("/a"))
    end)

    it("refuses a wrong password, and nobody learns it", function()
      for _, login in ipairs { "", "shop:PASSWORD@" } do
        local err = fails("proxy_failed", false, through(login, base))
        assert.is_nil(tostring(err):find("PASSWORD", 1, true))
        assert.is_truthy(err.message:find("407", 1, true) or err.message:find("401", 1, true))
      end
    end)

    it("refuses to go there", function()
      fails("proxy_failed", false, through("shop:open-sesame@", "http://127.0.0.1:1"))
    end)

    it("is not there", function()
      transport = assert(cosocket.new { proxy = "127.0.0.1:" .. closed_port })
      fails("proxy_failed", false, get("/a"))
    end)

    it("does not speak HTTP as it should", function()
      transport = assert(cosocket.new { proxy = "127.0.0.1:" .. http_port })
      fails("proxy_failed", false, get("/a"))
    end)
  end)

  describe("what is not HTTP:", function()
    for name, text in pairs {
      ["another protocol"] = "SSH-2.0-OpenSSH_9.2\r\n",
      ["conflicting lengths"] = answer("a", "Content-Length: 2\r\n"),
      ["an encoding that was not asked for"] = answer("x", "Content-Encoding: br\r\n"),
      ["damaged gzip"] = answer("not gzip", "Content-Encoding: gzip\r\n"),
    } do
      it(name, function()
        peer.on_raw("/a", function(say)
          say(text)
        end)
        fails("bad_protocol", true, get("/a"))
      end)
    end

    it("too much of it", function()
      peer.on("/a", function()
        ngx.print(("x"):rep(1001))
      end)
      fails("too_large", true, get("/a", { max_body = 1000 }))
      assert(get("/a", { max_body = 1001 }))
      transport = assert(cosocket.new { max_body = 1000 })
      fails("too_large", true, get("/a"))
      peer.on_raw("/b", function(say)
        say("HTTP/1.1 200 OK\r\nX: ", ("x"):rep(70000), "\r\n\r\n")
      end)
      fails("too_large", true, get("/b"))
    end)
  end)

  describe("forms:", function()
    local path

    before_each(function()
      path = dir .. "/picture 直\"播.png"
      write_file(path, ("\0\1\2\r\n--wxlive"):rep(100000))
    end)

    it("a file is sent in pieces", function()
      local seen = {}
      peer.on("/a", function()
        seen.type = ngx.var.content_type
        seen.body = peer.body()
        ngx.print("ok")
      end)
      assert(post("/a", { form = {
        { name = "media", path = path, content_type = "image/png" },
        { name = "note", data = "a\r\nb" },
      } }))
      local boundary = seen.type:match("^multipart/form%-data; boundary=([%w-]+)$")
      local wanted = table.concat({
        "--" .. boundary,
        'Content-Disposition: form-data; name="media"; filename="picture ___.png"',
        "Content-Type: image/png", "", read_file(path),
        "--" .. boundary, 'Content-Disposition: form-data; name="note"', "", "a\r\nb",
        "--" .. boundary .. "--", "",
      }, "\r\n")
      wanted = wanted:gsub("picture ___", seen.body:match("picture _+"), 1)
      assert.is_true(seen.body == wanted)
    end)

    it("files that cannot be sent are found before anything is", function()
      local empty = dir .. "/empty"
      write_file(empty, "")
      for _, bad in ipairs { dir .. "/absent", empty, dir } do
        fails("io", false, post("/a", { form = { { name = "media", path = bad } } }))
      end
      for _, part in ipairs {
        { path = path }, { name = "a" }, { name = "a", path = path, data = "" },
        { name = "a\r\nb", data = "" }, { name = "a", data = "", content_type = "a\nb" },
      } do
        fails("bad_argument", false, post("/a", { form = { part } }))
      end
      assert.equal(0, peer.connection_count())
    end)

    it("are repeated from their beginning", function()
      local bodies = {}
      peer.on_raw("/a", function(say, sock)
        repeat
          local line = sock:receive("*l")
        until line == "" or not line
        bodies[#bodies + 1] = sock:receive(20)
        say(answer("ok"))
      end)
      peer.on_raw("/first", function(say, sock)
        say(answer("ok"))
        sock:receive("*l")
      end)
      assert(get("/first"))
      peer.on("/a", function()
        bodies[#bodies + 1] = peer.body()
        ngx.print("ok")
      end)
      assert(post("/a", { resend = true, form = { { name = "media", path = path } } }))
      assert.equal(1, #bodies)
      assert.is_truthy(bodies[1]:find(read_file(path), 1, true))
    end)
  end)

  describe("downloads:", function()
    local path

    before_each(function()
      path = dir .. "/saved.bin"
      os.remove(path)
    end)

    it("go to a file piece by piece", function()
      local body = ("\0\1\2\3 piece"):rep(300000)
      peer.on("/a", function()
        ngx.header.content_type = "image/png"
        ngx.print(body)
      end)
      local response = assert(get("/a", { save_to = path, max_body = 1000 }))
      assert.equal(path, response.saved)
      assert.equal(#body, response.size)
      assert.equal("", response.body)
      assert.is_true(read_file(path) == body)
      assert.same({}, parts_of(path))
    end)

    it("leave a JSON answer and any that is not 2xx in memory", function()
      peer.on("/a", function()
        ngx.header.content_type = "text/plain"
        ngx.print('{"errcode":40007}')
      end)
      local response = assert(get("/a", { save_to = path }))
      assert.equal('{"errcode":40007}', response.body)
      assert.is_nil(response.saved)
      peer.on("/a", function()
        ngx.status = 500
        ngx.print("no")
      end)
      assert.equal("no", assert(get("/a", { save_to = path })).body)
      fails("too_large", true, get("/a", { save_to = path, max_body = 1 }))
      assert.is_nil(read_file(path))
      assert.same({}, parts_of(path))
    end)

    it("keep a file that begins like JSON but is called a picture", function()
      peer.on("/a", function()
        ngx.header.content_type = "image/png"
        ngx.print("{not json")
      end)
      assert.equal(path, assert(get("/a", { save_to = path })).saved)
      assert.equal("{not json", read_file(path))
    end)

    it("leave nothing behind when they break off, and an older file as it was", function()
      write_file(path, "older")
      peer.on_raw("/a", function(say)
        say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome")
        ngx.sleep(0.05)
      end)
      fails("connection_lost", true, get("/a", { save_to = path }))
      assert.equal("older", read_file(path))
      assert.same({}, parts_of(path))
    end)

    it("leave nothing behind when nginx ends their coroutine", function()
      peer.on_raw("/a", function(say)
        say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome")
        ngx.sleep(2)
      end)
      local thread = ngx.thread.spawn(function()
        return get("/a", { save_to = path })
      end)
      ngx.sleep(0.1)
      assert.equal(1, #parts_of(path))
      assert(ngx.thread.kill(thread))
      thread = nil -- luacheck: ignore 311
      collectgarbage()
      collectgarbage()
      assert.same({}, parts_of(path))
    end)

    it("into a directory that is not there", function()
      peer.on("/a", function()
        ngx.print("bytes")
      end)
      fails("io", true, get("/a", { save_to = dir .. "/absent/saved.bin" }))
    end)
  end)

  describe("phases:", function()
    for _, phase in ipairs { "rewrite", "access", "content" } do
      it(phase .. " can call it", function()
        peer.on("/a", function()
          ngx.print("ok")
        end)
        local ok, response = peer.run_in(phase, function()
          return get("/a")
        end)
        assert.is_true(ok, response)
        assert.equal("ok", response.body)
      end)
    end

    for _, phase in ipairs { "header_filter", "body_filter", "log" } do
      it(phase .. " is told where to go", function()
        local ok, response, err = peer.run_in(phase, function()
          return get("/a")
        end)
        assert.is_true(ok, response)
        assert.is_nil(response)
        assert.equal("wrong_phase", err.name)
        assert.equal("usage", err.kind)
        assert.is_false(err.sent)
        assert.is_truthy(err.message:find(phase, 1, true))
        assert.is_truthy(err.hint:find("ngx.timer.at", 1, true))
      end)
    end
  end)

  it("is the default inside nginx", function()
    local chosen = assert(require("wxlive.transport").default { connect_timeout = 1 })
    assert.equal("wxlive.CosocketTransport", getmetatable(chosen).__name)
  end)

  it("says what is wrong with its options", function()
    for name, options in pairs {
      ca_file = { ca_file = "/x" }, proxy = { proxy = "socks5://h:1" }, timeout = { timeout = 0 },
    } do
      local made, err = cosocket.new(options)
      assert.is_nil(made)
      assert.equal("bad_argument", err.name)
      assert.is_truthy(err.message:find(name, 1, true))
    end
    local _, err = cosocket.new { ca_file = "/x" }
    assert.is_truthy(err.message:find("lua_ssl_trusted_certificate", 1, true))
    _, err = cosocket.new { proxi = "x" }
    assert.equal("invalid", err.kind)
  end)
end)
