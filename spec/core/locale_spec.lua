-- What machines read does not change with the locale of the program: its decimal point or letters.
local command = require "spec.support.command"
local temp = require "spec.support.temp"

local script = "spec/support/programs/in_locale.lua"

-- The decimal point of Pashto and Persian, which has two bytes.
local arabic_point = [[
LC_NUMERIC
decimal_point "<U066B>"
thousands_sep ""
grouping -1
END LC_NUMERIC
]]

describe("in another locale", function()
  local directory, usual

  local function made(name, source, charmap)
    -- -c: of a locale that has one category only, there are warnings
    command.run { "localedef", "-c", "--no-archive", "-i", source, "-f", charmap,
      directory .. "/" .. name }
  end

  local function output(...)
    local ran = command.lua(script, { ... }, { env = { LOCPATH = directory } })
    assert.equal("", ran.err)
    assert.equal(0, ran.status)
    return ran.out
  end

  setup(function()
    directory = temp.directory()
    temp.write(directory .. "/point", arabic_point)
    made("de_DE", "de_DE", "ISO-8859-1")
    made("point.UTF-8", directory .. "/point", "UTF-8")
    usual = { all = output("C"), numeric = output("C", "numeric") }
  end)

  teardown(function()
    temp.remove(directory)
  end)

  it("the tool that makes locales works, so that these are tests of something", function()
    local ran = command.run({ "lua5.4", "-e",
      "assert(os.setlocale('de_DE')) io.write(1.5, ' ', ('\\228'):match('%a') or '')" },
      { env = { LOCPATH = directory } })
    assert.equal("1,5 \228", ran.out)
  end)

  it("numbers and text for machines are the same with a decimal comma and 8-bit letters", function()
    assert.equal(usual.all, output("de_DE"))
  end)

  it("and with a decimal point of two bytes", function()
    assert.equal(usual.numeric, output("point.UTF-8", "numeric"))
  end)

  it("local JSON is read after the locale has changed, where lua-cjson can", function()
    local ran = command.lua("spec/support/programs/json_after_locale.lua",
      { "de_DE", "point.UTF-8", "C" }, { env = { LOCPATH = directory } })
    assert.equal("", ran.err)
    assert.equal("0.5\nnot readable in a locale whose decimal point has several bytes\n0.5\n",
      ran.out)
  end)
end)
