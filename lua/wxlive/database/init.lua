--- One database, behind the ledger or a vault: SQLite in a file, or PostgreSQL, through LuaDBI.
-- SQL is written once, with ? for every value: values are bound, never written into it. LuaDBI
-- carries whole numbers through 32 bits on SQLite, so ids are kept as text and times as floats.
--
-- When the connection to PostgreSQL breaks (for example because the server restarts), this module
-- reconnects and runs the interrupted statement or transaction again.
local compat = require "wxlive.base.compat"
local core = require "wxlive.core"
local locations = require "wxlive.database.location"
local tables = require "wxlive.base.tables"
local both = require("wxlive.text.sentence").both

local M = {}

---@class wxlive.database.Db
---@field dialect "sqlite"|"postgresql"
---@field place string       the path or address, fit for messages
---@field read_only boolean
---@field epoch integer      goes up with every new connection: temporary tables are empty then
local Db = {}
Db.__index = Db
Db.__name = "wxlive.database.Db"

-- What the system says of a file that is not there.
local ENOENT = 2

-- Milliseconds that SQLite waits for another process's transaction.
local BUSY_MS = 30000

-- How long to wait for a server that restarts, and the pauses between two tries.
local PATIENCE, FIRST_PAUSE, LONGEST_PAUSE = 60, 0.1, 2

-- How often a broken transaction is run before it fails.
local RUNS = 5

-- Rows in one statement. Each number of rows is a statement of its own, which is kept prepared.
local MOST = 50

tables.put(Db, (require "wxlive.database.failure"))

-- PostgreSQL numbers its parameters.
local function numbered(sql)
  local n = 0
  return (sql:gsub("%?", function()
    n = n + 1
    return "$" .. n
  end))
end

local function prepared(self, sql)
  local statement = self.statements[sql]
  if statement then
    return statement
  end
  local reason
  statement, reason = self.connection:prepare(self.dialect == "postgresql" and numbered(sql) or sql)
  if not statement then
    return nil, reason
  end
  self.statements[sql] = statement
  return statement
end

-- Forgets a statement that failed: LuaDBI leaves it unusable. It is closed while its connection is
-- there: LuaDBI looks at the connection again when the collector takes the statement.
local function forget(self, sql)
  local statement = self.statements[sql]
  self.statements[sql] = nil
  if statement then
    pcall(statement.close, statement)
  end
end

-- Runs a statement; what LuaDBI raises comes out as a reason, too.
local function attempt(self, sql, ...)
  local statement, reason = prepared(self, sql)
  if not statement then
    return nil, reason
  end
  local ok
  ok, reason = statement:execute(...)
  if not ok then
    forget(self, sql)
    return nil, reason
  end
  local rows = {}
  for row in statement:rows(false) do
    -- A copy: LuaDBI may give the same table again. A NULL is a hole in it.
    rows[#rows + 1] = tables.merged(row)
  end
  return rows, nil, statement
end

local function guarded(self, sql, ...)
  local fine, rows, reason, statement = pcall(attempt, self, sql, ...)
  if not fine then
    forget(self, sql)
    return nil, rows
  end
  return rows, reason, statement
end

local function is_broken(self)
  if self.dialect ~= "postgresql" then
    return false
  end
  local fine, alive = pcall(self.connection.ping, self.connection)
  return not (fine and alive)
end

-- Closes what is left of a connection.
local function drop(self)
  for _, statement in pairs(self.statements) do
    pcall(statement.close, statement)
  end
  if self.connection then
    pcall(self.connection.close, self.connection)
  end
  self.connection, self.statements = nil, {}
end

local drivers = { sqlite = "SQLite3", postgresql = "PostgreSQL" }

-- What to do when a database cannot be opened, in both languages.
local not_connected = {
  SQLite3 = { "check the path of the %s: its folder must be there and may be written to; %s names "
    .. "another one", "请检查%s的路径，目录须已存在且可写；可用 %s 指定其他路径" },
  PostgreSQL = { "check the server and the address of the %s; %s names another one",
    "请检查服务器与%s的地址；可用 %s 指定其他地址" },
}

local function connect(self)
  local found, DBI = pcall(require, "DBI")
  local driver = drivers[self.dialect]
  local package = "lua-dbi-" .. driver:lower()
  local install = {
    name = "without_driver", hint = "install " .. package, hint_zh = "请安装 " .. package,
  }
  if not found then
    return self:failure(both("LuaDBI is not installed", "未安装 LuaDBI"), install)
  end
  -- A missing driver is raised, a refused connection returned.
  local fine, connection, reason = pcall(DBI.Connect, driver, self.address)
  if not fine then
    return self:failure(connection, install)
  elseif not connection then
    local words = self.words
    local said = driver == "PostgreSQL" and core.process.libpq_says(self.address) or reason
    return self:failure(locations.without_password(said, self.address), {
      hint = not_connected[driver][1]:format(words.noun, words.elsewhere),
      hint_zh = not_connected[driver][2]:format(words.noun_zh, words.elsewhere_zh),
    })
  end
  connection:autocommit(true)
  return connection
end

-- FULL: committed data survives a power cut, too; otherwise ids of the platform would be lost
-- forever.
local setup = {
  sqlite = {
    "PRAGMA busy_timeout = " .. BUSY_MS, "PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL",
    "PRAGMA temp_store = FILE",
  },
  reading = {
    "PRAGMA busy_timeout = " .. BUSY_MS, "PRAGMA temp_store = FILE",
    "SELECT COUNT(*) FROM schema_version",
  },
  postgresql = { "SET client_min_messages = warning" },
}

-- One more connection, set up, with the temporary tables of the one before.
local function open(self)
  local err
  self.connection, err = connect(self)
  if not self.connection then
    return nil, err
  end
  for _, list in ipairs { setup[self.read_only and "reading" or self.dialect], self.temporary } do
    for _, sql in ipairs(list) do
      local ok, reason = guarded(self, sql)
      if not ok then
        drop(self)
        return self:explained(reason)
      end
    end
  end
  self.epoch = self.epoch + 1
  self.file = self.path and core.system.file_id(self.path)
  return true
end

--- Fails when the file that this database has open is no longer the one at its path: what is
--- written to it then is lost with the last program that has it open.
---@return true? ok
---@return wxlive.Error? err
function Db:verify()
  if not self.file or self.file == core.system.file_id(self.path) then
    return true
  end
  return self:failure(both("its file was removed or replaced while it was in use",
    "其文件在使用期间被删除或替换"), {
    name = "replaced",
    hint = "see whether the file that is there now has everything, then start again",
    hint_zh = "请检查现有文件的内容是否完整，然后重新启动",
  })
end

-- How many seconds a server may take to come back, as of now.
local function patience(self)
  return type(self.patience) == "function" and self.patience() or self.patience
end

-- A server that restarts refuses all connections for a moment.
local function reconnect(self)
  local since, pause = core.system.monotonic(), FIRST_PAUSE
  while true do
    drop(self)
    local ok, err = open(self)
    if ok or core.system.monotonic() - since >= patience(self) then
      return ok, err
    end
    core.system.sleep(pause)
    pause = math.min(pause * 2, LONGEST_PAUSE)
  end
end

--- Runs a statement; gives its rows, each a list of the columns.
---@param sql string
---@return table[]? rows
---@return wxlive.Error? err
function Db:run(sql, ...)
  for run = 1, 2 do
    if not self.connection then
      if self.closed then
        return self:failure(both("it is closed", "已关闭"))
      end
      local ok, err = reconnect(self)
      if not ok then
        return nil, err
      end
    end
    local rows, reason, statement = guarded(self, sql, ...)
    if rows then
      return rows, nil, statement
    elseif run == 2 or not is_broken(self) then
      return self:explained(reason)
    elseif self.in_transaction then
      -- The broken connection took the transaction's work back: the whole transaction is run again.
      self.broken = true
      return self:failure(reason, { name = "lost" })
    end
    drop(self)
  end
end

--- Runs a statement that changes something.
---@return integer? changed   rows that it touched
---@return wxlive.Error? err
function Db:change(sql, ...)
  local rows, err, statement = self:run(sql, ...)
  if not rows then
    return nil, err
  end
  return math.floor(statement:affected())
end

--- Runs a statement that changes something for many rows at once.
---@param sql string      "%s" in it stands for the rows, as behind VALUES
---@param width integer   the values of a row
---@param rows table[]    lists of values
---@return integer? changed
---@return wxlive.Error? err
function Db:change_all(sql, width, rows)
  local row, changed = "(?" .. (", ?"):rep(width - 1) .. ")", 0
  for first = 1, #rows, MOST do
    local values, n = {}, math.min(MOST, #rows - first + 1)
    for i = 0, n * width - 1 do
      values[i + 1] = rows[first + math.floor(i / width)][i % width + 1]
    end
    local more, err = self:change(sql:format(row .. (", " .. row):rep(n - 1)),
      compat.unpack(values, 1, n * width))
    if not more then
      return nil, err
    end
    changed = changed + more
  end
  return changed
end

--- The first column of the first row.
function Db:one(sql, ...)
  local rows, err = self:run(sql, ...)
  if not rows then
    return nil, err
  end
  return rows[1] and rows[1][1]
end

--- What a statement counts, or another number: the first column of its first row as a whole number.
---@return integer? count
---@return wxlive.Error? err
function Db:count(sql, ...)
  local n, err = self:one(sql, ...)
  return n and math.floor(tonumber(n)), err
end

--- A table of this connection only, made again, and empty, when the connection is.
---@param sql string   CREATE TEMPORARY TABLE IF NOT EXISTS ...
---@return true? ok
---@return wxlive.Error? err
function Db:temporary_table(sql)
  local ok, err = self:run(sql)
  if not ok then
    return nil, err
  end
  for _, known in ipairs(self.temporary) do
    if known == sql then
      return true
    end
  end
  self.temporary[#self.temporary + 1] = sql
  return true
end

-- One run of a transaction. fine is false when work raised.
local function run_once(self, work)
  -- IMMEDIATE: two writers queue here instead of failing half-way.
  local ok, err = self:run(self.dialect == "sqlite" and "BEGIN IMMEDIATE" or "BEGIN")
  if not ok then
    return true, nil, err
  end
  self.in_transaction, self.broken = true, false
  local fine, value, why = pcall(work)
  if fine and value ~= nil then
    ok, err = self:run("COMMIT")
    if not ok then
      value, why = nil, err
    end
  end
  if not self.broken and (not fine or value == nil) then
    self:run("ROLLBACK")
  end
  self.in_transaction = false
  return fine, value, why
end

--- Runs work() in one transaction: all of it is kept, or nothing. work fails by nil and an error.
--- It is run again when the connection breaks meanwhile, even if the commit may have been done: a
--- second run must have the same result. With `once` the error ..._lost comes instead.
---@param work fun(): any, wxlive.Error?
---@param once boolean?
---@return any value
---@return wxlive.Error? err
function Db:transaction(work, once)
  local fine, value, why
  local runs = 0
  repeat
    fine, value, why = run_once(self, work)
    runs = runs + 1
    local broken = self.broken
    if broken then
      drop(self)
      self.broken = false
    end
  until not broken or once or runs == RUNS
  if not fine then
    error(value, 0)
  elseif value == nil then
    return nil, why
  end
  return value
end

--- Lets PostgreSQL look at a table that it has never looked at, as that of a new ledger, once in a
--- connection's life. Until then it would read all rows to find one, because it does not know
--- better; its own maintenance comes by after a minute.
---@param name string
---@return true? ok
---@return wxlive.Error? err
function Db:analyze(name)
  if self.dialect ~= "postgresql" or self.analyzed == name then
    return true
  end
  local rows, err = self:count(("SELECT reltuples FROM pg_class WHERE oid = '%s'::regclass")
    :format(name))
  if rows and rows <= 0 then
    rows, err = self:run("ANALYZE " .. name)
  end
  self.analyzed = rows and name
  return rows and true, err
end

function Db:close()
  drop(self)
  self.closed = true
end

-- An address for SQLite that opens a file for reading only. immutable: nothing is written beside it
-- either, which only does where no process writes it now.
local function reading_address(path, more)
  return "file:" .. path:gsub("[^%w/._~-]", function(c)
    return ("%%%02X"):format(c:byte())
  end) .. "?mode=ro" .. more
end

-- Opens a file for reading only when it cannot be written.
local function open_for_reading(self)
  self.read_only = true
  self.address = reading_address(self.path, "")
  local ok, err = open(self)
  if not ok and not core.system.file_size(self.path .. "-wal") then
    self.address = reading_address(self.path, "&immutable=1")
    ok, err = open(self)
  end
  return ok, err
end

-- Whether a file is not there although its folder is. A folder that this user may not look into
-- may have it. The slash keeps a file from being opened: when a process closes a file of SQLite's,
-- it loses the locks of all its connections to it, and the next process to end deletes the log
-- (-wal) that they go on writing to.
local function is_absent(path)
  local folder, _, code = io.open(path .. "/", "rb")
  if folder then
    folder:close()
  end
  return code == ENOENT and core.system.real_path(path:match("^.*/") or ".") ~= nil
end

--- Opens a database.
---@param location string   path of a file, or an address of PostgreSQL as libpq takes it
---@param options { words: wxlive.database.Words, reading: boolean?,
---  existing: { hint: string, hint_zh: string }?, patience: (number|fun(): number)? }   reading: a
---  file that cannot be written is opened all the same, and nothing is written to it; in place of a
---  file that is not there, an empty database in memory is opened; existing: a file that is not
---  there is an error with this hint, and is not made; patience: seconds that a server may take to
---  come back, or a function that gives them as of now
---@return wxlive.database.Db? db
---@return wxlive.Error? err
function M.open(location, options)
  local dialect, what = locations.read(location, options.words)
  if not dialect then
    return nil, what
  end
  local self = setmetatable({
    words = options.words, dialect = dialect, location = location, address = what,
    statements = {}, temporary = {},
    path = dialect == "sqlite" and what or nil, epoch = 0, read_only = false,
    place = dialect == "sqlite" and what or locations.without_password(what, what),
    patience = options.patience or PATIENCE, in_transaction = false, broken = false,
  }, Db)
  if options.existing and dialect == "sqlite" and not core.system.file_size(what) then
    return self:not_found(options.existing)
  elseif options.reading and dialect == "sqlite" and is_absent(what) then
    self.address = ":memory:"
  end
  local ok, err = open(self)
  if not ok and options.reading and dialect == "sqlite" and core.system.file_size(what) then
    ok = open_for_reading(self)
  end
  if not ok then
    return nil, err
  end
  return self
end

return M
