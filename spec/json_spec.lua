local cjson = require "cjson"
local compat = require "wxlive.base.compat"
local json = require "wxlive.json"

local replaced = "\239\191\189" -- U+FFFD
local bom = "\239\187\191"

-- Both readers: of local text, and of what the platform and strangers send.
local readers = { decode = json.decode, decode_wire = json.decode_wire }

local function each(f)
  for name, read in pairs(readers) do
    f(read, name)
  end
end

local function refused(read, text)
  local value, reason = read(text)
  assert.is_nil(value, text)
  assert.is_string(reason)
  assert.is_nil(reason:find("\n") or reason:find("T_", 1, true), reason)
  return reason
end

describe("writing JSON", function()
  it("gives whole numbers as digits, however large, and fractions exactly", function()
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

  it("takes digits that stand for a number, to be written without quotes", function()
    for _, digits in ipairs { "0", "-7", "9007199254740993", "9223372036854775807",
      "18446744073709551616" } do
      assert.equal('{"n":' .. digits .. "}", json.encode { n = json.number(digits) })
      assert.equal(digits, tostring(json.number(digits)))
    end
    for _, text in ipairs { "", "-", "1.5", "1e3", "x", "99x", " 1" } do
      assert.is_nil(json.number(text))
    end
  end)

  it("leaves text raw, with only what must be escaped", function()
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
    for _, value in ipairs { print, { 1, a = 1 } and { [true] = 1 }, thread, io.stdout } do
      local text, reason = json.encode(value)
      assert.is_nil(text)
      assert.is_truthy(reason)
    end
    local ring = {}
    ring.ring = ring
    assert.is_nil((json.encode(ring)))
  end)

  it("writes many keys in order", function()
    local t, wanted = {}, {}
    for i = 1, 100 do
      t[("k%03d"):format(101 - i)] = i
      wanted[i] = ('"k%03d":%d'):format(i, 101 - i)
    end
    assert.equal("{" .. table.concat(wanted, ",") .. "}", json.encode(t))
  end)

  it("writes more keys than the stack of an interpreter can hold", function()
    local t, wanted = {}, {}
    for i = 1, 100000 do
      t[("k%06d"):format(i)] = i
      wanted[i] = ('"k%06d":%d'):format(i, i)
    end
    local text = "{" .. table.concat(wanted, ",") .. "}"
    assert.is_true(text == json.encode(t))
    assert.is_true('{"a":[' .. text .. '],"b":1}' == json.encode { a = { t }, b = 1 })
    t[1.5] = true
    local none, reason = json.encode(t)
    assert.is_nil(none)
    assert.truthy(reason:find("mixed keys", 1, true))
  end)

  it("writes nested objects of many keys each", function()
    local inner = {}
    for i = 1, 40 do
      inner[("k%02d"):format(i)] = { ("v%d"):format(i) }
    end
    local nested, wanted = inner, json.encode(inner)
    for _ = 1, 30 do
      local outer = { deeper = nested }
      for i = 1, 40 do
        outer[("z%02d"):format(i)] = i
      end
      local parts = { '"deeper":' .. wanted }
      for i = 1, 40 do
        parts[#parts + 1] = ('"z%02d":%d'):format(i, i)
      end
      nested, wanted = outer, "{" .. table.concat(parts, ",") .. "}"
    end
    assert.equal(wanted, json.encode(nested))
  end)

  it("shares null with lua-cjson", function()
    assert.equal(cjson.null, json.null)
    assert.equal('{"a":null,"b":[null]}', json.encode { a = cjson.null, b = { cjson.null } })
  end)
end)

describe("reading JSON, local or not", function()
  it("gives whole numbers as integers; null in an object is an absent field", function()
    each(function(read)
      local value = read [[{"a":3,"b":3.5,"c":null,"d":[1,{"e":null,"f":"x"},null,2]}]]
      assert.equal("3", tostring(value.a))
      assert.equal(3.5, value.b)
      assert.is_nil(value.c)
      assert.same({ 1, { f = "x" }, json.null, 2 }, value.d)
      assert.equal(json.null, read "null")
    end)
  end)

  it("gives a reason for what is not JSON", function()
    each(function(read)
      for _, text in ipairs { "", "{", "nul", "<html>", '{"a":NaN}', "[0x10]", ("["):rep(100) } do
        refused(read, text)
      end
      for _, text in ipairs { "1 2", "{} x", "[1 2]", '{"a" 1}', '{"a":1 "b":2}', "[1,]",
        '{"a":1,}', "{1:2}", "[,1]", "01", "-", "+1" } do
        assert.is_truthy(refused(read, text):find("at byte %d+$"), text)
      end
    end)
  end)

  it("reads escapes, pairs of halves and raw line breaks", function()
    each(function(read)
      assert.equal('a"\\/\b\f\n\r\t直😀\nb', read(
        [["a\"\\\/\b\f\n\r\t\u76f4\ud83d\ude00]] .. "\nb\""))
      local long = ("直"):rep(1000) .. "\n"
      assert.equal(long, read(json.encode(long)))
      for _, text in ipairs { [["\x"]], [["\ud83d\u12"]], [["\u12"]], [["a]], [["a\"]] } do
        refused(read, text)
      end
    end)
  end)

  it("passes over a byte order mark before the text", function()
    each(function(read)
      for _, text in ipairs { bom .. '{"a":1}', bom .. ' \n{"a":1}' } do
        assert.same({ a = 1 }, read(text))
      end
      for _, text in ipairs { bom, "{" .. bom .. '"a":1}', '\239\187{"a":1}', '\0{"a":1}' } do
        refused(read, text)
      end
    end)
  end)

  it("reads numbers exactly, whole ones as integers", function()
    each(function(read)
      for text, value in pairs { ["-0.5"] = -0.5, ["1e3"] = 1000, ["-12.25E+2"] = -1225,
        ["9007199254740991"] = 2 ^ 53 - 1, ["-123456789012345"] = -123456789012345 } do
        assert.equal(value, read(text), text)
      end
      assert.equal("1000", tostring(read "1e3"))
    end)
  end)

  it("loses no digit of a whole number", function()
    local long = { "9007199254740993", "-9007199254740993", "6917529027641081856",
      "9223372036854775807", "-9223372036854775808", "9223372036854775808",
      "18446744073709551615", "123456789012345678901234567890" }
    each(function(read)
      for _, digits in ipairs(long) do
        for _, form in ipairs { "%s", "[%s]", '{"x":%s}', '["\\"1",%s]', '{"1234567890123456":%s}',
          '[ %s ,5]' } do
          local text = form:format(digits)
          local value = read(text)
          value = type(value) == "table"
            and (value.x or value["1234567890123456"] or value[1] == '"1' and value[2] or value[1])
            or value
          assert.equal(digits, compat.integer_text(value), text)
        end
      end
      -- in quotes they have always been text
      assert.same({ '"9007199254740993', "9007199254740993" },
        read [=[["\"9007199254740993","9007199254740993"]]=])
    end)
  end)
end)

describe("reading local JSON", function()
  it("refuses what a slip may have left, and numbers that it would round", function()
    for _, text in ipairs { [["\ud83d"]], [["\ude00"]], [["\ud83d\u0041"]], '{"a":1}\0',
      '{"a":1}\0{', '"a\0b"' } do
      refused(json.decode, text)
    end
    for _, text in ipairs { "1e400", "[1e16]", '{"a":9007199254740993.0}', "[[-1e300]]" } do
      assert.is_truthy(refused(json.decode, text):find("too large", 1, true), text)
    end
  end)

  it("keeps to the limits that it is given", function()
    assert.is_string(select(2, json.decode("[[1]]", { max_depth = 1 })))
    assert.same({ { 1 } }, json.decode("[[1]]", { max_depth = 2 }))
    assert.is_string(select(2, json.decode("[1,2]", { max_bytes = 4 })))
    assert.is_string(select(2, json.decode(("["):rep(65) .. ("]"):rep(65))))
    assert.is_table(json.decode(("["):rep(64) .. ("]"):rep(64)))
  end)

  it("changes nothing of lua-cjson's own", function()
    local before = {}
    for name, value in pairs(cjson) do
      before[name] = value
    end
    local depth, invalid = cjson.decode_max_depth(), cjson.decode_invalid_numbers()
    json.decode("[[1]]", { max_depth = 2 })
    json.encode(json.array())
    assert.same(before, cjson)
    assert.equal(depth, cjson.decode_max_depth())
    assert.equal(invalid, cjson.decode_invalid_numbers())
  end)
end)

describe("reading JSON of the wire", function()
  local read = json.decode_wire

  it("takes half of a surrogate pair, which a nickname cut in two leaves, for U+FFFD", function()
    for _, case in ipairs {
      { [["\ud83d"]], replaced }, { [["a\ude00"]], "a" .. replaced },
      { [["\ud83d\u0041"]], replaced .. "A" }, { [["\ud83d\ud83d\ude00"]], replaced .. "😀" },
      { [["\ud83dx"]], replaced .. "x" }, { [["\uDC00\uD800"]], replaced .. replaced },
    } do
      local text, meant = case[1], case[2]
      assert.equal(meant, read(text), text)
      assert.same({ [meant] = 1 }, read("{" .. text .. ":1}"))
    end
    -- as bytes that are cut have always passed
    assert.equal("a\240\159\146", read('"a\240\159\146"'))
  end)

  it("passes over padding behind the text", function()
    for _, text in ipairs { '{"a":1}\0', '{"a":1}\0\0', '{"a":1} \n\t\r\f\v\0 ', '{"a":1}\26',
      bom .. '{"a":1}\0' } do
      assert.same({ a = 1 }, read(text))
    end
    for _, text in ipairs { '{"a":1}\0x', '{"a":1}}', '{"a"\0:1}', "\0", " " } do
      refused(read, text)
    end
  end)

  it("keeps an empty list a list", function()
    assert.equal('{"a":[],"b":{},"c":[[],{}]}', json.encode(read [[{"a":[],"b":{},"c":[[],{}]}]]))
    assert.equal("[]", json.encode(read "[]"))
  end)

  it("keeps the text of a number that no number holds", function()
    local exact = not rawget(_G, "jit") and "number" or "string" -- LuaJIT: beyond 2^53
    for text, kind in pairs {
      ["9007199254740991"] = "number", ["-9007199254740992"] = "number",
      ["9007199254740993"] = exact, ["-9007199254740993"] = exact,
      ["6917529027641081856"] = exact, ["9223372036854775807"] = exact,
      ["-9223372036854775808"] = exact,
      ["9223372036854775808"] = "string", ["-9223372036854775809"] = "string",
      ["18446744073709551615"] = "string",
    } do
      assert.equal(kind, type(read(text)), text)
    end
    for _, text in ipairs { "1e400", "-1e400", "1e16", "9007199254740993.0" } do
      assert.equal(text, read(text))
    end
  end)
end)
