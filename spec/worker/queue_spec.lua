-- What is in the queue, for people and programs.
local fleets = require "spec.support.fleet"
local queues = require "wxlive.worker.queue"
local shops = require "spec.support.shop"

describe("the list of jobs", function()
  local fleet, queue

  before_each(function()
    fleet = fleets.open { "tea", "nuts" }
    fleet:submit("tea", shops.goods_lines(1, 2))
    fleet:submit("nuts", shops.goods_lines(1, 3))
    queue = assert(queues.open(fleet.shop.location, { [fleet.accounts.tea.appid] = "tea" }))
  end)

  after_each(function()
    queue:close()
    fleet:close()
  end)

  it("has each job's account by its name, or by its appid", function()
    local rows = assert(queue:jobs())
    assert.same({ "tea", 2, 2 }, { rows[1].account, rows[1].rows, rows[1].left })
    assert.same({ fleet.accounts.nuts.appid, 3 }, { rows[2].account, rows[2].rows })
    rows = assert(queue:jobs { accounts = { tea = true } })
    assert.same({ 1, "tea" }, { #rows, rows[1].account })
    assert.equal(0, #queue:jobs { name = "other.csv" })
  end)

  it("says which jobs no account has, at the platform's address", function()
    local rows = assert(queue:jobs())
    assert.is_nil(rows[1].reason)
    assert.truthy(rows[2].reason:find("no account with this appid at http://127", 1, true))
    local nuts = fleet.accounts.nuts
    local other = assert(queues.open(fleet.shop.location, {
      [nuts.appid .. "@" .. fleet.box.base_url] = "nuts",
      [nuts.appid .. "@http://127.0.0.1:1"] = "other",
    }))
    rows = assert(other:jobs())
    assert.equal("nuts", rows[2].account)
    assert.is_nil(rows[2].reason)
    assert(queue.ledger.db:change("UPDATE job SET state = 'done', ended_at = ?",
      queue.ledger.now()))
    assert.is_nil(queue:jobs()[2].reason)
    other:close()
    other = assert(queues.open(fleet.shop.location))
    assert.is_nil(other:jobs()[1].reason)
    other:close()
  end)

  it("has finished jobs for a week, and at any time by their name", function()
    local db, now = queue.ledger.db, queue.ledger.now()
    assert(db:change("UPDATE job SET state = 'done', ended_at = ?", now - 6 * 86400))
    assert.equal(2, #queue:jobs())
    assert.equal(0, #queue:jobs { unfinished = true })
    assert(db:change("UPDATE job SET ended_at = ?", now - 8 * 86400))
    assert.equal(0, #queue:jobs())
    assert.equal(2, #queue:jobs { name = "goods.csv" })
  end)
end)
