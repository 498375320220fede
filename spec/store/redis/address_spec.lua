-- Addresses of Redis in the settings.
local address = require "wxlive.store.redis.address"

describe("an address of Redis", function()
  it("is of a server, of sentinels or of a cluster", function()
    for text, options in pairs {
      ["redis://db.internal"] = { host = "db.internal" },
      ["redis://shop:p%40ss@10.0.0.5:6380/2"] = { host = "10.0.0.5", port = 6380, database = 2,
        username = "shop", password = "p@ss" },
      ["redis://:secret@[::1]:6379"] = { host = "::1", port = 6379, password = "secret" },
      ["rediss://h?ca_file=/etc/ca.pem&prefix=a:"] = { host = "h", prefix = "a:",
        tls = { ca_file = "/etc/ca.pem" } },
      ["redis+sentinel://:pw@a:1,b:2/shops/3?sentinel_password=x&timeout=1"] = {
        sentinels = { "a:1", "b:2" }, master = "shops", database = 3, password = "pw",
        sentinel_password = "x", timeout = 1 },
      ["rediss+cluster://a:7000,b"] = { nodes = { "a:7000", "b" }, tls = {} },
    } do
      assert.same(options, address.read(text), text)
    end
  end)

  it("is nothing else", function()
    for _, text in ipairs {
      "redis://", "redis:h", "redis+mirror://h", "redis://h/two", "redis://h:port", "redis://h?x=1",
      "redis://h?ca_file=/a", "redis+sentinel://a:1", "redis+cluster://a/1", "http://h",
      "redis://h?timeout=soon",
    } do
      assert.is_nil(address.read(text), text)
    end
  end)
end)
