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

  it("reads the catalogue, and neither the way of a call nor texts for mistakes", function()
    local modules = {}
    for name in pairs(loaded_after 'require "wxlive.broadcast"') do
      if name:find("^wxlive%.") and not name:find("^wxlive%.catalogue") then
        modules[#modules + 1] = name
      end
    end
    table.sort(modules)
    assert.same({
      "wxlive.base.compat", "wxlive.base.options", "wxlive.base.suggest", "wxlive.base.tables",
      "wxlive.broadcast", "wxlive.core", "wxlive.error", "wxlive.text", "wxlive.text.language",
      "wxlive.text.names", "wxlive.text.sentence",
    }, modules)
  end)

  it("leaves out of a call what that call does not use", function()
    local loaded = loaded_after [[
      local live = assert(require("wxlive.broadcast").new {
        appid = "wx0123456789abcdef", token_provider = function() return "t", 7200 end,
        transport = { send = function() return { status = 200, body = '{"errcode":0}' } end },
      })
      assert(live:delete_room(7))
    ]]
    assert.is_true(loaded["wxlive.client.call"])
    for _, name in ipairs {
      "wxlive.catalogue.component", "wxlive.client.download", "wxlive.client.lists",
      "wxlive.client.look", "wxlive.client.pages", "wxlive.client.quota", "wxlive.client.recover",
      "wxlive.client.signature", "wxlive.curl", "wxlive.errcodes", "wxlive.media.file",
      "wxlive.media.picture", "wxlive.media.upload",
    } do
      assert.is_nil(loaded[name], name)
    end
  end)
end)
