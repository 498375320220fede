-- What nothing around the program may talk it out of: that TLS is 1.2 or newer, and verified.
local command = require "spec.support.command"
local process = require "spec.support.process"
local nginx = require "spec.support.servers.nginx"

-- A program that sends one request, or opens one stream, and prints what came of it.
local HTTPS = [[
local transport = assert(require("wxlive.transport.curl").new { proxy = "", ca_file = arg[2] })
local response, err = transport:send { method = "GET", url = arg[1], timeout = 10, resend = true }
print(response and response.status or err.name)]]

local STREAM = [[
local host, port = arg[1]:match("^https://([^:]+):(%d+)")
local stream, err = require("wxlive.curl").stream.connect { host = host, port = tonumber(port),
  tls = true, ca_file = arg[2], connect_timeout = 10 }
print(stream and "connected" or err.status)]]

-- Variables that turn verification off, or change whom to trust, for some program or other.
local function tempting(ca_file)
  return {
    SSL_CERT_FILE = ca_file, SSL_CERT_DIR = ca_file:match("^(.*)/"), CURL_CA_BUNDLE = ca_file,
    REQUESTS_CA_BUNDLE = ca_file, CURL_INSECURE = "1", SSL_NO_VERIFY = "1", INSECURE = "1",
    GIT_SSL_NO_VERIFY = "true", NODE_TLS_REJECT_UNAUTHORIZED = "0", PYTHONHTTPSVERIFY = "0",
    WXLIVE_INSECURE = "1", WXLIVE_VERIFY = "0", WXLIVE_CA_FILE = "", CURL_SSL_BACKEND = "none",
  }
end

describe("TLS, whatever the environment says,", function()
  local server, home

  setup(function()
    server = nginx.start()
    home = command.directory()
    command.write(home .. "/https.lua", HTTPS)
    command.write(home .. "/stream.lua", STREAM)
    -- An OpenSSL that would take anything.
    command.write(home .. "/openssl.cnf", [[
openssl_conf = init
[init]
ssl_conf = modules
[modules]
system_default = all
[all]
MinProtocol = TLSv1
CipherString = ALL:@SECLEVEL=0
VerifyMode =
]])
  end)

  teardown(function()
    server.stop()
    command.remove(home)
  end)

  local function try(script, url, ca_file, env)
    local got = command.lua(home .. "/" .. script, { url, ca_file }, { env = env })
    assert.equal(0, got.status, got.err)
    return (got.out:gsub("\n", ""))
  end

  it("is verified", function()
    local env = tempting(server.ca_file)
    env.OPENSSL_CONF = home .. "/openssl.cnf"
    local url = server.tls_url .. "/who"
    assert.equal("200", try("https.lua", url, server.ca_file, env))
    assert.equal("connected", try("stream.lua", url, server.ca_file, env))
    assert.equal("tls_failed", try("https.lua", url, nil, env))
    assert.equal("tls_failed", try("stream.lua", url, nil, env))
    url = url:gsub("127%.0%.0%.1", "localhost")
    assert.equal("tls_failed", try("https.lua", url, server.ca_file, env))
    assert.equal("tls_failed", try("stream.lua", url, server.ca_file, env))
  end)

  describe("is 1.2 or newer:", function()
    local old, port

    setup(function()
      port = process.free_port()
      -- It tells what it speaks on standard output only; -www answers HTTP.
      old = io.popen(("cd '%s' && exec env LD_PRELOAD= openssl s_server -accept 127.0.0.1:%d "
        .. "-tls1_1 -www -quiet -cert server.pem -key server.key -cipher ALL:@SECLEVEL=0 "
        .. ">/dev/null 2>&1 & echo $!"):format(server.directory, port))
      old = { pipe = old, pid = assert(old:read("*l")) }
    end)

    teardown(function()
      os.execute("kill " .. old.pid)
      old.pipe:close()
    end)

    local function env()
      return { OPENSSL_CONF = home .. "/openssl.cnf" }
    end

    -- So that it is not just a server that does not work.
    local function answers_others()
      for _ = 1, 50 do
        local got = command.run({ "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}",
          "--noproxy", "*", "--tlsv1.0", "--tls-max", "1.1", "--ciphers", "ALL:@SECLEVEL=0",
          "--cacert", server.ca_file, ("https://127.0.0.1:%d/"):format(port) }, {
            env = { OPENSSL_CONF = home .. "/openssl.cnf", LD_PRELOAD = "" },
          })
        if got.out == "200" then
          return true
        end
        require("wxlive.core").system.sleep(0.1)
      end
    end

    it("no call goes over less", function()
      assert.is_true(answers_others())
      assert.equal("tls_failed", try("https.lua", ("https://127.0.0.1:%d/"):format(port),
        server.ca_file, env()))
    end)

    it("no stream goes over less", function()
      assert.is_true(answers_others())
      assert.equal("tls_failed", try("stream.lua", ("https://127.0.0.1:%d/"):format(port),
        server.ca_file, env()))
    end)
  end)
end)
