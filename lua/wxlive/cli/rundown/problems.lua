--- Prints the problems that a check of a rundown has found.
local ends = require "wxlive.shop.ends"
local pick = require("wxlive.text.language").pick
local report = require "wxlive.cli.output.report"
local sentence = require "wxlive.text.sentence"

local M = {}

--- Prints every problem, with its place in the rundown.
---@param path string
---@param checked wxlive.rundown.Report
---@param who table?   speaks; see wxlive.cli.output.report.who
function M.print(path, checked, who)
  for _, problem in ipairs(checked.problems) do
    local level = problem.level == "warning" and pick("warning: ", "警告：") or ""
    report.print(who or "wxlive", level .. sentence.read(problem),
      problem.line and ("%s:%d"):format(path, problem.line) or path)
  end
end

--- The error that a check with errors ends with; nil when it found none.
---@param checked wxlive.rundown.Report
---@return wxlive.Error?
function M.error_of(checked)
  if checked.errors > 0 then
    return ends.partial("rundown_problems",
      sentence.both("%d cues or facts will not work, %d may not", "%d 处不可行，%d 处有风险")
        :format(checked.errors, checked.warnings))
  end
end

return M
