-- The Redis store over TLS where the server wants to see a certificate too. Inside nginx these are
-- named in nginx.conf.
local redis_store = require "wxlive.store.redis"
local server_of = require "spec.support.servers.redis"

describe("a Redis that asks for a certificate", function()
  local server

  setup(function()
    server = server_of.start { tls = true, lines = { "tls-auth-clients yes" } }
  end)

  teardown(function()
    server:stop()
  end)

  local function set(changes)
    local tls = { ca_file = server.ca_file }
    for name, value in pairs(changes or {}) do
      tls[name] = server.directory .. "/" .. value
    end
    local store = assert(redis_store.new { host = "127.0.0.1", port = server.port, tls = tls })
    local ok, err = store:set("a", "1", 5)
    return ok, err, store
  end

  it("is shown the one that was named", function()
    local ok, err, store = set { cert_file = "server.pem", key_file = "server.key" }
    assert.is_true(ok, tostring(err))
    assert.equal("1", store:get("a"))
  end)

  it("is not used without, nor with what is none", function()
    for _, files in ipairs {
      {}, { cert_file = "server.pem", key_file = "ca.pem" },
      { cert_file = "missing.pem", key_file = "server.key" },
    } do
      local ok, err = set(files)
      assert.is_nil(ok)
      assert.equal("store", err.kind)
      assert.is_string(err.name)
    end
  end)
end)
