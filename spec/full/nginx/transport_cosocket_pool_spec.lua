-- Inside nginx only: spec/nginx/run spec/full/nginx/transport_cosocket_pool_spec.lua
if not require("wxlive.base.compat").in_nginx() then
  return
end

local cosocket = require "wxlive.transport.cosocket"
local core = require "wxlive.core"
local peer = require "spec.nginx.peer"
local sender = require "spec.nginx.sender"

local monotonic = core.system.monotonic
local answer, fails, get, post = sender.answer, sender.fails, sender.get, sender.post
local base, secret, http_port = sender.base, sender.secret, sender.http_port
local https_port, untrusted_port = sender.https_port, sender.untrusted_port
local closed_port = sender.closed_port

describe("the cosocket transport", function()
  sender.each(before_each, after_each)

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
      sender.transport:close()
      sender.transport:close()
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
      local dial = require "wxlive.transport.cosocket.dial"
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

  describe("TLS:", function()
    local function https(port, host)
      return sender.transport:send { method = "GET", resend = true, timeout = 5,
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
      sender.transport = assert(cosocket.new { server_name = "platform.test" })
      assert.equal("platform.test", assert(https(https_port, "127.0.0.1")).body)
    end)

    it("a peer that does not speak it", function()
      fails("tls_failed", false, https(http_port))
      local response = assert(sender.transport:send { method = "GET",
        url = ("http://127.0.0.1:%d/"):format(https_port) })
      assert.equal(400, response.status)
    end)
  end)

  describe("an HTTP proxy:", function()
    local proxy_port = http_port + 4

    -- It was started just before nginx, and may still be on its way.
    local function wait_for_proxy()
      local deadline = monotonic() + 60
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
      sender.transport = assert(cosocket.new {
        proxy = ("http://%s127.0.0.1:%d"):format(login, proxy_port) })
      return sender.transport:send { method = "GET", timeout = 5, url = url .. "/a?" .. secret }
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
      sender.transport = assert(cosocket.new {
        proxy = "127.0.0.1:" .. proxy_port, proxy_user = "shop", proxy_password = "open-sesame",
      })
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
      sender.transport = assert(cosocket.new { proxy = "127.0.0.1:" .. closed_port })
      fails("proxy_failed", false, get("/a"))
    end)

    it("does not speak HTTP as it should", function()
      sender.transport = assert(cosocket.new { proxy = "127.0.0.1:" .. http_port })
      fails("proxy_failed", false, get("/a"))
    end)
  end)
end)
