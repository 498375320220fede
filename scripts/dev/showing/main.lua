--- Shows under faults and kills; see scripts/dev/shows, which starts this.
local cues = require "wxlive.ledger.cues"
local events = require "wxlive.cli.rundown.events"
local json = require "wxlive.json"
local ledgers = require "wxlive.ledger"
local plan = require "scripts.dev.showing.plan"
local randoms = require "wxlive.sandbox.world.random"
local sandbox = require "wxlive.sandbox"
local verify = require "scripts.dev.showing.verify"

-- 2026-11-29 20:00:00 in Beijing
local START, LENGTH = 1795953600, 3600

local ROOM = 7

local function fail(message)
  io.stderr:write("shows: ", message, "\n")
  os.exit(2)
end

local function read_arguments(words)
  local options = { shows = 100, cues = 30, seed = os.time() % 1000000 }
  for i = 2, #words, 2 do
    local name, number = words[i]:match("^%-%-(%a+)$"), tonumber(words[i + 1] or "")
    if not (options[name or ""] and number and number > 0) then
      fail(words[i] .. ": no such option, or no number behind it; see scripts/dev/shows --help")
    end
    options[name] = math.floor(number)
  end
  options.lua = words[1]
  return options
end

local function write(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end

local function directory()
  local pipe = assert(io.popen("mktemp -d"))
  local path = pipe:read("*l")
  pipe:close()
  return path
end

local function goods_and_room(goods)
  local list, items = json.array {}, json.array {}
  local function add(id)
    list[#list + 1] = { id = id, name = "goods " .. id }
    items[#items + 1] = { goods_id = id, on_sale = 1 }
  end
  for id = 1, plan.ROTATION do
    add(id)
  end
  for _, id in ipairs(goods) do
    add(id)
  end
  return { goods = list, rooms = json.array { {
    id = ROOM, name = "show", start_time = START, end_time = START + LENGTH, goods = items,
  } } }
end

-- Runs one process of a show; whether it came to its end.
local function run(options, box, home, last)
  local command = ("%s scripts/dev/showing/child.lua %s %s %s %d %s/r.csv %s/l.db %d >%s/out 2>&1")
    :format(options.lua, box.base_url, box.appid, box.secret, ROOM, home, home, last, home)
  local ok = os.execute(command)
  return ok == true or ok == 0
end

local function text_of(path)
  local file = io.open(path)
  local text = file and file:read("*a") or ""
  if file then
    file:close()
  end
  return text
end

-- One show: planned, run, killed, run again, looked through.
local function one_show(options, number, complain)
  local random = randoms.new(options.seed + number)
  local box = assert(sandbox.start { audit_seconds = 0, clock = START - 60, random_seed = number })
  local home = directory()
  local csv, goods = plan.rundown(random, options.cues)
  write(home .. "/r.csv", csv)
  assert(box:control("plant", goods_and_room(goods)))
  for _, fault in ipairs(plan.faults(random)) do
    assert(box:control("fault", fault))
  end
  local killed = 0
  for _, last in ipairs(plan.kills(random, number)) do
    if not run(options, box, home, last) then
      killed = killed + 1
      assert(box:control("clock", { advance = random:upto(90) }))
    end
  end
  if not run(options, box, home, 0) then
    complain(number, "it ended with: " .. text_of(home .. "/out"))
  end
  assert(box:control("faults", { clear = true }))
  local ledger = assert(ledgers.open(home .. "/l.db", { appid = box.appid .. "@" .. box.base_url }))
  local list = assert(cues.list(ledger, ROOM))
  ledger:close()
  local pushes = {}
  for _, item in ipairs(box:control("state").room[1].goods) do
    pushes[("%.0f"):format(item.goods_id)] = item.pushes or 0
  end
  verify.show(list, pushes, csv, plan, function(text)
    complain(number, text)
  end)
  box:stop()
  os.execute("rm -rf " .. home)
  return list, killed
end

local options = read_arguments(arg)
local all, counts, killed, shows_killed, wrong = {}, {}, 0, 0, 0
for number = 1, options.shows do
  local list, times = one_show(options, number, function(show, text)
    wrong = wrong + 1
    io.stderr:write(("shows: show %d of seed %d: %s\n"):format(show, options.seed, text))
  end)
  killed, shows_killed = killed + times, shows_killed + (times > 0 and 1 or 0)
  for _, cue in ipairs(list) do
    all[#all + 1] = cue
    counts[cue.state] = (counts[cue.state] or 0) + 1
  end
end
print(("%d shows of seed %d; %d of them killed, %d times in all; %d cues"):format(options.shows,
  options.seed, shows_killed, killed, #all))
for _, state in ipairs { "done", "unknown", "failed", "late", "skipped", "missed", "begun" } do
  print(("%-8s %6d"):format(state, counts[state] or 0))
end
io.write("how late the cues were that were done:\n", events.histogram(all))
print(wrong == 0 and "shows: ok" or ("shows: %d things are wrong"):format(wrong))
os.exit(wrong == 0 and 0 or 1, true)
