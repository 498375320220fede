-- The queue's contract, on SQLite and on a real PostgreSQL.
local command = require "spec.support.command"
local jobs = require "wxlive.ledger.jobs"
local ledgers = require "wxlive.ledger"
local postgres = require "spec.support.servers.postgres"

local server, home

local function contract(name, new_location)
  describe("a queue on " .. name, function()
    local location, ledger, other, now

    local function open(appid, worker)
      return assert(ledgers.open(location, {
        appid = appid, now = function() return now end, worker = worker,
      }))
    end

    local function put_row(key, state, appid)
      assert(ledger.db:change("INSERT INTO item (appid, kind, key, sheet, line, wanted, state,"
        .. " claimed_at, updated_at) VALUES (?, 'goods', ?, 'a.csv', 1, '{}', ?, ?, ?)",
        appid or "wx1", key, state, now - 5.5, now + 0.0))
    end

    -- Marks of the jobs that are due.
    local function due(watching)
      local marks = {}
      for i, job in ipairs(assert(jobs.due(ledger, watching or false))) do
        marks[i] = job.appid .. " " .. job.kind .. " " .. job.name
      end
      return marks
    end

    local function job_of(wanted)
      for _, job in ipairs(assert(jobs.list(ledger))) do
        if job.name == wanted then
          return job
        end
      end
    end

    before_each(function()
      location, now = new_location(), 1795406400
      ledger, other = open("wx1"), open("wx2", "elsewhere:1:1:1")
    end)

    after_each(function()
      ledger:close()
      other:close()
    end)

    it("reads the jobs that are due in one go, not all of them again for each", function()
      local db, run, sql = ledger.db, ledger.db.run, nil
      function db.run(self, text, ...)
        sql = text
        return run(self, text, ...)
      end
      assert(jobs.due(ledger, false))
      db.run = nil
      local explain = db.dialect == "sqlite" and "EXPLAIN QUERY PLAN " or "EXPLAIN "
      local plan = {}
      for _, row in ipairs(assert(db:run(explain .. sql:gsub("%?", "0")))) do
        plan[#plan + 1] = row[#row]
      end
      plan = table.concat(plan, "\n")
      assert.is_truthy(plan:lower():find("job", 1, true), plan)
      assert.is_nil(plan:find("CORRELATED", 1, true) or plan:find("SubPlan", 1, true), plan)
    end)

    it("gives each job to one worker, the account that was served last at the end", function()
      assert(jobs.submit(ledger, "goods", "a.csv", false))
      assert(jobs.submit(ledger, "rooms", "b.csv", false))
      now = now + 1
      assert(jobs.submit(other, "goods", "c.csv", false))
      assert.same({ "wx1 goods a.csv", "wx1 rooms b.csv", "wx2 goods c.csv" }, due())
      local list = assert(jobs.due(ledger, false))
      assert.is_true(jobs.take(ledger, list[1]))
      assert.is_false(jobs.take(other, list[1]))
      assert.same({ "wx2 goods c.csv", "wx1 rooms b.csv", "wx1 goods a.csv" }, due())
    end)

    it("does not give a job before its time", function()
      assert(jobs.submit(ledger, "goods", "a.csv", true))
      local job = assert(jobs.due(ledger, false))[1]
      assert.is_true(job.compare)
      assert.is_true(jobs.take(ledger, job))
      assert.equal(1, jobs.leave(ledger, job, { wait = 60, reason = "why", failures = 2,
        compared = true }))
      assert.same({}, due())
      now = now + 60
      assert.same({ "wx1 goods a.csv" }, due())
      job = assert(jobs.due(ledger, false))[1]
      assert.same({ "waiting", "why", 2, false }, { job.state, job.reason, job.failures,
        job.compare })
    end)

    it("holds the jobs of one account, of one kind or all", function()
      for _, kind in ipairs { "goods", "rooms" } do
        assert(jobs.submit(ledger, kind, kind .. ".csv", false))
      end
      assert(jobs.submit(other, "goods", "c.csv", false))
      assert(jobs.put(ledger, "watch", "rooms"))
      assert.equal(1, jobs.hold(ledger, "wx1", "goods", now + 100, "the quota"))
      assert.same({ "wx1 rooms rooms.csv", "wx2 goods c.csv" }, due())
      assert.equal(2, jobs.hold(ledger, "wx1", nil, now + 100, "the account"))
      assert.same({ "wx2 goods c.csv" }, due())
      assert.same({ "wx1 watch rooms" }, due(true))
      -- What was read before it was held is not taken either.
      local job = assert(jobs.due(ledger, false))[1]
      assert(jobs.hold(ledger, "wx2", "goods", now + 100, "the quota"))
      assert.is_false(jobs.take(ledger, job))
    end)

    it("ends a sheet only when nothing of it is left, with its pictures", function()
      put_row("x", "todo")
      assert(jobs.submit(ledger, "goods", "a.csv", false))
      local reads = 0
      local function read()
        reads = reads + 1
        return "Y29udGVudA=="
      end
      for _ = 1, 2 do
        assert(jobs.keep_picture(ledger, "goods", "a.csv", "digest", read))
      end
      assert.equal(1, reads)
      local job = assert(jobs.due(ledger, false))[1]
      assert.is_true(jobs.take(ledger, job))
      assert.is_false(jobs.finish_sheet(ledger, job))
      assert.equal("Y29udGVudA==", jobs.picture(ledger, "digest"))
      assert(ledger.db:change("UPDATE item SET state = 'done'"))
      assert.is_true(jobs.finish_sheet(ledger, job))
      assert.is_nil(jobs.picture(ledger, "digest"))
      job = job_of("a.csv")
      assert.same({ "done", { done = 1 } }, { job.state, job.counts })
    end)

    it("does not end a sheet that was submitted again meanwhile", function()
      assert(jobs.submit(ledger, "goods", "a.csv", false))
      local job = assert(jobs.due(ledger, false))[1]
      assert.is_true(jobs.take(ledger, job))
      assert(jobs.submit(ledger, "goods", "a.csv", true))
      assert.is_false(jobs.finish_sheet(ledger, job))
      assert(jobs.leave(ledger, job, { wait = 60, compared = true }))
      job = job_of("a.csv")
      assert.same({ "queued", 2, true }, { job.state, job.edition, job.compare })
    end)

    it("leaves a job to its owner until that is dead or has signed off", function()
      local workers = require "wxlive.ledger.workers"
      assert.equal(1, jobs.put(ledger, "notify", "12"))
      assert.equal(0, jobs.put(ledger, "notify", "12"))
      local job = assert(jobs.due(other, false))[1]
      assert.is_true(jobs.take(other, job))
      job = assert(jobs.due(ledger, false))[1]
      assert.equal("elsewhere:1:1:1", job.owner)
      assert.is_false(jobs.is_free(ledger, job))
      assert(workers.leave(other))
      assert.is_true(jobs.is_free(ledger, job))
      assert.is_true(jobs.take(ledger, job))
      assert(jobs.finish(ledger, job, nil, "refused", true))
      assert.same({ "failed", "refused" }, { job_of("12").state, job_of("12").reason })
      assert.same({}, due())
    end)

    it("counts rows by their state, and names those that went wrong", function()
      put_row("x", "todo")
      put_row("y", "claimed")
      put_row("z", "failed")
      put_row("w", "done", "wx2")
      assert(ledger.db:change("UPDATE item SET reason = 'refused' WHERE key = 'z'"))
      assert(jobs.submit(ledger, "goods", "a.csv", false))
      local job = job_of("a.csv")
      assert.same({ todo = 1, claimed = 1, failed = 1 }, job.counts)
      assert.same({ { line = 1, key = "z", state = "failed", reason = "refused" } },
        assert(jobs.problems(ledger, job)))
      local waiting = assert(ledger:waiting(true))
      assert.same({
        { account = "wx1", kind = "goods", state = "claimed", count = 1 },
        { account = "wx1", kind = "goods", state = "failed", count = 1 },
        { account = "wx1", kind = "goods", state = "todo", count = 1 },
      }, waiting.rows)
      assert.same({ { account = "wx1", seconds = 5.5 } }, waiting.claims)
    end)
  end)
end

describe("queues", function()
  setup(function()
    server, home = postgres.start(), command.directory()
  end)

  teardown(function()
    server.stop()
    command.remove(home)
  end)

  local made = 0
  contract("SQLite", function()
    made = made + 1
    return home .. "/" .. made .. ".db"
  end)
  contract("PostgreSQL", function() return server.database() end)
end)
