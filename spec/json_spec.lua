local json = require "wxlive.json"

describe("wxlive.json", function()
  it("writes whole numbers as digits, however large, and fractions exactly", function()
    assert.equal("1000000000000000", json.encode(1e15))
    assert.equal("9007199254740992", json.encode(2 ^ 53))
    assert.equal("3", json.encode(3.0))
    assert.equal("-7", json.encode(-7))
    assert.equal("99.5", json.encode(99.5))
    assert.equal(0.1 + 0.2, tonumber(json.encode(0.1 + 0.2)))
  end)

  it("refuses numbers that it cannot carry", function()
    for _, value in ipairs { 1 / 0, -1 / 0, 0 / 0, 2 ^ 60 * 1.0 } do
      local text, reason = json.encode(value)
      assert.is_nil(text)
      assert.is_string(reason)
    end
  end)

  it("writes text raw, with only what must be escaped", function()
    assert.equal([["直播/😀 \"a\" \\ \n\t\u0001"]], json.encode('直播/😀 "a" \\ \n\t\1'))
    assert.equal('"\127"', json.encode("\127"))
  end)

  it("tells an empty list from an empty object", function()
    assert.equal("[]", json.encode(json.array {}))
    assert.equal("{}", json.encode {})
    assert.equal('{"a":[],"b":{}}', json.encode { b = {}, a = json.array() })
  end)

  it("sorts keys, so that equal values give equal bytes", function()
    assert.equal('{"a":1,"b":2,"c":[1,2]}', json.encode { c = { 1, 2 }, b = 2, a = 1 })
  end)

  it("refuses what has no JSON form", function()
    local thread = coroutine.create(function() end)
    for _, value in ipairs { print, { 1, a = 1 } and { [true] = 1 }, thread } do
      local text, reason = json.encode(value)
      assert.is_nil(text)
      assert.is_truthy(reason)
    end
    local ring = {}
    ring.ring = ring
    assert.is_nil((json.encode(ring)))
  end)

  it("reads whole numbers as integers and drops nulls", function()
    local value = json.decode [[{"a":3,"b":3.5,"c":null,"d":[1,{"e":null,"f":"x"}]}]]
    assert.equal("3", tostring(value.a))
    assert.equal(3.5, value.b)
    assert.is_nil(value.c)
    assert.same({ 1, { f = "x" } }, value.d)
    assert.equal(json.null, json.decode "null")
  end)

  it("gives a reason for what is not JSON", function()
    for _, text in ipairs { "", "{", "nul", "<html>", "{\"a\":NaN}", "[0x10]", ("["):rep(100) } do
      local value, reason = json.decode(text)
      assert.is_nil(value)
      assert.is_string(reason)
      assert.is_nil(reason:find("\n"))
    end
  end)
end)
