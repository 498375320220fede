local errcodes = require "wxlive.errcodes"
local json = require "wxlive.json"

local classes = {
  ok = true, empty = true, refresh_token = true, retry_later = true, quota = true, state = true,
  content = true, caller = true, config = true, partial = true, unknown = true,
}

describe("the error codes", function()
  local f = assert(io.open("spec/fixtures/errcodes.json"))
  local reference = json.decode(f:read("*a"))
  f:close()

  it("are those of the reference, in its classes", function()
    local n = 0
    for code, class in pairs(reference) do
      assert.equal(class, errcodes.get(tonumber(code)).class, code)
      n = n + 1
    end
    assert.equal(n, #errcodes.codes())
  end)

  it("have unique names, sentences in two languages and, where one can act, hints", function()
    local seen = {}
    for _, code in ipairs(errcodes.codes()) do
      local about = errcodes.get(code)
      assert.is_truthy(about.name:find("^[a-z][a-z0-9_]+$"), about.name)
      assert.is_nil(seen[about.name], about.name)
      seen[about.name] = true
      assert.is_true(classes[about.class], about.class)
      assert.is_string(about.message)
      assert.is_truthy(about.zh:find("[\128-\255]"), code)
      assert.is_nil(about.message:find("%.$"))
      if about.class ~= "ok" and about.class ~= "empty" then
        assert.is_string(about.hint, code)
        assert.is_truthy(about.hint_zh:find("[\128-\255]"), code)
        assert.is_nil(about.hint:find("%.$"))
      end
    end
  end)

  it("mean something else at the token call", function()
    assert.equal("token_invalid", errcodes.get(40001).name)
    assert.equal("secret_wrong", errcodes.get(40001, true).name)
    assert.equal("config", errcodes.get(40001, true).class)
    assert.equal("ip_not_allowed", errcodes.get(40164, true).name)
  end)

  it("that nobody knows are said to be so", function()
    assert.equal("undocumented", errcodes.get(123456).name)
  end)
end)
