-- Inside nginx only: spec/nginx/run spec/full/nginx/transport_cosocket_spec.lua
if not require("wxlive.base.compat").in_nginx() then
  return
end

local cosocket = require "wxlive.transport.cosocket"
local core = require "wxlive.core"
local peer = require "spec.nginx.peer"
local sender = require "spec.nginx.sender"

local monotonic = core.system.monotonic
local answer, fails, get, post = sender.answer, sender.fails, sender.get, sender.post
local secret, http_port, closed_port = sender.secret, sender.http_port, sender.closed_port

describe("the cosocket transport", function()
  sender.each(before_each, after_each)

  it("runs a job behind its caller, once", function()
    local ran = 0
    assert.is_true(sender.transport:background(function() ran = ran + 1 end))
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
        fails("bad_argument", false, sender.transport:send { method = "GET", url = url })
      end
      assert.equal(0, peer.connection_count())
    end)
  end)

  describe("time:", function()
    -- What a peer does that outlasts every time-out of a spec: it ends when the spec's call has.
    local over

    local function outlast(step)
      local till = monotonic() + 20
      while not over and monotonic() < till and step() do
        ngx.sleep(0.01)
      end
    end

    local function times_out(f)
      over = false
      local response, err = f()
      over = true
      return fails("timeout", true, response, err)
    end

    it("no answer", function()
      peer.on("/a", function()
        outlast(function() return true end)
      end)
      times_out(function() return get("/a", { timeout = 0.2 }) end)
    end)

    it("an answer that drips", function()
      peer.on_raw("/a", function(say)
        say("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        outlast(function() return say(".") end)
      end)
      times_out(function() return get("/a", { timeout = 0.3 }) end)
    end)

    it("a peer that does not read", function()
      peer.on_raw("/a", function()
        outlast(function() return true end)
      end)
      times_out(function()
        return post("/a", { timeout = 0.3, body = ("x"):rep(30 * 1024 * 1024) })
      end)
    end)

    it("a name that is not looked up in time", function()
      local began = monotonic()
      local ok, response, err = peer.run_in("content", function()
        return sender.transport:send { method = "GET", url = "http://slow.test/?" .. secret,
          timeout = 5, connect_timeout = 0.3 }
      end)
      assert.is_true(ok, response)
      fails("timeout", false, response, err)
      assert.is_true(monotonic() - began < 15) -- nginx itself takes 20 s
    end)

    it("sleep lets other work go on", function()
      local order = {}
      local thread = ngx.thread.spawn(function()
        sender.transport:sleep(0.02)
        sender.transport:sleep(-1)
        order[#order + 1] = "slept"
      end)
      order[#order + 1] = "meanwhile"
      ngx.thread.wait(thread)
      assert.same({ "meanwhile", "slept" }, order)
    end)
  end)

  describe("failures before anything was sent:", function()
    it("nobody listens", function()
      local err = fails("connect_failed", false, sender.transport:send {
        method = "GET", url = ("http://127.0.0.1:%d/?%s"):format(closed_port, secret) })
      assert.is_truthy(err.message:find("127.0.0.1:" .. closed_port, 1, true))
    end)

    it("no name server: the hint names the directive", function()
      local err = fails("resolve_failed", false, sender.transport:send {
        method = "GET", url = "http://nowhere.test/?" .. secret })
      assert.is_truthy(err.hint:find("resolver", 1, true))
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
      sender.transport = assert(cosocket.new { max_body = 1000 })
      fails("too_large", true, get("/a"))
      peer.on_raw("/b", function(say)
        say("HTTP/1.1 200 OK\r\nX: ", ("x"):rep(70000), "\r\n\r\n")
      end)
      fails("too_large", true, get("/b"))
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
        local fine, why = peer.run_in(phase, function()
          return require("wxlive").map({ 1 }, function() return 1 end)
        end)
        assert.is_false(fine)
        assert.equal("wrong_phase", why.name)
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
