--- The queue that workers on any number of machines serve: one job for each sheet that was
--- submitted, each look at an account, each room to be notified of, each replay to be fetched.
--
-- Kinds of jobs, and their names:
--   rooms, goods   the name of a sheet; its rows are claimed one by one (wxlive.ledger.items),
--                  therefore several workers may serve it at once
--   notify         a room's id        replays   a room's id        watch   rooms or goods
-- The latter three are served by one worker at a time, which is the owner of the job; when it is
-- dead, another takes over (wxlive.ledger.workers).
--
-- States: queued, working, waiting (until `not_before`, for the reason that stands in it), done,
-- failed. All functions but `submit` and `put` read and change the jobs of all accounts.
local compat = require "wxlive.base.compat"
local json = require "wxlive.json"
local reasons = require "wxlive.ledger.reason"
local room_goods = require "wxlive.ledger.room_goods"
local workers = require "wxlive.ledger.workers"

local M = {}

--- Kinds of jobs that stand for a sheet.
M.sheets = { rooms = true, goods = true }

local COLUMNS = { "appid", "kind", "name", "state", "compare", "edition", "turns", "failures",
  "not_before", "owner", "reason", "counts", "submitted_at", "ended_at", "served_at",
  whole = { "compare", "edition", "turns", "failures" } }
local WHERE = " WHERE appid = ? AND kind = ? AND name = ?"
local UNFINISHED = "state NOT IN ('done', 'failed')"
local OPEN = "('todo', 'claimed', 'doubt')"

---@class wxlive.Job
---@field appid string         as the ledger has it
---@field kind "rooms"|"goods"|"notify"|"replays"|"watch"
---@field name string
---@field state "queued"|"working"|"waiting"|"done"|"failed"
---@field compare boolean      the platform's list is to be read before the first row
---@field edition integer      how often it was submitted
---@field turns integer        how often a worker took it
---@field failures integer     in a row
---@field not_before number
---@field owner string?
---@field reason string?
---@field counts table?        of a finished job
---@field submitted_at number
---@field ended_at number?
---@field served_at number

local function select_jobs(ledger, more, ...)
  local found, err = ledger.db:records(COLUMNS, "SELECT %s FROM job" .. more, ...)
  for _, job in ipairs(found or {}) do
    job.compare, job.reason = job.compare == 1, reasons.read(job.reason)
    job.counts = job.counts and json.decode(job.counts)
  end
  return found, err
end

-- Changes a job, unless its sheet was submitted again since it was read.
local function update(ledger, job, set, ...)
  local n, values = select("#", ...), { ... }
  values[n + 1], values[n + 2], values[n + 3], values[n + 4] = job.appid, job.kind, job.name,
    job.edition
  return ledger.db:change("UPDATE job SET " .. set .. WHERE .. " AND edition = ?",
    compat.unpack(values, 1, n + 4))
end

local INSERT = "INSERT INTO job (appid, kind, name, state, compare, edition, turns, failures,"
  .. " served_at, not_before, submitted_at) VALUES (?, ?, ?, 'queued', ?, 1, 0, 0, 0, 0, ?)"
  .. " ON CONFLICT (appid, kind, name) DO "

--- Puts a sheet whose rows are in the ledger into the queue, also one that was there before.
---@param ledger wxlive.Ledger
---@param kind "rooms"|"goods"
---@param name string
---@param compare boolean   the platform's list is to be read before the first row
---@return any ok
---@return wxlive.Error? err
function M.submit(ledger, kind, name, compare)
  return ledger.db:change(INSERT .. "UPDATE SET state = 'queued', edition = job.edition + 1,"
    .. " failures = 0, not_before = 0, reason = NULL, counts = NULL, ended_at = NULL,"
    .. " submitted_at = excluded.submitted_at, compare = CASE WHEN excluded.compare = 1"
    .. " THEN 1 ELSE job.compare END", ledger.appid, kind, name, compare and 1 or 0, ledger:time())
end

--- Puts a job into the queue if it was never there.
---@return integer? new   1, or 0 when it was there
---@return wxlive.Error? err
function M.put(ledger, kind, name)
  return ledger.db:change(INSERT .. "NOTHING", ledger.appid, kind, name, 0, ledger:time())
end

--- The jobs that may be served now, in an order that takes accounts in turn: the account that was
--- served last comes last.
---@param ledger wxlive.Ledger
---@param watching boolean   looks, or everything else
---@return wxlive.Job[]? jobs
---@return wxlive.Error? err
function M.due(ledger, watching)
  local accounts = watching and "" or " JOIN (SELECT appid AS account, MAX(served_at) AS turn"
    .. " FROM job WHERE kind <> 'watch' GROUP BY appid) served ON account = appid"
  return select_jobs(ledger, ("%s WHERE %s AND not_before <= ? AND kind %s 'watch' ORDER BY %s")
    :format(accounts, UNFINISHED, watching and "=" or "<>",
      watching and "not_before" or "turn, served_at, submitted_at"), ledger:time())
end

--- Whether no worker that lives is the owner of a job.
---@return boolean? free
---@return wxlive.Error? err
function M.is_free(ledger, job)
  return workers.is_free(ledger, job.owner)
end

--- Takes a job for a turn, if no other worker did since it was read, and it need not wait since.
---@return boolean? taken
---@return wxlive.Error? err
function M.take(ledger, job)
  local owner = not M.sheets[job.kind] and ledger.worker or nil
  local n, err = ledger.db:change("UPDATE job SET state = 'working', turns = turns + 1,"
    .. " served_at = ?, owner = ?" .. WHERE .. " AND turns = ? AND not_before <= ? AND "
    .. UNFINISHED, ledger:time(), owner, job.appid, job.kind, job.name, job.turns,
    ledger:time())
  return n and n == 1, err
end

--- Leaves a job after a turn that did not finish it.
---@param fields { wait: number?, reason: wxlive.Error|wxlive.Sentence|string|nil,
---  failures: integer?, compared: boolean? }   wait: seconds until it may be served again, none
---  when left out; failures: in a row
---@return any ok
---@return wxlive.Error? err
function M.leave(ledger, job, fields)
  local wait = fields.wait
  return update(ledger, job, "state = ?, not_before = ?, reason = ?, failures = ?, owner = NULL,"
    .. " compare = ?", wait and "waiting" or "working", wait and ledger.now() + wait or 0.0,
    reasons.text(fields.reason), fields.failures or 0,
    job.compare and not fields.compared and 1 or 0)
end

--- Lets the jobs of an account wait until a time.
---@param appid string
---@param kind string?    all jobs but looks when left out
---@param until_ number
---@param reason wxlive.Error|wxlive.Sentence|string
---@return any ok
---@return wxlive.Error? err
function M.hold(ledger, appid, kind, until_, reason)
  return ledger.db:change("UPDATE job SET state = 'waiting', not_before = ?, reason = ?"
    .. " WHERE appid = ? AND (kind = ? OR ? = 'all' AND kind <> 'watch') AND "
    .. UNFINISHED, until_ + 0.0, reasons.text(reason), appid, kind or "", kind and "" or "all")
end

-- Of each sheet, the rows that are done, but whose goods a room has refused.
local function refusals(ledger, more, ...)
  return ledger.db:records({ "appid", "sheet", "count", whole = { "count" } },
    "SELECT item.appid, item.sheet, COUNT(DISTINCT item.key) FROM placement JOIN item"
    .. " ON item.appid = placement.appid AND item.kind = 'goods' AND item.key = placement.key"
    .. " WHERE placement.reason IS NOT NULL AND placement.state NOT IN ('adding', 'removing')"
    .. " AND item.state = 'done'" .. more .. " GROUP BY item.appid, item.sheet", ...)
end

-- Counts these rows as failed, as the rejects of an apply do.
local function fail(counts, count)
  counts.done, counts.failed = (counts.done or 0) - count, (counts.failed or 0) + count
end

-- The rows of a sheet by their state.
local function counts_of(ledger, job)
  local counts, err = ledger:of(job.appid):counts(job.kind, job.name)
  if not counts or job.kind ~= "goods" then
    return counts, err
  end
  local refused
  refused, err = refusals(ledger, " AND item.appid = ? AND item.sheet = ?", job.appid, job.name)
  for _, row in ipairs(refused or {}) do
    fail(counts, row.count)
  end
  return refused and counts, err
end

--- Ends the job of a sheet if none of its rows is to be done; with them go its pictures.
---@return boolean? ended
---@return wxlive.Error? err
function M.finish_sheet(ledger, job)
  local counts, err = counts_of(ledger, job)
  if not counts then
    return nil, err
  end
  return ledger.db:transaction(function()
    local n, why = update(ledger, job, "state = 'done', reason = NULL, ended_at = ?, counts = ?",
      ledger:time(), assert(json.encode(counts)))
    local open
    if n then
      open, why = ledger.db:count("SELECT COUNT(*) FROM item WHERE appid = ? AND kind = ?"
        .. " AND sheet = ? AND state IN " .. OPEN, job.appid, job.kind, job.name)
    end
    if not open then
      return nil, why
    elseif n == 0 or open > 0 then
      n, why = update(ledger, job, "state = 'working', ended_at = NULL, counts = NULL")
      return n and false, why
    end
    n, why = ledger.db:change("DELETE FROM job_picture" .. WHERE, job.appid, job.kind, job.name)
    return n and true, why
  end)
end

--- Ends a job that has an owner.
---@param job wxlive.Job
---@param counts table?     what was done
---@param reason wxlive.Error|wxlive.Sentence|string|nil   why it failed, or what is odd
---@param failed boolean?
---@return any ok
---@return wxlive.Error? err
function M.finish(ledger, job, counts, reason, failed)
  return update(ledger, job, "state = ?, reason = ?, owner = NULL, ended_at = ?, counts = ?",
    failed and "failed" or "done", reasons.text(reason), ledger:time(),
    counts and assert(json.encode(counts)))
end

-- Pictures ----------------------------------------------------------------------------------------

--- Keeps the content of a picture of a sheet until its job has ended.
---@param read fun(): string?, wxlive.Error?   gives it in base64; is called when it is not kept yet
---@return any ok
---@return wxlive.Error? err
function M.keep_picture(ledger, kind, name, digest, read)
  local there, err = ledger.db:count("SELECT COUNT(*) FROM job_picture" .. WHERE
    .. " AND digest = ?", ledger.appid, kind, name, digest)
  if not there or there > 0 then
    return there, err
  end
  local content
  content, err = read()
  if not content then
    return nil, err
  end
  return ledger.db:change("INSERT INTO job_picture (appid, digest, kind, name, content)"
    .. " VALUES (?, ?, ?, ?, ?) ON CONFLICT (appid, digest, kind, name) DO NOTHING", ledger.appid,
    digest, kind, name, content)
end

--- The content of a picture, in base64.
---@return string? content
---@return wxlive.Error? err
function M.picture(ledger, digest)
  return ledger.db:one("SELECT content FROM job_picture WHERE appid = ? AND digest = ? LIMIT 1",
    ledger.appid, digest)
end

-- For people and metrics --------------------------------------------------------------------------

-- The rows of all sheets that are in the queue, by account, kind and sheet.
local function open_counts(ledger)
  local found, err = ledger.db:records({ "appid", "kind", "sheet", "state", "count",
    whole = { "count" } }, "SELECT item.appid, item.kind, item.sheet, item.state, COUNT(*)"
    .. " FROM job JOIN item ON item.appid = job.appid AND item.kind = job.kind"
    .. " AND item.sheet = job.name WHERE job." .. UNFINISHED
    .. " GROUP BY item.appid, item.kind, item.sheet, item.state")
  local by_job = {}
  for _, row in ipairs(found or {}) do
    local mark = row.appid .. "\0" .. row.kind .. "\0" .. row.sheet
    by_job[mark] = by_job[mark] or {}
    by_job[mark][row.state] = row.count
  end
  local refused
  if found then
    refused, err = refusals(ledger, "")
  end
  for _, row in ipairs(refused or {}) do
    local counts = by_job[row.appid .. "\0goods\0" .. row.sheet]
    if counts then
      fail(counts, row.count)
    end
  end
  return refused and by_job, err
end

--- All jobs but looks, in the order in which they were submitted. `counts` of a sheet: its rows by
--- their state.
---@return wxlive.Job[]? jobs
---@return wxlive.Error? err
function M.list(ledger)
  local found, err = select_jobs(ledger,
    " WHERE kind <> 'watch' ORDER BY submitted_at, appid, name")
  local counts
  if found then
    counts, err = open_counts(ledger)
  end
  if not counts then
    return nil, err
  end
  for _, job in ipairs(found) do
    if M.sheets[job.kind] and not job.counts then
      job.counts = counts[job.appid .. "\0" .. job.kind .. "\0" .. job.name] or {}
    end
  end
  return found
end

--- The rows of a sheet that failed or are in doubt, with the reasons: { line, key, state, reason }.
---@return table[]? rows
---@return wxlive.Error? err
function M.problems(ledger, job)
  local found, err = ledger.db:records({ "line", "key", "state", "reason", whole = { "line" } },
    "SELECT %s FROM item WHERE appid = ? AND kind = ? AND sheet = ?"
    .. " AND (reason IS NOT NULL OR state IN ('failed', 'doubt')"
    .. " OR EXISTS (SELECT 1 FROM placement WHERE placement.appid = item.appid"
    .. " AND placement.key = item.key AND item.kind = 'goods' AND placement.reason IS NOT NULL))"
    .. " ORDER BY line", job.appid, job.kind, job.name)
  if not found then
    return nil, err
  end
  local account = ledger:of(job.appid)
  for _, row in ipairs(found) do
    row.reason = reasons.read(row.reason)
    if not row.reason and job.kind == "goods" then
      row.reason, err = room_goods.reason(account, row.key)
      if err then
        return nil, err
      end
    end
  end
  return found
end

return M
