--- wxlive rundown run --rehearse: a whole show on the sandbox, and what would have gone wrong.
local accounts_of = require "wxlive.cli.accounts"
local client = require "wxlive.cli.client"
local events = require "wxlive.cli.rundown.events"
local hook_files = require "wxlive.cli.hook"
local pick = require("wxlive.text.language").pick
local problems = require "wxlive.cli.rundown.problems"
local report = require "wxlive.cli.output.report"
local rundown = require "wxlive.rundown"
local runs = require "wxlive.cli.rundown.run"
local show = require "wxlive.cli.output.show"
local usage = require("wxlive.cli.usage").fail

local M = {}

--- Rehearses the rundown that the command line names.
---@param args table
---@param interrupted fun(): boolean
---@return true? ok
---@return wxlive.Error? err
function M.run(args, interrupted)
  if args.file[2] or args.room[2] then
    return usage("--rehearse takes one rundown and one room",
      "--rehearse 只接受一份流程表和一个直播间")
  elseif args.desk then
    return usage("--desk belongs to a real show: for practice, run one on a sandbox (wxlive "
      .. "sandbox)", "--desk 只用于真实直播；练习时请在沙箱（wxlive sandbox）上执行流程")
  end
  local hooks = args.hooks and assert(hook_files.named(args.hooks))
  local live = args.room[1]
    and assert(client.open(accounts_of.arguments(args, runs.accounts(args, 1)[1])))
  local screen, wrong = events.screen(args, {}), {}
  local result, err = rundown.rehearse {
    path = args.file[1], live = live, room = args.room[1], speed = args.speed, hooks = hooks,
    interrupted = interrupted,
    on_event = function(event, one)
      screen:event(event, one)
      if event.name == "cue" and (event.state ~= "done" or (event.lateness or 0) >= 1) then
        wrong[#wrong + 1] = events.line(event, one.zero)
      end
    end,
  }
  if not result then
    return report.sheet("wxlive", args.file[1], err)
  end
  runs.print_summary(result.summary, result.room, args)
  if not show.wants_json(args) then
    local count = #wrong + #result.report.problems
    io.stdout:write(count == 0 and pick("Nothing would have gone wrong.\n", "没有会出错的地方。\n")
      or pick("What would have gone wrong:\n", "会出错的地方：\n"))
    for _, line in ipairs(wrong) do
      io.stdout:write("  ", line, "\n")
    end
    io.stdout:flush()
  end
  problems.print(args.file[1], result.report)
  err = result.summary.err or problems.error_of(result.report)
  return not err or nil, err
end

return M
