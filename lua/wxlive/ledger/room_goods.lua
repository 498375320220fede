--- The ledger's record of which goods are in which rooms: what a sheet's column `rooms` asks for,
--- and what was done. Only what wxlive put into a room is ever taken out again.
--
-- An entry, a row of the table placement, is one of the goods in one room. Its states:
--   wanted     the sheet asks for it; nothing was sent
--   adding     being sent, or sent with an unknown outcome: looked for before all else;
--              what was refused for certain goes back to wanted, for what is found there later was
--              then put there by another person or program
--   in         put there by us
--   theirs     was there before wxlive: always left alone
--   failed     refused, with the reason
--   unwanted   put there by us, and no longer asked for
--   removing   being taken out, or taken out with an unknown outcome
local language = require "wxlive.text.language"
local reasons = require "wxlive.ledger.reason"
local tables = require "wxlive.base.tables"
local workers = require "wxlive.ledger.workers"

local M = {}

--- Goods in one call.
M.BATCH = 50

local WHERE = " WHERE appid = ? AND key = ? AND room = ?"
local OF_SHEET = " FROM placement JOIN item ON item.appid = placement.appid AND item.kind = 'goods'"
  .. " AND item.key = placement.key WHERE placement.appid = ?"
local COLUMNS = { "key", "room", "state", "room_id", "goods_id", "owner", "item_id", "audit_status",
  "line", whole = { "audit_status", "line" } }

-- The next state of an entry when the sheet asks for it, and when it no longer does. false: it
-- is forgotten, because wxlive put nothing into the room.
local when_listed = { failed = "wanted", unwanted = "in", removing = "adding" }
local when_not = {
  wanted = false, failed = false, theirs = false, ["in"] = "unwanted", adding = "removing",
}

-- Writes an entry down in another state; false forgets it. What `fields` lacks stays.
local function set(ledger, key, room, state, fields)
  if not state then
    return ledger.db:change("DELETE FROM placement" .. WHERE, ledger.appid, key, room)
  end
  return ledger.db:change("UPDATE placement SET state = ?, owner = NULL, reason = ?,"
    .. " room_id = COALESCE(?, room_id), goods_id = COALESCE(?, goods_id), updated_at = ?" .. WHERE,
    state, reasons.text(fields and fields.reason), fields and fields.room_id,
    fields and fields.goods_id, ledger:time(), ledger.appid, key, room)
end

local function insert(ledger, key, room)
  return ledger.db:change("INSERT INTO placement (appid, key, room, state, updated_at)"
    .. " VALUES (?, ?, ?, 'wanted', ?) ON CONFLICT (appid, key, room) DO NOTHING", ledger.appid,
    key, room, ledger:time())
end

local pending = { wanted = true, failed = true, adding = true }
local to_remove = { unwanted = true, removing = true, ["in"] = true, adding = true }

--- Compares a row's rooms with the ledger, and records the wanted ones unless `dry`.
---@param ledger wxlive.Ledger
---@param key string
---@param rooms string[]   ids or names, as the sheet has them
---@param dry boolean?
---@return { add: string[], remove: integer }? counts   add: the rooms
---@return wxlive.Error? err
function M.stage(ledger, key, rooms, dry)
  local rows, err = ledger.db:run("SELECT room, state FROM placement WHERE appid = ? AND key = ?",
    ledger.appid, key)
  if not rows then
    return nil, err
  end
  local before, listed, counts = {}, {}, { add = {}, remove = 0 }
  for _, row in ipairs(rows) do
    before[row[1]] = row[2]
  end
  local function change(room, state)
    if not dry and state ~= nil and not err then
      err = select(2, set(ledger, key, room, state))
    end
  end
  for _, room in ipairs(rooms) do
    local state = before[room]
    if not listed[room] and (state == nil or pending[state]) then
      counts.add[#counts.add + 1] = room
    end
    if not dry and not listed[room] and state == nil and not err then
      err = select(2, insert(ledger, key, room))
    end
    change(room, when_listed[state or ""])
    listed[room] = true
  end
  for room, state in pairs(before) do
    if not listed[room] then
      counts.remove = counts.remove + (to_remove[state] and 1 or 0)
      change(room, when_not[state])
    end
  end
  return not err and counts or nil, err
end

-- Counts what fulfils a condition among the entries of a sheet.
local function count(ledger, what, sheet, condition, ...)
  return ledger.db:count("SELECT COUNT(" .. what .. ")" .. OF_SHEET .. " AND item.sheet = ? AND "
    .. condition, ledger.appid, sheet, ...)
end

--- Moves the entries of goods to another key, in place of those that were staged for it.
---@return any ok
---@return wxlive.Error? err
function M.rename(ledger, key, new)
  return ledger.db:change_each {
    { "DELETE FROM placement WHERE appid = ? AND key = ?", ledger.appid, new },
    { "UPDATE placement SET key = ? WHERE appid = ? AND key = ?", new, ledger.appid, key },
  }
end

--- Goods that are to be deleted from the library are taken out of their rooms first.
---@param ledger wxlive.Ledger
---@param sheet string
---@return true? ok
---@return wxlive.Error? err
function M.prune(ledger, sheet)
  local gone = " WHERE appid = ? AND state = ? AND EXISTS (SELECT 1 FROM item"
    .. " WHERE item.appid = placement.appid AND item.kind = 'goods' AND item.key = placement.key"
    .. " AND item.sheet = ? AND item.todo = 'remove' AND item.state = 'todo')"
  local statements = {}
  for state, becomes in pairs(when_not) do
    statements[#statements + 1] = { (becomes and "UPDATE placement SET state = '" .. becomes .. "'"
      or "DELETE FROM placement") .. gone, ledger.appid, state, sheet }
  end
  return ledger.db:change_each(statements)
end

--- How many entries would be removed with the goods that are no longer in a sheet. Asks the
--- table sheet_key of wxlive.shop.stage.
---@return integer? count
---@return wxlive.Error? err
function M.count_gone(ledger, sheet)
  return count(ledger, "*", sheet, "item.state <> 'removed'"
    .. " AND placement.state IN ('in', 'adding', 'unwanted', 'removing')"
    .. " AND NOT EXISTS (SELECT 1 FROM sheet_key WHERE sheet_key.key = placement.key)")
end

--- Goods that left the library are in no room any more: what is wanted has to be done again.
---@param ledger wxlive.Ledger
---@param key string
---@return true? ok
---@return wxlive.Error? err
function M.reset(ledger, key)
  return ledger.db:change_each {
    { "DELETE FROM placement WHERE appid = ? AND key = ? AND state IN ('unwanted', 'removing')",
      ledger.appid, key },
    { "UPDATE placement SET state = 'wanted', room_id = NULL, goods_id = NULL, owner = NULL,"
      .. " reason = NULL WHERE appid = ? AND key = ?", ledger.appid, key },
  }
end

local function list(ledger, more, ...)
  return ledger.db:records(COLUMNS, "SELECT placement.key, placement.room, placement.state,"
    .. " placement.room_id, placement.goods_id, placement.owner, item.platform_id,"
    .. " item.audit_status, item.line" .. OF_SHEET .. more
    .. " ORDER BY placement.key, placement.room", ledger.appid, ...)
end

--- The entries of a sheet's goods that are in one of two states, and that no worker has claimed.
---@param ledger wxlive.Ledger
---@param sheet string
---@param state string
---@param other string
---@return table[]? list
---@return wxlive.Error? err
function M.free_in(ledger, sheet, state, other)
  return list(ledger, " AND item.sheet = ? AND placement.state IN (?, ?)"
    .. " AND placement.owner IS NULL", sheet, state, other)
end

--- All goods that are in a room according to the ledger, put there by wxlive or by others.
---@return table[]? list
---@return wxlive.Error? err
function M.held(ledger)
  return list(ledger, " AND placement.state IN ('in', 'theirs')")
end

--- Claims an entry for this worker, if it has not changed since it was read.
---@return boolean? taken
---@return wxlive.Error? err
function M.claim(ledger, one, state)
  -- Another worker takes over when a worker gives no sign of life.
  local n, err = workers.beat(ledger)
  local again
  if n then
    n, err, again = ledger.db:change("UPDATE placement SET state = ?, owner = ?, updated_at = ?"
      .. WHERE .. " AND state = ? AND owner IS NULL", state, ledger.worker, ledger:time(),
      ledger.appid, one.key, one.room, one.state)
  end
  if n == 0 and again then -- the first try may have been done, and its answer lost
    n, err = ledger.db:count("SELECT COUNT(*) FROM placement" .. WHERE
      .. " AND state = ? AND owner = ?", ledger.appid, one.key, one.room, state, ledger.worker)
  end
  return n and n == 1, err
end

--- Gives free what a dead worker had claimed. What it was at is still being done: its outcome is
--- not known.
---@return integer? freed
---@return wxlive.Error? err
function M.free(ledger, worker)
  return ledger.db:change("UPDATE placement SET owner = NULL WHERE appid = ? AND owner = ?",
    ledger.appid, worker)
end

--- Sets the state of an entry; false forgets it. fields: room_id, goods_id, reason; action: the
--- entry in the history of the goods.
---@return integer? changed
---@return wxlive.Error? err
function M.leave(ledger, one, state, fields)
  if not (fields and fields.action) then
    return set(ledger, one.key, one.room, state, fields)
  end
  return ledger.db:transaction(function()
    local changed, err = set(ledger, one.key, one.room, state, fields)
    if changed then
      changed, err = ledger:note_all { ledger:entry({ kind = "goods", key = one.key },
        fields.action, {
          room = one.room, room_id = fields.room_id or one.room_id,
          reason = fields.reason and tostring(fields.reason),
        }) }
    end
    return changed, err
  end)
end

--- Another spelling under which the row still names the same room: "12" became "周二茶会专场", or the row
--- has both. Without this check the goods would be taken out of a show and put back.
---@param name string?   the room's name, when no other room has it
---@return { key: string, room: string, state: string }? heir
---@return wxlive.Error? err
function M.heir(ledger, one, room_id, name)
  local found, err = ledger.db:records({ "key", "room", "state" },
    "SELECT %s FROM placement WHERE appid = ? AND key = ? AND room <> ?"
    .. " AND (room_id = ? AND state IN ('in', 'adding') OR room IN (?, ?) AND state = 'wanted')"
    .. " ORDER BY state LIMIT 1", ledger.appid, one.key, one.room, room_id, room_id,
    name or room_id)
  return found and found[1], err
end

--- How many entries of a sheet other workers have claimed.
---@return integer? count
---@return wxlive.Error? err
function M.claimed(ledger, sheet)
  return count(ledger, "*", sheet, "placement.owner <> ?", ledger.worker)
end

--- How many rows of a sheet have goods that may or may not be in a room. No work of this worker is
--- under way: what it still claims could not be recorded.
---@return integer? rows
---@return wxlive.Error? err
function M.in_doubt(ledger, sheet)
  return count(ledger, "DISTINCT placement.key", sheet, "(placement.reason IS NOT NULL"
    .. " OR placement.owner = ?) AND placement.state IN ('adding', 'removing')", ledger.worker)
end

--- How many times a room refused goods of a sheet.
---@return integer? count
---@return wxlive.Error? err
function M.refused(ledger, sheet)
  return count(ledger, "*", sheet, "placement.reason IS NOT NULL")
end

--- Why goods are not in the rooms that their row names; nil when nothing was refused.
---@return string? reason
---@return wxlive.Error? err
function M.reason(ledger, key)
  local rows, err = ledger.db:run("SELECT room, reason FROM placement WHERE appid = ? AND key = ?"
    .. " AND reason IS NOT NULL ORDER BY room", ledger.appid, key)
  local parts = tables.map(rows or {}, function(row)
    return language.pick("room %s: %s", "直播间 %s：%s"):format(row[1], reasons.read(row[2]))
  end)
  return parts[1] and table.concat(parts, language.pick("; ", "；")), err
end

return M
