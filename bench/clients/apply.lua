--- A sheet of goods put on a platform: SHEET BASE_URL LEDGER CONCURRENCY
--
-- Prints one line of JSON: seconds of staging and of the calls, CPU seconds, memory, and what the
-- ledger's database did for it.
local common = require "bench.clients.common"
local broadcast = require "wxlive.broadcast"
local shops = require "wxlive.shop"
local system = require("wxlive.core").system
local tasks = require "bench.tasks"

local sheet, base_url, location, concurrency = arg[1], arg[2], arg[3], tonumber(arg[4])

-- What waits for the disk: transactions that write, and statements that change something outside
-- of one (INSERT, UPDATE, DELETE, and WITH, which begins a claim).
local statements, commits = 0, 0
local function count(class)
  local run = class.run
  function class.run(db, sql, ...)
    statements = statements + 1
    if sql == "COMMIT" or not db.in_transaction and sql:find("^[IUDW]") then
      commits = commits + 1
    end
    return run(db, sql, ...)
  end
end

local live = assert(broadcast.new {
  appid = tasks.appid, secret = tasks.secret, base_url = base_url,
  token_provider = function() return tasks.token, 7200 end,
})
local shop = assert(shops.open { live = live, ledger = location })
count(getmetatable(shop.ledger.db).__index)

local began, staged, staged_commits = system.monotonic(), nil, nil
local calls, errors = 0, 0
local summary, err = shop:apply(sheet, {
  concurrency = concurrency,
  on_begin = function() staged, staged_commits = system.monotonic(), commits end,
  on_row = function(what)
    calls = calls + 1
    errors = errors + (what == "created" and 0 or 1)
  end,
})
local ended = system.monotonic()
if not summary or summary.err then
  io.stderr:write(tostring(err or summary.err), "\n")
  errors = errors + 1
end
local now, peak = common.memory()
print(('{"rows":%d,"staging":%.3f,"calls":%.3f,"cpu":%.3f,"kb":%d,"peak_kb":%d,'
  .. '"statements":%d,"commits":%d,"errors":%d}'):format(calls, staged - began, ended - staged,
  os.clock(), now, peak, statements, commits - staged_commits, errors))
shop:close()
