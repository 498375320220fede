--- All SQL on the rows of sheets: what is wanted, what was done, who is at it. The methods become
--- those of a ledger; see wxlive.ledger.
local compat = require "wxlive.base.compat"
local json = require "wxlive.json"
local placements = require "wxlive.ledger.placements"
local workers = require "wxlive.ledger.workers"

---@class wxlive.Ledger
local Items = {}

local COLUMNS = { "key", "sheet", "line", "wanted", "applied", "todo", "state", "platform_id",
  "audit_id", "audit_status", "owner", "claimed_at", "reason", "updated_at" }
local SELECT = "SELECT " .. table.concat(COLUMNS, ", ") .. " FROM item WHERE appid = ? AND kind = ?"
local NOT_STARTED = "102"
local ONE = " AND key = ?"

-- An id as text: tostring would write large ones as 9e+15 on LuaJIT.
local function id_text(id)
  return type(id) == "number" and compat.integer_text(id) or id and tostring(id)
end

-- A float on both databases: LuaDBI would cut a whole number to 32 bits.
local function time_of(self)
  return self.now() + 0.0
end

local function item_of(kind, row)
  local item = { kind = kind }
  for i, name in ipairs(COLUMNS) do
    item[name] = row[i]
  end
  item.line = math.floor(tonumber(item.line))
  item.audit_status = item.audit_status and math.floor(tonumber(item.audit_status))
  item.wanted_text, item.applied_text = item.wanted, item.applied
  item.wanted = json.decode(item.wanted)
  item.applied = item.applied and json.decode(item.applied)
  return item
end

local function items_of(kind, rows, err)
  if not rows then
    return nil, err
  end
  local items = {}
  for i, row in ipairs(rows) do
    items[i] = item_of(kind, row)
  end
  return items
end

--- One row, by its key.
---@return table? item
---@return wxlive.Error? err
function Items:item(kind, key)
  local items, err = items_of(kind, self.db:run(SELECT .. ONE, self.appid, kind, key))
  return items and items[1], err
end

--- Up to `limit` rows behind the key `after`, in the order of keys: for walking over all of them.
function Items:page(kind, after, limit)
  return items_of(kind, self.db:run(SELECT .. " AND key > ? ORDER BY key LIMIT ?", self.appid,
    kind, after or "", limit))
end

--- The row that holds a platform id.
function Items:by_platform_id(kind, id)
  local items, err = items_of(kind, self.db:run(SELECT .. " AND platform_id = ?", self.appid, kind,
    id_text(id)))
  return items and items[1], err
end

--- How many rows of a sheet are in each state.
---@return table<string, integer>? counts
function Items:counts(kind, sheet)
  local rows, err = self.db:run("SELECT state, COUNT(*) FROM item WHERE appid = ? AND kind = ?"
    .. " AND sheet = ? GROUP BY state", self.appid, kind, sheet)
  if not rows then
    return nil, err
  end
  local counts = {}
  for _, row in ipairs(rows) do
    counts[row[1]] = math.floor(tonumber(row[2]))
  end
  return counts
end

-- Work --------------------------------------------------------------------------------------------

--- Claims up to `limit` rows of a sheet that are in `state` (todo or doubt). No other process gets
--- them.
---@return table[]? items
---@return wxlive.Error? err
function Items:claim(kind, sheet, limit, state)
  local ok, err = workers.beat(self)
  if not ok then
    return nil, err
  end
  return self.db:transaction(function()
    local items, why = items_of(kind, self.db:run(SELECT .. " AND state = ? AND sheet = ?"
      .. " ORDER BY line LIMIT ?" .. self.lock, self.appid, kind, state or "todo", sheet, limit))
    for _, item in ipairs(items or {}) do
      -- A row in doubt keeps the time of the create that is in doubt.
      local at = state == "doubt" and item.claimed_at or time_of(self)
      ok, why = self.db:change("UPDATE item SET state = 'claimed', owner = ?, claimed_at = ?"
        .. " WHERE appid = ? AND kind = ?" .. ONE, self.worker, at, self.appid, kind, item.key)
      if not ok then
        return nil, why
      end
      item.claimed_at, item.state, item.owner = at, "claimed", self.worker
    end
    return items, why
  end)
end

local function note(self, item, action, answer)
  return self.db:change("INSERT INTO event (at, worker, appid, kind, key, action, answer)"
    .. " VALUES (?, ?, ?, ?, ?, ?, ?)", time_of(self), self.worker, self.appid, item.kind, item.key,
    action, answer and assert(json.encode(answer)) or nil)
end

--- Keeps what came of a row, on disk before this returns. fields: platform_id, audit_id,
--- audit_status, applied (text). The row is done when what it now has is what is wanted of it.
---@param item table
---@param fields table
---@param action string    create, change, submit, adopt, ...
---@param answer table?    what the platform said
---@return true? ok
---@return wxlive.Error? err
function Items:finish(item, fields, action, answer)
  local function get(name)
    if fields[name] == nil then
      return item[name == "applied" and "applied_text" or name]
    end
    return fields[name]
  end
  local applied = get("applied")
  local id, audit_id = get("platform_id"), get("audit_id")
  local audit_status = get("audit_status")
  local state = fields.more and "'claimed'" or "CASE WHEN wanted = ? THEN 'done' ELSE 'todo' END"
  local values = {
    applied, id_text(id), id_text(audit_id), audit_status, time_of(self),
  }
  local n = 5
  if not fields.more then
    n = 6
    values[n] = applied or ""
  end
  values[n + 1], values[n + 2], values[n + 3] = self.appid, item.kind, item.key
  local ok, err = self.db:transaction(function()
    local changed, why = self.db:change("UPDATE item SET applied = ?, platform_id = ?,"
      .. " audit_id = ?, audit_status = ?, updated_at = ?, reason = NULL, state = " .. state
      .. " WHERE appid = ? AND kind = ?" .. ONE, compat.unpack(values, 1, n + 3))
    if not changed then
      return nil, why
    end
    -- Watch tells what comes after this.
    if action ~= "change" and item.kind == "goods" then
      changed, why = self:see("goods", id_text(id), tostring(audit_status))
    elseif not item.platform_id and item.kind == "rooms" then
      changed, why = self:see("room", id_text(id), NOT_STARTED)
    end
    if not changed then
      return nil, why
    end
    return note(self, item, action, answer)
  end)
  if not ok then
    return nil, err
  end
  item.applied_text, item.platform_id, item.audit_id, item.audit_status = applied,
    id_text(id), id_text(audit_id), audit_status
  item.applied = applied and json.decode(applied)
  return true
end

--- Leaves a claimed row in another state: failed or doubt with a reason, todo, removed.
---@return true? ok
---@return wxlive.Error? err
function Items:leave(item, state, reason)
  local ok, err = self.db:transaction(function()
    -- For a row in doubt the platform gets its time to settle from now on.
    local now = time_of(self)
    local changed, why = self.db:change("UPDATE item SET state = ?, reason = ?, owner = NULL,"
      .. " claimed_at = ?, updated_at = ? WHERE appid = ? AND kind = ?" .. ONE, state, reason, now,
      now, self.appid, item.kind, item.key)
    if not changed or state == "todo" then
      return changed, why
    end
    return note(self, item, state, reason and { reason = reason } or nil)
  end)
  return ok and true, err
end

--- Forgets the platform's side of a row: it was removed, here or over there.
function Items:forget(item, action)
  local ok, err = self.db:transaction(function()
    local changed, why = self.db:change("UPDATE item SET state = 'removed', platform_id = NULL,"
      .. " audit_id = NULL, audit_status = NULL, applied = NULL, todo = NULL, reason = NULL,"
      .. " owner = NULL, updated_at = ? WHERE appid = ? AND kind = ?" .. ONE, time_of(self),
      self.appid, item.kind, item.key)
    if changed and item.kind == "goods" then
      changed, why = placements.reset(self, item.key)
    end
    if not changed then
      return nil, why
    end
    return note(self, item, action or "remove", { platform_id = item.platform_id })
  end)
  return ok and true, err
end

--- Gives free what dead workers had claimed. Rows whose create may have been done are in doubt.
---@param own boolean?   also what this worker has claimed: nothing of it is under way
---@return integer? freed
---@return wxlive.Error? err
function Items:recover(kind, own)
  local rows, err = self.db:run("SELECT DISTINCT owner FROM item WHERE appid = ? AND kind = ?"
    .. " AND state = 'claimed'", self.appid, kind)
  if not rows then
    return nil, err
  end
  local freed = 0
  for _, row in ipairs(rows) do
    local id = row[1]
    local gone, why
    if id == self.worker then
      gone = own
    else
      gone, why = workers.is_dead(self, id)
    end
    if why then
      return nil, why
    elseif gone then
      local n
      n, err = self.db:change("UPDATE item SET owner = NULL, claimed_at = ?,"
        .. " state = CASE WHEN platform_id IS NULL THEN 'doubt' ELSE 'todo' END"
        .. " WHERE appid = ? AND kind = ? AND state = 'claimed' AND owner = ?", time_of(self),
        self.appid, kind, id)
      if not n then
        return nil, err
      end
      freed = freed + n
    end
  end
  return freed
end

--- What is left of a sheet: rows and places in rooms that are to be done, and those that other
--- workers have claimed.
---@return { todo: integer, claimed: integer }? rest
---@return wxlive.Error? err
function Items:rest(kind, sheet)
  local counts, err = self:counts(kind, sheet)
  if not counts then
    return nil, err
  end
  local rest = { todo = counts.todo or 0, claimed = counts.claimed or 0 }
  local owners
  owners, err = placements.owners(self, sheet)
  if not owners then
    return nil, err
  end
  for owner, count in pairs(kind == "goods" and owners or {}) do
    local dead, why = workers.is_dead(self, owner)
    if why then
      return nil, why
    end
    local state = dead and "todo" or "claimed"
    rest[state] = rest[state] + count
  end
  return rest
end

--- Notes the platform's word on an audit. Gives whether it is news.
function Items:set_audit(item, audit_status)
  if self.db.read_only then
    return 0
  end
  return self.db:change("UPDATE item SET audit_status = ? WHERE appid = ? AND kind = ?" .. ONE,
    audit_status, self.appid, item.kind, item.key)
end

--- What was done to a row, oldest first: { at, worker, action, answer }.
function Items:history(kind, key)
  local rows, err = self.db:run("SELECT at, worker, action, answer FROM event WHERE appid = ?"
    .. " AND kind = ? AND key = ? ORDER BY at", self.appid, kind, key)
  if not rows then
    return nil, err
  end
  local list = {}
  for i, row in ipairs(rows) do
    list[i] = { at = row[1], worker = row[2], action = row[3],
      answer = row[4] and json.decode(row[4]) }
  end
  return list
end

--- Gives a row in doubt back as it was: its time to settle goes on.
function Items:release(item)
  return self.db:change("UPDATE item SET state = 'doubt', owner = NULL WHERE appid = ?"
    .. " AND kind = ?" .. ONE, self.appid, item.kind, item.key)
end

-- A sheet beside the ledger; see wxlive.ledger.scratch --------------------------------------------

--- Keeps what a sheet wants of a row. What is claimed or in doubt stays so.
---@param kind string
---@param key string
---@param row { sheet: string, line: integer, wanted: string, todo: string? }
---@param item table?   the row as it was
---@return any ok
---@return wxlive.Error? err
function Items:want(kind, key, row, item)
  local now = time_of(self)
  if not item then
    return self.db:change("INSERT INTO item (appid, kind, key, sheet, line, wanted, todo, state,"
      .. " updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, 'todo', ?)"
      .. " ON CONFLICT (appid, kind, key) DO NOTHING", self.appid, kind, key, row.sheet, row.line,
      row.wanted, row.todo, now)
  end
  local state = (item.state == "claimed" or item.state == "doubt") and item.state
    or row.todo and "todo" or "done"
  if item.wanted_text == row.wanted and item.state == state and item.sheet == row.sheet
    and item.line == row.line and item.todo == row.todo then
    return true
  end
  return self.db:change("UPDATE item SET sheet = ?, line = ?, wanted = ?, todo = ?, state = ?,"
    .. " updated_at = ? WHERE appid = ? AND kind = ?" .. ONE, row.sheet, row.line, row.wanted,
    row.todo, state, now, self.appid, kind, key)
end

local GONE = " FROM item WHERE appid = ? AND kind = ? AND sheet = ? AND state <> 'removed'"
  .. " AND NOT EXISTS (SELECT 1 FROM sheet_key WHERE sheet_key.key = item.key)"

--- How many rows are on the platform and no longer in the sheet.
---@return integer? count
---@return wxlive.Error? err
function Items:count_gone(kind, sheet)
  local n, err = self.db:one("SELECT COUNT(*)" .. GONE .. " AND platform_id IS NOT NULL",
    self.appid, kind, sheet)
  if not n then
    return nil, err
  end
  return math.floor(tonumber(n))
end

--- Settles the rows that are no longer in the sheet: what was never made need not be made any more,
--- what is there stays, or is to be removed.
---@param remove boolean?
---@return any ok
---@return wxlive.Error? err
function Items:settle_gone(kind, sheet, remove)
  local ok, err = self.db:change("DELETE" .. GONE .. " AND platform_id IS NULL"
    .. " AND state IN ('todo', 'failed')", self.appid, kind, sheet)
  if not ok then
    return nil, err
  end
  return self.db:change("UPDATE item SET todo = ?, state = ? WHERE appid = ? AND kind = ?"
    .. " AND sheet = ? AND state NOT IN ('removed', 'claimed', 'doubt')"
    .. " AND platform_id IS NOT NULL"
    .. " AND NOT EXISTS (SELECT 1 FROM sheet_key WHERE sheet_key.key = item.key)",
    remove and "remove" or nil, remove and "todo" or "done", self.appid, kind, sheet)
end

--- Rows that the ledger has on the platform, and that were not listed; a page of them.
---@return table[]? items
---@return wxlive.Error? err
function Items:missing(kind, after, limit)
  return items_of(kind, self.db:run(SELECT .. " AND platform_id IS NOT NULL AND NOT EXISTS"
    .. " (SELECT 1 FROM listed WHERE listed.id = item.platform_id) AND key > ?"
    .. " ORDER BY key LIMIT ?", self.appid, kind, after or "", limit))
end

return Items
