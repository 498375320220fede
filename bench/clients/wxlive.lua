--- wxlive as a shop uses it: all checks on, default options.
local common = require "bench.clients.common"
local broadcast = require "wxlive.broadcast"
local tasks = require "bench.tasks"
local wxlive = require "wxlive"

local arguments = common.arguments(arg)
local call = tasks[arguments.task].call
local ca_file, http = os.getenv "BENCH_CA_FILE", os.getenv "BENCH_HTTP"
-- Without BENCH_HTTP (1.1 or 2) the protocol is wxlive's own choice.
local transport = http and assert(require("wxlive.transport.curl").new {
  http2 = http == "2", ca_file = ca_file, proxy = "",
})
local live = assert(broadcast.new {
  appid = tasks.appid, secret = tasks.secret, base_url = arguments.base_url,
  ca_file = not transport and ca_file or nil, transport = transport,
  token_provider = function() return tasks.token, 7200 end,
})

local function one_by_one(calls)
  local errors = 0
  for _ = 1, calls do
    local result, err = call(live)
    if not result then
      io.stderr:write(errors == 0 and tostring(err) .. "\n" or "")
      errors = errors + 1
    end
  end
  return errors
end

local function many_at_a_time(calls)
  local given = 0
  local _, errors, failed = wxlive.map(function()
    if given < calls then
      given = given + 1
      return given
    end
  end, function()
    local answer, err = call(live)
    return answer and true, err  -- bare clients keep no answers either
  end, { concurrency = arguments.at_a_time })
  local _, first = next(errors)
  if first then
    io.stderr:write(tostring(first), "\n")
  end
  return failed
end

common.measure(arguments, arguments.at_a_time > 0 and many_at_a_time or one_by_one)
