--- One mini program on the sandbox: everything it owns, by kind and id, and its counters.
--
-- Every change goes through `put`, therefore all changes of one request reach the state file
-- together.
local tables = require "wxlive.base.tables"

local Account = {}
Account.__index = Account
Account.__name = "wxlive.sandbox.Account"

local M = {}

local RIDS_MAX = 2000

-- Ids of these kinds are whole numbers; the state file keeps them as text.
local numeric = { room = true, goods = true }

local kinds = {
  "room", "goods", "media", "role", "follower", "counter", "rid", "serial", "note", "message",
}

---@param platform table
---@param appid string
function M.new(platform, appid)
  local self = setmetatable({ platform = platform, appid = appid }, Account)
  self:clear()
  return self
end

function Account:clear()
  for _, kind in ipairs(kinds) do
    self[kind] = {}
  end
  self.room_order = nil
end

--- Takes in a document of the state file.
function Account:restore(kind, id, document)
  self[kind][numeric[kind] and math.floor(tonumber(id)) or id] = document
end

--- Adds or changes a document (a table that is kept by reference).
function Account:put(kind, id, document)
  self[kind][id] = document
  if kind == "room" then
    self.room_order = nil
  end
  self.platform.store:put(self.appid, kind, tostring(id), document)
  return document
end

function Account:remove(kind, id)
  self:put(kind, id, nil)
end

--- The next number of a series: 1, 2, 3 ... or from `first` on.
function Account:next_id(series, first)
  local last = self.serial[series]
  local id = last and last.last + 1 or first or 1
  self:put("serial", series, { last = id })
  return id
end

--- A small document of its own, such as the keys of the pendant.
function Account:note_of(name)
  return self.note[name] or {}
end

function Account:set_note(name, document)
  self:put("note", name, document)
end

--- Rooms, latest planned start first.
function Account:rooms_newest_first()
  if not self.room_order then
    self.room_order = tables.sorted(self.room, "-start_time", "-id")
  end
  return self.room_order
end

--- Documents of a kind in the order of their ids.
function Account:sorted(kind)
  return tables.map(tables.keys(self[kind]), function(id) return self[kind][id] end)
end

--- Remembers a refused call, for rid/get; the oldest give way.
function Account:keep_rid(rid, facts)
  facts.serial = self:next_id("rid")
  self:put("rid", rid, facts)
  if facts.serial % RIDS_MAX == 0 then
    for old, kept in pairs(self.rid) do
      if kept.serial <= facts.serial - RIDS_MAX then
        self:remove("rid", old)
      end
    end
  end
end

-- Counters ----------------------------------------------------------------------------------------

--- How often `name` was counted in `period` (such as "2026-11-23" of Beijing).
function Account:used(name, period)
  local counter = self.counter[name]
  return counter and counter.period == period and counter.used or 0
end

function Account:count(name, period, by)
  local counter = self.counter[name]
  if not counter or counter.period ~= period then
    counter = { period = period, used = 0 }
  end
  counter.used = counter.used + (by or 1)
  self:put("counter", name, counter)
end

function Account:set_used(name, period, used)
  self:put("counter", name, { period = period, used = used })
end

--- Starts the counters again, but for those named in `keep`.
function Account:clear_counters(keep)
  for name, counter in pairs(self.counter) do
    if not keep[name] then
      self:put("counter", name, { period = counter.period, used = 0 })
    end
  end
end

return M
