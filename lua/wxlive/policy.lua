--- What to do after an attempt. Decides; does no I/O itself.
--
--   outcome of a call                     read, write            create, once
--   never sent                            retry                  retry
--   token refused (before doing)          refresh once, retry    refresh once, retry
--   busy (refused before doing, for now)  retry                  retry
--   unknown (broken off, -1, 5xx)         retry                  look it up, else ambiguous
--   refused                               error at once          error at once
local M = {}

-- The platform answers these although it may have done the work, or part of it.
local unknown_codes = { [-1] = true, [200001] = true }

-- Refused for the moment, before anything was done.
local busy_codes = {
  [45011] = true,   -- calls per minute
  [300047] = true,  -- another card is being pushed
  [300048] = true, [9410001] = true, [9410002] = true, [9410003] = true, -- lists not readable
}

-- Transport failures that another try cannot mend.
local hopeless = {
  bad_argument = true, cancelled = true, io = true, unsupported = true, limit_exceeded = true,
}

-- Failures after sending that come again however often it is tried: a full disk, an answer above
-- the cap.
local in_vain = { io = true, too_large = true }

---@alias wxlive.Outcome "ok"|"unsent"|"token"|"busy"|"unknown"|"refused"

--- What an attempt came to.
---@param err wxlive.Error?
---@return wxlive.Outcome
function M.outcome(err)
  if not err then
    return "ok"
  elseif err.kind == "transport" then
    if err.sent == false then
      return hopeless[err.name] and "refused" or "unsent"
    end
    return "unknown"
  elseif err.kind == "http" then
    if err.http_status == 429 then
      return "busy"
    end
    return err.http_status >= 500 and "unknown" or "refused"
  elseif err.kind == "decode" then
    return "unknown"
  elseif err.class == "refresh_token" then
    return "token"
  elseif unknown_codes[err.code] then
    return "unknown"
  elseif busy_codes[err.code] then
    return "busy"
  end
  return "refused"
end

local by_retry = {
  read = { unsent = "retry", busy = "retry", unknown = "retry" },
  write = { unsent = "retry", busy = "retry", unknown = "retry" },
  create = { unsent = "retry", busy = "retry", unknown = "lookup" },
  once = { unsent = "retry", busy = "retry", unknown = "ambiguous" },
}

local function has(list, code)
  for _, item in ipairs(list or {}) do
    if item == code then
      return true
    end
  end
  return false
end

--- The next step of a call.
---@param entry table           of the catalogue
---@param outcome wxlive.Outcome
---@param err wxlive.Error?
---@param history { doubtful: boolean, refreshed: boolean }  of the attempts before
---@return "return"|"retry"|"refresh"|"lookup"|"ambiguous"|"fail"|"done"
function M.next_step(entry, outcome, err, history)
  if outcome == "ok" then
    return "return"
  elseif outcome == "token" then
    return entry.auth == "token" and not history.refreshed and "refresh" or "fail"
  elseif outcome == "refused" then
    -- An earlier try that seemed to fail had worked: this is the answer to a repeat.
    local code = err.code
    if code and history.doubtful and (entry.gone == code or has(entry.done, code)) then
      return "done"
    end
    return "fail"
  end
  local step = by_retry[entry.retry][outcome]
  if step == "retry" and outcome == "unknown" and in_vain[err.name] then
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
