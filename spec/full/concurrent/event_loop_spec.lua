local process = require "spec.support.process"
local sandbox = require "wxlive.sandbox"

describe("the example of a foreign event loop", function()
  it("makes its calls while libuv does other things", function()
    local box = assert(sandbox.start { seed = "demo" })
    finally(function() box:stop() end)
    assert(box:control("fault", { on = "goods_list", kind = "errcode_before", times = 1 }))
    assert(box:control("fault", {
      on = "get_live_info", kind = "delay", seconds = 0.05, times = 1,
    }))
    local interpreter = rawget(_G, "jit") and "luajit" or "lua5.4"
    local output = process.run(
      ("WXLIVE_APPID=%s WXLIVE_SECRET=%s WXLIVE_BASE_URL=%s timeout 30 %s %s"):format(
      box.appid, box.secret, box.base_url, interpreter, "scripts/examples/event_loop.lua"))
    assert.equal("get_live_info\tanswered\ngoods_list\tanswered\nget_role_list\tanswered\n"
      .. "meanwhile\tthe loop went on\n", output)
  end)
end)
