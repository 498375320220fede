--- Follows a rundown's file while its show runs: reads it again when it changes, and reports the
--- differences.
local checks = require "wxlive.rundown.check"
local cues = require "wxlive.ledger.cues"
local Error = require "wxlive.error"
local files = require "wxlive.base.files"
local sheets = require "wxlive.rundown.sheet"
local tables = require "wxlive.base.tables"

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

--- A row that got a key of its own after it was begun stays the row that it was: the ledger and the
--- rows of before know it by its key from now on.
---@param show wxlive.rundown.Show
---@param rows wxlive.rundown.Row[]
---@param resumed boolean?   no cue is being done: the process that had begun one is dead
---@return boolean? kept   false: a row that got a key is being done
---@return wxlive.Error? err
function M.keep_keys(show, rows, resumed)
  local past, err = cues.past(show.ledger, show.room_id)
  local begun = resumed and {} or nil
  if past and not begun then
    begun, err = cues.list(show.ledger, show.room_id, "begun")
  end
  if not (past and begun) then
    return nil, err
  end
  local keys, before = tables.index(rows, "key"), tables.index(resumed and {} or show.rows, "key")
  begun = tables.index(begun, "key")
  for _, row in ipairs(rows) do
    local made = row.made_key
    if not (keys[made] or past[row.key] or before[row.key]) and (past[made] or before[made]) then
      if begun[made] then -- a cue of the row is being done now
        return false
      end
      local ok
      ok, err = cues.rename(show.ledger, show.room_id, made, row.key)
      if not ok then
        return nil, err
      end
      if before[made] then
        before[made].key = row.key
      end
    end
  end
  return true
end

--- The difference between two versions of the rows.
---@param before wxlive.rundown.Row[]
---@param after wxlive.rundown.Row[]
---@return { added: table[], removed: table[], changed: table[] }   lists of rows
function M.difference(before, after)
  local known, difference = tables.index(before, "key"), { added = {}, removed = {}, changed = {} }
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
  local fresh = tables.merged(tables.index(difference.added, "line"),
    tables.index(difference.changed, "line"))
  local report = checks.run {
    rows = show.rows, room = show.room, stock = show.stock, ledger = show.ledger,
    hooks = show.hooks,
  }
  local list = tables.only(report.problems, function(problem) return fresh[problem.line] end)
  return list[1] and list or nil
end

--- Checks the file of a show, and accepts it when it has changed and has no mistakes.
---@param show wxlive.rundown.Show
function M.look(show)
  local text = M.text(show.path)
  show.looks_without = text and 0 or (show.looks_without or 0) + 1
  if not text then
    if show.looks_without == 2 then -- a file that is replaced may be away for a moment
      local _, why = sheets.read(show.path)
      show:tell("edit_refused", { err = why })
    end
    show.text_seen = nil
    return
  elseif text == show.text then
    show.text_seen = nil
    return
  elseif text ~= show.text_seen then
    show.text_seen = text
    return
  end
  local rows, err = sheets.read(show.path)
  local kept
  if rows then
    kept, err = M.keep_keys(show, rows)
    if kept == false then
      return -- it is read again
    end
  end
  show.text, show.text_seen = text, nil
  if not kept then
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
