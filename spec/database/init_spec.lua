-- A server that does what it is asked, and whose connection breaks before it answers.
local command = require "spec.support.command"
local connection = require "wxlive.database.connection"
local cues = require "wxlive.ledger.cues"
local ledgers = require "wxlive.ledger"
local notices = require "wxlive.ledger.notices"
local room_goods = require "wxlive.ledger.room_goods"
local vaults = require "wxlive.platform.vault.database"

describe("a statement whose answer got lost is run again, and", function()
  local home, real, is_broken

  before_each(function()
    home, real, is_broken = command.directory(), connection.run, connection.is_broken
  end)

  after_each(function()
    connection.run, connection.is_broken = real, is_broken
    command.remove(home)
  end)

  -- The answer of the next statement that begins so gets lost.
  local function lose(beginning)
    local lost
    function connection.run(self, sql, ...)
      local rows, reason, statement = real(self, sql, ...)
      if lost == nil and sql:find(beginning, 1, true) == 1 then
        lost = true
        return nil, "server closed the connection unexpectedly"
      end
      return rows, reason, statement
    end
    function connection.is_broken()
      local broken = lost
      lost = lost and false
      return broken
    end
  end

  local function open()
    return assert(ledgers.open(home .. "/ledger.db", { appid = "wx1" }))
  end

  it("a cue is this show's to do", function()
    local ledger, other = open(), open()
    local cue = { key = "a", n = 1, action = "push", from_start = 0, due = 1, begun_at = 1 }
    assert(cues.take(ledger, 5, "seed"))
    lose "INSERT INTO rundown_cue"
    assert.is_true(cues.begin(ledger, 5, cue))
    lose "INSERT INTO rundown_cue"
    assert.is_false(cues.begin(other, 5, cue))
    assert(cues.finish(ledger, 5, "a", 1, "done", nil, 2))
    lose "INSERT INTO rundown_cue"
    assert.is_false(cues.begin(ledger, 5, cue))
    ledger:close()
    other:close()
  end)

  it("followers are this page's to notify, each once", function()
    local ledger = open()
    assert.same({ "o0" }, assert(notices.reserve(ledger, 5, { "o0" })).openids)
    lose "COMMIT"
    local page = assert(notices.reserve(ledger, 5, { "o0", "o1", "o2", "o1" }))
    assert.same({ { "o1", "o2" }, 1 }, { page.openids, page.unknown })
    assert(notices.sent(ledger, 5, page.page, "queued", "77"))
    assert.same({}, assert(notices.reserve(ledger, 5, { "o1", "o2" })).openids)
    ledger:close()
  end)

  it("goods are this run's to put into their room", function()
    local ledger, other = open(), open()
    assert(room_goods.stage(ledger, "a", { "5" }))
    local one = { key = "a", room = "5", state = "wanted" }
    lose "UPDATE placement"
    assert.is_true(room_goods.claim(ledger, one, "adding"))
    lose "UPDATE placement"
    assert.is_false(room_goods.claim(other, one, "adding"))
    ledger:close()
    other:close()
  end)

  it("a record of a vault is the one that was put there", function()
    local vault = assert(vaults.new(home .. "/vault.db"))
    assert.is_nil(vault:get("a"))
    lose "INSERT INTO wxlive_vault"
    assert.is_true(vault:swap("a", nil, "1"))
    lose "UPDATE wxlive_vault"
    assert.is_true(vault:swap("a", "1", "2"))
    lose "UPDATE wxlive_vault"
    assert.is_false(vault:swap("a", "1", "3"))
    vault:close()
  end)
end)
