--- Follows a rundown's file while its show runs: reads it again when it changes, and reports the
--- differences.
local checks = require "wxlive.rundown.check"
local Error = require "wxlive.error"
local files = require "wxlive.base.files"
local sheets = require "wxlive.rundown.sheet"

local M = {}

-- Seconds between two checks of the file; a file that is being written is accepted when two checks
-- agree.
M.EVERY = 2

-- A larger file is not compared byte by byte.
local BYTES_MAX = 4 * 1048576

--- The present content of a file; nil when it cannot be read.
---@param path string
---@return string? text
function M.text(path)
  return (files.read(path, BYTES_MAX))
end

local function same(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then
    return a == b
  end
  for name, value in pairs(a) do
    if name ~= "line" and not same(value, b[name]) then
      return false
    end
  end
  for name in pairs(b) do
    if name ~= "line" and a[name] == nil then
      return false
    end
  end
  return true
end

--- The difference between two versions of the rows.
---@param before wxlive.rundown.Row[]
---@param after wxlive.rundown.Row[]
---@return { added: table[], removed: table[], changed: table[] }   lists of rows
function M.difference(before, after)
  local known, difference = {}, { added = {}, removed = {}, changed = {} }
  for _, row in ipairs(before) do
    known[row.key] = row
  end
  for _, row in ipairs(after) do
    local was = known[row.key]
    known[row.key] = nil
    if not was then
      table.insert(difference.added, row)
    elseif not same(was, row) then
      table.insert(difference.changed, row)
    end
  end
  for _, row in ipairs(before) do
    if known[row.key] then
      table.insert(difference.removed, row)
    end
  end
  return difference
end

-- What the check says of rows that are new or changed.
local function problems_of(show, difference)
  local fresh, list = {}, {}
  for _, rows in ipairs { difference.added, difference.changed } do
    for _, row in ipairs(rows) do
      fresh[row.line] = true
    end
  end
  local report = checks.run {
    rows = show.rows, room = show.room, stock = show.stock, ledger = show.ledger,
    hooks = show.hooks,
  }
  for _, problem in ipairs(report.problems) do
    if fresh[problem.line] then
      list[#list + 1] = problem
    end
  end
  return list[1] and list or nil
end

--- Checks the file of a show, and accepts it when it has changed and has no mistakes.
---@param show wxlive.rundown.Show
function M.look(show)
  local text = M.text(show.path)
  if not text or text == show.text then
    show.text_seen = nil
    return
  elseif text ~= show.text_seen then
    show.text_seen = text
    return
  end
  show.text, show.text_seen = text, nil
  local rows, err = sheets.read(show.path)
  if not rows then
    show:tell("edit_refused", { err = err, problems = err.problems })
    return
  end
  local difference = M.difference(show.rows, rows)
  if not (difference.added[1] or difference.removed[1] or difference.changed[1]) then
    show.rows = rows
    return
  end
  local ok, why = show:replace(rows)
  if ok then
    difference.problems = problems_of(show, difference)
    show:tell("edited", difference)
  else
    show:tell("edit_refused", { err = Error.is(why) and why or nil })
  end
end

return M
