-- The help of every command, in both languages: it fits a terminal, and is in the reader's words.
local language = require "wxlive.text.language"
local parser = require "wxlive.cli.parser"
local text = require "wxlive.text"

describe("the help", function()
  local is_chinese

  setup(function()
    is_chinese = language.is_chinese
  end)

  teardown(function()
    language.is_chinese = is_chinese
  end)

  -- The help of each command and of its own commands, by name.
  local function helps_in(chinese)
    language.is_chinese = function()
      return chinese
    end
    local all = { wxlive = parser.build():get_help() }
    for _, name in ipairs(parser.names()) do
      for _, command in ipairs(parser.build(name)._commands) do
        if command._name == name then
          all[name] = command:get_help()
          for _, inner in ipairs(command._commands) do
            all[name .. " " .. inner._name] = inner:get_help()
          end
        end
      end
    end
    return all
  end

  for _, chinese in ipairs { false, true } do
    it("fits into a hundred columns in " .. (chinese and "Chinese" or "English"), function()
      for name, help in pairs(helps_in(chinese)) do
        for line in help:gmatch("[^\n]+") do
          assert.is_true(text.width(line) <= 100 or line:find("^https://") ~= nil,
            name .. ": " .. line)
          assert.is_nil(line:find("%(%d+%) %(default") or line:find("默认.*（默认"),
            name .. ": " .. line)
        end
      end
    end)
  end

  it("says what each command does", function()
    for name, help in pairs(helps_in(false)) do
      assert.truthy(help:find("^Usage: .-\n\n[^\n]*[^\n:]\n\n"), name)
    end
  end)

  it("is Chinese for a Chinese reader, with argparse's words and notes of endpoints", function()
    for name, help in pairs(helps_in(true)) do
      assert.truthy(help:find("^用法： wxlive"), name)
      for line in help:gmatch("[^\n]+") do
        assert.is_nil(line:find("^%u%l+:?$") or line:find("^%u%l+ %l+ %l+")
          or line:find("Show this", 1, true) or line:find("(default", 1, true),
          name .. ": " .. line)
      end
    end
  end)

  it("names the options that all commands share, where a command takes them", function()
    local helps = helps_in(false)
    local function line_of(name)
      return (helps[name]:match("Also, before.*") or ""):gsub("%s+", " ")
    end
    local all = "--account NAME|GROUP, --all, --shop APPID, --config FILE; wxlive --help"
    for _, name in ipairs { "apply", "goods_push", "rundown run", "desk", "call" } do
      assert.truthy(line_of(name):find(all, 1, true), name .. ": " .. helps[name])
    end
    for _, name in ipairs { "worker", "jobs", "listen", "accounts" } do
      assert.truthy(line_of(name):find("--all, --config FILE;", 1, true), name)
    end
    assert.truthy(line_of("platform shops"):find("it: --config FILE;", 1, true))
    assert.equal("", line_of("endpoints") .. line_of("completion"))
  end)
end)
