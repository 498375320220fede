-- Cues of rundowns in the ledger, on SQLite and on a real PostgreSQL.
local cues = require "wxlive.ledger.cues"
local ledgers = require "wxlive.ledger"
local postgres = require "spec.support.servers.postgres"
local process = require "spec.support.process"

local ROOM = 9007199254740000

local function contract(name, new_location)
  describe("cues on " .. name, function()
    local location, ledger

    local function open(worker)
      return assert(ledgers.open(location, {
        appid = "wx1", now = function() return 1795953600 end, worker = worker,
      }))
    end

    local function cue(key, n, more)
      local one = { key = key, n = n, action = "push", goods_id = "9007199254740001",
        from_start = 60.5 * n, due = 1795953600 + 60.5 * n, begun_at = 1795953601 }
      for field, value in pairs(more or {}) do
        one[field] = value
      end
      return one
    end

    before_each(function()
      location = new_location()
      ledger = open()
    end)

    after_each(function()
      ledger:close()
    end)

    it("belong to one process; what it kept is the next one's", function()
      local run = assert(cues.take(ledger, ROOM, "seed"))
      assert.same({ "seed", 0 }, { run.seed, run.shift })
      assert.is_nil(run.zero)
      assert.is_true(cues.keep(ledger, ROOM, { zero = 1795953612.25, shift = -30 }))
      local other = open()
      local none, err = cues.take(other, ROOM, "another")
      assert.is_nil(none)
      assert.equal("rundown_taken", err.name)
      assert(cues.keep(ledger, ROOM, {
        zero = 1795953612.25, shift = -30, held_at = 1795953700, held_for = "room",
      }))
      assert(cues.release(ledger, ROOM))
      assert.same({ seed = "seed", zero = 1795953612.25, shift = -30, held_at = 1795953700,
        held_for = "room" }, cues.take(other, ROOM, "another"))
      none, err = cues.keep(ledger, ROOM, { shift = 5 })
      assert.is_nil(none)
      assert.equal("rundown_taken", err.name)
      other:close()
    end)

    it("are taken over from a process that is dead", function()
      local dead = open("0123456789abcdef:1:1:1")
      assert(cues.take(dead, ROOM, "seed"))
      assert(dead.db:change("UPDATE worker SET seen_at = 0 WHERE id = ?", dead.worker))
      assert.equal("seed", assert(cues.take(ledger, ROOM, "other")).seed)
      dead:close()
    end)

    it("are begun once, and end as they end", function()
      assert.is_true(cues.begin(ledger, ROOM, cue("a", 1)))
      assert.is_false(cues.begin(ledger, ROOM, cue("a", 1)))
      assert.is_true(cues.begin(ledger, ROOM, cue("a", 2)))
      assert.is_true(cues.begin(ledger, ROOM, cue("a", 3), "late"))
      assert.is_true(cues.begin(ledger, ROOM, cue("b", 1, { action = "note" })))
      assert.equal("a", assert(cues.list(ledger, ROOM, "begun"))[1].key)
      assert(cues.finish(ledger, ROOM, "a", 1, "done", nil, 1795953602.5))
      assert(cues.finish(ledger, ROOM, "a", 2, "failed", "refused", 1795953603))
      assert(cues.take_back(ledger, ROOM, "b", 1))
      local list = assert(cues.list(ledger, ROOM))
      assert.equal(3, #list)
      local first = list[1]
      assert.same({ 1, "9007199254740001", 60.5, 1795953601, 1795953602.5, "done" }, { first.n,
        first.goods_id, first.from_start, first.begun_at, first.ended_at, first.state })
      assert.equal("refused", list[2].reason)
      assert.same({ a = { n = 3, from_start = 181.5, turns = 2 } }, cues.past(ledger, ROOM))
      assert.same({ "done", "failed", "late" }, { list[1].state, list[2].state, list[3].state })
      assert.same({}, cues.list(ledger, ROOM + 2))
    end)

    it("know which goods had a card before", function()
      assert.is_false(cues.was_pushed(ledger, ROOM, "5", "a", 1))
      assert(cues.begin(ledger, ROOM, cue("a", 1, { goods_id = "5" })))
      assert.is_false(cues.was_pushed(ledger, ROOM, "5", "a", 1))
      assert.is_true(cues.was_pushed(ledger, ROOM, "5", "a", 2))
      assert(cues.finish(ledger, ROOM, "a", 1, "failed", nil, 1))
      assert.is_false(cues.was_pushed(ledger, ROOM, "5", "a", 2))
    end)
  end)
end

describe("ledgers of rundowns", function()
  local server, directory

  setup(function()
    directory = process.directory()
    server = postgres.start()
  end)

  teardown(function()
    server.stop()
    process.remove(directory)
  end)

  local serial = 0
  contract("SQLite", function()
    serial = serial + 1
    return ("%s/ledger%d.db"):format(directory, serial)
  end)
  contract("PostgreSQL", function()
    return server.database()
  end)
end)
