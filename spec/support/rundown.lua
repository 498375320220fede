-- A show on a sandbox by a clock that waits for nothing, and what happens to it at which moment.
local command = require "spec.support.command"
local cues = require "wxlive.ledger.cues"
local ledgers = require "wxlive.ledger"
local rehearsal = require "wxlive.rundown.rehearsal"
local rundown = require "wxlive.rundown"
local sandbox = require "wxlive.sandbox"

local M = {}

-- 2026-11-29 20:00:00 in Beijing
M.START = 1795953600

local Stage = {}
Stage.__index = Stage

--- A sandbox, a folder and a ledger.
function M.open()
  local self = setmetatable({
    box = assert(sandbox.start { audit_seconds = 0, random_seed = 1 }),
    home = command.directory(), rooms = 0,
  }, Stage)
  self.location = self.home .. "/ledger.db"
  return self
end

function Stage:close()
  self.box:stop()
  command.remove(self.home)
end

--- A new room with goods 11, 12, 13 (and 14, which are off the shelf), planned for eight in the
--- evening, with the clock ten seconds before.
function Stage:room(more)
  self.rooms = self.rooms + 1
  self.clock = rehearsal.clock(self.box, M.START - 10)
  self.timed = {}
  local wait, timed = self.clock.wait, self.timed
  -- What is to happen at a moment happens there, also in the middle of a wait.
  self.clock.wait = function(seconds)
    local stop = self.clock.now() + seconds
    while timed[1] and timed[1].at <= stop do
      local one = table.remove(timed, 1)
      if one.at > self.clock.now() then
        wait(one.at - self.clock.now())
      end
      one.work()
    end
    if stop > self.clock.now() then
      wait(stop - self.clock.now())
    end
  end
  local room = {
    id = self.rooms, name = "room " .. self.rooms, start_time = M.START,
    end_time = M.START + 3600,
    goods = {
      { goods_id = 11, on_sale = 1 }, { goods_id = 12, on_sale = 1 },
      { goods_id = 13, on_sale = 1 }, { goods_id = 14, on_sale = 0 },
    },
  }
  for name, value in pairs(more or {}) do
    room[name] = value
  end
  assert(self.box:control("plant", {
    goods = {
      { id = 11, name = "茶杯", url = "pages/goods?id=11" }, { id = 12, name = "茶壶" },
      { id = 13, name = "茶盘" }, { id = 14, name = "茶巾" },
      { id = 15, name = "未导入" }, { id = 16, name = "驳回", audit_status = 3 },
    },
    rooms = { room },
  }))
  self.id = room.id
  return room
end

--- Something to happen so many seconds after the planned start.
function Stage:at(seconds, work)
  table.insert(self.timed, { at = M.START + seconds, work = work })
  table.sort(self.timed, function(a, b) return a.at < b.at end)
end

--- Moves the room into another state at a moment.
function Stage:set(seconds, status)
  self:at(seconds, function()
    assert(self.box:control("live", { room_id = self.id, status = status }))
  end)
end

--- Writes the rundown; gives its path.
function Stage:sheet(text)
  local path = self.home .. "/evening.csv"
  command.write(path, "at,do,goods,every,until,late,digit,note,order,key,hook\n" .. text)
  return path
end

--- Opens the show of the room.
function Stage:show(text, options)
  local given = {
    path = self:sheet(text), room = self.id, ledger = self.location, clock = self.clock, seed = "1",
    live = assert(rehearsal.client(self.box, self.clock)),
    on_event = function(event, show)
      if event.name == "cue" then
        self.events[#self.events + 1] = ("%s %d %s"):format(event.label, event.n, event.state)
        self.cues[#self.cues + 1] = event
      elseif event.name ~= "waiting" then
        self.events[#self.events + 1] = event.name
      end
      self.last = event
      if self.hear then
        self.hear(event, show)
      end
    end,
  }
  for name, value in pairs(options or {}) do
    given[name] = value
  end
  self.events, self.cues, self.hear = {}, {}, nil
  return rundown.open(given)
end

--- Runs a rundown to its end.
function Stage:run(text, options, hear)
  local show = assert(self:show(text, options))
  self.hear = hear
  local summary, err = show:run()
  show:close()
  return summary, err
end

--- Switches a fault on.
function Stage:fault(fault)
  assert(self.box:control("fault", fault))
end

--- How often the card of goods was shown in the room.
function Stage:pushes(goods_id)
  for _, room in ipairs(self.box:control("state").room) do
    if room.id == self.id then
      for _, item in ipairs(room.goods) do
        if item.goods_id == goods_id then
          return item.pushes or 0
        end
      end
    end
  end
end

--- What the ledger has of the room's cues.
function Stage:kept()
  local ledger = self:ledger()
  local list = assert(cues.list(ledger, self.id))
  ledger:close()
  return list
end

function Stage:ledger()
  return assert(ledgers.open(self.location, {
    appid = self.box.appid .. "@" .. self.box.base_url, now = self.clock.now,
  }))
end

return M
