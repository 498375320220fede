-- A vault in a database of one machine. PostgreSQL and Redis: spec/full/platform.
local contract = require "spec.support.contracts.vault"
local databases = require "wxlive.platform.vault.database"
local temp = require "spec.support.temp"
local worlds = require "spec.support.platform"

describe("SQLite:", function()
  local folder, made, opened = nil, 0, {}

  local function open()
    local vault = assert(databases.new(("%s/vault%d.db"):format(folder, made)))
    opened[#opened + 1] = vault
    return vault
  end

  setup(function()
    folder = temp.directory()
  end)
  teardown(function()
    for _, vault in ipairs(opened) do
      vault:close()
    end
    temp.remove(folder)
  end)

  contract({ describe = describe, it = it, before_each = before_each }, "SQLite", function()
    made = made + 1
    return open()
  end, open)

  it("a platform's file shows neither ticket nor refresh token", function()
    made = made + 1
    local vault = open()
    local world = worlds.new { platform = { vault = vault } }
    local ticket = world:ticket()
    world:consented(worlds.SHOP)
    local record = world.platform.records:shop(worlds.SHOP)
    vault:close()
    local text = {}
    for _, ending in ipairs { "", "-wal" } do
      local file = io.open(("%s/vault%d.db%s"):format(folder, made, ending), "rb")
      text[#text + 1] = file and file:read("*a") or ""
      if file then
        file:close()
      end
    end
    text = table.concat(text)
    assert.is_truthy(text:find("shop:" .. worlds.SHOP, 1, true))
    for _, secret in ipairs { ticket, record.refresh_token, "refresh_token", "sandbox" } do
      assert.is_nil(text:find(secret, 1, true))
    end
  end)

  it("a place where none can be is named, with how to name another", function()
    local vault = assert(databases.new("/dev/null/vault.db"))
    local value, err = vault:get("a")
    assert.is_nil(value)
    assert.same({ "vault", "vault_failed" }, { err.kind, err.name })
    assert.is_truthy(err.hint:find("WXLIVE_VAULT", 1, true))
    local none
    none, err = databases.new("mysql://x")
    assert.is_nil(none)
    assert.equal("bad_vault", err.name)
  end)
end)

