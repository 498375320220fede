--- scripts/dev/fault_matrix: counts, and the cells that ended wrong.
local calls = require "scripts.dev.matrix.calls"
local sandbox = require "wxlive.sandbox"
local workflows = require "scripts.dev.matrix.workflows"

local every, only = 1, nil
for i = 1, #arg, 2 do
  if arg[i] == "--every" then
    every = assert(tonumber(arg[i + 1]), "--every takes a number")
  elseif arg[i] == "--only" then
    only = arg[i + 1]
  else
    io.stderr:write("fault_matrix: unknown option ", arg[i], "\n")
    os.exit(2)
  end
end

local wrong = 0

local function walk(name, run)
  if only and only ~= name then
    return
  end
  local seen, ran, failed = 0, 0, 0
  run(function()
    seen = seen + 1
    return seen % every == 0
  end, function(title, problem)
    ran = ran + 1
    if problem then
      failed = failed + 1
      print(("%s: %s: %s"):format(name, title, problem))
    end
  end)
  wrong = wrong + failed
  print(("%s: %d cells, %d run, %d wrong"):format(name, seen, ran, failed))
end

local box = assert(sandbox.start { seed = "demo", audit_seconds = 0 })
walk("calls", function(wanted, told) calls.run(box, wanted, told) end)
box:stop()
box = assert(sandbox.start { audit_seconds = 0 })
for _, name in ipairs(workflows.names()) do
  walk(name, function(wanted, told) workflows.run(box, name, wanted, told) end)
end
box:stop()
os.exit(wrong == 0 and 0 or 1)
