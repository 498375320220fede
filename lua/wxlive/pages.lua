--- Iterators that page by themselves: every row once, whatever the platform says of totals.
--
-- `for room in live:rooms() do` raises the error object when a page cannot be had, as io.lines
-- does: a loop has no other place for it. `live:rooms():all()` gives the list, or nil and the
-- error.
local M = {}

---@class wxlive.Pages
local Pages = {}
Pages.__index = Pages
Pages.__name = "wxlive.Pages"

-- A page count that no account reaches: a server that never ends must not hold us for ever.
local MAX_PAGES = 20000

-- How often a list in random order is gone through for rows that were not shown yet. One round
-- shows a row of a long list with two chances in three, at the least: twenty miss one in a billion.
local MAX_ROUNDS = 20

function Pages:__call()
  local row, err = self:next()
  if err then
    error(err, 0)
  end
  return row
end

--- The next row; nil at the end; nil and the error when a page cannot be had.
---@return table? row
---@return wxlive.Error? err
function Pages:next()
  while not self.ended do
    local row = self.rows and self.rows[self.at]
    if row then
      self.at = self.at + 1
      local key = self.key(row)
      if key == nil or not self.seen[key] then
        if key ~= nil then
          self.seen[key] = true
        end
        self.fresh, self.count = self.fresh + 1, self.count + 1
        if not self.wanted or self.wanted(row) then
          return row
        end
      end
    else
      local ok, err = self:turn()
      if not ok then
        self.ended = true
        return nil, err
      end
    end
  end
  return nil
end

-- Fetches the next page, unless the one before was the last.
function Pages:turn()
  if self.rows and not self:more() then
    self.ended = true
    return true
  end
  self.pages = self.pages + 1
  if self.pages > MAX_PAGES then
    self.ended = true
    return true
  end
  local answer, err = self.fetch(self)
  if not answer then
    return nil, err
  end
  self.rows, self.at, self.fresh = self.pick(answer), 1, 0
  self.total, self.cursor = answer.total, answer.page_break
  return true
end

--- Every row at once.
---@return table[]? rows
---@return wxlive.Error? err
function Pages:all()
  local list = {}
  while true do
    local row, err = self:next()
    if err then
      return nil, err
    elseif not row then
      return list
    end
    list[#list + 1] = row
  end
end

local function new(fields)
  fields.seen, fields.pages, fields.count, fields.fresh = {}, 0, 0, 0
  return setmetatable(fields, Pages)
end

--- Pages by offset.
---@param fetch fun(offset: integer, limit: integer): table?, wxlive.Error?
---@param options { limit: integer, rows: string, key: fun(row): any, wanted: (fun(row): boolean)?,
---  random_order: boolean? }
---@return wxlive.Pages
function M.by_offset(fetch, options)
  local offset, limit, rounds = 0, options.limit, 1
  return new {
    key = options.key, wanted = options.wanted,
    pick = function(answer)
      return answer[options.rows] or {}
    end,
    fetch = function()
      return fetch(offset, limit)
    end,
    more = function(self)
      local got = #self.rows
      if got == 0 then
        return false
      end
      local total = self.total or 0
      if options.random_order then
        -- Rows repeat and hide from page to page: the offset tells when a round is over, and the
        -- count whether another is needed.
        offset = offset + got
        if offset < total or (got >= limit and self.fresh > 0) then
          return true
        end
        offset, rounds = 0, rounds + 1
        return self.count < total and rounds <= MAX_ROUNDS
      end
      if self.fresh == 0 or (got < limit and self.count >= total) then
        return false
      end
      offset = offset + got
      if got < limit then
        -- The platform cuts the page in silence, and rounds offsets to multiples of the limit.
        limit = got
      end
      return true
    end,
  }
end

--- Pages by a cursor that each page hands on.
---@param fetch fun(cursor: any): table?, wxlive.Error?
---@param options { rows: string, key: fun(row): any }
---@return wxlive.Pages
function M.by_cursor(fetch, options)
  return new {
    key = options.key,
    pick = function(answer)
      return answer[options.rows] or {}
    end,
    fetch = function(self)
      self.used = self.cursor
      return fetch(self.cursor)
    end,
    more = function(self)
      return self.fresh > 0 and self.cursor ~= nil and self.cursor ~= 0
        and self.cursor ~= self.used
    end,
  }
end

return M
