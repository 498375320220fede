--- All SQL on the rows of sheets: what is wanted, what was done, which worker has claimed them.
--- wxlive.ledger takes over these methods.
local both = require("wxlive.text.sentence").both
local compat = require "wxlive.base.compat"
local core = require "wxlive.core"
local Error = require "wxlive.error"
local json = require "wxlive.json"
local reasons = require "wxlive.ledger.reason"
local room_goods = require "wxlive.ledger.room_goods"
local states = require "wxlive.catalogue.states"
local steps = require "wxlive.base.steps"
local tables = require "wxlive.base.tables"
local together = require "wxlive.database.together"
local workers = require "wxlive.ledger.workers"

---@class wxlive.Ledger
local Items = {}

local COLUMNS = { "key", "sheet", "line", "wanted", "applied", "todo", "state", "platform_id",
  "audit_id", "audit_status", "owner", "claimed_at", "reason", "updated_at", "identity", "named_id",
  whole = { "line", "audit_status" } }
local SELECT = "SELECT %s FROM item WHERE appid = ? AND kind = ?"
-- All of them: with each named, an index leads to a sheet's rows.
local STATES = "('todo', 'claimed', 'doubt', 'failed', 'done', 'removed')"
local NOT_IN_SHEET = " AND NOT EXISTS (SELECT 1 FROM sheet_key WHERE sheet_key.key = item.key)"
local AT = " WHERE appid = ? AND kind = ? AND key = ?"
local OF_SHEET = " WHERE appid = ? AND kind = ? AND sheet = ?"

-- Changes one row: the columns of `set`, whose values follow.
local function update(self, item, set, ...)
  local n, values = select("#", ...), { ... }
  values[n + 1], values[n + 2], values[n + 3] = self.appid, item.kind, item.key
  return self.db:change("UPDATE item SET " .. set .. AT, compat.unpack(values, 1, n + 3))
end

-- The rows of a kind that a statement gives.
local function items_of(self, kind, sql, ...)
  local items, err = self.db:records(COLUMNS, sql, ...)
  for _, item in ipairs(items or {}) do
    item.kind, item.reason = kind, reasons.read(item.reason)
    item.wanted_text, item.applied_text = item.wanted, item.applied
    item.wanted = json.decode_wire(item.wanted)
    item.applied = item.applied and json.decode_wire(item.applied)
  end
  return items, err
end

-- The rows of a kind that fulfil what `more` says.
local function select_items(self, kind, more, ...)
  return items_of(self, kind, SELECT .. more, self.appid, kind, ...)
end

--- One row, by its key.
---@return table? item
---@return wxlive.Error? err
function Items:item(kind, key)
  local items, err = self:items(kind, { key })
  return items and items[key], err
end

--- Rows, by their keys.
---@param keys string[]
---@return table<string, table>? items
---@return wxlive.Error? err
function Items:items(kind, keys)
  if not keys[1] then
    return {}
  end
  local items, err = select_items(self, kind, " AND key IN (?" .. (", ?"):rep(#keys - 1) .. ")",
    compat.unpack(keys))
  return items and tables.index(items, "key"), err
end

--- Up to `limit` rows behind the key `after`, in the order of keys: for walking over all of them.
function Items:page(kind, after, limit)
  return select_items(self, kind, " AND key > ? ORDER BY key LIMIT ?", after or "", limit)
end

--- The row that holds a platform id.
function Items:by_platform_id(kind, id)
  local items, err = select_items(self, kind, " AND platform_id = ?", compat.integer_text(id))
  return items and items[1], err
end

--- How many rows of a sheet are in each state.
---@return table<string, integer>? counts
function Items:counts(kind, sheet)
  local rows, err = self.db:run("SELECT state, COUNT(*) FROM item WHERE appid = ? AND kind = ?"
    .. " AND state IN " .. STATES .. " AND sheet = ? GROUP BY state", self.appid, kind, sheet)
  local counts = {}
  for _, row in ipairs(rows or {}) do
    counts[row[1]] = math.floor(tonumber(row[2]))
  end
  return rows and counts, err
end

-- Work --------------------------------------------------------------------------------------------

-- MATERIALIZED: PostgreSQL would otherwise be free to select again for each row that it looks at,
-- and claim more rows than the limit. Rows that another process is changing are skipped. What is
-- sent is kept: if its outcome remains unknown, the platform is searched for that, even if the
-- sheet has been edited meanwhile.
local CLAIM = "WITH free AS MATERIALIZED (SELECT key FROM item WHERE appid = ? AND kind = ?"
  .. " AND state = ? AND sheet = ? ORDER BY line LIMIT %d%s) UPDATE item SET state = 'claimed',"
  .. " owner = ?, claimed_at = COALESCE(?, claimed_at), applied = CASE WHEN state = 'todo'"
  .. " AND platform_id IS NULL THEN wanted ELSE applied END,"
  .. " named_id = CASE WHEN state = 'todo' THEN NULL ELSE named_id END WHERE appid = ? AND kind = ?"
  .. " AND key IN (SELECT key FROM free) RETURNING " .. table.concat(COLUMNS, ", ")

--- Claims up to `limit` rows of a sheet that are in `state` (todo or doubt). No other process gets
--- them. An item is `unsure` while its create may have been done and the ledger has just the claim;
--- `held_since` is when it was claimed, by the monotonic clock.
---@return table[]? items
---@return wxlive.Error? err
function Items:claim(kind, sheet, limit, state)
  local items
  local ok, err = workers.beat(self)
  local now = core.system.monotonic()
  if ok then
    -- Rows in doubt keep the time of the create that is in doubt.
    items, err = items_of(self, kind, CLAIM:format(limit, self.db.sql.skip_locked), self.appid,
      kind, state or "todo", sheet, self.worker, state ~= "doubt" and self:time() or nil,
      self.appid, kind)
  end
  for _, item in ipairs(items or {}) do
    item.held_since, item.unsure = now, state == "doubt" or nil
  end
  table.sort(items or {}, tables.by("line"))
  return items, err
end

--- Whether a row that was claimed is still this worker's, asked before something is sent for it: a
--- process that stood still for long counts as dead on other machines, which take its rows over.
---@return true? ok
---@return wxlive.Error? err
function Items:holds(item)
  if core.system.monotonic() - (item.held_since or 0) < workers.LEASE / 2 then
    return true
  end
  local ok, err = workers.beat(self, true)
  local count
  if ok then
    count, err = self.db:count("SELECT COUNT(*) FROM item" .. AT .. " AND state = 'claimed'"
      .. " AND owner = ?", self.appid, item.kind, item.key, self.worker)
  end
  if count == 0 then
    return Error.fail {
      kind = "ledger", name = "claim_lost", sent = false,
      message = both("this process stood still for so long that another one took over the row %s",
        "本进程停顿过久，行 %s 已由其他进程接手"):format(item.key),
      hint = "run it again to continue", hint_zh = "再次运行即可继续",
    }
  end
  return count and true, err
end

-- Gives a function that writes the outcomes of many rows at once. `set` has the values of a row as
-- given.column4 and so on.
local function writer(set, width, more)
  local sql = "UPDATE item SET " .. set .. " FROM (VALUES %s) AS given WHERE appid = given.column1"
    .. " AND kind = given.column2 AND key = given.column3" .. (more or "")
  return function(outcomes)
    local ledger, rows, seen, events = outcomes[1].ledger, {}, {}, {}
    for i, outcome in ipairs(outcomes) do
      rows[i], seen[#seen + 1], events[#events + 1] = outcome.row, outcome.seen, outcome.event
    end
    return steps.run {
      function() return ledger.db:change_all(sql, width, rows) end,
      function() return ledger:see_all(seen) end,
      function() return ledger:note_all(events) end,
    }
  end
end

-- PostgreSQL takes the values for text.
local write_results = writer("applied = given.column4, platform_id = given.column5,"
  .. " audit_id = given.column6, audit_status = CAST(given.column7 AS INTEGER),"
  .. " updated_at = CAST(given.column8 AS DOUBLE PRECISION), reason = NULL,"
  .. " state = CASE WHEN wanted = given.column4 THEN given.column9 ELSE given.column10 END", 10)
local write_states = writer("state = given.column4, reason = given.column5, owner = NULL,"
  .. " claimed_at = CAST(given.column6 AS DOUBLE PRECISION),"
  .. " updated_at = CAST(given.column6 AS DOUBLE PRECISION),"
  .. " named_id = COALESCE(given.column7, named_id)", 8, " AND owner = given.column8")

--- Records the result of a row; it is on disk when this returns. The row is done when its result
--- equals what the sheet wants; with `more` it stays claimed.
---@param item table
---@param fields { applied: string, platform_id: any, audit_id: any, audit_status: integer?,
---  more: boolean? }   what is left out stays as it was
---@param action string    create, change, submit, adopt, ...
---@param answer table?    what the platform said
---@return true? ok
---@return wxlive.Error? err
function Items:finish(item, fields, action, answer)
  local id, audit_id = fields.platform_id or item.platform_id, fields.audit_id or item.audit_id
  audit_id = audit_id and compat.integer_text(audit_id)
  id = id and compat.integer_text(id)
  local audit_status, seen = fields.audit_status or item.audit_status, nil
  -- The state now is recorded as seen: `watch` reports only later changes.
  if action ~= "change" and item.kind == "goods" then
    seen = { self.appid, "goods", id, tostring(audit_status) }
  elseif not item.platform_id and item.kind == "rooms" then
    seen = { self.appid, "room", id, tostring(states.NOT_STARTED) }
  end
  item.unsure = not item.platform_id or nil
  local ok, err = together.transaction(self.db, write_results, {
    ledger = self, seen = seen, event = self:entry(item, action, answer),
    row = { self.appid, item.kind, item.key, fields.applied, id, audit_id, audit_status,
      self:time(), fields.more and "claimed" or "done", fields.more and "claimed" or "todo" },
  })
  if not ok then
    return nil, err
  end
  item.unsure = nil
  item.platform_id, item.audit_id, item.audit_status = id, audit_id, audit_status
  item.applied_text, item.applied = fields.applied, json.decode_wire(fields.applied)
  return true
end

--- Moves a claimed row to another state: failed or doubt with a reason, todo, removed. A row that
--- others took over is left to them.
---@param reason wxlive.Error|wxlive.Sentence|string|nil
---@param named_id string?   of a row in doubt: the id that the answer named
---@return true? ok
---@return wxlive.Error? err
function Items:leave(item, state, reason, named_id)
  item.unsure = item.unsure or state == "doubt" or nil
  -- For a row in doubt, the platform's time to settle begins now.
  local ok, err = together.transaction(self.db, write_states, {
    ledger = self,
    row = { self.appid, item.kind, item.key, state, reasons.text(reason), self:time(),
      named_id, self.worker },
    event = state ~= "todo"
      and self:entry(item, state, reason and { reason = tostring(reason) }) or nil,
  })
  item.unsure = not ok and item.unsure or nil
  return ok, err
end

--- Releases a row in doubt unchanged: its time to settle goes on.
function Items:release(item)
  local ok, err = self.db:change("UPDATE item SET state = 'doubt', owner = NULL WHERE appid = ?"
    .. " AND kind = ? AND key = ? AND owner = ?", self.appid, item.kind, item.key, self.worker)
  item.unsure = not ok or nil
  return ok, err
end

--- Forgets the ids and the state of a row that was removed, by wxlive or on the platform.
---@return true? ok
---@return wxlive.Error? err
function Items:forget(item, action)
  return together.transaction(self.db, function()
    local changed, why = update(self, item, "state = 'removed', platform_id = NULL,"
      .. " audit_id = NULL, audit_status = NULL, applied = NULL, todo = NULL, reason = NULL,"
      .. " owner = NULL, updated_at = ?", self:time())
    if changed and item.kind == "goods" then
      changed, why = room_goods.reset(self, item.key)
    end
    if not changed then
      return nil, why
    end
    return self:note_all {
      self:entry(item, action or "remove", { platform_id = item.platform_id }),
    }
  end)
end

--- Records the platform's state of an audit. Returns whether it has changed.
function Items:set_audit(item, audit_status)
  if self.db.read_only then
    return 0
  end
  return update(self, item, "audit_status = ?", audit_status)
end

-- Releases what a worker has claimed. Gives how much that was.
local function release_of(self, kind, worker)
  local n, err = self.db:change("UPDATE item SET owner = NULL, claimed_at = ?,"
    .. " state = CASE WHEN platform_id IS NULL THEN 'doubt' ELSE 'todo' END"
    .. " WHERE appid = ? AND kind = ? AND state = 'claimed' AND owner = ?", self:time(),
    self.appid, kind, worker)
  local placed
  if n then
    placed, err = room_goods.free(self, worker)
  end
  return placed and n + placed, err
end

--- Releases the claims of dead workers. Rows whose create may have been done are in doubt.
---@param own boolean?   also what this worker has claimed: nothing of it is under way
---@return integer? freed
---@return wxlive.Error? err
function Items:recover(kind, own)
  local rows, err = self.db:run("SELECT owner FROM item WHERE appid = ? AND kind = ?"
    .. " AND state = 'claimed' UNION SELECT owner FROM placement WHERE appid = ?"
    .. " AND owner IS NOT NULL", self.appid, kind, self.appid)
  local freed = 0
  for _, row in ipairs(rows or {}) do
    local is_free, n = own, 0
    if row[1] ~= self.worker then
      is_free, err = workers.is_dead(self, row[1])
    end
    if is_free then
      n, err = release_of(self, kind, row[1])
    end
    if err then
      return nil, err
    end
    freed = freed + n
  end
  return rows and freed, err
end

--- What is left of a sheet: rows that are to be done, rows and places in rooms that workers have
--- claimed, and those whose outcome is unknown.
---@return { todo: integer, claimed: integer, doubt: integer }? rest
---@return wxlive.Error? err
function Items:rest(kind, sheet)
  local counts, err = self:counts(kind, sheet)
  local claimed, unsure = 0, 0
  if counts and kind == "goods" then
    claimed, err = room_goods.claimed(self, sheet)
    if claimed then
      unsure, err = room_goods.in_doubt(self, sheet)
    end
  end
  if not (counts and claimed and unsure) then
    return nil, err
  end
  return {
    todo = counts.todo or 0, claimed = (counts.claimed or 0) + claimed,
    doubt = (counts.doubt or 0) + unsure,
  }
end

--- How many rows of a sheet failed or are in doubt, and how many of its goods a room refused.
---@return integer? refused
---@return wxlive.Error? err
function Items:refused(kind, sheet)
  local counts, err = self:counts(kind, sheet)
  local rooms = 0
  if counts and kind == "goods" then
    rooms, err = room_goods.refused(self, sheet)
  end
  return counts and rooms and (counts.failed or 0) + (counts.doubt or 0) + rooms, err
end

local WAITING = { "account", "kind", "state", "count", "claimed_at", whole = { "count" } }

--- What waits: how many rows are in each state but done and removed, and how long ago the oldest
--- row of an account that is under way was claimed.
---@param everyone boolean?   of all accounts, instead of this one
---@return { rows: { account: string, kind: string, state: string, count: integer }[],
---  claims: { account: string, seconds: number }[] }? waiting
---@return wxlive.Error? err
function Items:waiting(everyone)
  local rows, err = self.db:records(WAITING, "SELECT appid, kind, state, COUNT(*), MIN(claimed_at)"
    .. " FROM item WHERE state IN ('todo', 'claimed', 'doubt', 'failed')"
    .. (everyone and "" or " AND appid = ?") .. " GROUP BY appid, kind, state"
    .. " ORDER BY appid, kind, state", compat.unpack { not everyone and self.appid or nil })
  local claims, now, claim = {}, self.now(), nil
  for _, row in ipairs(rows or {}) do
    if row.state == "claimed" and row.claimed_at then
      local seconds = math.max(0, now - row.claimed_at)
      if claim and claim.account == row.account then
        claim.seconds = math.max(claim.seconds, seconds)
      else
        claim = { account = row.account, seconds = seconds }
        table.insert(claims, claim)
      end
    end
    row.claimed_at = nil
  end
  return rows and { rows = rows, claims = claims }, err
end

-- A sheet beside the ledger; see wxlive.ledger.scratch --------------------------------------------

-- The state of a row that is to be done. A fresh row is "new", and no process claims it before
-- release_new.
local function state_of(row)
  return row.fresh and "new" or "todo"
end

--- A row that the ledger does not have yet, for insert.
---@param row { sheet: string, line: integer, wanted: string, todo: string?, fresh: boolean?,
---  identity: string? }   identity: where it is not the key
---@return table new
function Items:new_item(kind, key, row)
  return { self.appid, kind, key, row.sheet, row.line, row.wanted, row.todo, state_of(row),
    self:time(), row.identity }
end

--- Inserts rows, except those that another process has inserted meanwhile.
---@param rows table[]   of new_item
---@return integer? inserted
---@return wxlive.Error? err
function Items:insert(rows)
  return self.db:change_all("INSERT INTO item (appid, kind, key, sheet, line, wanted, todo, state,"
    .. " updated_at, identity) VALUES %s ON CONFLICT (appid, kind, key) DO NOTHING", 10, rows)
end

--- Records what a sheet wants of a row. Rows that are claimed or in doubt stay so.
---@param item table   the row as it was
---@param row { sheet: string, line: integer, wanted: string, todo: string?, fresh: boolean?,
---  identity: string? }
---@return any ok
---@return wxlive.Error? err
function Items:want(item, row)
  local state = (item.state == "claimed" or item.state == "doubt") and item.state
    or row.todo and state_of(row) or "done"
  if item.wanted_text == row.wanted and item.state == state and item.sheet == row.sheet
    and item.line == row.line and item.todo == row.todo and item.identity == row.identity then
    return true
  end
  return update(self, item, "sheet = ?, line = ?, wanted = ?, todo = ?, state = ?, updated_at = ?,"
    .. " identity = ?", row.sheet, row.line, row.wanted, row.todo, state, self:time(),
    row.identity)
end

--- The fresh rows of a sheet are to be done now.
---@return integer? released
---@return wxlive.Error? err
function Items:release_new(kind, sheet)
  return self.db:change("UPDATE item SET state = 'todo'" .. OF_SHEET .. " AND state = 'new'",
    self.appid, kind, sheet)
end

--- Whether a sheet of this name was staged before.
---@return boolean? known
---@return wxlive.Error? err
function Items:knows_sheet(kind, sheet)
  local rows, err = self.db:run("SELECT 1 FROM item" .. OF_SHEET .. " LIMIT 1", self.appid, kind,
    sheet)
  return rows and rows[1] ~= nil, err
end

local MAYBE_THERE = " AND state <> 'removed' AND (platform_id IS NOT NULL"
  .. " OR state IN ('doubt', 'claimed'))" .. NOT_IN_SHEET .. " AND %s > ? ORDER BY %s LIMIT ?"
local GONE = MAYBE_THERE:format("key", "key")
-- Few rows, found by what stands before this: a database must not walk over the account's keys.
local ELSEWHERE = MAYBE_THERE:format("key || ''", "key || ''")

--- Rows that are, or may be, on the platform and are no longer in the sheet; a page of them.
---@return table[]? items
---@return wxlive.Error? err
function Items:gone(kind, sheet, after, limit)
  return select_items(self, kind, " AND sheet = ?" .. GONE, sheet, after or "", limit)
end

--- Rows of other sheets that are, or may be, on the platform, and whose key is what a row noted by
--- note_new is: they had no keys there; a page of them.
---@return table[]? items
---@return wxlive.Error? err
function Items:without_key_elsewhere(kind, sheet, after, limit)
  return select_items(self, kind, " AND key IN (SELECT identity FROM sheet_new) AND sheet <> ?"
    .. ELSEWHERE, sheet, after or "", limit)
end

--- Rows of other sheets that are, or may be, on the platform, and that had keys there; a page of
--- those that are what a row noted by note_new is that has none.
---@return table[]? items
---@return wxlive.Error? err
function Items:with_key_elsewhere(kind, sheet, after, limit)
  return select_items(self, kind, " AND identity IN (SELECT identity FROM sheet_new"
    .. " WHERE sheet_new.key = sheet_new.identity) AND sheet <> ?" .. ELSEWHERE, sheet,
    after or "", limit)
end

--- Drops a row that was staged and not begun.
---@return any ok
---@return wxlive.Error? err
function Items:drop_new(kind, key)
  return self.db:change("DELETE FROM item" .. AT .. " AND state = 'new' AND platform_id IS NULL",
    self.appid, kind, key)
end

--- Gives a row another key, in place of a row with that key that was staged and not begun.
---@param item table
---@param key string
---@return boolean? done   false: a worker has begun that row
---@return wxlive.Error? err
function Items:rename(item, key)
  local there, err = self.db:count("SELECT COUNT(*) FROM item" .. AT
    .. " AND NOT (state = 'new' AND platform_id IS NULL)", self.appid, item.kind, key)
  if not there then
    return nil, err
  elseif there > 0 then
    return false
  end
  local ok
  ok, err = self.db:change_each {
    { "DELETE FROM item" .. AT, self.appid, item.kind, key },
    { "UPDATE item SET key = ?" .. AT, key, self.appid, item.kind, item.key },
    { "UPDATE event SET key = ?" .. AT, key, self.appid, item.kind, item.key },
  }
  if ok and item.kind == "goods" then
    ok, err = room_goods.rename(self, item.key, key)
  end
  if not ok then
    return nil, err
  end
  item.key = key
  return true
end

--- How many rows are on the platform and no longer in the sheet.
---@return integer? count
---@return wxlive.Error? err
function Items:count_gone(kind, sheet)
  return self.db:count("SELECT COUNT(*) FROM item" .. OF_SHEET .. " AND state <> 'removed'"
    .. " AND platform_id IS NOT NULL" .. NOT_IN_SHEET, self.appid, kind, sheet)
end

--- Settles the rows that are no longer in the sheet: those not yet created are dropped; the others
--- stay, or are marked for removal.
---@param remove boolean?
---@return any ok
---@return wxlive.Error? err
function Items:settle_gone(kind, sheet, remove)
  return self.db:change_each {
    { "DELETE FROM item" .. OF_SHEET .. " AND platform_id IS NULL"
      .. " AND state IN ('new', 'todo', 'failed')" .. NOT_IN_SHEET, self.appid, kind, sheet },
    { ("UPDATE item SET todo = %s" .. OF_SHEET .. " AND platform_id IS NOT NULL"
      .. " AND state NOT IN ('removed', 'claimed', 'doubt')" .. NOT_IN_SHEET)
      :format(remove and "'remove', state = 'todo'" or "NULL, state = 'done'"), self.appid, kind,
      sheet },
  }
end

--- Rows that the ledger has on the platform, and that were not listed; a page of them.
---@return table[]? items
---@return wxlive.Error? err
function Items:missing(kind, after, limit)
  return select_items(self, kind, " AND platform_id IS NOT NULL AND NOT EXISTS"
    .. " (SELECT 1 FROM listed WHERE listed.id = item.platform_id) AND key > ?"
    .. " ORDER BY key LIMIT ?", after or "", limit)
end

return Items
