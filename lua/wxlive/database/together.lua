--- Transactions of tasks that run at the same time, in one commit.
--
-- A commit waits for the disk, and every task with it. Answers arrive in bunches: the tasks that
-- have one record it in the same commit. Each goes on when its own work is on disk, as with a
-- transaction of its own.
local loops = require "wxlive.concurrent.loop"

local M = {}

-- All in one transaction. False: one of them failed, and must not take the others along.
local function at_once(db, jobs)
  local fine, ok, err = pcall(db.transaction, db, function()
    for _, job in ipairs(jobs) do
      local why
      job.value, why = job.work()
      if job.value == nil then
        return nil, why
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
    job.fine, job.value, job.err = pcall(db.transaction, db, job.work)
  end
end

--- Runs work() as db:transaction does, with what other tasks of a loop ask for meanwhile.
---@param db wxlive.database.Db
---@param work fun(): any, wxlive.Error?
---@return any value
---@return wxlive.Error? err
function M.transaction(db, work)
  local loop = loops.current()
  if not loop then
    return db:transaction(work)
  end
  local job = { work = work, task = loop:this(), fine = true }
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
