--- The errors of runs that could not do everything.
local Error = require "wxlive.error"
local sentence = require "wxlive.text.sentence"

local M = {}

local both, compose = sentence.both, sentence.compose

--- nil, and the error of a run that was asked to end.
---@return nil
---@return wxlive.Error err
function M.interrupted()
  return Error.fail {
    kind = "interrupted", name = "interrupted", sent = false,
    message = both("stopped; calls under way were finished and are in the ledger",
      "已停止；进行中的操作均已完成并记入台账"),
    hint = "run it again to continue", hint_zh = "再次运行即可继续",
  }
end

--- The error of a run that did a part.
---@param name string
---@param message wxlive.Sentence
---@param hint string?
---@param hint_zh string?
---@return wxlive.Error
function M.partial(name, message, hint, hint_zh)
  return Error.new {
    kind = "partial", name = name, message = message, hint = hint, hint_zh = hint_zh,
  }
end

local AGAIN, AGAIN_ZH = "apply the sheet again", "请重新执行"

--- The error of a plan that found mistakes.
---@return wxlive.Error
function M.with_mistakes(count)
  return M.partial("mistakes", both("mistakes in the sheet: %d", "表格有 %d 处错误"):format(count),
    "apply does the other rows", "执行时仅处理其余各行")
end

-- stopped: the error that kept the run from asking the platform.
local function in_doubt(summary, stopped)
  local message = both("%d rows may have been done", "%d 行结果未知"):format(summary.in_doubt)
  -- What a ledger could not record is not in the file of rejects either.
  local unrecorded = stopped and stopped.kind == "ledger"
  if summary.rejects and not unrecorded then
    message = compose(message, both("; %s names them", "，见 %s"):format(summary.rejects))
  end
  if stopped then
    message = compose(message, unrecorded and both("; ", "；")
      or both("; the platform could not be asked: ", "；未能向平台查询："),
      both(Error.line(stopped), Error.line(stopped, true)))
  end
  local err = M.partial("rows_in_doubt", message, AGAIN, AGAIN_ZH)
  err.ambiguous, err.cause = true, stopped
  return err
end

--- The error of an apply that a failure stopped: the failure, unless it leaves rows in doubt.
---@param summary table
---@param stopped wxlive.Error
---@return wxlive.Error
function M.of_stop(summary, stopped)
  if summary.in_doubt == 0 or stopped.kind == "interrupted" or stopped.kind == "quota" then
    return stopped
  end
  return in_doubt(summary, stopped)
end

--- The error of an apply; nil when everything is done.
---@param summary table
---@param counts table   of wxlive.shop.stage: of the sheet
---@return wxlive.Error?
function M.of_apply(summary, counts)
  if summary.in_doubt > 0 then
    return in_doubt(summary)
  elseif summary.rejected > 0 and counts.held > 0 then
    return M.partial("rows_rejected", both("%d rows did not get through, and may be some of the %d "
      .. "that are no longer in the sheet: nothing was deleted",
      "%d 行未通过，它们可能就是表格中不见的 %d 行，因此未删除任何内容"):format(summary.rejected, counts.held),
      "correct them in the sheet and apply it again", "请在表格中修正后重新执行")
  elseif summary.rejected > 0 then
    return M.partial("rows_rejected",
      both("failed rows: %d; correct them in %s and apply that file",
        "%d 行未通过，请修正 %s 后执行该文件"):format(summary.rejected, summary.rejects or "?"))
  elseif counts.broken then
    return M.partial("sheet_broken", both("the sheet could not be read to its end",
      "表格未能读取到末尾"), "correct it and apply it again", "请修正后重新执行")
  elseif (summary.not_removed or 0) > 0 then
    return M.partial("rows_not_removed",
      both("%d rows that are no longer in the sheet could not be deleted",
        "%d 行已不在表格中，但未能删除"):format(summary.not_removed), AGAIN, AGAIN_ZH)
  elseif summary.left > 0 then
    return M.partial("rows_left",
      both("%d rows are left; another run has claimed them, and has not finished them",
        "剩余 %d 行已被另一进程领取，尚未完成"):format(summary.left), AGAIN, AGAIN_ZH)
  end
end

--- The error of a notify; nil when all followers were notified.
---@param counts { followers: integer, unknown: integer }
---@return wxlive.Error?
function M.of_notify(counts)
  if counts.followers == 0 then
    return M.partial("nobody_told",
      both("no one was notified: the platform lists no long-term subscriber",
        "未通知任何人：平台没有返回长期订阅用户"))
  elseif counts.unknown > 0 then
    local err = M.partial("pages_unknown",
      both("it is not known whether %d followers were notified; they are not notified again",
        "%d 名用户是否已收到通知未知，不会重复通知"):format(counts.unknown),
      "--status shows their pages; --result takes the platform's callback of a page",
      "批次见 --status；可用 --result 录入平台的推送结果回调")
    err.ambiguous = true
    return err
  end
end

return M
