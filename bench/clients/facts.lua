--- What clients cost besides calls: WHAT URL COUNT
--   idle    bytes of each client beyond the first, COUNT of them
--   growth  kB of resident memory that COUNT calls add after the first 1000
local common = require "bench.clients.common"
local broadcast = require "wxlive.broadcast"
local tasks = require "bench.tasks"

local what, url, count = arg[1], arg[2], tonumber(arg[3])

local function caller()
  return assert(broadcast.new {
    appid = tasks.appid, secret = tasks.secret, base_url = url,
    token_provider = function() return tasks.token, 7200 end,
  })
end

-- A shop among many: its own appid and secret, everything else as it comes.
local function shop(i)
  return assert(broadcast.new { appid = ("wx%016x"):format(i), secret = ("%032x"):format(i) })
end

local function used()
  collectgarbage()
  collectgarbage()
  return collectgarbage("count") * 1024
end

if what == "idle" then
  local kept = { shop(0) }
  local before = used()
  for i = 1, count do
    kept[i + 1] = shop(i)
  end
  print(('{"bytes":%d,"errors":0}'):format(math.floor((used() - before) / count)))
  assert(#kept == count + 1)
else
  local live = caller()
  local before
  for i = 1, count do
    assert(tasks.small.call(live))
    if i == 1000 then
      collectgarbage()
      before = common.memory()
    end
  end
  collectgarbage()
  print(('{"kb":%d,"errors":0}'):format(common.memory() - before))
end
