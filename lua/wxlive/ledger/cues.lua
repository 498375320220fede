--- Cues of rundowns: which were begun, their outcomes, and the state of a show. All SQL on them.
--
-- A cue's row stands before anything is sent for it. A row that is still "begun" after its process
-- died is in doubt: the platform may have done it.
--
-- States of a cue: begun, done, failed, unknown, late (it came too late, and was left out), skipped
-- (a person left it out), missed (the show was over before).
local compat = require "wxlive.base.compat"
local both = require("wxlive.text.sentence").both
local Error = require "wxlive.error"
local reasons = require "wxlive.ledger.reason"
local tables = require "wxlive.base.tables"
local workers = require "wxlive.ledger.workers"

local M = {}

local id_text = compat.integer_text

local RUN = " WHERE appid = ? AND room_id = ?"
local CUE = RUN .. " AND key = ? AND n = ?"

local function taken(room, owner)
  return Error.fail {
    kind = "ledger", name = "rundown_taken", sent = false,
    message = both("the rundown of room %s is being run by another process%s",
      "直播间 %s 的流程表正由另一进程执行%s"):format(room,
      owner and both(" (%s)", "（%s）"):format(owner) or ""),
    hint = "end that one first; what is done stays done", hint_zh = "请先结束该进程；已完成的不会重复",
  }
end

--- Takes a room's rundown for this process, which goes on where another one ended.
---@param ledger wxlive.Ledger
---@param room_id integer|string
---@param seed string   for a rundown that is new
---@return { seed: string, zero: number?, shift: number, held_at: number?,
---  held_for: string? }? run
---@return wxlive.Error? err   rundown_taken: another process that lives has it
function M.take(ledger, room_id, seed)
  local room = id_text(room_id)
  local ok, err = workers.beat(ledger)
  if not ok then
    return nil, err
  end
  return ledger.db:transaction(function()
    local new, why = ledger.db:change("INSERT INTO rundown (appid, room_id, seed, shift,"
      .. " updated_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (appid, room_id) DO NOTHING",
      ledger.appid, room, seed, 0.0, ledger:time())
    if not new then
      return nil, why
    end
    local rows
    rows, why = ledger.db:records({ "seed", "zero", "shift", "held_at", "held_for", "owner" },
      "SELECT %s FROM rundown" .. RUN .. ledger.db.sql.for_update, ledger.appid, room)
    if not rows then
      return nil, why
    end
    local free
    free, why = workers.is_free(ledger, rows[1].owner)
    if free == false then
      return taken(room, rows[1].owner)
    elseif not free then
      return nil, why
    end
    local changed
    changed, why = ledger.db:change("UPDATE rundown SET owner = ?" .. RUN, ledger.worker,
      ledger.appid, room)
    return changed and rows[1], why
  end)
end

--- Keeps where a show stands, and tells that this process lives.
---@param run { zero: number?, shift: number, held_at: number?, held_for: string? }
---@return true? ok
---@return wxlive.Error? err   rundown_taken: this process counted as dead, and another one has it
function M.keep(ledger, room_id, run)
  local ok, err = workers.beat(ledger)
  if not ok then
    return nil, err
  end
  local kept
  kept, err = ledger.db:change("UPDATE rundown SET zero = ?, shift = ?, held_at = ?, held_for = ?,"
    .. " updated_at = ?" .. RUN .. " AND owner = ?", run.zero and run.zero + 0.0, run.shift + 0.0,
    run.held_at and run.held_at + 0.0, run.held_for, ledger:time(), ledger.appid,
    id_text(room_id), ledger.worker)
  if kept == 0 then
    return taken(id_text(room_id))
  end
  return kept and true, err
end

--- Gives the rundown free for another process.
function M.release(ledger, room_id)
  return ledger.db:change("UPDATE rundown SET owner = NULL" .. RUN .. " AND owner = ?",
    ledger.appid, id_text(room_id), ledger.worker)
end

--- Writes down that a cue is about to be done; false when its row is there already.
---@param cue { key: string, n: integer, action: string, goods_id: string?, from_start: number,
---  due: number, begun_at: number }   begun_at: now, by the clock of the show
---@param state string?   "begun", or what it ended with without being tried
---@param reason wxlive.Error|wxlive.Sentence|string|nil
---@return boolean? new
---@return wxlive.Error? err
function M.begin(ledger, room_id, cue, state, reason)
  local now = cue.begun_at + 0.0
  local new, err, again = ledger.db:change("INSERT INTO rundown_cue (appid, room_id, key, n,"
    .. " action, goods_id, from_start, due, state, begun_at, ended_at, reason)"
    .. " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    .. " ON CONFLICT (appid, room_id, key, n) DO NOTHING",
    ledger.appid, id_text(room_id), cue.key, cue.n, cue.action, cue.goods_id, cue.from_start + 0.0,
    cue.due + 0.0, state or "begun", now, state and now or nil,
    reasons.text(reason))
  if new == 0 and again then
    -- The row may be of the first try, whose answer got lost: then it is this show's.
    new, err = ledger.db:count("SELECT COUNT(*) FROM rundown_cue JOIN rundown"
      .. " USING (appid, room_id)" .. CUE .. " AND state = ? AND owner = ?", ledger.appid,
      id_text(room_id), cue.key, cue.n, state or "begun", ledger.worker)
  end
  return new and new > 0, err
end

--- Records the outcome of a cue.
---@param reason wxlive.Error|wxlive.Sentence|string|nil
---@param now number   by the clock of the show
---@return any ok
---@return wxlive.Error? err
function M.finish(ledger, room_id, key, n, state, reason, now)
  return ledger.db:change("UPDATE rundown_cue SET state = ?, ended_at = ?, reason = ?" .. CUE,
    state, now + 0.0, reasons.text(reason), ledger.appid, id_text(room_id), key, n)
end

--- Takes back a cue of which it is known that nothing was done: it may be tried again.
---@return any ok
---@return wxlive.Error? err
function M.take_back(ledger, room_id, key, n)
  return ledger.db:change("DELETE FROM rundown_cue" .. CUE, ledger.appid, id_text(room_id), key, n)
end

--- Gives the cues of a row another key.
---@return integer? changed
---@return wxlive.Error? err
function M.rename(ledger, room_id, key, new)
  return ledger.db:change("UPDATE rundown_cue SET key = ?" .. RUN .. " AND key = ?", new,
    ledger.appid, id_text(room_id), key)
end

--- What was done of each row: its last cue, and how many of its goods were shown.
---@return table<string, { n: integer, from_start: number, turns: integer }>? past   by key
---@return wxlive.Error? err
function M.past(ledger, room_id)
  local room = id_text(room_id)
  local rows, err = ledger.db:records({ "key", "n", "from_start", "turns",
    whole = { "n", "turns" } }, "SELECT c.key, c.n, c.from_start, t.turns FROM rundown_cue c"
    .. " JOIN (SELECT key, MAX(n) AS n, SUM(CASE WHEN state = 'late' THEN 0 ELSE 1 END) AS turns"
    .. " FROM rundown_cue WHERE appid = ? AND room_id = ? GROUP BY key) t"
    .. " ON c.key = t.key AND c.n = t.n WHERE c.appid = ? AND c.room_id = ?", ledger.appid, room,
    ledger.appid, room)
  local past = {}
  for _, row in ipairs(rows or {}) do
    past[row.key] = tables.without(row, "key")
  end
  return rows and past, err
end

local COLUMNS = { "key", "n", "action", "goods_id", "from_start", "due", "state", "begun_at",
  "ended_at", "reason", whole = { "n" } }
local ORDER = " ORDER BY begun_at, key, n"

--- The cues of a room in one state (all of them when left out), oldest first.
---@param state string?
---@return table[]? cues
---@return wxlive.Error? err
function M.list(ledger, room_id, state)
  local list, err = ledger.db:records(COLUMNS, "SELECT %s FROM rundown_cue" .. RUN
    .. (state and " AND state = ?" or "") .. ORDER,
    compat.unpack { ledger.appid, id_text(room_id), state })
  for _, cue in ipairs(list or {}) do
    cue.reason = reasons.read(cue.reason)
  end
  return list, err
end

--- Whether a card of these goods was pushed, or may have been, by another cue of this room.
---@return boolean? pushed
---@return wxlive.Error? err
function M.was_pushed(ledger, room_id, goods_id, key, n)
  local count, err = ledger.db:count("SELECT COUNT(*) FROM rundown_cue" .. RUN
    .. " AND goods_id = ? AND action = 'push' AND state IN ('begun', 'done', 'unknown')"
    .. " AND NOT (key = ? AND n = ?)", ledger.appid, id_text(room_id), goods_id, key, n)
  return count and count > 0, err
end

return M
