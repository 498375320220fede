--- A vault in a database, through LuaDBI: SQLite in a file of one machine, or PostgreSQL for
--- several. The contract is in wxlive.platform.vault.
--
--   local vault = assert(require("wxlive.platform.vault.database").new("/var/lib/shop/vault.db"))
--
-- A write returns when it is committed: SQLite with a full sync, PostgreSQL as synchronous_commit
-- says there (leave it on).
local database = require "wxlive.database"
local tables = require "wxlive.base.tables"

local M = {}

local words = {
  noun = "vault", noun_zh = "保险库", elsewhere = "vault or WXLIVE_VAULT",
  elsewhere_zh = "vault 或 WXLIVE_VAULT",
}

---@class wxlive.platform.Vault
local Vault = {}
Vault.__index = Vault
Vault.__name = "wxlive.platform.vault.database"

-- The database, opened with the first use: a client that is made does no I/O.
local function opened(self)
  if self.db then
    return self.db
  end
  local db, err = database.open(self.location, { words = words })
  if not db then
    return nil, err
  end
  local ok
  ok, err = db:transaction(function()
    if db.dialect == "postgresql" then
      -- Two programs that start at once make their tables one after the other.
      local taken, why = db:run("SELECT pg_advisory_xact_lock(942109)")
      if not taken then
        return nil, why
      end
    end
    return db:run("CREATE TABLE IF NOT EXISTS wxlive_vault (name TEXT PRIMARY KEY,"
      .. " value TEXT NOT NULL)")
  end)
  if not ok then
    db:close()
    return nil, err
  end
  self.db = db
  return db
end

-- Asks the database: db:one, db:run, db:change.
local function ask(self, method, ...)
  local db, err = opened(self)
  if not db then
    return nil, err
  end
  return db[method](db, ...)
end

-- Changes rows; whether there was one to change, and whether that was tried a second time.
local function change(self, ...)
  local count, err, again = ask(self, "change", ...)
  if not count then
    return nil, err
  end
  return count > 0, nil, again
end

function Vault:get(name)
  return ask(self, "one", "SELECT value FROM wxlive_vault WHERE name = ?", name)
end

function Vault:put(name, value)
  return change(self, "INSERT INTO wxlive_vault (name, value) VALUES (?, ?)"
    .. " ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value)
end

function Vault:swap(name, before, value)
  local done, err, again
  if before == nil then
    done, err, again = change(self, "INSERT INTO wxlive_vault (name, value) VALUES (?, ?)"
      .. " ON CONFLICT (name) DO NOTHING", name, value)
  else
    done, err, again = change(self,
      "UPDATE wxlive_vault SET value = ? WHERE name = ? AND value = ?", value, name, before)
  end
  if done == false and again then
    -- The first try may have been done, and its answer lost: no two sealed values are alike.
    local there
    there, err = self:get(name)
    if err then
      return nil, err
    end
    done = there == value
  end
  return done, err
end

function Vault:delete(name)
  return change(self, "DELETE FROM wxlive_vault WHERE name = ?", name)
end

function Vault:names(prefix)
  local rows, err = ask(self, "run",
    "SELECT name FROM wxlive_vault WHERE substr(name, 1, ?) = ? ORDER BY name", #prefix, prefix)
  if not rows then
    return nil, err
  end
  local names = tables.column(rows, 1)
  table.sort(names)
  return names
end

--- Closes the database. The vault can still be used; it opens it again.
function Vault:close()
  if self.db then
    self.db:close()
    self.db = nil
  end
end

--- Makes a vault; nothing is opened before its first use.
---@param location string   path of a file, or postgresql://user@host/database
---@return wxlive.platform.Vault? vault
---@return wxlive.Error? err
function M.new(location)
  local dialect, what = require("wxlive.database.location").read(location, words)
  if not dialect then
    return nil, what
  end
  return setmetatable({ location = location }, Vault)
end

return M
