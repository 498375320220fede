--- Bare lua-cjson on the answer of a task: what decoding costs before anybody looks at it. With a
--- body it is encoded too. TASK URL BODY|- CALLS WARM_UP AT_A_TIME
local cjson = require "cjson"
local common = require "bench.clients.common"
local tasks = require "bench.tasks"

local arguments = common.arguments(arg)
local answer = tasks[arguments.task].answer
local body = arguments.body_file and cjson.decode(common.read(arguments.body_file))

common.measure(arguments, function(calls)
  local errors = 0
  for _ = 1, calls do
    local text = body and cjson.encode(body)
    local value = cjson.decode(answer)
    if value.errcode ~= 0 or body and not text then
      errors = errors + 1
    end
  end
  return errors
end)
