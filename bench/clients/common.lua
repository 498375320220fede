--- What the Lua clients of the bench share: the arguments, the meters and the line of JSON.
local system = require("wxlive.core").system

local M = {}

--- TASK URL BODY|- CALLS WARM_UP AT_A_TIME
function M.arguments(argv)
  return {
    task = argv[1], url = argv[2], base_url = argv[2]:match("^%w+://[^/]+"),
    body_file = argv[3] ~= "-" and argv[3] or nil, calls = tonumber(argv[4]),
    warm_up = tonumber(argv[5]), at_a_time = tonumber(argv[6]),
  }
end

function M.read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

-- From /proc: kB, now and at most.
function M.memory()
  local status = M.read("/proc/self/status")
  return tonumber(status:match("VmRSS:%s*(%d+)")), tonumber(status:match("VmHWM:%s*(%d+)"))
end

--- Runs work(calls) -> errors, first to warm up, then measured, and prints what it took.
function M.measure(arguments, work)
  local errors = work(arguments.warm_up)
  local wall, cpu = system.monotonic(), os.clock()
  errors = errors + work(arguments.calls)
  wall, cpu = system.monotonic() - wall, os.clock() - cpu
  local _, peak = M.memory()
  io.write(('{"calls":%d,"wall":%.6f,"cpu":%.6f,"peak_kb":%d,"errors":%d}\n')
    :format(arguments.calls, wall, cpu, peak, errors))
  -- No os.exit before the state is closed: a leak or a crash in a finaliser must show.
  if errors > 0 then
    error("there were errors", 0)
  end
end

return M
