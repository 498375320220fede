--- A lane of a worker: takes a job, serves it for a turn, and leaves it as the turn's outcome says.
local concurrent_loop = require "wxlive.concurrent.loop"
local core = require "wxlive.core"
local Error = require "wxlive.error"
local follow = require "wxlive.worker.follow"
local jobs = require "wxlive.ledger.jobs"
local outcomes = require "wxlive.errcodes.outcome"
local sentence = require "wxlive.text.sentence"
local sheet = require "wxlive.worker.sheet"
local tables = require "wxlive.base.tables"

local M = {}

---@class wxlive.worker.Lane
---@field worker wxlive.Worker
---@field ledger wxlive.Ledger   of this lane alone
---@field watching boolean       serves looks, and nothing else
local Lane = {}
Lane.__index = Lane
Lane.__name = "wxlive.worker.Lane"

-- A turn gives its outcome:
--   err       it could not go on; `account`: nor can any job of its account
--   counts    it is finished; `reason`: what is odd about it, an error
--   wait      it may be served again after so many seconds; `reason`: why, an error or a sentence
--   whole     nothing of its sheet is left
--   others    what is left of its sheet is claimed by other workers
--   compared  the platform's list was read
-- or nothing of these: it goes on in another turn.
local kinds = {
  rooms = sheet.turn, goods = sheet.turn, watch = follow.watch, notify = follow.notify,
  replays = follow.replays,
}

-- Seconds: without a job; with a ledger that fails; behind the end of a quota's period; until a job
-- is looked at again whose rows other workers have claimed; for which a list of jobs is used.
local IDLE, BROKEN, AFTER_RESET, QUIET, FRESH = 1, 5, 5, 1, 1

-- The first wait after a failure and the longest, by what the failure concerns.
local waits = { account = { 60, 600 }, other = { 5, 300 } }

--- A lane with a ledger of its own.
---@param worker wxlive.Worker
---@param ledger wxlive.Ledger
---@param watching boolean
---@return wxlive.worker.Lane
function M.new(worker, ledger, watching)
  return setmetatable({ worker = worker, ledger = ledger, watching = watching }, Lane)
end

--- Waits so many seconds while other lanes work.
---@param seconds number
function Lane:sleep(seconds) -- luacheck: ignore 212
  concurrent_loop.current():sleep(seconds)
end

--- The calls that a turn at a sheet may have under way: lanes that have one share the worker's.
---@return integer
function Lane:share()
  local sheets = tables.only(self.worker.lanes, function(one)
    return one.job and jobs.sheets[one.job.kind]
  end)
  return math.max(1, math.floor(self.worker.options.concurrency / math.max(1, #sheets)))
end

--- Reports what happens to the job of this lane.
---@param what string
---@param fields table?
function Lane:report(what, fields)
  fields = fields or {}
  local job = self.job
  fields.account, fields.kind, fields.name = self.account.name, job.kind, job.name
  self.worker:report(what, fields)
end

-- What no two lanes of a process serve at once: the same kind of work of an account; and one replay
-- at a time, because a download is long.
local function mark_of(job)
  return job.kind == "replays" and "replays" or job.appid .. "\0" .. job.kind
end

local function name_of(job)
  return job.appid .. "\0" .. job.kind .. "\0" .. job.name
end

-- Whether this worker would serve a job now.
local function is_ours(self, job)
  local worker, name = self.worker, name_of(job)
  local until_ = worker.quiet[name]
  if until_ and core.system.monotonic() < until_ then
    return false
  end
  worker.quiet[name] = nil
  return worker.accounts[job.appid] ~= nil and not worker.busy[mark_of(job)]
    and (job.kind ~= "replays" or worker.options.replays ~= nil)
    and (job.kind ~= "notify" or worker.options.notify == true)
end

-- Takes a job, if this worker would serve it and no other does.
local function try(self, job)
  if not is_ours(self, job) then
    return false
  end
  local free, err = jobs.is_free(self.ledger, job)
  if not free then
    return free, err
  end
  return jobs.take(self.ledger, job)
end

-- Takes the first job that is due and that this worker would serve. Gives false when there is none.
-- With thousands of accounts the list is long: lanes share it, and read it again once a second, or
-- at its end.
local function take(self)
  local due, read = self.worker.due, false
  while true do
    local shared = due[self.watching]
    local fresh = shared and core.system.monotonic() < shared.until_
    local job = fresh and shared.list[shared.at]
    local taken, list, err
    if job then
      shared.at = shared.at + 1
      taken, err = try(self, job)
      if taken then
        return job
      end
    elseif read or fresh and not shared.list[1] then
      return false
    else
      list, err = jobs.due(self.ledger, self.watching)
      due[self.watching] = list and {
        list = list, at = 1, until_ = core.system.monotonic() + FRESH,
      }
      read = true
    end
    if err then
      return nil, err
    end
  end
end

-- Seconds to wait after so many failures in a row.
local function backoff(kind, failures)
  local first, most = waits[kind][1], waits[kind][2]
  return math.min(most, first * 2 ^ math.min(failures, 20))
end

-- Whether the end of a turn ends a job: a job of one room ends with a refusal.
local function is_final(job, turn)
  return (job.kind == "notify" or job.kind == "replays") and not turn.err.ambiguous
    and not turn.account and outcomes.scope(turn.err) == "row"
end

-- Leaves a job whose turn failed: for itself, or with the other jobs of its account that would fail
-- as it did.
local function leave_failed(self, job, turn)
  local ledger, err = self.ledger, turn.err
  local account = turn.account or outcomes.scope(err) == "account"
  local wait
  if err.resets_at then
    wait = math.max(0, err.resets_at - self.account.live.clock.now()) + AFTER_RESET
  else
    wait = backoff(account and "account" or "other", job.failures)
  end
  local ok, why = jobs.leave(ledger, job, {
    wait = wait, reason = err, failures = err.resets_at and job.failures or job.failures + 1,
    compared = turn.compared,
  })
  if ok and job.kind ~= "watch" and (account or err.resets_at) then
    ok, why = jobs.hold(ledger, job.appid, not account and job.kind or nil, ledger.now() + wait,
      err)
  end
  self:report("waiting", { err = err, seconds = wait })
  return ok, why
end

-- A reason in the language of who reads.
local function text_of(reason)
  return reason and (Error.is(reason) and Error.read(reason) or sentence.read(reason))
end

local function finish(self, job, turn)
  local ok, err = jobs.finish(self.ledger, job, turn.counts, turn.reason)
  self:report("done", { counts = turn.counts, reason = text_of(turn.reason) })
  return ok, err
end

-- Ends the job of a sheet, unless rows were added meanwhile.
local function finish_sheet(self, job)
  local ended, err = jobs.finish_sheet(self.ledger, job)
  if ended then
    self:report("done")
  end
  return ended ~= nil or nil, err
end

-- Leaves a job as its turn has ended.
local function leave(self, job, turn)
  local ledger, err = self.ledger, turn.err
  if err and err.kind == "ledger" then
    return nil, err
  elseif err and err.kind ~= "interrupted" then
    if is_final(job, turn) then
      self:report("failed", { err = err })
      return jobs.finish(ledger, job, nil, err, true)
    end
    return leave_failed(self, job, turn)
  elseif turn.counts then
    return finish(self, job, turn)
  elseif turn.whole then
    return finish_sheet(self, job)
  elseif turn.wait then
    if job.kind ~= "watch" then
      self:report("waiting", { reason = text_of(turn.reason), seconds = turn.wait })
    end
    return jobs.leave(ledger, job, turn)
  elseif turn.others then
    self.worker.quiet[name_of(job)] = core.system.monotonic() + QUIET
  end
  if job.failures > 0 or turn.compared or not jobs.sheets[job.kind] then
    return jobs.leave(ledger, job, { compared = turn.compared })
  end
  return true
end

-- A turn at a job.
local function take_turn(self, job)
  local live, err = self.worker:client(self.account)
  if not live then
    return { err = err, account = true }
  end
  local fine, turn = pcall(kinds[job.kind], self, job, self.account)
  return fine and turn or { err = Error.raised(turn) }
end

-- Serves one job for a turn. Gives false when there is none.
local function serve(self)
  local job, err = take(self)
  if not job then
    return job, err
  end
  local worker = self.worker
  self.job, self.account = job, worker.accounts[job.appid]
  worker.busy[mark_of(job)] = true
  if job.state == "queued" and job.kind ~= "watch" then
    self:report("began")
  end
  local ok
  ok, err = leave(self, job, take_turn(self, job))
  return ok and true, err
end

-- The lane's job has ended, or what was done with it raised.
local function lay_down(self)
  if self.job then
    self.worker.busy[mark_of(self.job)], self.job = nil, nil
  end
end

--- Serves jobs until the worker is to end.
---@param lane wxlive.worker.Lane
function M.run(lane)
  local worker = lane.worker
  while not worker:is_ending() do
    local fine, served, err = pcall(serve, lane)
    lay_down(lane)
    if not fine then
      served, err = nil, Error.raised(served)
    end
    if err then
      worker:report("error", { err = err })
    end
    local ends = core.system.monotonic() + (err and BROKEN or served and 0 or IDLE)
    while core.system.monotonic() < ends and not worker:is_ending() do
      lane:sleep(math.min(0.2, ends - core.system.monotonic()))
    end
  end
end

return M
