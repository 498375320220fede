--- What differs between the databases.
--
-- driver: LuaDBI's name for it. refused: what to do when it cannot be opened, in both languages.
-- begin: how a transaction begins. clock: its own clock, in seconds since 1970. for_update,
-- skip_locked: how a SELECT locks its rows, and leaves out those that are locked. setup: what is
-- run on each connection; reading: instead, on one that only reads.
local M = {}

-- Milliseconds that SQLite waits for another process's transaction.
local PATIENCE = "PRAGMA busy_timeout = 30000"

M.sqlite = {
  driver = "SQLite3",
  refused = { "check the path of the %s: its folder must be there and may be written to; %s names "
    .. "another one", "请检查%s的路径，目录须已存在且可写；可用 %s 指定其他路径" },
  -- IMMEDIATE: two writers queue here instead of failing half-way.
  begin = "BEGIN IMMEDIATE",
  clock = "(julianday('now') - 2440587.5) * 86400.0",
  -- A transaction has the whole file.
  for_update = "", skip_locked = "",
  -- FULL: committed data survives a power cut, too; otherwise ids of the platform would be lost
  -- forever.
  setup = {
    PATIENCE, "PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "PRAGMA temp_store = FILE",
  },
  reading = { PATIENCE, "PRAGMA temp_store = FILE", "SELECT COUNT(*) FROM schema_version" },
}

M.postgresql = {
  driver = "PostgreSQL",
  refused = { "check the server and the address of the %s; %s names another one",
    "请检查服务器与%s的地址；可用 %s 指定其他地址" },
  begin = "BEGIN",
  clock = "EXTRACT(EPOCH FROM clock_timestamp())",
  for_update = " FOR UPDATE", skip_locked = " FOR UPDATE SKIP LOCKED",
  setup = { "SET client_min_messages = warning" },
}

return M
