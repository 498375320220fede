--- The newest entries of a log, numbered: of calls, and of what was done. They are kept in a
--- store, so that the workers of nginx share them.
local json = require "wxlive.json"
local memory = require "wxlive.store.memory"
local own = require "wxlive.store.own"

local M = {}

-- Rows that are kept, and for how many seconds.
local KEPT, TTL, TTL_OF_NUMBERS = 200, 86400, 30 * 86400

---@class wxlive.desk.Rows
local Rows = {}
Rows.__index = Rows

--- Rows under a name.
---@param name string
---@param store wxlive.Store?   this process's memory when left out
---@return wxlive.desk.Rows
function M.new(name, store)
  return setmetatable({ name = "desk:" .. name .. ":",
    store = store and own.hold(store) or memory.new() }, Rows)
end

--- Adds a row. If the store fails, only the row is lost.
---@param row table
function Rows:add(row)
  local n = self.store:incr(self.name .. "last", 1, TTL_OF_NUMBERS)
  local text = n and json.encode(row)
  if text then
    self.store:set(("%s%.0f"):format(self.name, n), text, TTL)
    self.store:delete(("%s%.0f"):format(self.name, n - KEPT))
  end
end

--- The rows behind number `after`, oldest first, and the number of the last one.
---@param after number?
---@return table[] rows   with their numbers as n
---@return integer last
function Rows:since(after)
  local last = tonumber((self.store:get(self.name .. "last"))) or 0
  after = tonumber(after) or 0
  local rows = json.array {}
  for n = math.max(after > last and 1 or after + 1, last - KEPT + 1), last do
    local text = self.store:get(("%s%.0f"):format(self.name, n))
    local row = text and json.decode(text)
    if row then
      row.n = n
      rows[#rows + 1] = row
    end
  end
  return rows, last
end

return M
