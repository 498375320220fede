-- Transactions of tasks that run at the same time, on SQLite and on a real PostgreSQL.
local databases = require "wxlive.database"
local Error = require "wxlive.error"
local postgres = require "spec.support.servers.postgres"
local process = require "spec.support.process"
local together = require "wxlive.database.together"
local words = require("wxlive.ledger").words
local wxlive = require "wxlive"

local server

local function contract(name, new_location)
  describe("transactions of several tasks on " .. name, function()
    local db, commits

    -- The values that are on disk, as another program sees them.
    local function kept(location)
      local other = assert(databases.open(location, { words = words }))
      local values = {}
      for i, row in ipairs(assert(other:run("SELECT value FROM thing ORDER BY value"))) do
        values[i] = tonumber(row[1])
      end
      other:close()
      return values
    end

    local function insert(value)
      return function()
        return db:change("INSERT INTO thing (value) VALUES (?)", value + 0.0)
      end
    end

    before_each(function()
      db = assert(databases.open(new_location(), { words = words, patience = 0 }))
      assert(db:run("CREATE TABLE thing (value DOUBLE PRECISION PRIMARY KEY)"))
      commits = 0
      local run = db.run
      function db:run(sql, ...)
        commits = commits + (sql == "COMMIT" and 1 or 0)
        return run(self, sql, ...)
      end
    end)

    after_each(function()
      db:close()
    end)

    it("share a commit, and each task goes on when its work is on disk", function()
      local seen = wxlive.map({ 1, 2, 3, 4 }, function(value)
        assert(together.transaction(db, insert(value)))
        return kept(db.location)
      end)
      for i = 1, 4 do
        assert.same({ 1, 2, 3, 4 }, seen[i])
      end
      assert.equal(1, commits)
    end)

    it("do not take others along when one fails or raises", function()
      local refused = Error.new { kind = "invalid", name = "refused", message = "no" }
      local results, errors = wxlive.map({ 1, 2, 2, 3, 4, 5 }, function(value)
        return together.transaction(db, function()
          local ok, err = insert(value)()
          if value == 3 then
            return nil, refused
          elseif value == 4 then
            error(refused, 0)
          end
          return ok, err
        end)
      end)
      assert.same({ 1, 2, 5 }, kept(db.location))
      assert.equal(1, results[1])
      assert.equal(1, results[6])
      assert.equal("ledger", errors[3].kind) -- the same value as the second
      assert.equal(refused, errors[4])
      assert.equal(refused, errors[5])
    end)

    it("write by one statement what they write in the same way", function()
      local function insert_all(rows)
        return db:change_all("INSERT INTO thing (value) VALUES %s", 1, rows)
      end
      local values, statements, run = {}, 0, db.run
      for i = 1, 120 do
        values[i] = i
      end
      function db:run(sql, ...)
        statements = statements + (sql:find("^INSERT") and 1 or 0)
        return run(self, sql, ...)
      end
      local _, errors, failed = wxlive.map(values, function(value)
        return together.transaction(db, insert_all, { value + 0.0 })
      end, { concurrency = #values })
      assert.same({}, errors)
      assert.same(values, kept(db.location))
      assert.same({ 1, 3, 0 }, { commits, statements, failed }) -- at most 50 rows in a statement
      -- One that fails does not take the others along.
      _, errors = wxlive.map({ 121, 120, 122 }, function(value)
        return together.transaction(db, insert_all, { value + 0.0 })
      end)
      assert.equal("ledger", errors[2].kind)
      assert.is_nil(errors[1] or errors[3])
      assert.equal(122, #kept(db.location))
    end)

    it("are as any other outside of tasks", function()
      assert.equal(1, together.transaction(db, insert(1)))
      assert.equal("ledger", select(2, together.transaction(db, insert(1))).kind)
      assert.same({ 1 }, kept(db.location))
    end)

    it("all fail when the database is closed", function()
      local location = db.location
      local _, errors, failed = wxlive.map({ 1, 2, 3 }, function(value)
        db:close()
        return together.transaction(db, insert(value))
      end)
      assert.equal(3, failed)
      assert.equal("ledger", errors[3].kind)
      assert.same({}, kept(location))
    end)
  end)
end

local directory

setup(function()
  directory = process.directory()
end)

teardown(function()
  process.remove(directory)
  if server then
    server.stop()
  end
end)

local made = 0
contract("SQLite", function()
  made = made + 1
  return ("%s/%d.db"):format(directory, made)
end)

contract("PostgreSQL", function()
  server = server or postgres.start()
  return server.database()
end)
