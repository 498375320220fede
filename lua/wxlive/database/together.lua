--- Transactions of tasks that run at the same time, in one commit.
--
-- A commit waits for the disk, and every task with it. Answers arrive in bunches: the tasks that
-- have one record it in the same commit. Each goes on when its own work is on disk, as with a
-- transaction of its own. What several of them write in the same way is written by one statement.
local loops = require "wxlive.concurrent.loop"

local M = {}

-- The jobs with the same work are a group.
local function groups_of(jobs)
  local groups, by_work = {}, {}
  for _, job in ipairs(jobs) do
    local group = by_work[job.work]
    if not group then
      group = { work = job.work, jobs = {}, rows = {} }
      by_work[job.work], groups[#groups + 1] = group, group
    end
    table.insert(group.jobs, job)
    table.insert(group.rows, job.row)
  end
  return groups
end

-- All in one transaction. False: one of them failed, and must not take the others along.
local function at_once(db, jobs)
  local groups = groups_of(jobs)
  local fine, ok, err = pcall(db.transaction, db, function()
    for _, group in ipairs(groups) do
      local value, why = group.work(group.rows)
      if value == nil then
        return nil, why
      end
      for _, job in ipairs(group.jobs) do
        job.value = value
      end
    end
    return true
  end)
  if fine and not ok and not db.connection then
    -- The database is away, for each of them.
    for _, job in ipairs(jobs) do
      job.value, job.err = nil, err
    end
    return true
  end
  return fine and ok
end

local function run(db, jobs)
  if #jobs > 1 and at_once(db, jobs) then
    return
  end
  for _, job in ipairs(jobs) do
    job.fine, job.value, job.err = pcall(db.transaction, db, function()
      return job.work { job.row }
    end)
  end
end

--- Runs work(rows) as db:transaction does, with what other tasks of a loop ask for meanwhile. rows
--- are those of all tasks that gave this very function; value is then for each of them.
---@param db wxlive.database.Db
---@param work fun(rows: table[]): any, wxlive.Error?
---@param row table?
---@return any value
---@return wxlive.Error? err
function M.transaction(db, work, row)
  local loop = loops.current()
  if not loop then
    return db:transaction(function() return work { row } end)
  end
  local job = { work = work, row = row, task = loop:this(), fine = true }
  if db.together then
    table.insert(db.together, job)
    loop:park()
  else
    local jobs = { job }
    db.together = jobs
    loop:sleep(0) -- every task that has an answer runs first
    db.together = nil
    run(db, jobs)
    for i = 2, #jobs do
      loop:wake(jobs[i].task)
    end
  end
  if not job.fine then
    error(job.value, 0)
  end
  return job.value, job.err
end

return M
