-- JSON that must be accepted, must be refused, or may be either, against both readers: of local
-- text (lua-cjson) and of the wire (the core). The kinds are those of the public JSON parsing test
-- suite, the cases our own. Where a reader departs from the standard, or from the other, it stands
-- here.
local json = require "wxlive.json"

local bom = "\239\187\191"

-- Valid: both accept it, as the same value.
local accepted = {
  "structure", {
    "[]", "{}", "[[]]", "[{}]", '{"a":[]}', " [ ] ", "\t[\r\n]\t", "\n{\n}\n",
    '{"a":{"b":{"c":[1]}}}',
    ("["):rep(64) .. ("]"):rep(64), '{"":0}', '{"a":"b","c":"d"}', '{"a b":1,"":2," ":3}',
    "[1,2,3]", "[1 ,2\t,\n3]", '{"a" : 1 , "b"\n:\n2}', "[[1,2],[3,4]]", '["a",1,true,false,null]',
  },
  "scalars on their own", { "0", "-1", "1.5", '"a"', '""', "true", "false", " 7 ", '"\\u0041"' },
  "numbers", {
    "[0]", "[-0]", "[0.1]", "[-0.1]", "[1e5]", "[1E5]", "[1e+5]", "[1E-5]", "[1.5e3]", "[-1.25E-3]",
    "[123456789]", "[-123456789012345]", "[0e1]", "[0e+1]", "[0.0]", "[10]", "[9007199254740991]",
    "[-9007199254740991]", "[1.7976931348623157e-5]", "[0.1000]", "[123.456789]", "[1e0]",
    "[20.000]", "[1e15]",
  },
  "strings", {
    '["a"]', '["\\"\\\\\\/\\b\\f\\n\\r\\t"]', '["\\u0012"]', '["\\u00e9\\u4e2d"]',
    '["\\uD834\\udd1e"]',
    '["\\ud83d\\ude00"]', '["中文"]', '["\240\159\152\128"]', '["\127"]', '["/"]',
    '["a\\u0000b"]',
    '["\226\128\168\226\128\169"]', '["\239\191\191"]', '["\\uffff"]', '["\\u200b"]', '["[,]{:}"]',
    '["\\\\u0041"]', '["' .. ("x"):rep(2000) .. '"]', '["' .. ("\\n"):rep(1000) .. '"]',
    '{"\\u0061":1}', '{"中":"文"}', '["\\u005c\\u0022"]', '["\\uDBFF\\uDFFF"]',
  },
  "words", { "[true]", "[false]", "[null]", '{"a":null}', '{"a":true,"b":[false,null]}' },
}

-- Not JSON: both refuse it.
local refused = {
  "structure", {
    "", " ", "[", "]", "{", "}", "[}", "{]", "[[]", "[]]", "[1", "[1,", "[,1]", "[1,]",
    "[1,,2]", "[,]",
    "[1 2]", '{"a"}', '{"a":}', '{:1}', '{"a":1,}', '{,"a":1}', '{"a":1 "b":2}', '{"a" 1}',
    '{"a"::1}',
    "{a:1}", "{'a':1}", "{1:1}", "{null:1}", "{[]:1}", '{"a":1,,"b":2}', "[1]x", "{}{}", "[][]",
    "1 2", "[1];", '{"a":"b"}#', "[1:2]", '["a":1]', '{"a",1}', "[\f1]", "[\v]",
    ("["):rep(65) .. ("]"):rep(65),
    ("["):rep(100000), ('{"a":'):rep(100000), "\0", "[\0]", "\0[1]", "[1]\0x", "*", "//", "[1]/**/",
    "/**/[1]", "<null>", "<html></html>", "[1]\226\128\139", bom, bom .. bom .. "[]", "\239\187[]",
    "\255\254[\0]\0", "\0[\0]", "\194\160[1]", "[1\194\160]",
  },
  "numbers", {
    "-", "+", "[+1]", "[-]", "[.5]", "[1e]", "[1e+]", "[1E-]", "[1.5e]", "[01]", "[-01]",
    "[00]", "[0x10]", "[0X1]", "[1f]", "[1_000]", "[1,000]}", "[--1]", "[1-]", "[1+1]",
    "[1e5.5]", "[1 .5]",
    "[Infinity]", "[-Infinity]", "[NaN]", "[nan]", "[inf]", "[-nan]", "[\239\188\145]",
    "[1ee5]", "[.]",
    "[1..5]", "[1.5.5]", "[2.e3x]", "[0b1]", "[0o7]", "[1e1e1]", "[- 1]", "[\"\"1]",
  },
  "strings", {
    '"', '["a', '["a]', '["\\"]', '["\\x41"]', '["\\u"]', '["\\u1"]', '["\\u12"]', '["\\u123"]',
    '["\\u12g4"]', '["\\uD800\\u12"]', "['a']", '["\\a"]', '["\\0"]', '["\\\n"]', '["\\',
    '["\\\\\\"]',
    '["\\U0041"]', '["\\\240\159\152\128"]', "[\"a\"\"b\"]", '[a"b"]',
    "\226\128\156a\226\128\157", '["\\u-123"]',
    '["\\u 123"]', '["\\ud83d\\ude0"]',
  },
  "words", {
    "True", "TRUE", "nul", "tru", "fals", "[nulll]", "[true1]", "[tru]", "[undefined]",
    "[nil]", "[None]",
    "truefalse", "[true false]", "nullnull",
  },
}

-- Where a reader goes beyond the standard, or the standard leaves it open: whether it is accepted
-- by decode (local text) and by decode_wire.
local either = {
  { "raw line breaks and tabs in a string", '["a\nb\tc"]', true, true,
    "the platform sends them; lua-cjson does not look" },
  { "other raw control characters in a string", '["a\1\31b"]', true, true, "as above" },
  { "a raw NUL in a string", '["a\0b"]', false, true,
    "lua-cjson takes a NUL for the end of the text, so none is let through to it" },
  { "bytes that are not UTF-8", '["\255\192\128\237\160\128"]', true, true,
    "fields that must be UTF-8 are checked as fields; a page of rooms stays readable" },
  { "a character that is cut off", '["\228\184"]', true, true, "as above" },
  { "half of a surrogate pair", '["\\ud83d"]', false, true,
    "a stranger's nickname that was cut, but a slip in one's own text" },
  { "the second half alone", '["\\udc00a"]', false, true, "as above" },
  { "the halves in the wrong order", '["\\udc00\\ud83d"]', false, true, "as above" },
  { "the first half and another escape", '["\\ud83d\\n"]', false, true, "as above" },
  { "a byte order mark before the text", bom .. "[1]", true, true, "editors and relays write it" },
  { "a NUL behind the text", "[1]\0", false, true, "some servers send a C string with its end" },
  { "control characters behind the text", "[1]\f\v\26", false, true, "as above" },
  { "a name that is there twice", '{"a":1,"a":2}', true, true,
    "the last one counts; what the platform pushes is read more strictly" },
  { "a fraction without digits", "[1.]", true, false, "lua-cjson reads it as 1, which it is" },
  { "a fraction without digits before an exponent", "[1.e2]", true, false, "as above" },
  { "a negative fraction that begins with the point", "[-.5]", true, false, "as above" },
  { "whole numbers beyond 2^53", "[9007199254740993]", true, true,
    "as integers or as text: no digit is lost" },
  { "whole numbers beyond 64 bits", "[18446744073709551616]", true, true, "as text" },
  { "a whole number with a fraction beyond 2^53", "[9007199254740993.0]", false, true,
    "the core keeps its text; lua-cjson would round it" },
  { "an exponent beyond 2^53", "[1e300]", false, true, "as above" },
  { "an exponent beyond any double", "[1e400]", false, true, "as above" },
  { "an exponent that is nearly 0", "[1e-400]", true, true, "as 0" },
  { "more digits of a fraction than a double has", "[0.12345678901234567890123]", true, true,
    "as the nearest double, like every fraction" },
}

local readers = { { "decode", json.decode }, { "decode_wire", json.decode_wire } }

local function shown(text)
  return ("%q"):format(#text > 60 and text:sub(1, 60) .. "..." or text)
end

local function groups(list, f)
  for i = 1, #list, 2 do
    f(list[i], list[i + 1])
  end
end

describe("JSON", function()
  groups(accepted, function(name, texts)
    it("that is valid is read alike by both readers: " .. name, function()
      for _, text in ipairs(texts) do
        local values = {}
        for i, reader in ipairs(readers) do
          local value, reason = reader[2](text)
          assert.is_nil(reason, reader[1] .. " " .. shown(text))
          values[i] = value
        end
        assert.same(values[1], values[2], shown(text))
        assert.equal(type(values[1]) == "table" or json.encode(values[1]),
          type(values[2]) == "table" or json.encode(values[2]))
      end
    end)
  end)

  groups(refused, function(name, texts)
    it("that is not is refused by both, with a reason: " .. name, function()
      for _, text in ipairs(texts) do
        for _, reader in ipairs(readers) do
          local value, reason = reader[2](text)
          assert.is_nil(value, reader[1] .. " " .. shown(text))
          assert.is_string(reason)
          assert.is_true(#reason < 120 and not reason:find("[%c]"), reason)
        end
      end
    end)
  end)

  for _, case in ipairs(either) do
    it(("of the kind %q: %s, because %s"):format(case[1], (case[3] and "decode" or "")
      .. (case[3] and case[4] and " and " or "") .. (case[4] and "decode_wire" or "")
      .. " accept it", case[5]), function()
      for i, reader in ipairs(readers) do
        local _, reason = reader[2](case[2])
        assert.equal(case[2 + i], reason == nil, reader[1] .. ": " .. tostring(reason))
      end
    end)
  end
end)
