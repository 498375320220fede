--- The hand-written call, one after the other.
local common = require "bench.clients.common"

local arguments = common.arguments(arg)
local call = require "bench.clients.cosocket"(arguments.task, arguments.url)

common.measure(arguments, function(calls)
  local errors = 0
  for _ = 1, calls do
    errors = errors + (call() and 0 or 1)
  end
  return errors
end)
