--- One database behind the ledger: SQLite in a file, or PostgreSQL, through LuaDBI.
--
-- SQL is written once, with ? for every value: values are bound, never written into it. LuaDBI
-- carries whole numbers through 32 bits on SQLite, so ids are kept as text and times as floats.
local Error = require "wxlive.error"

local M = {}

---@class wxlive.ledger.Db
---@field dialect "sqlite"|"postgresql"
local Db = {}
Db.__index = Db
Db.__name = "wxlive.ledger.Db"

-- Milliseconds that SQLite waits for another process's transaction.
local BUSY_MS = 30000

local function failure(text, hint, hint_zh)
  return Error.fail {
    kind = "ledger", name = "ledger_failed", sent = false,
    message = "ledger: " .. tostring(text):gsub("%s+", " "):gsub(" $", ""),
    hint = hint, hint_zh = hint_zh,
  }
end
M.failure = failure

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

--- Runs a statement; gives its rows, each a list of the columns.
---@param sql string
---@return table[]? rows
---@return wxlive.Error? err
function Db:run(sql, ...)
  local statement, reason = prepared(self, sql)
  if not statement then
    return failure(reason)
  end
  local ok
  ok, reason = statement:execute(...)
  if not ok then
    -- LuaDBI leaves a failed statement unusable.
    self.statements[sql] = nil
    return failure(reason)
  end
  local rows = {}
  for row in statement:rows(false) do
    local copy = {}
    -- A copy: LuaDBI may give the same table again. A NULL is a hole in it.
    for i, value in pairs(row) do
      copy[i] = value
    end
    rows[#rows + 1] = copy
  end
  return rows, nil, statement
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

--- The first column of the first row.
function Db:one(sql, ...)
  local rows, err = self:run(sql, ...)
  if not rows then
    return nil, err
  end
  return rows[1] and rows[1][1]
end

--- Runs work() in one transaction: all of it is kept, or nothing. work fails by nil and an error.
---@param work fun(): any, wxlive.Error?
---@return any value
---@return wxlive.Error? err
function Db:transaction(work)
  -- IMMEDIATE: two writers queue here instead of failing half-way.
  local ok, err = self:run(self.dialect == "sqlite" and "BEGIN IMMEDIATE" or "BEGIN")
  if not ok then
    return nil, err
  end
  local fine, value, why = pcall(work)
  if fine and value ~= nil then
    ok, err = self:run("COMMIT")
    if ok then
      return value
    end
    fine, value, why = true, nil, err
  end
  self:run("ROLLBACK")
  if not fine then
    error(value, 0)
  end
  return nil, why
end

function Db:close()
  if self.connection then
    for _, statement in pairs(self.statements) do
      statement:close()
    end
    self.connection:close()
    self.connection, self.statements = nil, {}
  end
end

-- postgresql://user:password@host:port/database, every part but the scheme may be left out; a host
-- that begins with / (or %2F) is the directory of a socket.
local function read_url(url)
  local rest = url:match("^postgres%w*://(.*)$")
  local function plain(text)
    return text and text ~= "" and (text:gsub("%%(%x%x)", function(hex)
      return string.char(tonumber(hex, 16))
    end)) or nil
  end
  local user, tail = rest:match("^([^@/]*)@(.*)$")
  tail = tail or rest
  local place, database = tail:match("^([^/]*)/?(.*)$")
  local host, port = place:match("^(.-):(%d+)$")
  local name, password = (user or ""):match("^(.-):(.*)$")
  return {
    user = plain(name or user), password = plain(password), host = plain(host or place),
    port = tonumber(port), database = plain(database),
  }
end

local function connect(driver, ...)
  local found, DBI = pcall(require, "DBI")
  local package_name = driver == "SQLite3" and "lua-dbi-sqlite3" or "lua-dbi-postgresql"
  if not found then
    return failure("LuaDBI is not installed", "install " .. package_name,
      "请安装 " .. package_name)
  end
  -- A missing driver is raised, a refused connection returned.
  local fine, connection, reason = pcall(DBI.Connect, driver, ...)
  if not fine then
    return failure(connection, "install " .. package_name, "请安装 " .. package_name)
  elseif not connection then
    return failure(reason, "check the path or address of the ledger", "请检查台账的路径或地址")
  end
  connection:autocommit(true)
  return connection
end

--- Opens a database.
---@param location string   path of a file, or postgresql://...
---@return wxlive.ledger.Db? db
---@return wxlive.Error? err
function M.open(location)
  local self = setmetatable({ statements = {}, location = location }, Db)
  local err
  if location:find("^postgres%w*://") then
    local to = read_url(location)
    self.dialect = "postgresql"
    self.connection, err = connect("PostgreSQL", to.database or to.user or "postgres",
      to.user, to.password, to.host, to.port)
  else
    self.dialect = "sqlite"
    self.connection, err = connect("SQLite3", location)
  end
  if not self.connection then
    return nil, err
  end
  -- FULL: what was committed survives a power cut too; an id is lost for good otherwise.
  for _, sql in ipairs(self.dialect == "sqlite" and {
    "PRAGMA busy_timeout = " .. BUSY_MS, "PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL",
    "PRAGMA temp_store = FILE",
  } or { "SET client_min_messages = warning" }) do
    local ok
    ok, err = self:run(sql)
    if not ok then
      self:close()
      return nil, err
    end
  end
  return self
end

return M
