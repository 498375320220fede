-- What the README shows must run as it stands there.
local command = require "spec.support.command"
local sandbox = require "wxlive.sandbox"

describe("README.md", function()
  local box, home

  setup(function()
    box = assert(sandbox.start { seed = "demo" })
    home = command.directory()
  end)

  teardown(function()
    box:stop()
    command.remove(home)
  end)

  it("has scripts that work at first try", function()
    local count = 0
    for block in command.read("README.md"):gmatch("```lua\n(.-)```") do
      count = count + 1
      local path = home .. "/mine.lua"
      command.write(path, block)
      local got = command.lua(path, {}, {
        env = command.settings(box, { XDG_CACHE_HOME = home, XDG_CONFIG_HOME = home }),
      })
      assert.equal(0, got.status, got.err)
      assert.equal("", got.err .. got.out)
    end
    assert.is_true(count > 0)
  end)

  it("names options that the commands know", function()
    local env = command.settings(nil)
    local readme = command.read("README.md")
    for _, script in ipairs { "schedule_rooms", "import_goods" } do
      local help = command.lua("scripts/" .. script .. ".lua", { "--help" }, { env = env })
      assert.equal(0, help.status)
      for line in readme:gmatch("scripts/" .. script .. "%.lua([^\n]*)") do
        for option in line:gmatch("%-%-[%w%-]+") do
          assert.is_truthy(help.out:find(option, 1, true), option)
        end
      end
    end
  end)
end)
