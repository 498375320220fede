--- A bare binding: a Lua function over libcurl (bare.c) and lua-cjson. No names, checks, tokens,
--- retries or deadlines. TASK URL BODY|- CALLS WARM_UP AT_A_TIME
local common = require "bench.clients.common"
local cjson = require "cjson"

local arguments = common.arguments(arg)
package.cpath = "build/bench/" .. (rawget(_G, "jit") and "luajit" or "5.4") .. "/?.so;"
  .. package.cpath
local call = require "bare"(os.getenv "BENCH_CA_FILE")
local body = arguments.body_file and cjson.decode(common.read(arguments.body_file))

common.measure(arguments, function(calls)
  local errors = 0
  for _ = 1, calls do
    local status, text = call(arguments.url, body and cjson.encode(body))
    if status ~= 200 or cjson.decode(text).errcode ~= 0 then
      errors = errors + 1
    end
  end
  return errors
end)
