--- The ledger's tables, and how an older ledger becomes a newer one.
--
-- A published migration is never changed; a later change is a new migration.
local both = require("wxlive.text.sentence").both
local steps = require "wxlive.base.steps"

local M = {}

M.migrations = {
  {
    -- One row of a sheet, and its result.
    [[CREATE TABLE item (
      appid TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL,
      sheet TEXT NOT NULL, line INTEGER NOT NULL,
      wanted TEXT NOT NULL, applied TEXT, todo TEXT, state TEXT NOT NULL,
      platform_id TEXT, audit_id TEXT, audit_status INTEGER,
      owner TEXT, claimed_at DOUBLE PRECISION,
      reason TEXT, updated_at DOUBLE PRECISION NOT NULL,
      PRIMARY KEY (appid, kind, key))]],
    "CREATE INDEX item_work ON item (appid, kind, state, line)",
    -- The platform's id belongs to one row: two rows can never adopt the same goods.
    "CREATE UNIQUE INDEX item_platform ON item (appid, kind, platform_id)",
    -- The history: what was done, by which worker, with which answer. Entries are only added.
    [[CREATE TABLE event (
      at DOUBLE PRECISION NOT NULL, worker TEXT NOT NULL, appid TEXT NOT NULL, kind TEXT NOT NULL,
      key TEXT NOT NULL, action TEXT NOT NULL, answer TEXT)]],
    "CREATE INDEX event_item ON event (appid, kind, key)",
    "CREATE TABLE worker (id TEXT PRIMARY KEY, seen_at DOUBLE PRECISION NOT NULL)",
    [[CREATE TABLE media (
      appid TEXT NOT NULL, digest TEXT NOT NULL, media_id TEXT NOT NULL,
      expires_at DOUBLE PRECISION NOT NULL, PRIMARY KEY (appid, digest))]],
  },
  {
    -- The followers that were notified of a room; the row is written before the message is sent.
    [[CREATE TABLE notice (
      appid TEXT NOT NULL, room_id TEXT NOT NULL, openid TEXT NOT NULL, page TEXT NOT NULL,
      PRIMARY KEY (appid, room_id, openid))]],
    [[CREATE TABLE notice_page (
      appid TEXT NOT NULL, room_id TEXT NOT NULL, page TEXT NOT NULL, state TEXT NOT NULL,
      message_id TEXT, answer TEXT, at DOUBLE PRECISION NOT NULL,
      PRIMARY KEY (appid, room_id, page))]],
    -- The state in which watch last saw a thing, so that each change is reported once.
    [[CREATE TABLE seen (
      appid TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, state TEXT NOT NULL,
      PRIMARY KEY (appid, kind, id))]],
  },
  {
    -- Goods wanted in rooms, and what was done for each; see wxlive.ledger.room_goods.
    [[CREATE TABLE placement (
      appid TEXT NOT NULL, key TEXT NOT NULL, room TEXT NOT NULL, state TEXT NOT NULL,
      room_id TEXT, goods_id TEXT, owner TEXT, reason TEXT, updated_at DOUBLE PRECISION NOT NULL,
      PRIMARY KEY (appid, key, room))]],
  },
  {
    -- A show that runs by a rundown, and the outcome of each of its cues; see wxlive.ledger.cues.
    -- Names: zero, the real start; from_start, where a cue is, in seconds from it.
    [[CREATE TABLE rundown (
      appid TEXT NOT NULL, room_id TEXT NOT NULL, seed TEXT NOT NULL, zero DOUBLE PRECISION,
      shift DOUBLE PRECISION NOT NULL, held_at DOUBLE PRECISION, held_for TEXT, owner TEXT,
      updated_at DOUBLE PRECISION NOT NULL, PRIMARY KEY (appid, room_id))]],
    [[CREATE TABLE rundown_cue (
      appid TEXT NOT NULL, room_id TEXT NOT NULL, key TEXT NOT NULL, n INTEGER NOT NULL,
      action TEXT NOT NULL, goods_id TEXT, from_start DOUBLE PRECISION NOT NULL,
      due DOUBLE PRECISION NOT NULL, state TEXT NOT NULL, begun_at DOUBLE PRECISION NOT NULL,
      ended_at DOUBLE PRECISION, reason TEXT, PRIMARY KEY (appid, room_id, key, n))]],
    "CREATE INDEX rundown_cue_goods ON rundown_cue (appid, room_id, goods_id)",
  },
  {
    -- What workers do: sheets that were submitted, and what follows from events; see
    -- wxlive.ledger.jobs.
    [[CREATE TABLE job (
      appid TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, state TEXT NOT NULL,
      compare INTEGER NOT NULL, edition INTEGER NOT NULL, turns INTEGER NOT NULL,
      failures INTEGER NOT NULL, served_at DOUBLE PRECISION NOT NULL,
      not_before DOUBLE PRECISION NOT NULL, owner TEXT, reason TEXT, counts TEXT,
      submitted_at DOUBLE PRECISION NOT NULL, ended_at DOUBLE PRECISION,
      PRIMARY KEY (appid, kind, name))]],
    "CREATE INDEX job_work ON job (state, not_before)",
    -- The pictures of submitted sheets, in base64: a worker may be on another machine.
    [[CREATE TABLE job_picture (
      appid TEXT NOT NULL, digest TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
      content TEXT NOT NULL, PRIMARY KEY (appid, digest, kind, name))]],
    -- For counting what waits, without reading what is done.
    [[CREATE INDEX item_open ON item (appid, kind, state, claimed_at)
      WHERE state IN ('todo', 'claimed', 'doubt', 'failed')]],
  },
  {
    -- A claim reads the rows that it takes and no others, whatever other sheets the account has.
    "DROP INDEX item_work",
    "CREATE INDEX item_sheet ON item (appid, kind, state, sheet, line)",
  },
  {
    -- The folders that sheets of a name came from; see wxlive.Ledger: other_folders.
    [[CREATE TABLE sheet_folder (
      appid TEXT NOT NULL, kind TEXT NOT NULL, sheet TEXT NOT NULL, folder TEXT NOT NULL,
      PRIMARY KEY (appid, kind, sheet, folder))]],
  },
  {
    -- What a row is, its page or its name and start, where it has another key: to be found by a
    -- sheet without keys.
    "ALTER TABLE item ADD COLUMN identity TEXT",
    "CREATE INDEX item_identity ON item (appid, kind, identity) WHERE identity IS NOT NULL",
  },
  {
    -- The id that the answer to a create named whose outcome is unknown all the same.
    "ALTER TABLE item ADD COLUMN named_id TEXT",
  },
}

-- Whether this program can use a schema of this version.
local function check(db, version)
  if version > #M.migrations then
    return db:failure(both("it is of a newer wxlive (schema %d, this one knows %d)",
      "由更新版本的 wxlive 创建（结构版本 %d，当前程序支持到 %d）")
      :format(version, #M.migrations), { name = "newer", hint = "use that version of wxlive",
      hint_zh = "请使用更新版本的 wxlive" })
  elseif db.read_only and version < #M.migrations then
    return db:failure(both("it is of an older wxlive (schema %d), and cannot be written",
      "由旧版本的 wxlive 创建（结构版本 %d），且无法写入"):format(version), {
      hint = "let its owner run wxlive plan once",
      hint_zh = "请由台账属主先执行一次 wxlive plan" })
  end
  return version
end

-- Makes this program the only one that migrates: two that start at once do it one after the other.
-- A file that another program keeps its tables in is not taken for an empty ledger; a server's
-- database may be shared.
local function begin(db)
  if db.dialect == "postgresql" then
    return db:run("SELECT pg_advisory_xact_lock(942108)")
  end
  local foreign, err = db:count("SELECT COUNT(*) > 0 AND SUM(name = 'schema_version') = 0"
    .. " FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
  if foreign == 1 then
    return db:failure(both("it is the database of another program", "这是其他程序的数据库"),
      db:another())
  end
  return foreign, err
end

local function make_version(db)
  return db:run("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)")
end

local function version_of(db)
  local version, err = db:count("SELECT COALESCE(MAX(version), 0) FROM schema_version")
  if not version then
    return nil, err
  end
  return check(db, version)
end

-- Brings the tables from the version that they have to another one.
local function upgrade(db, wanted)
  local version, err = version_of(db)
  if not version then
    return nil, err
  end
  local statements = {}
  for i = version + 1, wanted do
    for _, sql in ipairs(M.migrations[i]) do
      statements[#statements + 1] = { sql }
    end
    statements[#statements + 1] = { "INSERT INTO schema_version (version) VALUES (?)", i }
  end
  return db:change_each(statements)
end

--- Fails when another program has made the schema newer than this one knows, or has removed or
--- replaced the file: a program that runs for long asks now and then.
---@param db wxlive.database.Db
---@return true? ok
---@return wxlive.Error? err
function M.verify(db)
  return steps.run({ version_of, db.verify }, db)
end

--- Brings a database up to the newest schema (or to `wanted`, for tests).
---@param db wxlive.database.Db
---@param wanted integer?
---@return true? ok
---@return wxlive.Error? err
function M.migrate(db, wanted)
  wanted = wanted or #M.migrations
  if db.read_only then
    return M.verify(db)
  end
  return db:transaction(function()
    return steps.run({ begin, make_version, upgrade }, db, wanted)
  end)
end

return M
