-- Options that stand before the command mean what they mean behind it.
local parser = require "wxlive.cli.parser"
local unpack = require("wxlive.base.compat").unpack

describe("the command line", function()
  local function parsed(name, ...)
    local grammar = parser.build(name)
    local ok, args = grammar:pparse { ... }
    assert.is_true(ok, args)
    return args, parser.settle(args, grammar, name)
  end

  it("takes the options of a call before the command, too", function()
    for _, words in ipairs {
      { "--dry-run", "--timeout", "3", "--json", "--columns", "a", "get_live_info" },
      { "get_live_info", "--dry-run", "--timeout", "3", "--json", "--columns", "a" },
    } do
      local args, refused = parsed("get_live_info", unpack(words))
      assert.same({ true, 3, true, "a" }, { args.dry_run, args.timeout, args.json, args.columns })
      assert.is_nil(refused)
    end
  end)

  it("does not make them up", function()
    local args = parsed("get_live_info", "get_live_info")
    assert.same({}, { args.dry_run, args.timeout, args.json, args.table })
  end)

  it("gives them to a command's own commands", function()
    local args = parsed("platform", "--json", "--shop", "wx1", "platform", "shops")
    assert.same({ true, "wx1" }, { args.json, args.shop })
  end)

  it("refuses what a command does not have and what would change what it sends", function()
    for _, words in ipairs {
      { "--dry-run", "apply", "goods.csv" }, { "apply", "goods.csv", "--dry-run" },
    } do
      local _, refused = parsed("apply", unpack(words))
      assert.equal("--dry-run", refused)
    end
    local _, refused = parsed("apply", "--json", "apply", "goods.csv")
    assert.is_nil(refused)
  end)
end)
