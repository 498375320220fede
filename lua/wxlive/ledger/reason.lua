--- Why a row, a cue or a job is in its state, as the ledger keeps it: in both languages, because
--- who reads it may speak another one than the process that wrote it (a worker has no terminal).
local Error = require "wxlive.error"
local pick = require("wxlive.text.language").pick

local M = {}

local SEPARATOR = "\30" -- ASCII's record separator

--- A reason as the ledger keeps it. Earlier versions kept it in one language.
---@param reason wxlive.Error|wxlive.Sentence|string|nil
---@return string?
function M.text(reason)
  if type(reason) ~= "table" then
    return reason
  end
  local message, message_zh = reason.message, reason.message_zh
  if Error.is(reason) then
    message, message_zh = Error.line(reason), Error.line(reason, true)
  end
  return message_zh and message_zh ~= message and message .. SEPARATOR .. message_zh or message
end

--- A kept reason in the reader's language.
---@param kept string?
---@return string?
function M.read(kept)
  local message, message_zh = (kept or ""):match("^(.-)" .. SEPARATOR .. "(.*)$")
  return message and pick(message, message_zh) or kept
end

return M
