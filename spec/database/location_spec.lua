-- Addresses of databases.
local locations = require "wxlive.database.location"

describe("an address of PostgreSQL", function()
  it("gets limits for a silent server, but for those that it sets itself", function()
    local all = "connect_timeout=5&tcp_user_timeout=10000&keepalives_idle=10"
      .. "&keepalives_interval=5&keepalives_count=2"
    for address, limited in pairs {
      ["postgresql://db/shop"] = "postgresql://db/shop?" .. all,
      ["postgresql://w:p?w@a,b/shop?sslmode=require"] =
        "postgresql://w:p?w@a,b/shop?sslmode=require&" .. all,
      ["postgresql://w:p?w@db/shop"] = "postgresql://w:p?w@db/shop?" .. all,
      ["host=db dbname=shop"] = "host=db dbname=shop " .. all:gsub("&", " "),
      ["postgresql://db/shop?connect_timeout=3&keepalives_count=9&keepalives_idle=60"] =
        "postgresql://db/shop?connect_timeout=3&keepalives_count=9&keepalives_idle=60"
        .. "&tcp_user_timeout=10000&keepalives_interval=5",
    } do
      assert.equal(limited, locations.limited(address))
    end
  end)
end)
