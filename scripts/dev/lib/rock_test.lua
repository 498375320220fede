-- What `luarocks test` runs: the modules that the rock installed, at work on their own sandbox.
-- They are looked for on the interpreter's path only: eval "$(luarocks path)" first.
local broadcast = require "wxlive.broadcast"
local sandbox = require "wxlive.sandbox"

local box = assert(sandbox.start { seed = "demo" })
local ok, failure = pcall(function()
  local live = assert(broadcast.new {
    appid = box.appid, secret = box.secret, base_url = box.base_url,
    token_store = require("wxlive.store.memory").new(),
  })
  local rooms = 0
  for room in live:rooms() do
    assert(room.room_id and room.name)
    rooms = rooms + 1
  end
  assert(rooms > 0, "the sandbox has no rooms")
  local room, err = live:create_room { name = "too short on fields" }
  assert(room == nil and err.kind == "invalid", "a bad room was not refused")
  local page = assert(assert(require("wxlive.transport").default {}):send {
    method = "GET", url = box.base_url .. "/console",
  })
  assert(page.status == 200 and page.body:find("</html>", 1, true), "the console is not whole")
  local desks = require "wxlive.desk"
  local desk = assert(desks.new { live = live, log = desks.log() })
  page = desk:handle { method = "GET", path = "/", headers = { host = "localhost" }, body = "" }
  assert(page.status == 200 and page.body:find("</html>", 1, true), "the desk is not whole")
end)
box:stop()
assert(ok, failure)
local jit = rawget(_G, "jit")
print(("wxlive %s on %s: ok"):format(broadcast._VERSION, jit and jit.version or _VERSION))
