--- lua-curl (Debian's; it exists for the 5.1 API only, so it runs on LuaJIT) with
--- lua-cjson, driven as its documentation says. TASK URL BODY|- CALLS WARM_UP AT_A_TIME
local cjson = require "cjson"
local common = require "bench.clients.common"
local curl = require "curl"

local arguments = common.arguments(arg)
local body = arguments.body_file and cjson.decode(common.read(arguments.body_file))
local easy = curl.easy_init()
local parts = {}
easy:setopt(curl.OPT_USERAGENT, "lua-curl")
easy:setopt(curl.OPT_PROXY, "")
easy:setopt(curl.OPT_WRITEFUNCTION, function(part)
  parts[#parts + 1] = part
  return #part
end)
if body then
  easy:setopt(curl.OPT_HTTPHEADER, { "Expect:", "Content-Type: application/json" })
end

local function call()
  parts = {}
  easy:setopt(curl.OPT_URL, arguments.url)
  if body then
    easy:setopt(curl.OPT_POSTFIELDS, cjson.encode(body))
  end
  local code = easy:perform()
  return code == 0 and cjson.decode(table.concat(parts)).errcode == 0
end

common.measure(arguments, function(calls)
  local errors = 0
  for _ = 1, calls do
    if not call() then
      errors = errors + 1
    end
  end
  return errors
end)
