--- Compares the records of a run (output, --out file, ledger, folder) with what the platform has:
--- nothing may be there twice, lost, or made up.
--
-- Each check returns what is wrong, or nil; and whether a clean run should end with another status
-- than 0.
local command = require "spec.support.command"
local exit_status = require "wxlive.cli.exit_status"
local ledgers = require "wxlive.ledger"
local notices = require "wxlive.ledger.notices"

local M = {}

-- What the sheets ask for; the live room, the followers and the next room of the demo account.
local ROWS, ROOM, FOLLOWERS, NEXT_ROOM = 2, 2, 25, 3

-- Id -> name of everything of a kind that the platform has; what is there twice.
local function on_platform(box, kind)
  local there, names, twice = {}, {}, nil
  for _, one in ipairs(assert(box:control("state"))[kind] or {}) do
    there[tostring(one.id)] = one.name
    twice = twice or names[one.name] and one.name .. " is there twice"
    names[one.name] = true
  end
  return there, twice
end

local function count(set)
  local n = 0
  for _ in pairs(set) do
    n = n + 1
  end
  return n
end

-- ids: set of what was kept. `may_lack`: the run said of a row that its outcome is unknown.
local function compare(box, kind, ids, status, may_lack)
  local there, twice = on_platform(box, kind)
  if twice then
    return twice
  elseif status == exit_status.ok and count(there) ~= ROWS then
    return ("%d of %d are there"):format(count(there), ROWS)
  end
  for id in pairs(ids) do
    if not there[id] then
      return ("id %s was kept, and the platform has none such"):format(id)
    end
  end
  for id, name in pairs(there) do
    if not ids[id] and not may_lack then
      return ("id %s of %s is lost"):format(id, name)
    end
  end
end

local function matches(text, pattern)
  local ids = {}
  for id in ("\n" .. text):gmatch(pattern) do
    ids[id] = true
  end
  return ids
end

--- schedule_rooms prints its ids in a table at the end.
function M.printed_rooms(box, _, got)
  return compare(box, "room", matches(got.out, "\n%s*(%d+)%s"), got.status,
    got.status == exit_status.ambiguous)
end

local function read(path)
  local file = io.open(path, "rb")
  local text = file and file:read("*a") or ""
  if file then
    file:close()
  end
  return text
end

--- import_goods adds its ids to a file, and prints them.
function M.goods_in_file(box, home, got)
  local ids = matches(read(home .. "/ids.csv"), "\n[^\n,]*,%d+,(%d+),")
  local printed = matches(got.out, "goods_id (%d+)")
  for id in pairs(printed) do
    if not ids[id] then
      return ("id %s was printed, and is not in the file"):format(id)
    end
  end
  return compare(box, "goods", ids, got.status, got.status == exit_status.ambiguous)
end

local function with_ledger(box, home, work)
  local ledger = assert(ledgers.open(home .. "/ledger.db",
    { appid = box.appid .. "@" .. box.base_url, reading = true }))
  local problem, excused = work(ledger)
  ledger:close()
  return problem, excused
end

local function in_ledger(ledger_kind, kind)
  return function(box, home, got, clean)
    return with_ledger(box, home, function(ledger)
      local ids = {}
      for _, item in ipairs(assert(ledger:page(ledger_kind, "", 100))) do
        if item.platform_id then
          ids[item.platform_id] = true
        end
      end
      -- A row in doubt is looked for by the next run.
      return compare(box, kind, ids, got.status, not clean and got.status ~= exit_status.ok)
    end)
  end
end

M.rooms_in_ledger = in_ledger("rooms", "room")
M.goods_in_ledger = in_ledger("goods", "goods")

-- The goods in the one room of the account: each once, and all of them when the run says so.
local function standing_problem(box, got)
  local room = assert(box:control("state")).room[1]
  local seen, n = {}, 0
  for _, item in ipairs(room.goods) do
    if seen[item.goods_id] then
      return ("goods %d stand in the room twice"):format(item.goods_id)
    end
    seen[item.goods_id], n = true, n + 1
  end
  if got.status == exit_status.ok and n ~= ROWS then
    return ("%d of %d stand in the room"):format(n, ROWS)
  end
end

local function with_room(check)
  return function(box, home, got, clean)
    return check(box, home, got, clean) or standing_problem(box, got)
  end
end

M.goods_in_room = with_room(M.goods_in_ledger)
M.goods_in_file_and_room = with_room(M.goods_in_file)

--- diff forgets nothing that is there, nor does it say that it is missing.
function M.nothing_forgotten(box, home, got)
  if got.status == exit_status.partial then
    return "what is there is called missing"
  end
  return M.goods_in_ledger(box, home, { status = exit_status.ok })
    or M.rooms_in_ledger(box, home, { status = exit_status.ok })
end

--- watch hands each change to its hook, which writes it down, and no change that was none.
function M.changes(_, home, got, clean)
  local text = read(home .. "/events")
  local _, started = text:gsub(("room_started %d\n"):format(NEXT_ROOM), "")
  if text:find("_gone", 1, true) then
    return "what is there is called gone: " .. text
  elseif started > 1 then
    return "a change was told twice"
  elseif (clean or got.status == exit_status.ok) and started ~= 1 then
    return "a change was not told"
  end
end

--- notify writes down who is on which page, and the id of each message.
function M.messages_in_ledger(box, home, got, clean)
  return with_ledger(box, home, function(ledger)
    local there, told, unknown, sent = {}, 0, 0, 0
    for _, message in ipairs(assert(box:control("state")).message or {}) do
      there[tostring(message.message_id)] = true
      told = told + message.total_count
    end
    for _, page in ipairs(assert(notices.pages(ledger, ROOM))) do
      if page.state == "queued" and not there[page.message_id] then
        return ("message %s was kept, and the platform has none such")
          :format(tostring(page.message_id))
      end
      there[page.message_id or ""] = nil
      sent = sent + (page.state == "queued" and page.receivers or 0)
      unknown = unknown + (page.state ~= "queued" and page.receivers or 0)
    end
    if told > FOLLOWERS then
      return ("%d messages for %d followers"):format(told, FOLLOWERS)
    elseif next(there) and unknown == 0 then
      return ("message %s is lost"):format(next(there))
    elseif got.status == exit_status.ok and told ~= FOLLOWERS then
      return ("%d of %d followers were told"):format(told, FOLLOWERS)
    elseif clean and sent + unknown ~= FOLLOWERS then
      return ("the ledger has %d of %d followers"):format(sent + unknown, FOLLOWERS)
    end
    return nil, unknown > 0 and got.status == exit_status.ambiguous
  end)
end

-- What room 1 of the demo account has.
local VIDEOS = { replay = 3, piece = 3, clip = 1 }

--- replays makes a file of each replay, each piece of a replay that is a list, and each clip.
function M.videos(_, home, got)
  local found = { replay = 0, piece = 0, clip = 0 }
  local listing = command.run({ "find", home .. "/videos", "-type", "f" }).out
  for path in listing:gmatch("[^\n]+") do
    if path:find("%.part") then
      if got.status == exit_status.ok then
        return path .. " was left"
      end
    elseif path:find("%-goods%-") then
      found.clip = found.clip + 1
    elseif path:find("%.ts$") then
      found.piece = found.piece + 1
    elseif path:find("%-%d%d%.%w+$") then
      found.replay = found.replay + 1
    end
  end
  for what, wanted in pairs(VIDEOS) do
    if got.status == exit_status.ok and found[what] ~= wanted then
      return ("%d of %d files (%s)"):format(found[what], wanted, what)
    end
  end
end

return M
