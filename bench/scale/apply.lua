--- Sheets of several accounts done by one, two and four workers over one ledger that has many rows
--- already, against a sandbox whose answers take as long as the platform's.
local core = require "wxlive.core"
local fleets = require "spec.support.fleet"
local ledgers = require "wxlive.ledger"
local shops = require "spec.support.shop"
local await = require "spec.support.await"
local doors = require "wxlive.shop"

local M = {}

local ACCOUNTS, LATENCY = 20, 0.08

local function names()
  local list = {}
  for i = 1, ACCOUNTS do
    list[i] = "shop" .. i
  end
  return list
end

-- How many goods the platform has, of all accounts.
local function goods_of(fleet)
  local sum = 0
  for _, account in ipairs(fleet.accounts) do
    for status = 0, 3 do
      local list = assert(account.live:goods_list { offset = 0, limit = 1, status = status })
      sum = sum + list.total
    end
  end
  return math.floor(sum)
end

-- How many rows of the accounts are done.
local function count(location, fleet)
  local ledger = assert(ledgers.open(location, { appid = "any" }))
  local done = 0
  for _, account in ipairs(fleet.accounts) do
    done = done + assert(ledger.db:count(
      "SELECT COUNT(*) FROM item WHERE appid = ? AND kind = 'goods' AND state = 'done'",
      doors.account(account.live)))
  end
  ledger:close()
  return done
end

--- Runs it once.
---@param location string    of the ledger
---@param rows integer
---@param workers integer
function M.run(location, rows, workers)
  local fleet = fleets.open(names())
  fleet.shop.location = location
  for _, path in ipairs { "audit", "/wxaapi/broadcast/goods/add" } do
    fleet.box:control("quota", { path = path, per_day = 1000000 })
  end
  assert(fleet.box:control("fault", {
    on = "goods_add", kind = "delay", seconds = LATENCY, times = 10 * rows,
  }))
  local sheet = fleet.shop:sheet("goods.csv", shops.goods_lines(1, rows / ACCOUNTS))
  local env = fleet:settings()
  local got = fleet.shop:run({ "submit", sheet, "--all", "--json" }, env)
  assert(got.status == 0, got.err)
  local began, children = core.system.monotonic(), {}
  for i = 1, workers do
    children[i] = fleet.shop:start({ "worker", "--every", "0", "--json" }, env)
  end
  await(function()
    core.system.sleep(0.2)
    return count(location, fleet) >= rows
  end, "the rows")
  local seconds = core.system.monotonic() - began
  for _, child in ipairs(children) do
    child:signal("TERM")
    child:finish()
  end
  local made = goods_of(fleet)
  fleet:close()
  return { rows = rows, workers = workers, seconds = seconds, rows_a_second = rows / seconds,
    made = made, latency = LATENCY }
end

return M
