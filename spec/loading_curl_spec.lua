-- What a new process loads with `require`, and what waits until it is needed.
local process = require "spec.support.process"

local interpreter = rawget(_G, "jit") and "luajit" or "lua5.4"

-- The modules that a new process has after running these lines, and the shared objects.
local function loaded_after(lines)
  local program = lines .. [[
    for name in pairs(package.loaded) do print(name) end
    for line in io.lines("/proc/self/maps") do print((line:match("/([^/]+)%.so[%d.]*$"))) end
  ]]
  local set = {}
  for name in process.run(interpreter .. " -e " .. process.quote(program)):gmatch("[^\n]+") do
    set[name] = true
  end
  return set
end

describe("require", function()
  it("loads no libcurl before a client is made", function()
    local loaded = loaded_after 'require "wxlive.broadcast" require "wxlive"'
    assert.is_true(loaded["wxlive.core"])
    assert.is_nil(loaded["wxlive.curl"])
    assert.is_nil(loaded["libcurl"])
    loaded = loaded_after [[
      assert(require("wxlive.broadcast").new { appid = "wx0123456789abcdef", secret = "s" })
    ]]
    assert.is_true(loaded["wxlive.curl"])
    assert.is_true(loaded["libcurl"])
  end)
end)
