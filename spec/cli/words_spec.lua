local words = require "wxlive.cli.words"

describe("wxlive.cli.words", function()
  it("knows one spelling of an option and leaves values alone", function()
    assert.same({ "--room-id", "3", "--name=a_b", "x_y", "--" },
      words.normalise { "--room_id", "3", "--name=a_b", "x_y", "--" })
  end)

  it("ties a value that begins with - to its option", function()
    local options = {
      ["--role"] = true, ["--name"] = true, ["--json"] = false, ["-h"] = false, ["--help"] = false,
    }
    local function tied(...)
      local line, stray = words.tie({ ... }, options)
      return table.concat(line, "|") .. (stray and " stray " .. stray or "")
    end
    assert.equal("get_role_list|--role=-1", tied("get_role_list", "--role", "-1"))
    assert.equal("--role=-1", tied("--role=-1"))
    assert.equal("--name=-新品-专场|--json", tied("--name", "-新品-专场", "--json"))
    assert.equal("--name=--新品", tied("--name", "--新品"))
    assert.equal("--name=-新品", tied("--name=-新品"))
    assert.equal("--name=-.5", tied("--name", "-.5"))
    -- an option stays an option, and what no option takes is told
    assert.equal("--name|--json", tied("--name", "--json"))
    assert.equal("--name|-h", tied("--name", "-h"))
    assert.equal("--json|-新品 stray -新品", tied("--json", "-新品"))
    assert.equal("call|-", tied("call", "-"))
    assert.equal("--name|--|-新品", tied("--name", "--", "-新品"))
    assert.equal("--nam|-1", tied("--nam", "-1"))
  end)

  it("tells the command from the value of an option before it", function()
    local valued = { ["--config"] = true }
    assert.equal(1, words.command_index({ "create_room", "--json" }, valued))
    assert.equal(3, words.command_index({ "--config", "my.conf", "call" }, valued))
    assert.equal(2, words.command_index({ "--config=my.conf", "call" }, valued))
    assert.is_nil(words.command_index({ "--version" }, valued))
  end)
end)
