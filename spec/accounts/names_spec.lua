-- Accounts by their names and groups.
local names = require "wxlive.accounts.names"

describe("the names of accounts", function()
  local accounts = {
    { name = "tea", groups = { "north", "drinks" } }, { name = "pot", groups = { "north" } },
    { name = "茶具", groups = {} },
  }

  local function found(wanted)
    local list = assert(names.find(accounts, wanted))
    for i, account in ipairs(list) do
      list[i] = account.name
    end
    return list
  end

  it("find accounts, each once and in their order", function()
    assert.same({ "tea" }, found "tea")
    assert.same({ "tea", "pot" }, found "north")
    assert.same({ "tea", "pot" }, found "pot,drinks north tea")
    assert.same({ "pot", "茶具" }, found "茶具，pot")
    assert.same({ "tea", "茶具" }, found { "茶具", "drinks" })
    assert.same({}, found "")
  end)

  it("that are not known are reported with the nearest", function()
    local list, err = names.find(accounts, "tea, norht")
    assert.is_nil(list)
    assert.equal("unknown_account", err.name)
    assert.equal("there is no account or group called norht; did you mean north?", err.message)
    assert.truthy(err.message_zh:find("north", 1, true))
  end)

  it("of groups stand between commas", function()
    assert.same({ "north", "茶" }, names.groups_of "north, 茶")
    assert.same({}, names.groups_of(nil))
  end)
end)
