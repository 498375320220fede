--- scripts/dev/fault_matrix: counts, and the cells that ended wrong.
local calls = require "scripts.dev.matrix.calls"
local sandbox = require "wxlive.sandbox"
local workflows = require "scripts.dev.matrix.workflows"

local part, parts, only = 1, 1, nil
for i = 1, #arg, 2 do
  if arg[i] == "--part" then
    part, parts = (arg[i + 1] or ""):match("^(%d+)/(%d+)$")
    part, parts = tonumber(part), tonumber(parts)
    assert(part and part >= 1 and part <= parts, "--part takes two numbers, such as 1/4")
  elseif arg[i] == "--only" then
    only = arg[i + 1]
  else
    io.stderr:write("fault_matrix: unknown option ", arg[i], "\n")
    os.exit(2)
  end
end

local wrong = 0

local function walk(name, seed, run)
  if only and only ~= name then
    return
  end
  local box = assert(sandbox.start { seed = seed, audit_seconds = 0 })
  local seen, ran, failed = 0, 0, 0
  run(box, function()
    seen = seen + 1
    return seen % parts == part % parts
  end, function(title, problem)
    ran = ran + 1
    if problem then
      failed = failed + 1
      print(("%s: %s: %s"):format(name, title, problem))
      io.stdout:flush()
    end
  end)
  box:stop()
  wrong = wrong + failed
  print(("%s: %d cells, %d run, %d wrong"):format(name, seen, ran, failed))
  io.stdout:flush()
end

walk("calls", "demo", calls.run)
for _, workflow in ipairs(workflows.list()) do
  walk(workflow.name, workflow.seed, function(box, wanted, told)
    workflows.run(box, workflow, wanted, told)
  end)
end
os.exit(wrong == 0 and 0 or 1)
