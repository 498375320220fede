--- The connection of a database: opened, set up, broken and opened again, with the statements that
--- are prepared on it. The functions take the wxlive.database.Db.
local core = require "wxlive.core"
local locations = require "wxlive.database.location"
local tables = require "wxlive.base.tables"
local both = require("wxlive.text.sentence").both

local M = {}

-- The pauses between two tries to reach a server that restarts.
local FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2

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

--- Runs a statement: its rows and itself, or nil and what the driver says.
---@param self wxlive.database.Db
---@return table[]? rows
---@return any reason
---@return table? statement
function M.run(self, sql, ...)
  local fine, rows, reason, statement = pcall(attempt, self, sql, ...)
  if not fine then
    forget(self, sql)
    return nil, rows
  end
  return rows, reason, statement
end

--- Whether the server has broken the connection.
---@param self wxlive.database.Db
---@return boolean
function M.is_broken(self)
  if self.dialect ~= "postgresql" then
    return false
  end
  local fine, alive = pcall(self.connection.ping, self.connection)
  return not (fine and alive)
end

--- Closes what is left of a connection.
---@param self wxlive.database.Db
function M.drop(self)
  for _, statement in pairs(self.statements) do
    pcall(statement.close, statement)
  end
  if self.connection then
    pcall(self.connection.close, self.connection)
  end
  self.connection, self.statements = nil, {}
end

local function connect(self)
  local found, DBI = pcall(require, "DBI")
  local driver, refused = self.sql.driver, self.sql.refused
  local package = "lua-dbi-" .. driver:lower()
  local install = {
    name = "without_driver", hint = "install " .. package, hint_zh = "请安装 " .. package,
  }
  if not found then
    return self:failure(both("LuaDBI is not installed", "未安装 LuaDBI"), install)
  end
  local address = self.dialect == "postgresql" and locations.limited(self.address) or self.address
  -- A missing driver is raised, a refused connection returned.
  local fine, connection, reason = pcall(DBI.Connect, driver, address)
  if not fine then
    return self:failure(connection, install)
  elseif not connection then
    local words = self.words
    local said = driver == "PostgreSQL" and core.process.libpq_says(address) or reason
    return self:failure(locations.without_password(said, self.address), {
      hint = refused[1]:format(words.noun, words.elsewhere),
      hint_zh = refused[2]:format(words.noun_zh, words.elsewhere_zh),
    })
  end
  connection:autocommit(true)
  return connection
end

--- Opens one more connection, set up, with the temporary tables of the one before.
---@param self wxlive.database.Db
---@return true? ok
---@return wxlive.Error? err
function M.open(self)
  local err
  self.connection, err = connect(self)
  if not self.connection then
    return nil, err
  end
  for _, list in ipairs { self.sql[self.read_only and "reading" or "setup"], self.temporary } do
    for _, sql in ipairs(list) do
      local ok, reason = M.run(self, sql)
      if not ok then
        M.drop(self)
        return self:explained(reason)
      end
    end
  end
  self.epoch = self.epoch + 1
  self.file = self.path and core.system.file_id(self.path)
  return true
end

-- How many seconds a server may take to come back, as of now.
local function patience(self)
  return type(self.patience) == "function" and self.patience() or self.patience
end

--- Opens a connection in place of one that broke: a server that restarts refuses all for a moment.
---@param self wxlive.database.Db
---@return true? ok
---@return wxlive.Error? err
function M.reconnect(self)
  local since, pause = core.system.monotonic(), FIRST_PAUSE
  while true do
    M.drop(self)
    local ok, err = M.open(self)
    if ok or core.system.monotonic() - since >= patience(self) then
      return ok, err
    end
    core.system.sleep(pause)
    pause = math.min(pause * 2, LONGEST_PAUSE)
  end
end

-- An address for SQLite that opens a file for reading only. immutable: nothing is written beside it
-- either, which only does where no process writes it now.
local function reading_address(path, more)
  return "file:" .. path:gsub("[^%w/._~-]", function(c)
    return ("%%%02X"):format(c:byte())
  end) .. "?mode=ro" .. more
end

--- Opens a file that cannot be written for reading only.
---@param self wxlive.database.Db
---@return true? ok
---@return wxlive.Error? err
function M.open_for_reading(self)
  self.read_only = true
  self.address = reading_address(self.path, "")
  local ok, err = M.open(self)
  if not ok and not core.system.file_size(self.path .. "-wal") then
    self.address = reading_address(self.path, "&immutable=1")
    ok, err = M.open(self)
  end
  return ok, err
end

return M
