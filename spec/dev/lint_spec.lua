-- The project's own lint rules.
local cut_errors = require "scripts.dev.lint.cut_errors"

describe("the lint rule for errors that are cut off", function()
  local function lines(source)
    local list = {}
    for i, one in ipairs(cut_errors.find(source)) do
      list[i] = one.line .. " " .. one.call
    end
    return list
  end

  for source, found in pairs {
    ["return ok and f(), err"] = "1 f",
    ["return ok and a.b:c(1, { 2 }), err"] = "1 a.b:c",
    ["local x\nreturn x\n  and f(\n  1), err"] = "4 f",
    ["return a or f(), err"] = "1 f",
    ["local a, b = ok and f(), err"] = "1 f",
    ["if x then\n  a, b = ok and f(), err\nend"] = "2 f",
    ["return function()\n  return ok and f(), err\nend"] = "2 f",
    ["return f(function()\n  return ok and g(), 1\nend)"] = "2 g",
    ["if x then\n  return a and b or bad(1)\nend"] = "2 bad",
    ["assert(a or f(1))"] = "1 f", ["local x = assert(a and g(f(2)))"] = "1 g",
    ["if x then\n  return a or Error.fail { }\n    or self:failure(1)\nelse f() end"] =
      "3 self:failure",
  } do
    it("finds " .. source:gsub("\n", " "), function()
      assert.same({ found }, lines(source))
    end)
  end

  for _, source in ipairs {
    "return ok and f()",
    "return ok, f()",
    "assert(f(a or b))", "assert(ok or f(), err)", "return a and assert(f())",
    "if x then return ok and f() end",
    "if x then return bad(a or b) end",
    "if x then return a and { bad(1) } end",
    "return f(), err",
    "return x and x.y, err",
    "return n and math.floor(tonumber(n)), err",
    "return { a = ok and f(), b = 1 }",
    "return g(ok and f(), err)",
    "local a = ok and f()\nlocal b, c = 1, 2",
    "if ok and f() then return 1, 2 end",
    "for i = 1, a and f() do return i, 2 end",
    "return [[ok and f(), err]], '\\' and f(), err'",
    "-- return ok and f(), err\nreturn 1",
    "--[[ return ok and f(), err ]] return 1",
    "local t = x and function() return 1, 2 end",
  } do
    it("is content with " .. source:gsub("\n", " "), function()
      assert.same({}, lines(source))
    end)
  end
end)

describe("the lint rule for edges between rooms", function()
  local imports = require "scripts.dev.lint.imports"

  local function messages(sources)
    local all, list = {}, {}
    for module, text in pairs(sources) do
      all[module] = { path = module, text = "\n" .. text }
    end
    for i, one in ipairs(imports.check(all)) do
      list[i] = one.message
    end
    return table.concat(list, "; ")
  end

  it("knows the room of each module", function()
    for module, room in pairs {
      ["wxlive.shop.apply"] = "shop", ["wxlive.shop"] = "shop", ["wxlive.json"] = "base",
      ["wxlive.client.call"] = "client", ["wxlive"] = "client",
      ["wxlive.cli.commands.apply"] = "cli",
    } do
      assert.equal(room, imports.room_of(module))
    end
  end)

  it("finds an edge upwards, however it is written", function()
    for _, text in ipairs {
      'local x = require "wxlive.cli.output.report"',
      'local x = require("wxlive.cli.output.report").print',
      'local function f()\n  return require("wxlive.cli.output.report")\nend',
    } do
      assert.is_truthy(messages({ ["wxlive.shop.a"] = text }):find("shop may not require cli", 1,
        true))
      assert.is_truthy(messages({ ["wxlive.sheet.a"] = text }):find("sheet may not require cli", 1,
        true))
    end
    assert.equal("", messages { ["wxlive.shop.a"] = '-- require "wxlive.cli.output.report"' })
    assert.equal("", messages { ["wxlive.cli.a"] = 'local x = require "wxlive.shop"' })
  end)

  it("finds one that leads through another room", function()
    imports.allowed.client[#imports.allowed.client + 1] = "cli"
    local text = messages {
      ["wxlive.shop.a"] = 'local x = require "wxlive.client.call"',
      ["wxlive.client.call"] = 'local x = require "wxlive.cli.output.report"',
    }
    table.remove(imports.allowed.client)
    assert.is_truthy(text:find("shop leads to cli", 1, true), text)
  end)

  it("finds a cycle of modules", function()
    local text = messages {
      ["wxlive.shop.a"] = 'local b = require "wxlive.shop.b"',
      ["wxlive.shop.b"] = 'local c = require "wxlive.shop.c"',
      ["wxlive.shop.c"] = 'local a = require "wxlive.shop.a"',
    }
    assert.is_truthy(text:find("a cycle: wxlive.shop.a -> wxlive.shop.b -> wxlive.shop.c -> "
      .. "wxlive.shop.a", 1, true), text)
  end)
end)

describe("the lint rule for phrases", function()
  local phrases = require "scripts.dev.lint.phrases"

  for _, line in ipairs {
    "-- Nobody waits.", "it is no number", "-- rows are passed over", "tried for ever",
    "hears of it", "kept for good", "its page is made anew",
    "a token that cannot be had",
  } do
    it("finds " .. line, function()
      assert.equal(1, #phrases.find(line))
    end)
  end

  for _, line in ipairs {
    "there is no room", "it is no longer there", "nobody_told", "sends a command",
    "what apply will do with it", "refused for good reason",
    "| a | `spec/store/init_spec.lua` delete spares what somebody else holds |",
  } do
    it("is content with " .. line, function()
      assert.same({}, phrases.find(line))
    end)
  end
end)

describe("the lint rule for texts in both languages", function()
  local both_languages = require "scripts.dev.lint.both_languages"

  for source, wrong in pairs {
    ['f(a,\n both("one text"))'] = "2 has no Chinese",
    ['pick("%d rooms of %s", "%s 的 %d 个直播间")'] = "1 has %d %s, its Chinese %s %d",
    ['language.pick("one text", "one text")'] = "1 is English in both languages",
  } do
    it("finds " .. source:gsub("\n", " "), function()
      local found = both_languages.find(source)
      assert.equal(1, #found)
      assert.equal(wrong, found[1].line .. " " .. found[1].wrong)
    end)
  end

  it("is content with whole texts, with marks and with what is no text", function()
    local found, count = both_languages.find('both("a" .. " room", "直播间")\npick(": ", "：")\n'
      .. 'pick(a.en, a.zh)\nboth("100 %%", "100%%")')
    assert.same({}, found)
    assert.equal(3, count)
  end)
end)

describe("the lint rule for errors in English only", function()
  local english_only = require "scripts.dev.lint.english_only"

  local function known(text)
    return text == "no space is left" and { message = text } or text
  end

  for source, line in pairs {
    ['return Error.fail {\n  name = "a",\n  message = "the room is gone",\n}'] = 3,
    ['return Error.fail { message = ("the room %s"):format(a), sent = false }'] = 1,
    ['return Error.fail { message = both("a", "甲"), hint = "look for it" }'] = 1,
    ['local t = { message_zh = both("a", "甲"), hint = x and "look for it" }'] = 1,
    ['return nil, failed("timeout", "it did not end: " .. why)'] = 1,
    ['return self:failure(("it is of room %d"):format(1))'] = 1,
    ['f("\\\\", \'"\') -- "\nfailed("it did not end")'] = 2,
  } do
    it("finds " .. source:gsub("\n", " "), function()
      local found = english_only.find(source, known)
      assert.equal(1, #found)
      assert.equal(line, found[1].line)
    end)
  end

  for _, source in ipairs {
    'return Error.fail { message = both("the room is gone", "直播间不存在"), sent = false }',
    'return Error.fail { message = "the room is gone", message_zh = "直播间不存在" }',
    'return Error.fail { message = a and both("one room", "一间") or both("two rooms", "两间") }',
    'return Error.fail { name = "bad_argument", message = "a key must be text" }',
    'return nil, { status = "bad_argument", message = "a key must be text" }',
    'return failed("io", "no space is left")',
    'return fault("a", both("too large", "过大"), "make it smaller", "请压缩文件")',
    'return refuse(404, "there is no such page")',
    'failed(why, status == "never mind" and 1)\nlocal failed = f("what it is")',
    '-- failed("it did not end")\n--[[ message = "the room is gone" ]] local t = { hint = "" }',
    'if x.message == "the room is gone" then error("no such room here") end',
  } do
    it("is content with " .. source:gsub("\n", " "), function()
      assert.same({}, english_only.find(source, known))
    end)
  end
end)

describe("the lint rule for texts of the core", function()
  local core_texts = require "scripts.dev.lint.core_texts"
  local reasons = require "wxlive.text.reasons"

  it("finds those without Chinese, whole, with what is put into them", function()
    for source, text in pairs {
      ['\nreturn wxl_fail(err, WXL_E_IO, 0, "the %s "\n  "burns", what);'] = "the %s burns",
      ['(void)wxl_fail(err, st, 0, "it is %" PRId64 " s \\"late\\"", n);'] = 'it is %d s "late"',
      ['{CURLE_OK, WXL_E_LOST, "went home"}'] = "%s went home",
      ['stop(x, WXL_E_LIMIT, "too many ducks")'] = "XML: too many ducks",
    } do
      local found = core_texts.find(source, function(said)
        return said
      end)
      assert.equal(1, #found)
      assert.equal(text, found[1].text)
    end
  end)

  it("is content with those that have it, and with mistakes of programmers", function()
    assert.same({}, core_texts.find('wxl_fail(err, WXL_E_IO, 0, "cannot read %s: %s", a, b)\n'
      .. '{CURLE_OK, WXL_E_LOST, "did not answer in HTTP"}\n'
      .. 'wxl_fail(err, WXL_E_ARG, 0, "the port is odd")\nwxl_fail(err, st, 0, "%s", text)',
      reasons.of))
  end)
end)
