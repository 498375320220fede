local allowed = require "wxlive.catalogue.allowed"
local cell = require "wxlive.sheet.cell"
local validate = require "wxlive.client.validate"

local switch = { [1] = { "closed", "关闭" }, [0] = { "open", "开启" } }
local kinds = { "image", "voice" }

describe("the values that a field may have", function()
  it("are listed in order, with their words", function()
    assert.same({ { value = 0, words = { "open", "开启" } },
      { value = 1, words = { "closed", "关闭" } } }, allowed.list(switch))
    assert.same({ { value = "image" }, { value = "voice" } }, allowed.list(kinds))
  end)

  it("are said in either language", function()
    assert.equal("0 (open), 1 (closed)", allowed.text(switch))
    assert.equal("0（开启）、1（关闭）", allowed.text(switch, true))
    assert.equal("image, voice", allowed.text(kinds))
    assert.equal("image、voice", allowed.text(kinds, true))
  end)

  it("are found by a word", function()
    assert.equal(1, allowed.by_word(switch, "Closed"))
    assert.equal(0, allowed.by_word(switch, "开启"))
    assert.is_nil(allowed.by_word(switch, "ajar"))
    assert.is_nil(allowed.by_word(kinds, "image"))
  end)

  it("are told from others", function()
    assert.is_true(allowed.has(switch, 0))
    assert.is_true(allowed.has(kinds, "voice"))
    for _, value in ipairs { 2, -1, "0", "open" } do
      assert.is_false(allowed.has(switch, value))
    end
    assert.is_false(allowed.has(kinds, "film"))
    assert.is_false(allowed.has(kinds, 1))
  end)

  it("are named alike wherever one is wrong", function()
    local field = { name = "close_like", type = "integer", allowed = switch }
    local _, read = cell.value(field, "perhaps")
    local _, given = validate.field(field, 7)
    for _, message in ipairs { read, given } do
      assert.is_truthy(message.message:find("must be one of 0 (open), 1 (closed), not", 1, true))
    end
  end)
end)
