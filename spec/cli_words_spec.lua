local words = require "wxlive.cli.words"

describe("wxlive.cli.words", function()
  it("knows one spelling of an option and leaves values alone", function()
    assert.same({ "--room-id", "3", "--name=a_b", "x_y", "--" },
      words.normalise { "--room_id", "3", "--name=a_b", "x_y", "--" })
  end)

  it("ties a number below zero to its option", function()
    assert.same({ "get_role_list", "--role=-1" },
      words.normalise { "get_role_list", "--role", "-1" })
    assert.same({ "--role=-1" }, words.normalise { "--role=-1" })
  end)

  it("tells the command from the value of an option before it", function()
    local valued = { ["--config"] = true }
    assert.equal(1, words.command_index({ "create_room", "--json" }, valued))
    assert.equal(3, words.command_index({ "--config", "my.conf", "call" }, valued))
    assert.equal(2, words.command_index({ "--config=my.conf", "call" }, valued))
    assert.is_nil(words.command_index({ "--version" }, valued))
  end)
end)
