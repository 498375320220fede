--- Lays a sheet beside the ledger: what is new, what has changed, what is gone. In flat memory.
--
-- A dry staging (plan) writes nothing but a temporary table; else every row that needs work is left
-- in the ledger as "todo". Invalid rows are skipped and reported.
local placements = require "wxlive.ledger.placements"
local rows = require "wxlive.shop.rows"

local M = {}

local BATCH = 500

-- A digest is known when the row was identified.
local function keep_pictures(ledger, row)
  for _, picture in ipairs(row.images) do
    local digest, err = rows.digest(picture.path)
    local ok
    if digest then
      ok, err = ledger:note_picture(digest, picture.path)
    end
    if not ok then
      return nil, err
    end
  end
  return true
end

-- What has to be done to a row: nil for nothing.
local function todo_of(item, wanted)
  if not item or not item.platform_id then
    return "create"
  elseif item.applied_text ~= wanted then
    return "change"
  elseif item.kind == "goods" and item.audit_status == 0 then
    return "submit"
  end
end

-- The rooms that goods are wanted in; nothing is written for a plan.
local function stage_rooms(ledger, reader, row, key, options, counts)
  local rooms = rows.rooms_of(reader, row)
  if not rooms then
    return true
  end
  local placed, err = placements.stage(ledger, key, rooms, options.dry)
  if not placed then
    return nil, err
  end
  counts.to_add = (counts.to_add or 0) + #placed.add
  counts.to_take_out = (counts.to_take_out or 0) + placed.remove
  for _, room in ipairs(placed.add) do
    counts.rooms[room] = (counts.rooms[room] or 0) + 1
  end
  return true
end

-- Counts what is to be done with a row, and keeps it in the ledger.
local function stage_row(ledger, kind, key, wanted, item, row, sheet, options, counts)
  local todo = todo_of(item, wanted)
  counts[todo or "unchanged"] = (counts[todo or "unchanged"] or 0) + 1
  if item and item.state == "doubt" then
    counts.doubt = (counts.doubt or 0) + 1
  end
  if options.dry then
    return true
  end
  local ok, err = ledger:want(kind.name, key, {
    sheet = sheet, line = row.line, wanted = wanted, todo = todo,
  }, item)
  if ok and todo then
    ok, err = keep_pictures(ledger, row)
  end
  return ok and true or nil, err
end

-- One row. Gives what is wrong with it, as text; true when nothing is; nil and an error when the
-- ledger fails.
local function take(ledger, reader, row, sheet, options, counts)
  local kind = reader.kind
  if not next(row.params) then
    return row.problems[1] or "the row is empty"
  end
  local key, wanted, wrong = rows.identify(kind, row)
  if not key then
    return row.problems[1] or wrong
  end
  local item, err = ledger:item(kind.name, key)
  if err then
    return nil, err
  end
  local settled = rows.is_settled(row, item and item.platform_id and item.applied_text == wanted)
  local first
  first, err = ledger:note_key(key, row.line)
  if first == nil then
    return nil, err
  elseif row.problems[1] and not settled then
    -- Its key is noted all the same: a mistake in the sheet is not a wish to remove what is there.
    return table.concat(row.problems, "; ")
  elseif first then
    return ("the same %s stand in line %d: give them a column `key` that tells them apart")
      :format(kind.name, first)
  end
  local ok
  ok, err = stage_rooms(ledger, reader, row, key, options, counts)
  if ok then
    ok, err = stage_row(ledger, kind, key, wanted, item, row, sheet, options, counts)
  end
  return ok, err
end

-- Rows that were in the sheet and are not any more.
local function settle_gone(ledger, kind, sheet, options, counts)
  local n, err = ledger:count_gone(kind, sheet)
  if not n then
    return nil, err
  end
  counts.gone = n
  if options.prune and kind == "goods" and n > 0 then
    local out, why = placements.count_gone(ledger, sheet)
    if not out then
      return nil, why
    elseif out > 0 then
      counts.to_add, counts.to_take_out = counts.to_add or 0, (counts.to_take_out or 0) + out
    end
  end
  if options.dry then
    return true
  end
  local ok
  ok, err = ledger:settle_gone(kind, sheet, options.prune)
  if ok and options.prune and kind == "goods" then
    return placements.prune(ledger, sheet)
  end
  return ok, err
end

-- Calls f(row) for every row, in transactions of many.
local function each(ledger, reader, options, f)
  local ended = false
  while not ended do
    local function batch()
      for _ = 1, BATCH do
        local row, problem = reader:next()
        if not row then
          ended = true
          if problem then
            f(nil, problem)
          end
          return true
        end
        local ok, err = f(row)
        if not ok then
          return nil, err
        end
      end
      return true
    end
    local ok, err
    if options.dry then
      ok, err = batch()
    else
      -- Rows are read within: they cannot be read again.
      ok, err = ledger.db:transaction(batch, true)
    end
    if not ok then
      return nil, err
    end
  end
  return true
end

-- What a row may meet on the platform although nothing is wrong with it: each thing once, because
-- many rows have the same picture.
local function warn_once(warn, said, row)
  for _, message in ipairs(row.warnings) do
    warn(row.line, message)
  end
  for _, message in ipairs(row.advice) do
    if not said[message] then
      said[message] = true
      warn(row.line, message)
    end
  end
end

--- Stages a sheet.
---@param ledger wxlive.Ledger
---@param reader table       of wxlive.shop.rows.open
---@param sheet string       the name that rows are kept under
---@param options { dry: boolean?, prune: boolean?, report: fun(line, message)?,
---  warn: fun(line, message)? }
---@return table? counts     rows, create, change, submit, unchanged, doubt, gone, bad; to_add and
---                           to_take_out when the sheet names rooms; rooms: name or id -> goods
---                           to add
---@return wxlive.Error? err
function M.stage(ledger, reader, sheet, options)
  local counts = {
    rows = 0, create = 0, change = 0, submit = 0, unchanged = 0, doubt = 0, gone = 0, bad = 0,
    rooms = {},
  }
  rows.forget_digests()
  local ok, err = ledger:begin_sheet()
  if not ok then
    return nil, err
  end
  local said = {}
  local function bad(line, message)
    counts.bad = counts.bad + 1
    if options.report then
      options.report(line, message)
    end
  end
  ok, err = each(ledger, reader, options, function(row, problem)
    if not row then
      counts.broken = true
      bad(problem.line, problem.message)
      return true
    end
    counts.rows = counts.rows + 1
    local wrong, why = take(ledger, reader, row, sheet, options, counts)
    if not wrong then
      return nil, why
    elseif wrong ~= true then
      bad(row.line, wrong)
    elseif options.warn then
      warn_once(options.warn, said, row)
    end
    return true
  end)
  -- Of a sheet that could not be read to its end it is not known what is gone.
  if ok and not counts.broken then
    ok, err = settle_gone(ledger, reader.kind.name, sheet, options, counts)
  end
  if not ok then
    return nil, err
  end
  return counts
end

return M
