--- Lays a sheet beside the ledger: what is new, what has changed, what is gone. In flat memory.
--
-- A dry staging (plan) writes nothing but a temporary table; else every row that needs work is left
-- in the ledger as "todo". Rows with mistakes are passed over, and told.
local kinds = require "wxlive.ledger.kinds"
local placements = require "wxlive.ledger.placements"

local M = {}

local BATCH = 500

-- Keys of this reading, in a table that only this connection sees: a hundred thousand of them are
-- kept on disk. Two rows with one key are a mistake.
local function fresh_keys(db)
  local ok, err = db:temporary_table("CREATE TEMPORARY TABLE IF NOT EXISTS sheet_key"
    .. " (key TEXT PRIMARY KEY, line INTEGER NOT NULL)")
  if ok then
    ok, err = db:run("DELETE FROM sheet_key")
  end
  -- Where the content of a picture lies on this machine.
  if ok then
    ok, err = db:temporary_table("CREATE TEMPORARY TABLE IF NOT EXISTS picture"
      .. " (digest TEXT PRIMARY KEY, path TEXT NOT NULL)")
  end
  return ok, err
end

local function keep_pictures(ledger, row)
  for _, picture in ipairs(row.images) do
    local ok, err = ledger.db:change("INSERT INTO picture (digest, path) VALUES (?, ?)"
      .. " ON CONFLICT (digest) DO UPDATE SET path = excluded.path", kinds.digest(picture.path),
      picture.path)
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

local insert = "INSERT INTO item (appid, kind, key, sheet, line, wanted, todo, state, updated_at)"
  .. " VALUES (?, ?, ?, ?, ?, ?, ?, 'todo', ?)"
  .. " ON CONFLICT (appid, kind, key) DO NOTHING"
local update = "UPDATE item SET sheet = ?, line = ?, wanted = ?, todo = ?, state = ?,"
  .. " updated_at = ? WHERE appid = ? AND kind = ? AND key = ?"

local function write(ledger, kind, key, wanted, todo, item, row, sheet)
  local now = ledger.now() + 0.0
  if not item then
    return ledger.db:change(insert, ledger.appid, kind, key, sheet, row.line, wanted, todo, now)
  end
  -- What is claimed or in doubt stays so: only what is wanted may be new.
  local state = (item.state == "claimed" or item.state == "doubt") and item.state
    or todo and "todo" or "done"
  if item.wanted_text == wanted and item.state == state and item.sheet == sheet
    and item.line == row.line and item.todo == todo then
    return true
  end
  return ledger.db:change(update, sheet, row.line, wanted, todo, state, now, ledger.appid, kind,
    key)
end

-- One row. Gives what is wrong with it, as text.
local function take(ledger, reader, row, sheet, options, counts)
  local kind = reader.kind
  local key, wanted, wrong
  if not next(row.params) then
    return row.problems[1] or "the row is empty"
  end
  local complete = pcall(function()
    key, wanted, wrong = kinds.identify(kind, row)
  end)
  if not complete or not key then
    return row.problems[1] or wrong or "the row names nothing to tell it by"
  end
  local item, err = ledger:item(kind.name, key)
  if err then
    return nil, err
  end
  local settled = kinds.is_settled(row,
    item and item.platform_id and item.applied_text == wanted)
  if row.problems[1] and not settled then
    -- A mistake in the sheet is no wish to remove what is there.
    ledger.db:change("INSERT INTO sheet_key (key, line) VALUES (?, ?) ON CONFLICT (key) DO NOTHING",
      key, row.line)
    return table.concat(row.problems, "; ")
  end
  local new
  new, err = ledger.db:change("INSERT INTO sheet_key (key, line) VALUES (?, ?)"
    .. " ON CONFLICT (key) DO NOTHING", key, row.line)
  if not new then
    return nil, err
  elseif new == 0 then
    return ("the same %s stand in line %d: give them a column `key` that tells them apart")
      :format(kind.name, ledger.db:one("SELECT line FROM sheet_key WHERE key = ?", key))
  end
  local rooms = kinds.rooms_of(reader, row)
  if rooms then
    local placed
    placed, err = placements.stage(ledger, key, rooms, options.dry)
    if not placed then
      return nil, err
    end
    counts.to_add = (counts.to_add or 0) + #placed.add
    counts.to_take_out = (counts.to_take_out or 0) + placed.remove
    for _, room in ipairs(placed.add) do
      counts.rooms[room] = (counts.rooms[room] or 0) + 1
    end
  end
  local todo = todo_of(item, wanted)
  counts[todo or "unchanged"] = (counts[todo or "unchanged"] or 0) + 1
  if item and item.state == "doubt" then
    counts.doubt = (counts.doubt or 0) + 1
  end
  if not options.dry then
    local ok
    ok, err = write(ledger, kind.name, key, wanted, todo, item, row, sheet)
    if ok and todo then
      ok, err = keep_pictures(ledger, row)
    end
    if not ok then
      return nil, err
    end
  end
end

local gone = " FROM item WHERE appid = ? AND kind = ? AND sheet = ? AND state <> 'removed'"
  .. " AND NOT EXISTS (SELECT 1 FROM sheet_key WHERE sheet_key.key = item.key)"

-- Rows that were in the sheet and are not any more.
local function settle_gone(ledger, kind, sheet, options, counts)
  local db = ledger.db
  local n, err = db:one("SELECT COUNT(*)" .. gone .. " AND platform_id IS NOT NULL", ledger.appid,
    kind, sheet)
  if not n then
    return nil, err
  end
  counts.gone = math.floor(tonumber(n))
  if options.prune and kind == "goods" and counts.gone > 0 then
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
  -- What was never made need not be made any more.
  local ok
  ok, err = db:change("DELETE" .. gone .. " AND platform_id IS NULL"
    .. " AND state IN ('todo', 'failed')", ledger.appid, kind, sheet)
  if not ok then
    return nil, err
  end
  ok, err = db:change("UPDATE item SET todo = ?, state = ? WHERE appid = ? AND kind = ?"
    .. " AND sheet = ? AND state NOT IN ('removed', 'claimed', 'doubt')"
    .. " AND platform_id IS NOT NULL"
    .. " AND NOT EXISTS (SELECT 1 FROM sheet_key WHERE sheet_key.key = item.key)",
    options.prune and "remove" or nil, options.prune and "todo" or "done", ledger.appid, kind,
    sheet)
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

--- Stages a sheet.
---@param ledger wxlive.Ledger
---@param reader table       of wxlive.ledger.kinds.open
---@param sheet string       the name that rows are kept under
---@param options { dry: boolean?, prune: boolean?, report: fun(line, message)? }
---@return table? counts     rows, create, change, submit, unchanged, doubt, gone, bad; to_add and
---                           to_take_out when the sheet speaks of rooms; rooms: name or id -> goods
---                           to add
---@return wxlive.Error? err
function M.stage(ledger, reader, sheet, options)
  local counts = {
    rows = 0, create = 0, change = 0, submit = 0, unchanged = 0, doubt = 0, gone = 0, bad = 0,
    rooms = {},
  }
  kinds.forget_digests()
  local ok, err = fresh_keys(ledger.db)
  if not ok then
    return nil, err
  end
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
    if why then
      return nil, why
    elseif wrong then
      bad(row.line, wrong)
    end
    return true
  end)
  -- Of a sheet that could not be read to its end nobody knows what is gone.
  if ok and not counts.broken then
    ok, err = settle_gone(ledger, reader.kind.name, sheet, options, counts)
  end
  if not ok then
    return nil, err
  end
  return counts
end

return M
