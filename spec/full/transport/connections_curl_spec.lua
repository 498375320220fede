local curl = require "wxlive.transport.curl"
local json = require "wxlive.json"
local process = require "spec.support.process"
local sender = require "spec.support.programs.curl_sender"
local tinyproxy = require "spec.support.servers.tinyproxy"

local TOKEN = sender.TOKEN
local server = sender.server
local fails, get, open, over_tls = sender.fails, sender.get, sender.open, sender.over_tls

describe("transport over libcurl", function()
  sender.each { setup = setup, teardown = teardown, after_each = after_each }

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

    it("speaks HTTP/2 over TLS when told, on one connection too", function()
      local transport = over_tls { http2 = true }
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

    it("stays with HTTP/1.1 for one exchange after the other", function()
      for _, options in ipairs { {}, { http2 = false } } do
        local response = assert(over_tls(options):send(get(server.tls_url .. "/who")))
        assert.equal("1.1", response.http_version)
        assert.is_truthy(json.decode(response.body).tls:find("^TLSv1%.[23]$"))
      end
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
        assert.equal("HTTP/1.1", json.decode(response.body).protocol)
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
end)
