--- One database, behind the ledger or a vault: SQLite in a file, or PostgreSQL, through LuaDBI.
-- SQL is written once, with ? for every value: values are bound, never written into it. LuaDBI
-- carries whole numbers through 32 bits on SQLite, so ids are kept as text and times as floats.
--
-- When the connection to PostgreSQL breaks (for example because the server restarts), this module
-- reconnects and runs the interrupted statement or transaction again.
local compat = require "wxlive.base.compat"
local connection = require "wxlive.database.connection"
local core = require "wxlive.core"
local dialects = require "wxlive.database.dialect"
local locations = require "wxlive.database.location"
local steps = require "wxlive.base.steps"
local tables = require "wxlive.base.tables"
local both = require("wxlive.text.sentence").both

local M = {}

---@class wxlive.database.Db
---@field dialect "sqlite"|"postgresql"
---@field sql table          what differs between them: wxlive.database.dialect
---@field place string       the path or address, fit for messages
---@field read_only boolean
---@field epoch integer      goes up with every new connection: temporary tables are empty then
local Db = {}
Db.__index = Db
Db.__name = "wxlive.database.Db"

-- What the system says of a file that is not there.
local ENOENT = 2

-- How many seconds a server that restarts may take, unless its user says more or less.
local PATIENCE = 60

-- How often a broken transaction is run before it fails.
local RUNS = 5

-- Rows in one statement. Each number of rows is a statement of its own, which is kept prepared.
local MOST = 50

tables.put(Db, (require "wxlive.database.failure"))

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

--- Runs a statement; gives its rows, each a list of the columns.
---@param sql string
---@return table[]? rows
---@return wxlive.Error? err
---@return table? statement
---@return boolean? again   it was run a second time, and the first time may have been done
function Db:run(sql, ...)
  for run = 1, 2 do
    if not self.connection then
      if self.closed then
        return self:failure(both("it is closed", "已关闭"))
      end
      local ok, err = connection.reconnect(self)
      if not ok then
        return nil, err
      end
    end
    local rows, reason, statement = connection.run(self, sql, ...)
    if rows then
      return rows, nil, statement, run == 2
    elseif run == 2 or not connection.is_broken(self) then
      return self:explained(reason)
    elseif self.in_transaction then
      -- The broken connection took the transaction's work back: the whole transaction is run again.
      self.broken = true
      return self:failure(reason, { name = "lost" })
    end
    connection.drop(self)
  end
end

--- Runs a statement; gives each of its rows as a table.
---@param fields string[]|{ whole: string[]? }   the names of the columns, in their order; whole: of
---  those that hold whole numbers, which a driver may give as floats or texts
---@param sql string   "%s" in it stands for these names
---@param ... any
---@return table[]? records
---@return wxlive.Error? err
function Db:records(fields, sql, ...)
  local rows, err = self:run(sql:format(table.concat(fields, ", ")), ...)
  if not rows then
    return nil, err
  end
  return tables.map(rows, function(row)
    local record = {}
    for i, name in ipairs(fields) do
      record[name] = row[i]
    end
    for _, name in ipairs(fields.whole or {}) do
      record[name] = record[name] and math.floor(tonumber(record[name]))
    end
    return record
  end)
end

--- Runs statements that change something, one after the other, until one fails.
---@param statements table[]   each: the SQL, and its values, none of them nil
---@return true? ok
---@return wxlive.Error? err
function Db:change_each(statements)
  return steps.each(statements, function(one) return self:change(compat.unpack(one)) end)
end

--- Runs a statement that changes something.
---@return integer? changed   rows that it touched
---@return wxlive.Error? err
---@return boolean? again   as of run
function Db:change(sql, ...)
  local rows, err, statement, again = self:run(sql, ...)
  if not rows then
    return nil, err
  end
  return math.floor(statement:affected()), nil, again
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
  return rows and rows[1] and rows[1][1], err
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
  if ok and not tables.set(self.temporary)[sql] then
    table.insert(self.temporary, sql)
  end
  return ok and true, err
end

-- One run of a transaction. fine is false when work raised.
local function run_once(self, work)
  local ok, err = self:run(self.sql.begin)
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
      connection.drop(self)
      self.broken = false
    end
  until not broken or once or runs == RUNS
  if not fine then
    error(value, 0)
  end
  return value, why
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
  connection.drop(self)
  self.closed = true
end

-- Whether a file is not there although its folder is. A folder that this user may not look into
-- may have it. The file is not opened to see that: when a process closes a file of SQLite's, it
-- loses the locks of all its connections to it, and the next process to end deletes the log (-wal)
-- that they go on writing to.
local function is_absent(path)
  local _, code = core.system.file_id(path)
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
    words = options.words, dialect = dialect, sql = dialects[dialect], location = location,
    address = what,
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
  local ok, err = connection.open(self)
  if not ok and options.reading and dialect == "sqlite" and core.system.file_size(what) then
    ok = connection.open_for_reading(self)
  end
  return ok and self, err
end

return M
