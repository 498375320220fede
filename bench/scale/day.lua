--- A day of many accounts, simulated: the product's own clients, token machine, store and loop, on
--- a clock that waits for nothing, against a platform in this process.
local virtual = require "bench.scale.virtual"
virtual.install()

local accounts_of = require "wxlive.accounts"
local command = require "spec.support.command"
local loops = require "wxlive.concurrent.loop"
local memory = require "wxlive.store.memory"
local map = require "wxlive.concurrent.map"
local platforms = require "bench.scale.platform"

local M = {}

-- Each account's rooms and goods are listed so often; so many accounts at a time; what a call
-- takes.
local EVERY, AT_A_TIME, LATENCY = 600, 64, 0.08
local HOUR = 3600

-- A settings file of so many accounts, opened.
local function open(count, options)
  local home = command.directory()
  local lines = {}
  for i = 1, count do
    lines[i] = ("[shop%d]\nappid = wx%016x\nsecret = %s"):format(i, i, ("0123456789abcdef"):rep(2))
  end
  local path = home .. "/config"
  command.write(path, table.concat(lines, "\n") .. "\n")
  os.execute("chmod 600 " .. path)
  local accounts = assert(accounts_of.open(path, options))
  command.remove(home)
  return accounts
end

local function resident_kb()
  local file = assert(io.open("/proc/self/status"))
  local text = file:read("*a")
  file:close()
  return tonumber(text:match("VmRSS:%s*(%d+)"))
end

local function memory_kb()
  collectgarbage()
  collectgarbage()
  return resident_kb()
end

-- Accounts in the order in which they are due. The workers take the first; each account comes back
-- EVERY seconds after it was due.
local function run(lives, ends)
  local queue, first, errors = {}, 1, 0
  for i, live in ipairs(lives) do
    queue[i] = { live = live, due = virtual.now }
  end
  local function next_one()
    local one = queue[first]
    if not one then
      return { wait = 1 }
    end
    queue[first] = nil
    first = first + 1
    return one
  end
  local last = #lives
  map.map(function()
    return virtual.now < ends and next_one() or nil
  end, function(one)
    if one.wait or one.due > virtual.now then
      loops.sleep(one.wait or one.due - virtual.now)
    end
    if one.live and virtual.now < ends then
      local rooms, err = one.live:get_live_info()
      local goods, why = one.live:goods_list { offset = 0, limit = 100, status = 2 }
      if not (rooms and goods) then
        errors = errors + 1
        M.failure = tostring(err or why)
      end
      one.due = one.due + EVERY
      last = last + 1
      queue[last] = one
    end
    return true
  end, { concurrency = AT_A_TIME })
  return errors
end

local function spread(counts)
  local sorted, total = {}, 0
  for _, count in pairs(counts) do
    sorted[#sorted + 1] = count
    total = total + count
  end
  table.sort(sorted)
  return {
    least = sorted[1], median = sorted[math.ceil(#sorted / 2)], most = sorted[#sorted],
    total = total,
  }
end

--- Runs it.
---@param accounts integer
---@param hours number
---@return table
function M.run(accounts, hours)
  local began, cpu = virtual.now, os.clock()
  local platform = platforms.new(function() return virtual.now end, LATENCY)
  local store = memory.new()
  local before, lives = memory_kb(), {}
  local opened = open(accounts, {
    transport = platform, base_url = "https://api.example.test", token_store = store,
  })
  for i, account in ipairs(opened) do
    lives[i] = account.live
  end
  local idle = memory_kb()
  local errors = run(lives, began + hours * HOUR)
  -- The store keeps what has expired until it is swept.
  local after = memory_kb()
  local cold, cold_at = platforms.worst(platform.fetched_in, 0, began + HOUR)
  local later = platforms.worst(platform.fetched_in, began + HOUR)
  local last_cold = 0
  for second in pairs(platform.fetched_in) do
    if second < began + HOUR then
      last_cold = math.max(last_cold, second - began + 1)
    end
  end
  return {
    accounts = accounts, hours = hours, every = EVERY, at_a_time = AT_A_TIME, latency = LATENCY,
    calls = platform.calls, errors = errors, failure = M.failure,
    refused = platform.refused, early = platform.early,
    worst_second_of_calls = platforms.worst(platform.per_second),
    fetches = spread(platform.fetches), worst_second_cold = cold,
    worst_second_cold_at = cold_at and cold_at - began, cold_start_seconds = last_cold,
    worst_second_later = later, idle_kb_each = (idle - before) / accounts,
    day_kb_each = (after - before) / accounts,
    cpu_seconds = os.clock() - cpu,
    cpu_us_a_call = (os.clock() - cpu) / platform.calls * 1e6,
  }
end

return M
