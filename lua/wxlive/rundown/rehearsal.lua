--- A whole evening on the sandbox, by its clock at any speed: a copy of the room and its goods, or
--- made-up ones that fit the rundown.
local broadcast = require "wxlive.broadcast"
local compat = require "wxlive.base.compat"
local files = require "wxlive.rundown.sheet"
local json = require "wxlive.json"
local language = require "wxlive.text.language"
local memory = require "wxlive.store.memory"
local opener = require "wxlive.rundown.open"
local options_of = require "wxlive.base.options"
local recover = require "wxlive.client.recover"
local rooms = require "wxlive.rundown.room"
local sandbox = require "wxlive.sandbox"
local stocks = require "wxlive.rundown.goods"
local system = require("wxlive.core").system
local tables = require "wxlive.base.tables"
local times = require "wxlive.rundown.times"
local both = require("wxlive.text.sentence").both
local transports = require "wxlive.transport"

local M = {}

local HOUR, BEIJING, DAY = 3600, 8 * 3600, 86400

-- Seconds before the planned start at which the rehearsal begins.
local BEFORE = 90

-- The least length of a made-up show, and by how much it outlasts its last cue.
local LENGTH, BEHIND = 3600, 600

local ROOM_ID, FIRST_GOODS = 1, 900001

--- A clock of the sandbox that only waiting moves, so that a slow machine makes nothing late.
---@param box wxlive.sandbox.Box
---@param now number       Unix seconds that it shows at first
---@param speed number?    how much faster than real; nil: waiting takes no time
---@return wxlive.rundown.Clock
function M.clock(box, now, speed)
  local clock = { virtual = true }
  function clock.now()
    return now
  end
  function clock.wait(seconds)
    if speed then
      system.sleep(seconds / speed)
    end
    now = now + seconds
    box:control("clock", { advance = seconds })
  end
  assert(box:control("clock", { set = now, frozen = true }))
  return clock
end

--- A client of the sandbox that waits by the sandbox's clock.
---@param box wxlive.sandbox.Box
---@param clock wxlive.rundown.Clock
---@param more table?   options of the client
---@return wxlive.Broadcast? live
---@return wxlive.Error? err
function M.client(box, clock, more)
  local transport, err = transports.default {}
  if not transport then
    return nil, err
  end
  return broadcast.new(tables.merged({
    appid = box.appid, secret = box.secret, base_url = box.base_url, clock = clock.now,
    token_store = memory.new(),
    transport = {
      send = function(_, request) return transport:send(request) end,
      sleep = function(_, seconds) clock.wait(seconds) end,
    },
  }, more))
end

-- A made-up room ----------------------------------------------------------------------------------

-- The first of several times of day. A show may go on past midnight, therefore the first one is the
-- one after the longest pause, not the smallest.
local function first_of(clocks)
  table.sort(clocks)
  local first, longest = clocks[1], 0
  for i, clock in ipairs(clocks) do
    local pause = (clock - (clocks[i - 1] or clocks[#clocks])) % DAY
    if pause > longest then
      first, longest = clock, pause
    end
  end
  return first
end

-- The planned start that fits the rundown: the full hour before its first day and time, else before
-- its first time of the clock, else eight in the evening.
local function start_of(rows, now)
  local midnight = math.floor((now + BEIJING) / DAY) * DAY - BEIJING
  local clocks, dated = {}, nil
  for _, row in ipairs(rows) do
    local kind, seconds = (row.at or {}).kind, (row.at or {}).seconds
    if kind == "clock" then
      clocks[#clocks + 1] = seconds
    elseif kind == "time" then
      dated = math.min(dated or seconds, seconds)
    end
  end
  local first = dated or midnight + (first_of(clocks) or 20 * HOUR)
  return first - (first + BEIJING) % HOUR
end

local function length_of(rows, start)
  local last = 0
  for _, row in ipairs(rows) do
    for _, time in ipairs { row.at or false, row.until_at or false } do
      local from = time and times.place(time, { zero = start, planned = start })
      last = math.max(last, from or 0)
    end
  end
  return math.max(LENGTH, last + BEHIND)
end

--- A room that fits a rundown.
---@param rows wxlive.rundown.Row[]
---@param now number
---@return table room   as the list of rooms shows it
function M.made_up(rows, now)
  local start = start_of(rows, now)
  local room = {
    room_id = ROOM_ID, name = language.pick("rehearsal", "彩排"), start_time = start,
    end_time = start + length_of(rows, start), goods = {},
  }
  local known, next_id = {}, FIRST_GOODS
  for _, row in ipairs(rows) do
    for _, word in ipairs(row.goods) do
      if not known[word] then
        known[word] = true
        local goods = { name = word }
        if word:find("^%d+$") then
          goods.goods_id = compat.to_integer(word) or word
        else
          goods.goods_id, next_id = next_id, next_id + 1
        end
        if word:find("/", 1, true) then
          goods.url = word
        end
        room.goods[#room.goods + 1] = goods
      end
    end
  end
  return room
end

-- The copy ----------------------------------------------------------------------------------------

-- The goods of the room's copy: off sale if the rundown puts them on sale, else on sale, because
-- the platform does not show their state.
local function shelf_of(rows, stock, room)
  local put = {}
  for _, row in ipairs(rows) do
    for _, word in ipairs(row.action == "on_sale" and row.goods or {}) do
      local goods = stock:find(word)
      put[goods and goods.id or word] = true
    end
  end
  local items = json.array {}
  for i, goods in ipairs(room.goods or {}) do
    items[i] = {
      goods_id = goods.goods_id, on_sale = put[compat.integer_text(goods.goods_id)] and 0 or 1,
    }
  end
  return items
end

-- Puts the room and its goods into the sandbox.
local function plant(box, room, rows, stock, library)
  local goods, seen = json.array {}, {}
  for _, list in ipairs { library, room.goods or {} } do
    for _, item in ipairs(list) do
      local id = compat.integer_text(item.goods_id)
      if not seen[id] then
        seen[id] = true
        goods[#goods + 1] = { id = item.goods_id, name = item.name, url = item.url,
          audit_status = item.audit_status }
      end
    end
  end
  return box:control("plant", {
    goods = goods, followers = json.array { "rehearsal-1", "rehearsal-2" },
    rooms = json.array { {
      id = room.room_id, name = room.name, start_time = room.start_time, end_time = room.end_time,
      type = 0, anchor_name = room.anchor_name or "rehearsal",
      goods = shelf_of(rows, stock, room),
      close_goods = room.close_goods or 0, close_comment = room.close_comment or 0,
    } },
  })
end

local function remove(path)
  for _, ending in ipairs { "", "-wal", "-shm" } do
    os.remove(path .. ending)
  end
end

-- The real room and the library, of which copies are made.
local function read_real(live, name)
  local room, err = rooms.find(live, name)
  if not room then
    return nil, err
  end
  local library = {}
  local ok
  ok, err = recover.each(live, "goods", function(row, status)
    library[#library + 1] = { goods_id = row.goods_id, name = row.name, url = row.url,
      audit_status = status }
  end)
  if not ok then
    return nil, err
  end
  return room, library
end

local known = {
  path = "string", room = "string|number|table", live = "table", speed = "number",
  hooks = "table", on_event = "callable", interrupted = "callable", prepare = "callable",
}

-- Whether the options of M.run can be.
local function check(o)
  local ok, err = options_of.check("wxlive.rundown.rehearse", o, known, { "path" })
  if not ok then
    return nil, err
  end
  local problems, problem = options_of.problems()
  if o.speed and (o.speed <= 0 or o.speed ~= o.speed) then
    problem("speed", both("must be above 0", "应大于 0"))
  end
  if o.room and type(o.room) ~= "table" and not o.live then
    problem("room", both("is an id or a name: give live, too, to read it with",
      "为 id 或名称时，须同时给出 live"))
  end
  return options_of.report("wxlive.rundown.rehearse", problems)
end

--- Rehearses a rundown.
---@param o { path: string, room: string|integer|table|nil, live: wxlive.Broadcast?,
---  speed: number?, hooks: table?, on_event: function?, interrupted: (fun(): boolean)?,
---  prepare: (fun(box: wxlive.sandbox.Box))? }   live and room: the room, by id or name, of which
---  a copy is made with the goods library; without live a room as the list of rooms shows it; a
---  made-up one when left out; prepare: sets faults
---@return { report: wxlive.rundown.Report, summary: table, room: table }? result
---@return wxlive.Error? err
function M.run(o)
  local ok, err = check(o)
  local rows
  if ok then
    rows, err = files.read(o.path)
  end
  if not rows then
    return nil, err
  end
  local room, library = o.room, {}
  if o.live and o.room then
    room, library = read_real(o.live, o.room)
    if not room then
      return nil, library
    end
  elseif not room then
    room = M.made_up(rows, system.now())
  end
  local box
  box, err = sandbox.start { audit_seconds = false, goods_cap = 5000 }
  if not box then
    return nil, err
  end
  local place = os.tmpname()
  local fine, result, failure = pcall(M.on, box, place, rows, room, o, library)
  box:stop()
  remove(place)
  if not fine then
    error(result, 0) -- of a function that was given
  end
  return result, failure
end

--- The same on a given sandbox, over a ledger in a file.
---@return table? result
---@return wxlive.Error? err
function M.on(box, place, rows, room, o, library)
  local clock = M.clock(box, room.start_time - BEFORE, o.speed)
  local live, err = M.client(box, clock)
  if not live then
    return nil, err
  end
  local ok
  ok, err = plant(box, room, rows, stocks.of_room(room), library)
  if not ok then
    return nil, err
  end
  local show
  show, err = opener.open {
    live = live, ledger = place, path = o.path, room = room.room_id, clock = clock,
    hooks = o.hooks, on_event = o.on_event, interrupted = o.interrupted,
  }
  if not show then
    return nil, err
  end
  local report
  report, err = show:check()
  if o.prepare then
    o.prepare(box)
  end
  local summary
  if report then
    summary, err = show:run()
  end
  show:close()
  if not summary then
    return nil, err
  end
  return { report = report, summary = summary, room = room }
end

return M
