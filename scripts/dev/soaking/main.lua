--- Mixed calls under faults for a long time; see scripts/dev/soak, which starts this.
local calls = require "scripts.dev.soaking.calls"
local core = require "wxlive.core"
local meter = require "scripts.dev.soaking.meter"
local wxlive = require "wxlive"
local worlds = require "scripts.dev.soaking.world"

local ROUND_MOST, ROUND_LEAST = 4000, 200
local MOST_AT_A_TIME = 64
local SHORT_RUN = 50000 -- calls; buffers, pools and compiled traces still grow
-- How many calls are under way at a time (0: outside of any loop, as in a plain script), and the
-- part of a round's calls that are made so: what waits for a fault holds up the others least where
-- there are many.
local WIDTHS = {
  { 0, 0.1 }, { 1, 0.1 }, { 4, 0.25 }, { 16, 1 }, { MOST_AT_A_TIME, 1 }, { MOST_AT_A_TIME, 1 },
}

local function fail(message)
  io.stderr:write("soak: ", message, "\n")
  os.exit(2)
end

local function read_arguments(words)
  local options = { calls = 1000000, seed = os.time() % 1000000 }
  local i = 1
  while words[i] do
    local name = words[i]:match("^%-%-(.+)$")
    local number = tonumber(words[i + 1] or "")
    if name == "keep-going" then
      options.keep_going = true
      i = i + 1
    elseif (name == "calls" or name == "minutes" or name == "seed") and number and number > 0 then
      options[name] = name == "minutes" and number or math.floor(number)
      i = i + 2
    else
      fail(words[i] .. ": no such option, or no number behind it; see scripts/dev/soak --help")
    end
  end
  return options
end

local options = read_arguments(arg)
local started = core.system.monotonic()
local world = worlds.new(options)
local marks, wrong = {}, {}

local function complain(text)
  wrong[#wrong + 1] = text
  io.stderr:write("soak: ", text, "\n")
  if not options.keep_going then
    error("the first thing that is wrong ends it", 0)
  end
end

-- How much of the whole is done, from 0 to 1.
local function share()
  if options.minutes then
    return (core.system.monotonic() - started) / (options.minutes * 60)
  end
  return world.calls / options.calls
end

-- One round: calls for a fresh platform until there are enough, so many at a time.
local function round()
  world:begin()
  local random = world.random
  local width = WIDTHS[random:upto(#WIDTHS)]
  local size = math.max(ROUND_LEAST, math.min(ROUND_MOST, options.calls / 20))
  local until_ = world.calls + size * width[2]
  local function next_call()
    if world.calls >= until_ or share() >= 1 then
      return nil
    end
    return { calls.choose(random), world.shops[random:upto(#world.shops)] }
  end
  local function make(call)
    local fine, reason = xpcall(call[1], function(raised)
      return type(raised) == "string" and debug.traceback(raised, 2) or tostring(raised)
    end, world, call[2])
    if not fine then
      complain("a call raised: " .. reason)
    end
    return true
  end
  if width[1] == 0 then
    for call in next_call do
      make(call)
    end
  else
    local _, errors = wxlive.map(next_call, make, { concurrency = width[1] })
    local _, first = next(errors)
    if first then
      error(tostring(first), 0)
    end
  end
  world:finish(complain)
end

-- What both processes hold when as many connections are open as ever, nothing is under way, and the
-- platform has forgotten the round. Answers are held up, so that each call of the rush needs a
-- connection of its own.
local function measure(at)
  local box, rush = world.box, {}
  for i = 1, MOST_AT_A_TIME do
    rush[i] = world.shops[1]
  end
  assert(box:control("reset"))
  assert(world.shops[1].live:get_live_info(0, 1)) -- another token, before the rush
  assert(box:control("fault", {
    on = "get_live_info", kind = "delay", seconds = 0.3, times = MOST_AT_A_TIME,
  }))
  local _, errors = wxlive.map(rush, function(shop)
    return shop.live:get_live_info(0, 1)
  end, { concurrency = MOST_AT_A_TIME })
  assert(not next(errors), "a call fails though nothing is wrong")
  collectgarbage("collect")
  collectgarbage("collect")
  local theirs = assert(box:control("memory")).lua_kb
  marks[#marks + 1] = {
    at = at, calls = world.calls,
    client = meter.read(core.system.pid(), true, collectgarbage("count")),
    sandbox = meter.read(box.pid, false, theirs),
  }
end

local function listed(counts)
  local names, out = {}, {}
  for name in pairs(counts) do
    names[#names + 1] = name
  end
  table.sort(names, function(a, b)
    return counts[a] ~= counts[b] and counts[a] > counts[b] or counts[a] == counts[b] and a < b
  end)
  for i, name in ipairs(names) do
    out[i] = ("%s %d"):format(name, counts[name])
  end
  return table.concat(out, ", ")
end

local function report()
  local seconds = core.system.monotonic() - started
  print(("%d calls in %.0f s, %d HTTP requests (%s, seed %d)"):format(world.calls, seconds,
    world.requests, (rawget(_G, "jit") or {}).version or _VERSION, options.seed))
  print("outcomes: " .. listed(world.outcomes))
  print("faults: " .. listed(world.faults))
  print(meter.table(marks))
end

print(("soak: seed %d"):format(options.seed))
io.stdout:flush()
local fine, reason = pcall(function()
  measure("start")
  local milestones = { { 0.01, "1 %" }, { 0.25, "25 %" }, { 0.5, "50 %" }, { 0.75, "75 %" } }
  repeat
    round()
    if milestones[1] and share() >= milestones[1][1] then
      measure(milestones[1][2])
      repeat
        table.remove(milestones, 1)
      until not milestones[1] or milestones[1][1] > share()
    end
  until share() >= 1
  measure("end")
end)
report()
world:close()
local growth = {}
if fine then
  local last, half = marks[#marks], nil
  for _, mark in ipairs(marks) do
    half = half or mark.at == "50 %" and mark
  end
  local short = world.calls < SHORT_RUN
  growth = meter.excess(marks[2], last, "most", short and 3 or 1)
  for _, text in ipairs(half and not short and meter.excess(half, last, "late", 1) or {}) do
    growth[#growth + 1] = text
  end
end
for _, text in ipairs(growth) do
  print("growth: " .. text)
end
if not fine then
  print("soak: FAILED: " .. tostring(reason))
elseif #wrong > 0 or #growth > 0 then
  print(("soak: FAILED: %d things wrong, %d bounds passed"):format(#wrong, #growth))
else
  print("soak: ok")
end
os.exit(fine and #wrong == 0 and #growth == 0 and 0 or 1, true)
