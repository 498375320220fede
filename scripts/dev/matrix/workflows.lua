--- The workflows of the fault matrix: the two scripts and the shop's commands, run as processes
--- over a small sheet, with one fault each.
local cells = require "scripts.dev.matrix.cells"
local command = require "spec.support.command"

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

-- name; the words of the command; the sheet; what it makes; whether it may be run again
local list = {
  { "schedule_rooms", "scripts/schedule_rooms.lua", { "rooms.csv" }, "room", false },
  { "import_goods", "scripts/import_goods.lua", { "goods.csv", "--wait", "5" }, "goods", false },
  { "apply rooms", "scripts/wxlive", { "apply", "rooms.csv", "--settle", "0.2" }, "room", true },
  { "apply goods", "scripts/wxlive", { "apply", "goods.csv", "--settle", "0.2", "--wait" }, "goods",
    true },
}

local function write(home, name, lines)
  command.write(home .. "/" .. name, table.concat(lines, "\n") .. "\n")
end

local function run(box, home, workflow, cache)
  local words = {}
  for i, word in ipairs(workflow[3]) do
    words[i] = word:find("%.csv$") and home .. "/" .. word or word
  end
  return command.lua(workflow[2], words, {
    env = command.settings(box, { XDG_CACHE_HOME = home .. cache, XDG_CONFIG_HOME = home,
      WXLIVE_LEDGER = home .. "/ledger.db" }),
  })
end

-- Names -> how many there are.
local function made(box, kind)
  local names, n = {}, 0
  for _, one in ipairs(assert(box:control("state"))[kind]) do
    names[one.name], n = (names[one.name] or 0) + 1, n + 1
  end
  return names, n
end

-- Whatever became of a run.
local function problem_of(box, workflow, got)
  local text = got.out .. got.err
  if text:find("internal error", 1, true) or text:find("traceback", 1, true)
    or text:find("table: 0x", 1, true) then
    return "internal error: " .. text:sub(1, 300)
  end
  local names, n = made(box, workflow[4])
  for name, count in pairs(names) do
    if count > 1 then
      return ("%s is there %d times (status %d)"):format(name, count, got.status)
    end
  end
  if got.status == 0 and n ~= 2 then
    return ("status 0, and %d of 2 are there"):format(n)
  elseif got.status == 2 then
    return "status 2: the sheet is said to be wrong: " .. text:sub(1, 300)
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
  local got = run(box, home, workflow, "/cache")
  local problem = problem_of(box, workflow, got)
  if not cell and got.status ~= 0 then
    problem = ("status %d: %s"):format(got.status, (got.out .. got.err):sub(1, 300))
  end
  if cell and workflow[5] and not problem then
    assert(box:control("faults", { clear = true }))
    -- A failed token call is remembered for some seconds.
    got = run(box, home, workflow, "/fresh")
    problem = problem_of(box, workflow, got)
    if not problem and got.status ~= 0 then
      problem = ("the clean run after it ends with status %d: %s"):format(got.status,
        (got.out .. got.err):sub(1, 300))
    end
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

--- The names of the workflows.
function M.names()
  local names = {}
  for i, workflow in ipairs(list) do
    names[i] = workflow[1]
  end
  return names
end

--- Runs the cells of a workflow.
---@param box table
---@param name string
---@param wanted fun(cell: table): boolean
---@param told fun(title: string, problem: string?)
function M.run(box, name, wanted, told)
  for _, workflow in ipairs(list) do
    if workflow[1] == name then
      for _, cell in ipairs(cells.along(requests(box, workflow))) do
        if wanted(cell) then
          told(cells.title(cell), strike(box, workflow, cell))
        end
      end
    end
  end
end

return M
