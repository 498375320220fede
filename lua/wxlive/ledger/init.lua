--- The ledger: what was done with each row of a sheet, by whom, with which ids and answers.
--
--   local ledger = assert(require("wxlive.ledger").open("shop.db", { appid = live.appid }))
--
-- The location is a file (SQLite, for one machine) or postgresql://... (several machines share one
-- queue). The API never returns a lost goods id or audit id again; therefore `finish` commits
-- before it returns. A worker claims a row before it sends anything for it. If the worker dies, the
-- row is in doubt: the platform may have done the work.
--
-- States of a row: todo, claimed, doubt (its create may have been done), failed, done, removed.
local compat = require "wxlive.base.compat"
local core = require "wxlive.core"
local db_of = require "wxlive.database"
local items = require "wxlive.ledger.items"
local json = require "wxlive.json"
local options_of = require "wxlive.base.options"
local places = require "wxlive.base.places"
local schema = require "wxlive.ledger.schema"
local scratch = require "wxlive.ledger.scratch"
local tables = require "wxlive.base.tables"
local together = require "wxlive.database.together"
local workers = require "wxlive.ledger.workers"

local M = {}

--- The name of the database in messages.
M.words = {
  noun = "ledger", noun_zh = "台账",
  elsewhere = "--ledger, WXLIVE_LEDGER or the setting ledger",
  elsewhere_zh = "--ledger、WXLIVE_LEDGER 或配置项 ledger",
}

-- What to do when the file of a ledger is not there.
local function hints_for(location)
  if location == places.ledger() then
    return {
      hint = "no sheet has been applied yet: apply, submit and rundown run begin the ledger; "
        .. M.words.elsewhere .. " names another one",
      hint_zh = "尚未执行过任何表格：apply、submit、rundown run 会建立台账；可用 " .. M.words.elsewhere_zh
        .. " 指定其他台账",
    }
  end
  return {
    hint = "check the path that " .. M.words.elsewhere .. " gives: nothing was made there",
    hint_zh = "请检查 " .. M.words.elsewhere_zh .. " 给出的路径；没有新建文件",
  }
end

---@class wxlive.Ledger
---@field appid string
---@field worker string   who writes: host:pid:start
local Ledger = {}
Ledger.__index = Ledger
Ledger.__name = "wxlive.Ledger"

--- Opens a ledger, and makes or upgrades its tables.
---@param location string
---@param options { appid: string, now: (fun(): number)?, worker: string?, reading: boolean?,
---  existing: boolean?, patience: (number|fun(): number)? }   reading: a file that cannot be
---  written is opened to be read, and one that is not there is an empty ledger, and not made;
---  existing: a file that is not there is an error, ledger_not_found, and not made; patience:
---  seconds that a PostgreSQL server may take to come back
---@return wxlive.Ledger? ledger
---@return wxlive.Error? err
M.open = options_of.checked("wxlive.ledger.open", {
  "location", "string", "options", "table",
}, function(location, options)
  local db, err = db_of.open(location, {
    words = M.words, reading = options.reading, patience = options.patience,
    existing = options.existing and hints_for(location) or nil,
  })
  if not db then
    return nil, err
  end
  local self = setmetatable({
    db = db, appid = options.appid, now = options.now or core.system.now,
    worker = options.worker or workers.this(),
  }, Ledger)
  local ok
  ok, err = schema.migrate(db)
  if ok and not db.read_only then
    ok, err = workers.beat(self, true)
  end
  if not ok then
    db:close()
    return nil, err
  end
  return self
end)

--- The same ledger over a connection of its own, for questions: it waits for no server that is
--- away.
---@param other wxlive.Ledger?   one whose connection is taken instead
---@return wxlive.Ledger? ledger
---@return wxlive.Error? err
function Ledger:beside(other)
  local db, err = other and other.db, nil
  if not db then
    db, err = db_of.open(self.db.location, { words = M.words, reading = true, patience = 0 })
  end
  if not db then
    return nil, err
  end
  return setmetatable({ db = db, appid = self.appid, now = self.now, worker = self.worker },
    Ledger)
end

function Ledger:close()
  self.db:close()
end

--- The same ledger, over the same connection and by the same worker, for another account.
---@param appid string
---@return wxlive.Ledger
function Ledger:of(appid)
  return setmetatable({ appid = appid }, { __index = self })
end

--- The time now, as the database takes it: a float, because LuaDBI cuts a whole number to 32 bits.
---@return number
function Ledger:time()
  return self.now() + 0.0
end

tables.put(Ledger, items, scratch)

-- The history of rows: what was done with each, when and by which worker --------------------------

--- An entry in the history of a row, for note_all.
---@param item { kind: string, key: string }
---@param action string
---@param answer table?
---@return table entry
function Ledger:entry(item, action, answer)
  return { self:time(), self.worker, self.appid, item.kind, item.key, action,
    answer and assert(json.encode(answer)) }
end

--- Adds entries to the histories of rows.
---@param entries table[]
---@return integer? added
---@return wxlive.Error? err
function Ledger:note_all(entries)
  return self.db:change_all("INSERT INTO event (at, worker, appid, kind, key, action, answer)"
    .. " VALUES %s", 7, entries)
end

--- The history of a row, oldest first: { at, worker, action, answer }.
function Ledger:history(kind, key)
  local list, err = self.db:records({ "at", "worker", "action", "answer" }, "SELECT %s FROM event"
    .. " WHERE appid = ? AND kind = ? AND key = ? ORDER BY at", self.appid, kind, key)
  for _, entry in ipairs(list or {}) do
    entry.answer = entry.answer and json.decode_wire(entry.answer)
  end
  return list, err
end

-- The folders from which sheets were staged -------------------------------------------------------

local SHEET = " WHERE appid = ? AND kind = ? AND sheet = ?"

--- The other folders that sheets of this name came from: the rows of a sheet are kept under its
--- file name, and the ledger cannot tell whose rows have left when sheets of one name come from
--- several folders. A ledger from before this was kept knows none.
---@param kind "rooms"|"goods"
---@param sheet string
---@param folder string
---@return string[]? folders
---@return wxlive.Error? err
function Ledger:other_folders(kind, sheet, folder)
  local rows, err = self.db:run("SELECT folder FROM sheet_folder" .. SHEET
    .. " AND folder <> ? ORDER BY folder", self.appid, kind, sheet, folder)
  return rows and tables.column(rows, 1), err
end

--- Records the folder of a sheet.
---@param moved boolean?   the sheet has moved here: the other folders are forgotten
---@return true? ok
---@return wxlive.Error? err
function Ledger:record_folder(kind, sheet, folder, moved)
  local note = { "INSERT INTO sheet_folder (appid, kind, sheet, folder) VALUES (?, ?, ?, ?)"
    .. " ON CONFLICT (appid, kind, sheet, folder) DO NOTHING", self.appid, kind, sheet, folder }
  local forget = { "DELETE FROM sheet_folder" .. SHEET, self.appid, kind, sheet }
  return self.db:change_each(moved and { forget, note } or { note })
end

-- Pictures ----------------------------------------------------------------------------------------

--- The media id of a content that is on the platform for at least `seconds` more.
function Ledger:media(digest, seconds)
  return self.db:one("SELECT media_id FROM media WHERE appid = ? AND digest = ? AND expires_at > ?",
    self.appid, digest, self:time() + (seconds or 0))
end

-- Pictures that are uploaded at the same time share a commit.
local function write_media(rows)
  return rows[1].db:change_all("INSERT INTO media (appid, digest, media_id, expires_at) VALUES %s"
    .. " ON CONFLICT (appid, digest) DO UPDATE SET media_id = excluded.media_id,"
    .. " expires_at = excluded.expires_at", 4, rows)
end

function Ledger:keep_media(digest, media_id, expires_at)
  return together.transaction(self.db, write_media, {
    self.appid, digest, media_id, expires_at + 0.0, db = self.db,
  })
end

--- Forgets a media id that the platform no longer knows.
function Ledger:drop_media(digest, media_id)
  return self.db:change("DELETE FROM media WHERE appid = ? AND digest = ? AND media_id = ?",
    self.appid, digest, media_id)
end

-- What was last seen ------------------------------------------------------------------------------

--- The state in which a thing was last seen; nil when it never was.
function Ledger:seen(kind, id)
  return self.db:one("SELECT state FROM seen WHERE appid = ? AND kind = ? AND id = ?", self.appid,
    kind, compat.integer_text(id))
end

function Ledger:see(kind, id, state)
  return self:see_all { { self.appid, kind, compat.integer_text(id), state } }
end

--- Records states of things: { appid, kind, id, state }.
function Ledger:see_all(rows)
  return self.db:change_all("INSERT INTO seen (appid, kind, id, state) VALUES %s"
    .. " ON CONFLICT (appid, kind, id) DO UPDATE SET state = excluded.state", 4, rows)
end

return M
