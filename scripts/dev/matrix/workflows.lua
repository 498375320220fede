--- The workflows of the fault matrix: the two scripts and the shop's commands, run as processes
--- over a small sheet or the demo account, with one fault each.
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

-- `kept` says what a run must have kept of what it did; `again`: a clean run goes on where the one
-- with the fault ended. @ is the directory of the run.
local list = {
  { name = "schedule_rooms", script = "scripts/schedule_rooms.lua", words = { "@/rooms.csv" },
    kept = kept.printed_rooms },
  { name = "import_goods", script = "scripts/import_goods.lua",
    words = { "@/goods.csv", "--wait", "5", "--out", "@/ids.csv" }, kept = kept.goods_in_file },
  { name = "apply rooms", script = "scripts/wxlive", words = { "apply", "@/rooms.csv" },
    kept = kept.rooms_in_ledger, again = true },
  { name = "apply goods", script = "scripts/wxlive", words = { "apply", "@/goods.csv", "--wait" },
    kept = kept.goods_in_ledger, again = true },
  { name = "notify", script = "scripts/wxlive", words = { "notify", "2", "--page-size", "10" },
    kept = kept.messages_in_ledger, again = true, seed = "demo" },
  { name = "replays", script = "scripts/wxlive", words = { "replays", "1", "--to", "@/videos" },
    kept = kept.videos, again = true, seed = "demo" },
}

local function write(home, name, lines)
  command.write(home .. "/" .. name, table.concat(lines, "\n") .. "\n")
end

local function run(box, home, workflow, cache)
  local words = {}
  for i, word in ipairs(workflow.words) do
    words[i] = word:gsub("^@", home)
  end
  return command.lua(workflow.script, words, {
    env = command.settings(box, { XDG_CACHE_HOME = home .. cache, XDG_CONFIG_HOME = home,
      WXLIVE_LEDGER = home .. "/ledger.db", WXLIVE_LOOKUP_SETTLE = "0.2" }),
  })
end

-- Whatever became of a run. `clean`: nothing struck it, and it must have come to its end.
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
  write(home, "rooms.csv", ROOMS)
  assert(box:control("reset"))
  assert(box:control("audit", { seconds = 0 }))
  if cell then
    assert(box:control("fault", cell))
  end
  local problem = problem_of(box, home, workflow, run(box, home, workflow, "/cache"), not cell)
  if cell and workflow.again and not problem then
    assert(box:control("faults", { clear = true }))
    -- A failed token call is remembered for some seconds.
    problem = problem_of(box, home, workflow, run(box, home, workflow, "/fresh"), true)
  end
  command.remove(home)
  return problem
end

-- The requests of a clean run.
local function requests(box, workflow)
  local problem = strike(box, workflow)
  assert(not problem, problem)
  local names = {}
  for _, entry in ipairs(assert(box:control("log", { after = 0 })).entries) do
    names[#names + 1] = entry.endpoint
  end
  return names
end

--- The workflows: their names, and the seed of the sandbox that each runs on.
---@return { name: string, seed: string? }[]
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
