--- Sheets of goods put on a platform with wxlive.shop: on SQLite and on PostgreSQL, whose commits
--- wait for the disk; on a platform that answers at once and on one that is 50 ms away.
local measure = require "bench.measure"
local postgres = require "spec.support.servers.postgres"
local process = require "spec.support.process"

local M = { CONCURRENCY = 16 }

local LATENCY = 0.05

local function sheet_of(directory, rows)
  local lines = { "name,cover_img_url,price_type,price,price2,url" }
  for i = 1, rows do
    lines[i + 1] = ("茉莉花茶%d,cup.png,1,%d,,pages/goods/detail?id=%d"):format(i, 10 + i % 90, i)
  end
  local path = ("%s/goods-%d.csv"):format(directory, rows)
  process.write(path, table.concat(lines, "\n") .. "\n")
  return path
end

local function one(directory, base_url, ledger, location, rows, latency)
  local got = measure.line(("apply of %d rows, %s"):format(rows, ledger),
    ('eval "$(scripts/dev/env)"; exec lua5.4 bench/clients/apply.lua %s %s %s %d'):format(
      process.quote(sheet_of(directory, rows)), base_url, process.quote(location), M.CONCURRENCY))
  return got and {
    ledger = ledger, rows = rows, latency = latency, seconds = got.calls, staging = got.staging,
    rate = rows / got.calls, ideal = latency > 0 and got.calls / (rows * latency / M.CONCURRENCY)
      or nil, cpu_ms = got.cpu / rows * 1000, peak_kb = got.peak_kb, commits = got.commits / rows,
    statements = got.statements / rows,
  }
end

--- Applies sheets.
---@param server table
---@param options { quick: boolean?, growth: integer }
---@return table[] results
function M.run(server, options)
  local directory = process.directory()
  process.run("cp scripts/samples/images/cup.png " .. process.quote(directory))
  local pg = postgres.start { durable = true }
  local results, made = {}, 0
  local function run(ledger, rows, latency)
    made = made + 1
    results[#results + 1] = one(directory, latency > 0 and server.slow_url or server.url, ledger,
      ledger == "SQLite" and ("%s/%d.db"):format(directory, made) or pg.database(), rows, latency)
  end
  local ok, why = pcall(function()
    for _, ledger in ipairs { "SQLite", "PostgreSQL" } do
      for _, rows in ipairs(options.quick and { 40 } or { 1000, 10000 }) do
        run(ledger, rows, 0)
      end
      run(ledger, options.quick and 40 or 10000, LATENCY)
    end
    if options.growth >= 1000000 then
      run("SQLite", 100000, 0)
    end
  end)
  pg.stop()
  process.remove(directory)
  if not ok then
    error(why, 0)
  end
  return results
end

return M
