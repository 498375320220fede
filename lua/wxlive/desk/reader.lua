--- What the desk has read from the platform: the rooms, and the goods that are not approved. It is
--- read again while a page is watched, beside the page's requests.
local Error = require "wxlive.error"
local compat = require "wxlive.base.compat"
local lists = require "wxlive.client.lists"
local system = require "wxlive.core".system
local tables = require "wxlive.base.tables"

local M = {}

-- What is read, in this order, and the seconds between two readings.
local EVERY = { { "rooms", 30 }, { "audits", 120 }, { "quotas", 5 } }

-- Rows that are read of a list; the platform gives the newest first.
local MOST = 200

-- The audit states that are read. Goods of the room that are in none of them count as approved, if
-- the lists were read to their ends.
local STATES = { 0, 1, 3 }

---@class wxlive.desk.Reader
local Reader = {}
Reader.__index = Reader

---@param live wxlive.Broadcast
---@param background fun(job: function)   runs a job beside the request
---@return wxlive.desk.Reader
function M.new(live, background)
  return setmetatable({
    live = live, background = background, busy = {}, read_at = {}, errors = {}, at = {},
    rooms = {}, audits = {}, quotas = {},
  }, Reader)
end

-- Up to MOST rows of a list, and whether these are all.
local function take(list, into, more)
  for _ = 1, MOST do
    local row, err = list:next()
    if err then
      return nil, err
    elseif not row then
      return into, true
    end
    into[#into + 1] = more and more(row) or row
  end
  return into, false
end

local readers = {}

function readers.rooms(live)
  local rooms, rest = take(lists.rooms(live), {})
  return rooms, not rooms and rest or nil
end

function readers.audits(live)
  local goods, at = { complete = true }, {}
  for _, status in ipairs(STATES) do
    local read, rest = take(lists.goods(live, { status = status }), {}, function(row)
      row.audit_status = status
      return row
    end)
    if not read then
      return nil, rest
    end
    goods.complete = goods.complete and rest
    for _, row in ipairs(read) do
      -- Goods that are judged meanwhile are listed twice: the later state counts.
      local id = compat.integer_text(row.goods_id)
      at[id] = at[id] or #goods + 1
      goods[at[id]] = row
    end
  end
  return goods
end

function readers.quotas(live)
  return live:quota()
end

-- Reads one list, unless that is under way. What was read before stays when it fails.
local function read(self, name)
  if self.busy[name] then
    return
  end
  self.busy[name] = true
  local fine, value, err = pcall(readers[name], self.live)
  if fine and value then
    -- In whole milliseconds, which every reader of JSON holds exactly.
    self.at[name] = math.floor(self.live.clock.now() * 1000)
    self[name], self.errors[name] = value, nil
  else
    self.errors[name] = fine and err or Error.raised(value)
  end
  self.read_at[name], self.busy[name] = system.monotonic(), nil
end

--- Reads what is old again.
---@param now boolean?   whatever its age
function Reader:look(now)
  for _, one in ipairs(EVERY) do
    local name, every = one[1], one[2]
    local read_at = self.read_at[name]
    if not self.busy[name] and (now or not read_at or system.monotonic() >= read_at + every) then
      self.background(function()
        read(self, name)
      end)
    end
  end
end

--- The room with an id, as it was read last.
---@param id string   digits
---@return table?
function Reader:room(id)
  return tables.find(self.rooms, function(room)
    return compat.integer_text(room.room_id) == id
  end)
end

return M
