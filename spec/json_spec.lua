local compat = require "wxlive.compat"
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

  it("reads text with escapes, pairs of halves and raw line breaks", function()
    assert.equal('a"\\/\b\f\n\r\t直😀\nb', json.decode(
      [["a\"\\\/\b\f\n\r\t\u76f4\ud83d\ude00]] .. "\nb\""))
    local long = ("直"):rep(1000) .. "\n"
    assert.equal(long, json.decode(json.encode(long)))
    for _, text in ipairs { [["\x"]], [["\ud83d\u12"]], [["\u12"]], [["a]], [["a\"]] } do
      assert.is_string(select(2, json.decode(text)), text)
    end
  end)

  it("reads half of a surrogate pair, which a nickname cut in two leaves, as U+FFFD", function()
    local replaced = "\239\191\189"
    for _, case in ipairs {
      { [["\ud83d"]], replaced }, { [["a\ude00"]], "a" .. replaced },
      { [["\ud83d\u0041"]], replaced .. "A" }, { [["\ud83d\ud83d\ude00"]], replaced .. "😀" },
      { [["\ud83dx"]], replaced .. "x" }, { [["\uDC00\uD800"]], replaced .. replaced },
    } do
      local text, meant = case[1], case[2]
      assert.equal(meant, json.decode(text), text)
      assert.same({ [meant] = 1 }, json.decode("{" .. text .. ":1}"))
    end
    -- as bytes that are cut have always passed
    assert.equal("a\240\159\146", json.decode('"a\240\159\146"'))
  end)

  it("passes over a byte order mark before the text, and padding behind it", function()
    for _, text in ipairs {
      '\239\187\191{"a":1}', '\239\187\191 \n{"a":1}', '{"a":1}\0', '{"a":1}\0\0',
      '{"a":1} \n\t\r\f\v\0 ', '{"a":1}\26', '\239\187\191{"a":1}\0' } do
      assert.same({ a = 1 }, json.decode(text))
    end
    for _, text in ipairs {
      '\0{"a":1}', '{"a":1}\0x', '{"a":1}}', '{"a"\0:1}', "\239\187\191", "\0", " ",
      '{\239\187\191"a":1}', '\239\187{"a":1}' } do
      assert.is_string(select(2, json.decode(text)))
    end
  end)

  it("refuses what goes on after the end, or lacks a comma or a colon", function()
    for _, text in ipairs { "1 2", "{} x", "[1 2]", '{"a" 1}', '{"a":1 "b":2}', "[1,]", '{"a":1,}',
      '{1:2}', "[,1]", "01", "1.", "-", "+1" } do
      local value, reason = json.decode(text)
      assert.is_nil(value, text)
      assert.is_truthy(reason:find("at byte %d+$"), text)
    end
  end)

  it("keeps to the limits that it is given", function()
    assert.is_string(select(2, json.decode("[[1]]", { max_depth = 1 })))
    assert.same({ { 1 } }, json.decode("[[1]]", { max_depth = 2 }))
    assert.is_string(select(2, json.decode("[1,2]", { max_bytes = 4 })))
  end)

  it("reads numbers exactly, whole ones as integers", function()
    for text, value in pairs { ["-0.5"] = -0.5, ["1e3"] = 1000, ["9007199254740992"] = 2 ^ 53,
      ["-12.25E+2"] = -1225 } do
      assert.equal(value, json.decode(text), text)
    end
    assert.equal("1000", tostring(json.decode "1e3"))
  end)

  it("loses no digit of a whole number: what no number holds stays text", function()
    local exact = not rawget(_G, "jit") and "number" or "string" -- LuaJIT: beyond 2^53
    for text, kind in pairs {
      ["9007199254740991"] = "number", ["-9007199254740992"] = "number",
      ["9007199254740993"] = exact, ["-9007199254740993"] = exact,
      ["6917529027641081856"] = exact, ["9223372036854775807"] = exact,
      ["-9223372036854775808"] = exact,
      ["9223372036854775808"] = "string", ["-9223372036854775809"] = "string",
      ["18446744073709551615"] = "string", ["123456789012345678901234567890"] = "string",
    } do
      for _, form in ipairs { "%s", "[%s]", '{"x":%s}' } do
        local value = json.decode(form:format(text))
        value = type(value) == "table" and (value.x or value[1]) or value
        assert.equal(kind, type(value), text)
        assert.equal(text, compat.integer_text(value))
      end
    end
    for _, text in ipairs { "1e400", "-1e400", "1e16", "9007199254740993.0" } do
      assert.equal(text, json.decode(text))
    end
  end)

  it("makes numbers of digits, to be written without quotes however many they are", function()
    for _, digits in ipairs { "0", "-7", "9007199254740993", "9223372036854775807",
      "18446744073709551616" } do
      assert.equal('{"n":' .. digits .. "}", json.encode { n = json.number(digits) })
      assert.equal(digits, tostring(json.number(digits)))
    end
    for _, text in ipairs { "", "-", "1.5", "1e3", "x", "99x", " 1" } do
      assert.is_nil(json.number(text))
    end
  end)

  it("writes an object whose keys are known beforehand, leaving out what is not there", function()
    local keys = { '"a":', "first", '"b":', "second", '"c":', "third" }
    assert.equal('{"a":1,"c":["x"]}', json.encode_record(keys, { first = 1, third = { "x" } }))
    assert.equal("{}", json.encode_record(keys, {}))
    assert.equal('{"b":false}', json.encode_record(keys, { second = false }))
    assert.is_string(select(2, json.encode_record(keys, { first = print })))
  end)

  it("writes many keys in order", function()
    local t, wanted = {}, {}
    for i = 1, 100 do
      t[("k%03d"):format(101 - i)] = i
      wanted[i] = ('"k%03d":%d'):format(i, 101 - i)
    end
    assert.equal("{" .. table.concat(wanted, ",") .. "}", json.encode(t))
  end)
end)
