--- What is in the queue of a ledger: jobs, how far they are, what they wait for, what failed.
--
--   local queue = assert(require("wxlive.worker.queue").open "postgresql://wxlive@db/wxlive")
--   for _, job in ipairs(assert(queue:jobs())) do print(job.name, job.state, job.left) end
local jobs = require "wxlive.ledger.jobs"
local json = require "wxlive.json"
local ledgers = require "wxlive.ledger"
local sentence = require "wxlive.text.sentence"
local tables = require "wxlive.base.tables"

local M = {}

local both = sentence.both

-- Finished jobs are listed for a week, in seconds.
local SHOWN = 7 * 86400

---@class wxlive.Queue
---@field ledger wxlive.Ledger
local Queue = {}
Queue.__index = Queue
Queue.__name = "wxlive.Queue"

--- Opens the queue of a ledger, which is only read: a file that is not there is an error.
---@param location string             postgresql://..., or a file
---@param names table<string, string>?   the name of each account in rows, by its appid or by the
---  ledger's name of it (wxlive.shop.account); a job of another account says that it has none
---@return wxlive.Queue? queue
---@return wxlive.Error? err
function M.open(location, names)
  local ledger, err = ledgers.open(location, { appid = "", reading = true, existing = true })
  if not ledger then
    return nil, err
  end
  return setmetatable({ ledger = ledger, names = names }, Queue)
end

--- Closes the connection to the ledger.
function Queue:close()
  self.ledger:close()
end

-- The name of a job's account, and whether it is among those that are known.
local function account_of(self, job)
  local appid = job.appid:match("^[^@]*")
  local name = self.names and (self.names[job.appid] or self.names[appid])
  return name or appid, name ~= nil
end

local function is_ended(job)
  return job.state == "done" or job.state == "failed"
end

-- Why a job is not served, where that is known here and not by a worker.
local function unserved(self, job)
  if not self.names or is_ended(job) or select(2, account_of(self, job)) then
    return nil
  end
  local place = job.appid:match("@(.*)$")
  return sentence.read(both("the settings have no account with this appid%s; a worker with these "
    .. "settings does not serve it", "配置中没有该 appid 的账号%s，使用此配置的 worker 不会执行")
    :format(place and both(" at %s", "（%s）"):format(place) or ""))
end

local function row_of(self, job)
  local counts, why = job.counts or {}, unserved(self, job)
  local row = {
    account = (account_of(self, job)), kind = job.kind, name = job.name,
    state = job.state, reason = why or job.reason, unserved = why and true or nil,
    submitted_at = job.submitted_at, ended_at = job.ended_at,
    next_at = job.state == "waiting" and job.not_before or nil,
  }
  if jobs.sheets[job.kind] then
    row.done = (counts.done or 0) + (counts.removed or 0)
    row.failed, row.in_doubt = counts.failed or 0, counts.doubt or 0
    row.left = (counts.todo or 0) + (counts.claimed or 0) + row.in_doubt
    row.rows = row.done + row.failed + row.left
  else
    row.counts = job.counts
  end
  return row
end

-- Whether a job is wanted. Finished ones are for a week, or by their name.
local function fits(self, job, wanted)
  local account, ended = account_of(self, job), is_ended(job)
  return (not wanted.accounts or wanted.accounts[account] == true)
    and (not wanted.name or job.name == wanted.name) and not (wanted.unfinished and ended)
    and (wanted.name ~= nil or not ended or job.ended_at > self.ledger.now() - SHOWN)
end

-- Calls rows_of(job) for each job that is wanted, and gives all the rows as one list.
local function collect(self, wanted, rows_of)
  local list, err = jobs.list(self.ledger)
  if not list then
    return nil, err
  end
  local rows = json.array {}
  for _, job in ipairs(list) do
    local more = {}
    if fits(self, job, wanted or {}) then
      more, err = rows_of(job)
    end
    if not more then
      return nil, err
    end
    tables.append(rows, more)
  end
  return rows
end

--- The jobs, in the order in which they were submitted; finished ones for a week, or by their name.
---@param wanted { accounts: table<string, boolean>?, name: string?, unfinished: boolean? }?
---  accounts: the names of those whose jobs are wanted, as keys
---@return table[]? rows   { account, kind, name, state, rows, done, failed, left, in_doubt, reason,
---  next_at, submitted_at, ended_at, unserved }; the numbers are of rows of a sheet; unserved: no
---  account that is known has the job
---@return wxlive.Error? err
function Queue:jobs(wanted)
  return collect(self, wanted, function(job)
    return { row_of(self, job) }
  end)
end

--- The rows of sheets that failed, are in doubt, or were refused by a room; of the jobs that `jobs`
--- lists.
---@param wanted { accounts: table<string, boolean>?, name: string?, unfinished: boolean? }?
---@return table[]? rows   { account, name, line, key, state, reason }
---@return wxlive.Error? err
function Queue:problems(wanted)
  return collect(self, wanted, function(job)
    local found, err = {}, nil
    if jobs.sheets[job.kind] then
      found, err = jobs.problems(self.ledger, job)
    end
    for _, one in ipairs(found or {}) do
      one.account, one.name = (account_of(self, job)), job.name
    end
    return found, err
  end)
end

return M
