-- The vault's key: read, right or wrong, changed.
local seals = require "wxlive.platform.seal"
local temp = require "spec.support.temp"
local worlds = require "spec.support.platform"

local OTHER_KEY = ("fedcba9876543210"):rep(4)

local function copy(values)
  local out = {}
  for name, value in pairs(values) do
    out[name] = value
  end
  return out
end

describe("a vault's key", function()
  it("is 64 hex digits, 32 bytes in base64, or a file with either", function()
    local bytes = ("\1\35\69\103\137\171\205\239"):rep(4)
    assert.equal(bytes, seals.read_key(worlds.KEY))
    assert.equal(bytes, seals.read_key("ASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4mrze8="))
    local folder = temp.directory()
    temp.write(folder .. "/key", worlds.KEY .. "\r\n")
    assert.equal(bytes, seals.read_key(folder .. "/key"))
    temp.write(folder .. "/bad", "secret words")
    for _, given in ipairs { "secret words", worlds.KEY:sub(2), folder .. "/bad",
      folder .. "/none" } do
      local key, wrong = seals.read_key(given)
      assert.is_nil(key)
      assert.is_nil(wrong.message:find("secret words", 1, true))
    end
    temp.remove(folder)
  end)

  it("binds a record to its name", function()
    local seal = seals.new { seals.read_key(worlds.KEY) }
    local text = assert(seal:close("c:shop:wx1", "plain"))
    assert.equal("plain", seal:open("c:shop:wx1", text))
    local plain, err = seal:open("c:shop:wx2", text)
    assert.is_nil(plain)
    assert.equal("vault_damaged", err.name)
    plain, err = seal:open("c:shop:wx1", (text:gsub('"data":"..', '"data":"AA')))
    assert.is_nil(plain)
    assert.equal("vault_damaged", err.name)
  end)

  it("that is wrong is a clear error and changes nothing", function()
    local world = worlds.new()
    world:ticket()
    world:consented(worlds.SHOP)
    local before = copy(world.vault.values)
    local stranger = world:another { vault_key = OTHER_KEY }
    world.platform = stranger
    local _, err = stranger:shop_info(worlds.SHOP)
    assert.equal("wrong_vault_key", err.name)
    assert.is_nil(tostring(err):find(OTHER_KEY, 1, true))
    _, err = stranger:sync()
    assert.equal("wrong_vault_key", err.name)
    local response = world:push { InfoType = "component_verify_ticket",
      ComponentVerifyTicket = "ticket@@@new" }
    assert.equal(500, response.status)
    assert.same(before, world.vault.values)
  end)

  it("is changed while both are known, and the former one opens nothing afterwards", function()
    local world = worlds.new()
    world:ticket()
    world:consented(worlds.SHOP)
    assert(world.platform:shop_info(worlds.SHOP))
    local both = world:another { vault_key = OTHER_KEY, previous_vault_key = worlds.KEY }
    assert.equal("consented", both:shop_info(worlds.SHOP).state)
    assert.equal(4, both:reseal())
    assert.equal(0, both:reseal())
    local alone = world:another { vault_key = OTHER_KEY }
    assert.equal("consented", alone:shop_info(worlds.SHOP).state)
    local _, err = world:another():shop_info(worlds.SHOP)
    assert.equal("wrong_vault_key", err.name)
  end)
end)
