--- The workflows of the fault matrix: the two scripts and the shop's commands, run as processes
--- over a small sheet or the demo account, with one fault each.
local calls = require "scripts.dev.matrix.calls"
local cells = require "scripts.dev.matrix.cells"
local command = require "spec.support.command"
local kept = require "scripts.dev.matrix.kept"

local M = {}

local GOODS = {
  "name,cover_img_url,price_type,price,url",
  "青瓷茶杯一,images/cup.png,1,68,pages/goods/detail?id=1001",
  "青瓷茶杯二,images/cup.png,1,69,pages/goods/detail?id=1002",
}

-- Tomorrow's show, in Beijing's time; a plan takes no times that move.
local function show(days, hour)
  return os.date("!%Y-%m-%d ", os.time() + 8 * 3600 + days * 86400) .. hour .. ":00"
end

local ROOMS = {
  "name,start_time,end_time,anchor_name,anchor_wechat,cover_img,share_img,feeds_img,type,"
    .. "close_like,close_goods,close_comment",
  ("春茶上新专场,%s,%s,茶掌柜小林,lin_tea,images/cup.png,images/cup.png,"
    .. "images/cup.png,0,0,0,0"):format(show(1, 20), show(1, 22)),
  ("秋茶上新专场,%s,%s,茶掌柜小林,lin_tea,images/cup.png,images/cup.png,"
    .. "images/cup.png,0,0,0,0"):format(show(2, 20), show(2, 22)),
}

local ROOM = "矩阵测试专场"

local HOOK = [[
return { default = function(event)
  local file = assert(io.open("@/events", "a"))
  file:write(event.name, " ", event.room and event.room.room_id or event.goods.goods_id, "\n")
  file:close()
  return true
end }]]

local function write(home, name, lines)
  command.write(home .. "/" .. name, table.concat(lines, "\n") .. "\n")
end

-- Runs the command of a workflow.
local function run(box, home, script, words, cache)
  local own = {}
  for i, word in ipairs(words) do
    own[i] = word:gsub("^@", home)
  end
  return command.lua(script, own, {
    env = command.settings(box, { XDG_CACHE_HOME = home .. cache, XDG_CONFIG_HOME = home,
      WXLIVE_LEDGER = home .. "/ledger.db", WXLIVE_LOOKUP_SETTLE = "0.2" }),
  })
end

local function wxlive(box, home, words)
  local got = run(box, home, "scripts/wxlive", words, "/before")
  assert(got.status == 0, got.err)
end

local function with_room(box)
  local live = calls.client(box)
  assert(live:create_room(calls.room(assert(live:upload_media(calls.PICTURE)).media_id)))
end

local function applied(box, home)
  wxlive(box, home, { "apply", "@/goods.csv", "--wait" })
  wxlive(box, home, { "apply", "@/rooms.csv" })
end

local function watched(box, home)
  command.write(home .. "/hook.lua", (HOOK:gsub("@", home)))
  wxlive(box, home, { "watch", "--once" })
  assert(box:control("live", { room_id = 3 }))
end

-- `before` makes what a run finds; `kept` says what a run must have kept of what it did; `again`: a
-- clean run goes on where the one with the fault ended; `sample`: of whose answer the specs take
-- one cell. @ is the directory of the run.
local list = {
  { name = "schedule_rooms", script = "scripts/schedule_rooms.lua", words = { "@/rooms.csv" },
    kept = kept.printed_rooms, sample = "create_room" },
  { name = "import_goods", script = "scripts/import_goods.lua",
    words = { "@/goods.csv", "--wait", "5", "--out", "@/ids.csv" }, kept = kept.goods_in_file,
    sample = "goods_add" },
  { name = "import_goods into a room", script = "scripts/import_goods.lua", before = with_room,
    words = { "@/goods.csv", "--room-name", ROOM, "--wait", "5", "--out", "@/ids.csv" },
    kept = kept.goods_in_file_and_room, sample = "goods_add" },
  { name = "apply rooms", script = "scripts/wxlive", words = { "apply", "@/rooms.csv" },
    kept = kept.rooms_in_ledger, again = true, sample = "create_room" },
  { name = "apply goods", script = "scripts/wxlive", words = { "apply", "@/goods.csv", "--wait" },
    kept = kept.goods_in_ledger, again = true, sample = "goods_add" },
  { name = "apply into a room", script = "scripts/wxlive", before = with_room,
    words = { "apply", "@/placed.csv", "--wait" }, kept = kept.goods_in_room, again = true,
    sample = "goods_add" },
  { name = "diff", script = "scripts/wxlive", words = { "diff", "--forget" }, before = applied,
    kept = kept.nothing_forgotten, again = true, sample = "get_live_info" },
  { name = "watch", script = "scripts/wxlive", before = watched, seed = "demo",
    words = { "watch", "--once", "--hook", "@/hook.lua" }, kept = kept.changes, again = true,
    sample = "get_live_info" },
  { name = "notify", script = "scripts/wxlive", words = { "notify", "2", "--page-size", "10" },
    kept = kept.messages_in_ledger, again = true,
    seed = "demo", sample = "push_message" },
  { name = "replays", script = "scripts/wxlive", words = { "replays", "1", "--to", "@/videos" },
    kept = kept.videos, again = true, seed = "demo", sample = "goods_video" },
}

-- Compares a run with what it should have left. `clean`: nothing struck it, and it must have come
-- to its end.
local function problem_of(box, home, workflow, got, clean)
  local text = got.out .. got.err
  if text:find("internal error", 1, true) or text:find("traceback", 1, true)
    or text:find("table: 0x", 1, true) then
    return "internal error: " .. text:sub(1, 300)
  elseif got.status == 2 then
    return "status 2: the input is said to be wrong: " .. text:sub(1, 300)
  end
  local problem, excused = workflow.kept(box, home, got, clean)
  if problem then
    return ("%s (status %d): %s"):format(problem, got.status, text:sub(1, 300))
  elseif clean and got.status ~= 0 and not excused then
    return ("a clean run ends with status %d: %s"):format(got.status, text:sub(1, 300))
  end
end

local function strike(box, workflow, cell)
  local home = command.directory()
  os.execute("cp -r scripts/samples/images " .. home)
  write(home, "goods.csv", GOODS)
  write(home, "placed.csv", {
    GOODS[1] .. ",rooms", GOODS[2] .. "," .. ROOM, GOODS[3] .. "," .. ROOM,
  })
  write(home, "rooms.csv", ROOMS)
  assert(box:control("reset"))
  assert(box:control("audit", { seconds = 0 }))
  if workflow.before then
    workflow.before(box, home)
  end
  local begun = assert(box:control("log")).last
  if cell then
    assert(box:control("fault", cell))
  end
  local got = run(box, home, workflow.script, workflow.words, "/cache")
  local problem = problem_of(box, home, workflow, got, not cell)
  if cell and not problem and assert(box:control("faults")).faults[1].fired == 0 then
    problem = "the fault struck nothing"
  end
  if cell and workflow.again and not problem then
    assert(box:control("faults", { clear = true }))
    -- A failed token call is remembered for some seconds.
    got = run(box, home, workflow.script, workflow.words, "/fresh")
    problem = problem_of(box, home, workflow, got, true)
  end
  command.remove(home)
  return problem, begun
end

-- The requests of a clean run.
local function requests(box, workflow)
  local problem, begun = strike(box, workflow)
  assert(not problem, problem)
  local names = {}
  for _, entry in ipairs(assert(box:control("log", { after = begun })).entries) do
    names[#names + 1] = entry.endpoint
  end
  return names
end

--- The workflows: their names, and the seed of the sandbox that each runs on.
---@return { name: string, seed: string?, sample: string }[]
function M.list()
  return list
end

--- Runs the cells of a workflow.
---@param box table
---@param workflow table   one of M.list
---@param wanted fun(cell: table): boolean
---@param told fun(title: string, problem: string?)
function M.run(box, workflow, wanted, told)
  for _, cell in ipairs(cells.along(requests(box, workflow))) do
    if wanted(cell) then
      told(cells.title(cell), strike(box, workflow, cell))
    end
  end
end

return M
