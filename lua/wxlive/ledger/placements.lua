--- Which goods stand in which rooms, as the ledger knows it: what a sheet's column `rooms` asks
--- for, and what of it was done. Only what wxlive put into a room is ever taken out again.
--
-- States of a placement:
--   wanted     the sheet asks for it; nothing was sent
--   adding     being sent, or sent with an unknown outcome: looked for before all else;
--              what was refused for certain goes back to wanted, for what is found there later was
--              then put there by another person or program
--   in         put there by us
--   theirs     was there before we came: left alone for good
--   failed     refused, with the reason
--   unwanted   put there by us, and no longer asked for
--   removing   being taken out, or taken out with an unknown outcome
local compat = require "wxlive.base.compat"
local json = require "wxlive.json"
local workers = require "wxlive.ledger.workers"

local M = {}

--- Goods in one call.
M.BATCH = 50

local WHERE = " WHERE appid = ? AND key = ? AND room = ?"

-- What becomes of a placement when the sheet asks for it, and when it does not any more. false: it
-- is forgotten, for nothing of ours is in the room.
local when_listed = { failed = "wanted", unwanted = "in", removing = "adding" }
local when_not = {
  wanted = false, failed = false, theirs = false, ["in"] = "unwanted", adding = "removing",
}

local function rows_of(ledger, key)
  return ledger.db:run("SELECT room, state FROM placement WHERE appid = ? AND key = ?",
    ledger.appid, key)
end

local function set(ledger, key, room, state)
  local db, now = ledger.db, ledger.now() + 0.0
  if state then
    return db:change("UPDATE placement SET state = ?, reason = NULL, owner = NULL, updated_at = ?"
      .. WHERE, state, now, ledger.appid, key, room)
  end
  return db:change("DELETE FROM placement" .. WHERE, ledger.appid, key, room)
end

local function insert(ledger, key, room)
  return ledger.db:change("INSERT INTO placement (appid, key, room, state, updated_at)"
    .. " VALUES (?, ?, ?, 'wanted', ?) ON CONFLICT (appid, key, room) DO NOTHING", ledger.appid,
    key, room, ledger.now() + 0.0)
end

local pending = { wanted = true, failed = true, adding = true }
local to_remove = { unwanted = true, removing = true, ["in"] = true, adding = true }

--- Lays a row's rooms beside the ledger. Writes what is wanted now unless `dry`.
---@param ledger wxlive.Ledger
---@param key string
---@param rooms string[]   ids or names, as the sheet has them
---@param dry boolean?
---@return { add: string[], remove: integer }? counts   add: the rooms
---@return wxlive.Error? err
function M.stage(ledger, key, rooms, dry)
  local rows, err = rows_of(ledger, key)
  if not rows then
    return nil, err
  end
  local before, listed, counts = {}, {}, { add = {}, remove = 0 }
  for _, row in ipairs(rows) do
    before[row[1]] = row[2]
  end
  for _, room in ipairs(rooms) do
    local state, ok = before[room], true
    if not listed[room] and (state == nil or pending[state]) then
      counts.add[#counts.add + 1] = room
    end
    if not dry and not listed[room] and state == nil then
      ok, err = insert(ledger, key, room)
    elseif not dry and when_listed[state] then
      ok, err = set(ledger, key, room, when_listed[state])
    end
    if not ok then
      return nil, err
    end
    listed[room] = true
  end
  for room, state in pairs(before) do
    local ok = true
    if not listed[room] then
      counts.remove = counts.remove + (to_remove[state] and 1 or 0)
      if not dry and when_not[state] ~= nil then
        ok, err = set(ledger, key, room, when_not[state])
      end
    end
    if not ok then
      return nil, err
    end
  end
  return counts
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
  for state, becomes in pairs(when_not) do
    local ok, err
    if becomes then
      ok, err = ledger.db:change("UPDATE placement SET state = '" .. becomes .. "'" .. gone,
        ledger.appid, state, sheet)
    else
      ok, err = ledger.db:change("DELETE FROM placement" .. gone, ledger.appid, state, sheet)
    end
    if not ok then
      return nil, err
    end
  end
  return true
end

--- How many placements of ours go with the goods that are no longer in a sheet. Asks the table
--- sheet_key of wxlive.shop.stage.
---@return integer? count
---@return wxlive.Error? err
function M.count_gone(ledger, sheet)
  local n, err = ledger.db:one("SELECT COUNT(*) FROM placement JOIN item"
    .. " ON item.appid = placement.appid AND item.kind = 'goods' AND item.key = placement.key"
    .. " WHERE placement.appid = ? AND item.sheet = ? AND item.state <> 'removed'"
    .. " AND placement.state IN ('in', 'adding', 'unwanted', 'removing')"
    .. " AND NOT EXISTS (SELECT 1 FROM sheet_key WHERE sheet_key.key = placement.key)",
    ledger.appid, sheet)
  return n and math.floor(tonumber(n)), err
end

--- Goods that left the library stand in no room: what is still wanted is to be done anew.
---@param ledger wxlive.Ledger
---@param key string
---@return integer? changed
---@return wxlive.Error? err
function M.reset(ledger, key)
  local ok, err = ledger.db:change("DELETE FROM placement WHERE appid = ? AND key = ?"
    .. " AND state IN ('unwanted', 'removing')", ledger.appid, key)
  if not ok then
    return nil, err
  end
  return ledger.db:change("UPDATE placement SET state = 'wanted', room_id = NULL, goods_id = NULL,"
    .. " owner = NULL, reason = NULL WHERE appid = ? AND key = ?", ledger.appid, key)
end

local COLUMNS = { "key", "room", "state", "room_id", "goods_id", "owner", "reason" }
local SELECT = "SELECT placement." .. table.concat(COLUMNS, ", placement.")
  .. ", item.platform_id, item.audit_status, item.line FROM placement JOIN item"
  .. " ON item.appid = placement.appid AND item.kind = 'goods' AND item.key = placement.key"
  .. " WHERE placement.appid = ?"

local function list_of(rows, err)
  if not rows then
    return nil, err
  end
  local list = {}
  for i, row in ipairs(rows) do
    local one = {}
    for j, name in ipairs(COLUMNS) do
      one[name] = row[j]
    end
    one.item_id, one.audit_status = row[#COLUMNS + 1], tonumber(row[#COLUMNS + 2])
    one.line = math.floor(tonumber(row[#COLUMNS + 3]))
    list[i] = one
  end
  return list
end

--- The placements of a sheet's goods that are in one of two states, a page of them.
---@param ledger wxlive.Ledger
---@param sheet string
---@param state string
---@param other string
---@param after { key: string, room: string }?
---@param limit integer
---@return table[]? list
---@return wxlive.Error? err
function M.page(ledger, sheet, state, other, after, limit)
  return list_of(ledger.db:run(SELECT .. " AND item.sheet = ? AND placement.state IN (?, ?)"
    .. " AND (placement.key > ? OR placement.key = ? AND placement.room > ?)"
    .. " ORDER BY placement.key, placement.room LIMIT ?", ledger.appid, sheet, state, other,
    after and after.key or "", after and after.key or "", after and after.room or "", limit))
end

--- All that stand in rooms by the ledger, put there by us or by others, a page of them.
function M.held(ledger, after, limit)
  return list_of(ledger.db:run(SELECT .. " AND placement.state IN ('in', 'theirs')"
    .. " AND (placement.key > ? OR placement.key = ? AND placement.room > ?)"
    .. " ORDER BY placement.key, placement.room LIMIT ?", ledger.appid,
    after and after.key or "", after and after.key or "", after and after.room or "", limit))
end

--- Takes a placement for this worker, when it is still as it was read.
---@return boolean? taken
---@return wxlive.Error? err
function M.claim(ledger, one, state)
  local owned = one.owner and " AND owner = ?" or " AND owner IS NULL"
  local values = { state, ledger.worker, ledger.now() + 0.0, ledger.appid, one.key, one.room,
    one.state }
  values[8] = one.owner
  -- Others take over from a worker that is not heard of.
  local beaten, why = workers.beat(ledger)
  if not beaten then
    return nil, why
  end
  local n, err = ledger.db:change("UPDATE placement SET state = ?, owner = ?, updated_at = ?"
    .. WHERE .. " AND state = ?" .. owned, compat.unpack(values, 1, one.owner and 8 or 7))
  return n and n == 1, err
end

local function write(ledger, one, state, fields)
  if not state then
    return set(ledger, one.key, one.room, false)
  end
  return ledger.db:change("UPDATE placement SET state = ?, owner = NULL, room_id = ?, goods_id = ?,"
    .. " reason = ?, updated_at = ?" .. WHERE, state, fields.room_id or one.room_id,
    fields.goods_id or one.goods_id, fields.reason, ledger.now() + 0.0, ledger.appid, one.key,
    one.room)
end

--- Leaves a placement in a state; false forgets it. fields: room_id, goods_id, reason; action: what
--- the history of the goods is told of it.
---@return integer? changed
---@return wxlive.Error? err
function M.leave(ledger, one, state, fields)
  fields = fields or {}
  if not fields.action then
    return write(ledger, one, state, fields)
  end
  return ledger.db:transaction(function()
    local changed, err = write(ledger, one, state, fields)
    if not changed then
      return nil, err
    end
    return ledger.db:change("INSERT INTO event (at, worker, appid, kind, key, action, answer)"
      .. " VALUES (?, ?, ?, 'goods', ?, ?, ?)", ledger.now() + 0.0, ledger.worker, ledger.appid,
      one.key, fields.action, assert(json.encode {
        room = one.room, room_id = fields.room_id or one.room_id, reason = fields.reason,
      }))
  end)
end

--- Under which other spelling the row still names the same room: "12" became "周二茶会专场", or it
--- has both. Taking the goods out would tear a hole into a show only to put them back.
---@param name string?   the room's name, when no other room has it
---@return { key: string, room: string, state: string }? heir
---@return wxlive.Error? err
function M.heir(ledger, one, room_id, name)
  local rows, err = ledger.db:run("SELECT room, state FROM placement WHERE appid = ? AND key = ?"
    .. " AND room <> ? AND (room_id = ? AND state IN ('in', 'adding')"
    .. " OR room IN (?, ?) AND state = 'wanted') ORDER BY state LIMIT 1", ledger.appid, one.key,
    one.room, room_id, room_id, name or room_id)
  if not rows or not rows[1] then
    return nil, err
  end
  return { key = one.key, room = rows[1][1], state = rows[1][2] }
end

--- Which other workers are at a sheet's placements, and at how many.
---@return table<string, integer>? counts   by worker
---@return wxlive.Error? err
function M.owners(ledger, sheet)
  local rows, err = ledger.db:run("SELECT placement.owner, COUNT(*) FROM placement JOIN item"
    .. " ON item.appid = placement.appid AND item.kind = 'goods' AND item.key = placement.key"
    .. " WHERE placement.appid = ? AND item.sheet = ? AND placement.owner <> ?"
    .. " GROUP BY placement.owner", ledger.appid, sheet, ledger.worker)
  if not rows then
    return nil, err
  end
  local counts = {}
  for _, row in ipairs(rows) do
    counts[row[1]] = math.floor(tonumber(row[2]))
  end
  return counts
end

--- How many rows of a sheet have goods of which it is not known whether they are in a room.
---@return integer? rows
---@return wxlive.Error? err
function M.in_doubt(ledger, sheet)
  local n, err = ledger.db:one("SELECT COUNT(DISTINCT placement.key) FROM placement JOIN item"
    .. " ON item.appid = placement.appid AND item.kind = 'goods' AND item.key = placement.key"
    .. " WHERE placement.appid = ? AND item.sheet = ? AND placement.reason IS NOT NULL"
    .. " AND placement.state IN ('adding', 'removing')", ledger.appid, sheet)
  return n and math.floor(tonumber(n)), err
end

--- Why goods are not in the rooms that their row names; nil when nothing was refused.
---@return string? reason
---@return wxlive.Error? err
function M.reason(ledger, key)
  local rows, err = ledger.db:run("SELECT room, reason FROM placement WHERE appid = ? AND key = ?"
    .. " AND reason IS NOT NULL ORDER BY room", ledger.appid, key)
  if not rows then
    return nil, err
  end
  local parts = {}
  for i, row in ipairs(rows) do
    parts[i] = ("room %s: %s"):format(row[1], row[2])
  end
  return parts[1] and table.concat(parts, "; ")
end

return M
