--- A sample of the fault matrix; `scripts/dev/fault_matrix` runs the whole of it.
local calls = require "scripts.dev.matrix.calls"
local sandbox = require "wxlive.sandbox"
local workflows = require "scripts.dev.matrix.workflows"

describe("answers that say ok and fall short", function()
  local function collect(run)
    local ran, wrong = 0, {}
    run(function(title, problem)
      ran = ran + 1
      wrong[#wrong + 1] = problem and title .. ": " .. problem or nil
    end)
    assert.same({}, wrong)
    return ran
  end

  it("are made good or told, for single calls", function()
    local box = assert(sandbox.start { seed = "demo", audit_seconds = 0 })
    finally(function() box:stop() end)
    local seen = 0
    local ran = collect(function(told)
      calls.run(box, function()
        seen = seen + 1
        return seen % 7 == 0
      end, told)
    end)
    assert.is_true(ran > 40)
  end)

  -- One answer of each workflow.
  for _, workflow in ipairs(workflows.list()) do
    it("double and lose nothing in a run of " .. workflow.name, function()
      local box = assert(sandbox.start { seed = workflow.seed, audit_seconds = 0 })
      finally(function() box:stop() end)
      local ran = collect(function(told)
        workflows.run(box, workflow, function(cell)
          return cell.kind == "no_field" and cell.when == "after" and cell.times == 1
            and cell.on == workflow.sample and cell.skip == 0
        end, told)
      end)
      assert.equal(1, ran)
    end)
  end
end)
