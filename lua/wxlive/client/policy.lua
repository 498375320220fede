--- What to do after an attempt. Decides; does no I/O itself.
--
--   outcome of an attempt                  read, write            create, once
--   unsent                                 retry                  retry
--   token (refused, nothing done)          refresh once, retry    refresh once, retry
--   busy (refused for now, nothing done)   retry                  retry
--   unknown (broken off, -1, 5xx)          retry                  look it up, else ambiguous
--   any other                              error at once          error at once
--   an HTTP refusal without an errcode     error at once          look it up, then error
--
-- wxlive.errcodes.outcome says which outcome an error has.
local outcomes = require "wxlive.errcodes.outcome"

local M = {}

-- Failures after sending that every repeat would meet again: a full disk, an answer above the cap.
local in_vain = { io = true, too_large = true }

local by_retry = {
  read = { unsent = "retry", busy = "retry", unknown = "retry" },
  write = { unsent = "retry", busy = "retry", unknown = "retry" },
  create = { unsent = "retry", busy = "retry", unknown = "lookup" },
  once = { unsent = "retry", busy = "retry", unknown = "ambiguous" },
}

local creates = { create = true, once = true }

--- The outcome of an attempt of this endpoint. An HTTP refusal without an errcode is not the
--- platform's: something on the way gave it, behind which the work may have been done. That matters
--- to what must not be repeated.
---@param entry table           of the catalogue
---@param err wxlive.Error?
---@return wxlive.Outcome
function M.outcome(entry, err)
  local outcome = outcomes.of(err)
  if outcome == "refused" and err.kind == "http" and creates[entry.retry] then
    return "unknown"
  end
  return outcome
end

--- The next step of a call after an attempt that failed.
---@param entry table           of the catalogue
---@param outcome wxlive.Outcome
---@param err wxlive.Error
---@param history { doubtful: boolean, refreshed: boolean, unchanged: boolean? }  of the attempts
---  before; unchanged: the answer that could not be read is the same as the one before
---@return "retry"|"refresh"|"lookup"|"ambiguous"|"fail"|"done"
function M.next_step(entry, outcome, err, history)
  if outcome == "token" then
    return entry.auth ~= "none" and not history.refreshed and "refresh" or "fail"
  end
  local step = by_retry[entry.retry][outcome]
  if not step then
    -- An earlier try had worked although it seemed to fail: this is the platform's answer to the
    -- repeat.
    if err.code and history.doubtful and outcomes.meaning(entry, err.code) == "done" then
      return "done"
    end
    return "fail"
  elseif step == "retry" and outcome == "unknown" and (in_vain[err.name] or history.unchanged) then
    return "fail"
  end
  return step
end

--- Seconds to wait before try number n + 1: exponential, full jitter, never less than asked for.
---@param retry { base: number, max: number }
---@param n integer          tries made
---@param asked number?      Retry-After
---@param random number      in [0, 1)
---@return number
function M.delay(retry, n, asked, random)
  local ceiling = math.min(retry.max, retry.base * 2 ^ (n - 1))
  return math.max(asked or 0, random * ceiling)
end

return M
