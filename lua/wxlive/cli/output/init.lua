--- Checks that the command's output reached the standard output.
local core = require "wxlive.core"
local Error = require "wxlive.error"
local json = require "wxlive.json"
local sentence = require "wxlive.text.sentence"

local M = {}

local both, compose = sentence.both, sentence.compose

--- Hands everything that was printed to the system. A failed write is an error, whenever it
--- happened; err.closed means that the reader went away (as `head` does), which needs no message.
---@param result table?  of work that was done: it goes into the error, so that no id is lost
---@return true? ok
---@return wxlive.Error? err
function M.flush(result)
  local ok, failure = core.process.flush()
  if ok then
    return true
  end
  local text = result and json.encode(result)
  return Error.fail {
    kind = "output", name = "output_failed", closed = failure.closed and not result or nil,
    message = compose(both("the standard output cannot be written: ", "无法写入标准输出："),
      failure.message, text and both("; the call was done and gave ", "；调用已执行，结果为 ") or "",
      text or ""),
    hint = result and "keep this result: the platform may not return it again" or nil,
    hint_zh = result and "请保存该结果，平台可能不会再次返回" or nil,
  }
end

return M
