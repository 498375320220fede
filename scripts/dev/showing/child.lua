--- The process of one show, which may be killed in the middle of it:
---   child.lua BASE_URL APPID SECRET ROOM RUNDOWN LEDGER STEP
--- It kills itself behind that step (0: never).
local compat = require "wxlive.base.compat"
local json = require "wxlive.json"
local rehearsal = require "wxlive.rundown.rehearsal"
local rundown = require "wxlive.rundown"
local system = require("wxlive.core").system
local transports = require "wxlive.transport"

local base_url, appid, secret, room, path, ledger, last = compat.unpack(arg)
last = tonumber(last)

local transport = assert(transports.default {})
local box = { base_url = base_url, appid = appid, secret = secret }
function box.control(_, op, params)
  local answer = assert(transport:send {
    method = "POST", url = base_url .. "/_sandbox/" .. op, content_type = "application/json",
    body = assert(json.encode(params)), timeout = 10, resend = false,
  })
  return json.decode(answer.body)
end

local steps = 0
local function step()
  steps = steps + 1
  if steps == last then
    os.execute("kill -9 " .. system.pid())
  end
end

local clock = rehearsal.clock(box, box:control("clock", {}).now)
local live = assert(rehearsal.client(box, clock, { hooks = { request = step, response = step } }))
local show = assert(rundown.open {
  live = live, ledger = ledger, path = path, room = tonumber(room), clock = clock, on_event = step,
})
local summary = assert(show:run())
show:close()
print(json.encode(summary.counts))
