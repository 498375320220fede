--- Iterators that page automatically: every row once, even if the platform's totals are wrong.
--
-- `for room in live:rooms() do` raises the error object when a page cannot be read, as io.lines
-- does: a loop has no other place for it. `live:rooms():all()` gives the list, or nil and the
-- error; `err.rows` of an incomplete list holds the rows that were read.
--
-- A list ends without an error only when it was read whole: to its end, and with as many rows as
-- the platform's total. A total that is too small is harmless, and has been observed; one that is
-- too large may mean hidden rows: the list is read again, and if that does not help, the iterator
-- fails with `list_not_whole` after the rows that it has.
local Error = require "wxlive.error"
local both = require("wxlive.text.sentence").both

local M = {}

---@class wxlive.Pages
local Pages = {}
Pages.__index = Pages
Pages.__name = "wxlive.Pages"

-- More pages than any account has: the limit for a server whose list never ends.
local MAX_PAGES = 20000

-- After so many pages in a row without a new row, the cursor counts as circular.
local MAX_IDLE = 20

-- How many rounds are made through a list in random order. One round shows a row of a long list
-- with a chance of at least two in three; twenty rounds miss one row in a billion.
local MAX_ROUNDS = 20

local function not_whole(problem)
  return Error.new {
    kind = "decode", name = "list_not_whole", sent = true,
    message = both("the list is not whole: %s", "列表不完整：%s"):format(problem),
    hint = "read it again later; what was not shown may be there all the same",
    hint_zh = "请稍后重新读取；未列出的内容不代表不存在",
  }
end

local function not_all(total, shown)
  return not_whole(both("the platform says that there are %d, and showed %d",
    "平台称共有 %d 条，只列出 %d 条"):format(total, shown))
end

function Pages:__call()
  local row, err = self:next()
  if err then
    error(err, 0)
  end
  return row
end

--- The next row; nil at the end; nil and the error when a page cannot be read, or when the list was
--- not whole.
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
        self.ended, self.failure = true, err
      end
    end
  end
  return nil, self.failure
end

-- Fetches the next page, unless the one before was the last.
function Pages:turn()
  if self.rows then
    local more, err = self:more()
    if not more then
      self.ended = true
      return not err, err
    end
  end
  self.pages = self.pages + 1
  if self.pages > MAX_PAGES then
    return nil, not_whole(both("it has no end", "列表没有尽头"))
  end
  local answer, err = self:fetch()
  if not answer then
    return nil, err
  end
  self.rows, self.at, self.fresh = answer[self.list] or {}, 1, 0
  self.total, self.cursor = tonumber(answer.total), answer.page_break
  return true
end

--- Every row at once. The error of a list that is not whole has the rows that were shown: err.rows.
---@return table[]? rows
---@return wxlive.Error? err
function Pages:all()
  local list = {}
  while true do
    local row, err = self:next()
    if err then
      if err.name == "list_not_whole" then
        err.rows = list
      end
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

-- By offset ---------------------------------------------------------------------------------------

-- One walk from the first row to the last.
local function new_pass(limit)
  return { offset = 0, limit = limit, seen = {}, distinct = 0, shown = 0, repeats = 0, total = 0 }
end

-- Counts a page; returns how many of its rows are new in this pass.
local function count(pass, self)
  local fresh = 0
  for _, row in ipairs(self.rows) do
    local key = self.key(row)
    if key == nil or not pass.seen[key] then
      fresh = fresh + 1
      if key ~= nil then
        pass.seen[key] = true
      end
    end
  end
  pass.distinct = pass.distinct + fresh
  pass.shown = pass.shown + (fresh > 0 and #self.rows or 0)
  pass.repeats = pass.repeats + #self.rows - fresh
  pass.first = pass.first or self.total
  pass.total = math.max(pass.total, self.total or 0)
  return fresh
end

-- For lists in a fixed order: reads on until a page brings nothing new, or is short and completes
-- the total. Without a total, and for a caller who must be sure, a short page is not the end,
-- because the platform may cut pages silently.
local function goes_on(pass, got, fresh, sure)
  if fresh == 0 then
    return false
  elseif got < pass.limit then
    if pass.first and not sure and pass.distinct >= pass.total then
      return false
    end
    -- Offsets are rounded to multiples of the limit.
    pass.limit = got
  end
  pass.offset = pass.offset + got
  return true
end

-- For lists in random order, where rows repeat or are missing: the offset shows when a round has
-- ended.
local function goes_on_random(pass, got, fresh)
  pass.offset = pass.offset + got
  return got > 0 and (pass.offset < pass.total or (got >= pass.limit and fresh > 0))
end

-- Whether a pass has shown every row. Each row that is added at the front meanwhile pushes one row
-- onto the next page, where it repeats; all the former rows were shown nevertheless. If a list
-- shows a row twice, its total is too large: this is accepted when a second pass shows the same.
local function is_whole(pass, before, nothing_new)
  return pass.distinct >= pass.total
    or pass.distinct >= pass.first and pass.total - pass.first <= pass.repeats
    or before ~= nil and nothing_new and pass.shown >= pass.total
      and pass.distinct == before.distinct
end

--- Pages by offset.
---@param fetch fun(offset: integer, limit: integer): table?, wxlive.Error?
---@param options { limit: integer, rows: string, key: fun(row): any, wanted: (fun(row): boolean)?,
---  random_order: boolean?, sure: (fun(): boolean)?, again: (fun(round: integer): boolean)? }
---  again: waits, and says whether the list may be read once more; sure: whether a short page is
---  not to be taken for the last one
---@return wxlive.Pages
function M.by_offset(fetch, options)
  local pass, before, rounds, had = new_pass(options.limit), nil, 1, 0
  local random = options.random_order
  return new {
    key = options.key, wanted = options.wanted, list = options.rows,
    fetch = function()
      return fetch(pass.offset, pass.limit)
    end,
    more = function(self)
      local got, fresh = #self.rows, count(pass, self)
      local on = random and goes_on_random or goes_on
      if on(pass, got, fresh, options.sure and options.sure()) then
        return true
      elseif is_whole(pass, before, self.count == had) then
        return false
      end
      local may
      if random then
        may = rounds < MAX_ROUNDS
      else
        may = options.again and options.again(rounds)
      end
      if not may then
        return false, not_all(pass.total, pass.distinct)
      end
      rounds, had = rounds + 1, self.count
      if random then
        -- The rows that were read are kept; the total is read again.
        pass.offset, pass.total, pass.first = 0, 0, nil
      else
        before, pass = pass, new_pass(options.limit)
      end
      return true
    end,
  }
end

-- By cursor ---------------------------------------------------------------------------------------

-- Whether a cursor names a page that was not read yet. 0 and an empty text name none.
local function leads_on(cursor, used)
  local text = cursor ~= nil and tostring(cursor) or ""
  return text ~= "" and text ~= "0" and not used[text]
end

-- If the platform gives a total, the list must have as many rows.
local function at_end(self)
  if self.total and self.count < self.total then
    return false, not_all(self.total, self.count)
  end
  return false
end

--- For lists whose pages each give the cursor of the next one. The list ends with an empty page or
--- one that is not full, when there is no new cursor. An empty page with a new cursor contradicts
--- itself: it is read again, and if it stays empty, the cursor is followed. A full page without a
--- cursor is read once more in another size, which shows whether it was the last.
---@param fetch fun(cursor: any, limit: integer): table?, wxlive.Error?
---@param options { rows: string, key: fun(row): any, limit: integer, most: integer,
---  again: (fun(round: integer): boolean)? }
---@return wxlive.Pages
function M.by_cursor(fetch, options)
  local used, idle, rounds, reread = {}, 0, 1, false
  local cursor, limit = nil, options.limit
  return new {
    key = options.key, list = options.rows,
    fetch = function()
      return fetch(cursor, limit)
    end,
    more = function(self)
      local got, asked = #self.rows, limit
      local following = self.cursor
      local on = leads_on(following, used)
      limit = options.limit
      if got == 0 and on and not reread and options.again and options.again(1) then
        reread = true
        return true
      end
      reread = false
      idle = self.fresh == 0 and idle + 1 or 0
      if idle >= MAX_IDLE then
        return false, not_whole(both("%d pages in a row show nothing new",
          "连续 %d 页没有新内容"):format(MAX_IDLE))
      elseif on then
        used[tostring(following)], cursor, rounds = true, following, 1
        return true
      elseif got < asked then
        return at_end(self)
      elseif asked ~= options.limit and options.again and not options.again(rounds)
        or rounds > MAX_ROUNDS then
        return false, not_whole(both("a full page names no page after it",
          "本页已满，却没有给出下一页"))
      end
      rounds = rounds + 1
      limit = asked ~= options.limit and options.limit
        or asked < options.most and asked + 1 or asked - 1
      return true
    end,
  }
end

return M
