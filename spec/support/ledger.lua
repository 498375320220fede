--- A ledger on SQLite and on a real PostgreSQL, for what holds on both.
--
--   each({ describe = describe, ... }, function(world)
--     it("...", function() world:put("a", 1) world.ledger:claim("goods", "goods.csv", 1) end)
--   end)
local ledgers = require "wxlive.ledger"
local postgres = require "spec.support.servers.postgres"
local process = require "spec.support.process"

local M = {}

local World = {}
World.__index = World

--- The ledger once more, as another worker.
---@param worker string?
function World:open(worker)
  return assert(ledgers.open(self.location, {
    appid = "wx1", now = function() return self.now end, worker = worker,
  }))
end

--- A row of goods.csv.
---@param fields { wanted: string?, state: string? }?
function World:put(key, line, fields)
  fields = fields or {}
  assert(self.ledger.db:change("INSERT INTO item (appid, kind, key, sheet, line, wanted, state,"
    .. " updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", "wx1", "goods", key, "goods.csv", line,
    fields.wanted or '{"params":{}}', fields.state or "todo", self.now + 0.0))
end

--- Runs work() and counts what goes to the database meanwhile.
---@return string[] statements   the first two words of each
function World:statements(work)
  local db, statements = self.ledger.db, {}
  local run = db.run
  function db.run(...)
    statements[#statements + 1] = select(2, ...):match("^%u+ ?%u*")
    return run(...)
  end
  work()
  db.run = nil
  return statements
end

--- Describes a contract on each kind of database.
---@param busted table   describe, setup, teardown, before_each, after_each
---@param contract fun(world: table)   world: ledger, now, location and the methods above
function M.each(busted, contract)
  for _, name in ipairs { "SQLite", "PostgreSQL" } do
    busted.describe("a ledger on " .. name, function()
      local world = setmetatable({}, World)
      local folder, server

      busted.setup(function()
        folder = process.directory()
        server = name == "PostgreSQL" and postgres.start()
      end)

      busted.teardown(function()
        if server then
          server.stop()
        end
        process.remove(folder)
      end)

      local n = 0
      --- A place where no ledger is yet.
      function world.elsewhere()
        n = n + 1
        return server and server.database() or folder .. "/" .. n .. ".db"
      end

      busted.before_each(function()
        world.location, world.now = world.elsewhere(), 1795406400
        world.ledger = world:open()
      end)

      busted.after_each(function()
        world.ledger:close()
      end)

      contract(world)
    end)
  end
end

return M
