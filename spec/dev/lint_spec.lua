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
