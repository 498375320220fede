--- A log whose entries are numbered; the oldest are dropped when it is full.
local json = require "wxlive.json"

---@class wxlive.sandbox.Log
---@field first integer   number of the oldest entry that is kept
---@field last integer
---@field most integer    how many are kept
local Log = {}
Log.__index = Log

local M = {}

---@param most integer
---@return wxlive.sandbox.Log
function M.new(most)
  return setmetatable({ first = 1, last = 0, most = most }, Log)
end

--- Adds an entry and numbers it (`n`).
---@param entry table
---@return table entry
function Log:add(entry)
  self.last = self.last + 1
  entry.n = self.last
  self[entry.n] = entry
  if self.last - self.first >= self.most then
    self[self.first] = nil
    self.first = self.first + 1
  end
  return entry
end

--- The entries behind number n, oldest first.
---@param n integer?
---@param shape (fun(entry: table): table)?   makes what is shown of an entry
---@return table[] rows
function Log:after(n, shape)
  local rows = json.array {}
  for i = math.max(self.first, (n or 0) + 1), self.last do
    rows[#rows + 1] = shape and shape(self[i]) or self[i]
  end
  return rows
end

return M
