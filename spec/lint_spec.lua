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
  } do
    it("finds " .. source:gsub("\n", " "), function()
      assert.same({ found }, lines(source))
    end)
  end

  for _, source in ipairs {
    "return ok and f()",
    "return ok, f()",
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
