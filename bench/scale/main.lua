--- The bench of fleets itself; bench/fleet starts it.
local command = require "spec.support.command"
local json = require "wxlive.json"
local machine = require "bench.machine"
local postgres = require "spec.support.servers.postgres"
local process = require "spec.support.process"
local report = require "bench.report"

-- What is measured, in the order in which it runs, and with how much.
local sizes = {
  day = { accounts = 10000, hours = 24 }, tokens = { accounts = 1000 },
  ledger = { postgresql = 1000000, sqlite = 100000 },
  apply = { rows = 10000, workers = { 1, 2, 4 } },
}
local quick = {
  day = { accounts = 200, hours = 3 }, tokens = { accounts = 40 },
  ledger = { postgresql = 100000, sqlite = 100000 },
  apply = { rows = 100, workers = { 1, 2 } },
}
local parts, only = { "day", "tokens", "ledger", "apply" }, nil

local is_quick = false
for _, word in ipairs(arg) do
  if word == "--quick" then
    is_quick = true
  elseif word:find("^%-%-") and sizes[word:sub(3)] then
    only = word:sub(3)
  else
    io.stderr:write("bench/fleet: what is " .. word .. "? see bench/fleet --help\n")
    os.exit(2)
  end
end
local size = is_quick and quick or sizes

local wrong = {}

local function must(what, is)
  if not is then
    wrong[#wrong + 1] = what
  end
end

-- On a clock of its own, and therefore in a process of its own; under both interpreters.
local function simulated(which)
  local name = which == "5.4" and "lua5.4" or which
  local text = process.run(([[eval "$(scripts/dev/env %s)"; %s -e ']]
    .. [[print(require("wxlive.json").encode(require("bench.scale.day").run(%d, %d)))']])
    :format(which, name, size.day.accounts, size.day.hours))
  return assert(json.decode(text:match("[^\n]+")))
end

local run = {}

function run.day()
  local kept, rows = {}, {
    { ("%s accounts, %d hours"):format(report.thousands(size.day.accounts), size.day.hours),
      "Lua 5.4", "LuaJIT" },
    { "calls of the schedule" }, { "most calls in a second" },
    { "token fetches of an account, least to most" }, { "cold start, seconds" },
    { "most fetches in a second of the cold start" }, { "most fetches in a later second" },
    { "tokens refused" }, { "calls that failed" }, { "kB an account, idle" },
    { "kB an account, after the day" }, { "CPU us a call" },
  }
  for _, which in ipairs { "5.4", "luajit" } do
    local one = simulated(which)
    kept[which] = one
    for i, cell in ipairs {
      report.thousands(one.calls), report.thousands(one.worst_second_of_calls),
      ("%d to %d"):format(one.fetches.least, one.fetches.most),
      ("%d"):format(one.cold_start_seconds), ("%d"):format(one.worst_second_cold),
      ("%d"):format(one.worst_second_later), ("%d"):format(one.refused), ("%d"):format(one.errors),
      ("%.1f"):format(one.idle_kb_each), ("%.1f"):format(one.day_kb_each),
      ("%.0f"):format(one.cpu_us_a_call),
    } do
      table.insert(rows[i + 1], cell)
    end
    must("fewer than 50 fetches a second", one.worst_second_cold < 50
      and one.worst_second_later < 50)
    must("no call fails, no token is refused", one.errors == 0 and one.refused == 0)
  end
  report.table("A day, simulated", rows)
  return kept
end

function run.tokens()
  local one = require("bench.scale.tokens").run(size.tokens.accounts)
  report.table(("%d accounts from %d processes on one Redis"):format(one.accounts, one.processes), {
    { "token calls", report.thousands(one.token_calls) },
    { "most in a second", ("%d"):format(one.worst_second) },
    { "calls that failed", ("%d"):format(one.errors) },
    { "seconds", ("%.1f"):format(one.seconds) },
  })
  must("one fetch for each account", one.token_calls == one.accounts
    and one.fetched == one.accounts)
  must("no call fails", one.errors == 0)
  return one
end

-- Calls work(server) with a PostgreSQL that keeps what is committed.
local function with_postgres(work)
  local server = postgres.start { durable = true }
  local ok, result = pcall(work, server)
  server.stop()
  return ok and result or error(result, 0)
end

-- Calls work(location, rows) with a place for each kind of ledger; gives the list of its results.
local function on_each_ledger(work)
  return with_postgres(function(server)
    local home = command.directory()
    local list = { work(server.database(), size.ledger.postgresql),
      work(home .. "/ledger.db", size.ledger.sqlite) }
    command.remove(home)
    return list
  end)
end

function run.ledger()
  local ledger = require "bench.scale.ledger"
  local results = on_each_ledger(ledger.run)
  ledger.print(results)
  return results
end

function run.apply()
  local apply, ledger = require "bench.scale.apply", require "bench.scale.ledger"
  return on_each_ledger(function(location, filled)
    local kept, rows = {}, { { "workers", "seconds", "rows a second", "goods made" } }
    ledger.fill(location, filled)
    for i, workers in ipairs(size.apply.workers) do
      kept[i] = apply.run(location, size.apply.rows, workers)
      kept[i].filled = filled
      rows[i + 1] = { ("%d"):format(workers), ("%.1f"):format(kept[i].seconds),
        ("%.0f"):format(kept[i].rows_a_second), report.thousands(kept[i].made) }
      must("each row is made once", kept[i].made == size.apply.rows)
    end
    report.table(("%s rows of 20 accounts over %s with %s rows, a call takes %.0f ms"):format(
      report.thousands(size.apply.rows), location:find("^%a+://") and "PostgreSQL" or "SQLite",
      report.thousands(filled), kept[1].latency * 1000), rows)
    return kept
  end)
end

local results = { date = os.date("!%Y-%m-%dT%H:%M:%SZ"), machine = machine() }
print(("%s, %s processors; %s"):format(results.machine.cpu or "?",
  results.machine.processors or "?", results.machine.system or "?"))
for _, part in ipairs(parts) do
  if not only or only == part then
    results[part] = run[part]()
  end
end
if not is_quick then
  local path = ("bench/results/%s-fleet%s.json"):format(os.date("!%Y-%m-%d"),
    only and "-" .. only or "")
  process.write(path, assert(json.encode(results)) .. "\n")
  print("\nkept in " .. path)
end
if wrong[1] then
  io.stderr:write("\nbench/fleet: this does not hold:\n  ", table.concat(wrong, "\n  "), "\n")
  os.exit(1)
end
