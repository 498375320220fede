--- A ledger with many rows: what a claim, the record of a result and a look at what waits cost.
local core = require "wxlive.core"
local ledgers = require "wxlive.ledger"
local report = require "bench.report"

local M = {}

-- One half of the rows belongs to so many accounts, each with so many sheets, whose first half is
-- done.
local ACCOUNTS, SHEETS = 20, 5

-- The other half belongs to one account with two sheets: `long.csv`, of which nothing is done, and
-- `last.csv`, a quarter as long, of which all but the last LAST rows are: what is left of it stands
-- behind most lines of the other.
local BIG, LAST = "wxbig", 1000

-- Claims of so many rows, as apply makes them; so many are measured.
local AT_A_TIME, CLAIMS = 16, 60

local numbers = {
  postgresql = "generate_series(0, %d - 1) n",
  sqlite = "(WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < %d - 1)"
    .. " SELECT n FROM s)",
}

-- Rows whose appid, sheet, line and done are expressions of n.
local function fill(db, count, appid, sheet, line, done)
  assert(db:run(([[INSERT INTO item (appid, kind, key, sheet, line, wanted, applied, state,
      platform_id, audit_id, audit_status, updated_at)
    SELECT appid, 'goods', 'pages/goods?id=' || sheet || n, sheet, line, w,
      CASE WHEN done THEN w END, CASE WHEN done THEN 'done' ELSE 'todo' END,
      CASE WHEN done THEN sheet || n END, CASE WHEN done THEN sheet || n END,
      CASE WHEN done THEN 2 END, 1795881600
    FROM (SELECT n, %s AS appid, %s AS sheet, %s AS line, %s AS done,
      '{"params":{"name":"cup ' || n || '","coverImgUrl":"images/cup.png","priceType":1,"price":'
      || n || ',"url":"pages/goods?id=' || n || '"}}' AS w FROM %s) filled]])
    :format(appid, sheet, line, done, numbers[db.dialect]:format(count))))
end

local function fill_all(db, rows)
  local half = math.floor(rows / 2)
  local last = math.floor(half / 5)
  fill(db, half, ("'wx' || (n %% %d)"):format(ACCOUNTS),
    ("'sheet' || (n / %d %% %d) || '.csv'"):format(ACCOUNTS, SHEETS),
    ("2 + n / %d"):format(ACCOUNTS * SHEETS), ("n < %d / 2"):format(half))
  fill(db, half - last, "'" .. BIG .. "'", "'long.csv'", "2 + n", "n < 0")
  fill(db, last, "'" .. BIG .. "'", "'last.csv'", "2 + n", ("n < %d"):format(last - LAST))
  -- As autovacuum does behind such a load.
  assert(db:run(db.dialect == "postgresql" and "VACUUM ANALYZE item" or "ANALYZE"))
end

local function ms(seconds)
  table.sort(seconds)
  local n = #seconds
  return {
    median = seconds[math.ceil(n / 2)] * 1000, p90 = seconds[math.ceil(n * 0.9)] * 1000,
    most = seconds[n] * 1000,
  }
end

local function timed(times, work)
  local seconds = {}
  for i = 1, times do
    local began = core.system.monotonic()
    work(i)
    seconds[i] = core.system.monotonic() - began
  end
  return ms(seconds)
end

local function open(location, account)
  return assert(ledgers.open(location, { appid = account }))
end

--- Fills a ledger.
---@param location string
---@param rows integer
function M.fill(location, rows)
  local ledger = open(location, BIG)
  fill_all(ledger.db, rows)
  ledger:close()
end

--- Fills a ledger and measures it.
---@param location string
---@param rows integer
function M.run(location, rows)
  local ledger, big = open(location, "wx3"), open(location, BIG)
  local db = ledger.db
  local began = core.system.monotonic()
  fill_all(db, rows)
  local filled = core.system.monotonic() - began
  local claimed = {}
  local result = { rows = rows, dialect = db.dialect, filled_seconds = filled }
  result.claim = timed(CLAIMS, function(i)
    claimed[i] = assert(ledger:claim("goods", "sheet" .. i % SHEETS .. ".csv", AT_A_TIME))
    assert(#claimed[i] == AT_A_TIME, "a claim found " .. #claimed[i] .. " rows")
  end)
  result.behind = timed(CLAIMS, function()
    assert(#assert(big:claim("goods", "last.csv", AT_A_TIME)) == AT_A_TIME)
  end)
  result.finish = timed(CLAIMS, function(i)
    local item = claimed[i][1]
    assert(ledger:finish(item, {
      applied = item.wanted_text, platform_id = 10000000 + i, audit_id = i, audit_status = 1,
    }, "create", { goodsId = 10000000 + i }))
  end)
  result.waiting = timed(20, function()
    assert(big:waiting())
  end)
  result.rest = timed(20, function()
    assert(big:rest("goods", "long.csv"))
  end)
  result.one = timed(CLAIMS, function(i)
    assert(ledger:by_platform_id("goods", 10000000 + i))
  end)
  ledger:close()
  big:close()
  return result
end

--- Prints the results of several ledgers.
function M.print(results)
  local rows = { { "ms: median, 90th of 100, most" } }
  for i, result in ipairs(results) do
    rows[1][i + 1] = ("%s, %s rows"):format(result.dialect, report.thousands(result.rows))
  end
  for _, what in ipairs {
    { "claim", ("claim %d rows of a sheet"):format(AT_A_TIME) },
    { "behind", "the same, behind the lines of another sheet" }, { "finish", "record a result" },
    { "one", "find a row by the platform's id" }, { "rest", "count what is left of a long sheet" },
    { "waiting", "count what waits of its account" },
  } do
    local row = { what[2] }
    for i, result in ipairs(results) do
      local one = result[what[1]]
      row[i + 1] = ("%.2f, %.2f, %.2f"):format(one.median, one.p90, one.most)
    end
    rows[#rows + 1] = row
  end
  report.table("A ledger with many rows", rows)
end

return M
