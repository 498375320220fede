--- State that outlives the process: JSON documents in one SQLite table, by account, kind and id.
--
-- Changes are queued while a request is worked on and written in one transaction before it is
-- answered, so that a kill between two requests loses nothing that a client has seen in an answer.
-- WAL without fsync on each commit survives the death of the process, which is what a sandbox
-- needs.
local deny = require("wxlive.sandbox.server.refusal").deny
local json = require "wxlive.json"

local Store = {}
Store.__index = Store
Store.__name = "wxlive.sandbox.Store"

local M = {}

local SCHEMA = [[CREATE TABLE IF NOT EXISTS document (
  appid TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (appid, kind, id)) WITHOUT ROWID]]

-- LuaDBI returns nil and an error where a statement cannot be prepared, false and one where it
-- fails.
local function run(connection, sql)
  local statement, err = connection:prepare(sql)
  if not statement then
    return nil, err
  end
  local ok, why = statement:execute()
  if ok then
    statement:rows(false)() -- a pragma takes effect when its row is read
  end
  statement:close()
  if not ok then
    return nil, why
  end
  return true
end

--- Opens (or makes) a state file. Only one sandbox can hold it.
---@param path string
---@return table store
function M.open(path)
  local found, DBI = pcall(require, "DBI")
  if not found then
    deny("keeping state takes LuaDBI with SQLite3 (Debian: lua-dbi-sqlite3)")
  end
  local connection, err = DBI.Connect("SQLite3", path)
  if not connection then
    deny(("%s: %s"):format(path, tostring(err)))
  end
  connection:autocommit(true)
  for _, sql in ipairs {
    "PRAGMA locking_mode = EXCLUSIVE", "PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL",
    SCHEMA, "BEGIN EXCLUSIVE", "COMMIT",
  } do
    local ok, why = run(connection, sql)
    if not ok then
      connection:close()
      why = tostring(why)
      if why:find("locked", 1, true) then
        why = "another sandbox is using it"
      end
      deny(("%s: %s"):format(path, why))
    end
  end
  local store = setmetatable({ connection = connection, queue = {}, waiting = {} }, Store)
  store.insert = assert(connection:prepare(
    "INSERT OR REPLACE INTO document (appid, kind, id, body) VALUES (?, ?, ?, ?)"))
  store.delete = assert(connection:prepare(
    "DELETE FROM document WHERE appid = ? AND kind = ? AND id = ?"))
  return store
end

--- Calls f(appid, kind, id, document) for everything that is kept.
function Store:each(f)
  local statement = assert(self.connection:prepare("SELECT appid, kind, id, body FROM document"))
  assert(statement:execute())
  for row in statement:rows(false) do
    f(row[1], row[2], row[3], assert(json.decode(row[4])))
  end
  statement:close()
end

--- Queues a document (nil: its removal). It is encoded at the flush, with what it holds then.
function Store:put(appid, kind, id, document)
  local key = appid .. "\0" .. kind .. "\0" .. id
  local waiting = self.waiting[key]
  if not waiting then
    waiting = { appid = appid, kind = kind, id = id }
    self.waiting[key] = waiting
    self.queue[#self.queue + 1] = waiting
  end
  waiting.document = document
end

--- Writes what is queued, all or nothing.
---@return true?
---@return string? reason
function Store:flush()
  local queue = self.queue
  if #queue == 0 then
    return true
  end
  self.queue, self.waiting = {}, {}
  local ok, err = run(self.connection, "BEGIN IMMEDIATE")
  for _, item in ipairs(queue) do
    if not ok then
      break
    end
    if item.document == nil then
      ok, err = self.delete:execute(item.appid, item.kind, item.id)
    else
      ok, err = self.insert:execute(item.appid, item.kind, item.id,
        assert(json.encode(item.document)))
    end
  end
  if ok then
    ok, err = run(self.connection, "COMMIT")
  end
  if not ok then
    run(self.connection, "ROLLBACK")
    return nil, "the state file cannot be written: " .. tostring(err)
  end
  return true
end

--- Forgets everything, on disk as well.
function Store:wipe()
  self.queue, self.waiting = {}, {}
  local ok, why = run(self.connection, "DELETE FROM document")
  if not ok then
    deny(why)
  end
end

function Store:close()
  if self.connection then
    self:flush()
    self.insert:close()
    self.delete:close()
    self.connection:close()
    self.connection = nil
  end
end

-- The store that is used when no state file was asked for: it keeps nothing.
local nowhere = setmetatable({
  each = function() end,
  put = function() end,
  flush = function() return true end,
  wipe = function() end,
  close = function() end,
}, { __name = "wxlive.sandbox.Nowhere" })

--- A store that keeps nothing.
function M.none()
  return nowhere
end

return M
