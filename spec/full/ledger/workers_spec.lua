-- Workers of a ledger: who lives, and whose claims are free.
local core = require "wxlive.core"
local each = require("spec.support.ledger").each
local perform = require "wxlive.shop.perform"
local workers = require "wxlive.ledger.workers"

each({
  describe = describe, setup = setup, teardown = teardown, before_each = before_each,
  after_each = after_each,
}, function(world)
  local ledger

  before_each(function()
    ledger = world.ledger
  end)

  it("leaves claims of the living alone and frees those of the dead", function()
    world:put("mine", 1)
    world:put("theirs", 2)
    world:put("made", 3)
    local dead = world:open(ledger.worker:gsub(":%d+:%d+:%d+$", ":999999:1:1"))
    local host_gone = world:open("elsewhere:1:1:1")
    local items = dead:claim("goods", "goods.csv", 1)
    assert.equal("mine", items[1].key)
    local theirs = host_gone:claim("goods", "goods.csv", 1)[1]
    assert.equal("theirs", theirs.key)
    local made = dead:claim("goods", "goods.csv", 1)[1]
    assert(dead:finish(made, { platform_id = 5, more = true, applied = "{}" }, "create"))
    assert.equal(2, ledger:recover("goods"))
    -- It may have been sent: nobody may just send it again.
    assert.equal("doubt", ledger:item("goods", "mine").state)
    assert.equal("todo", ledger:item("goods", "made").state)
    -- A machine whose last sign of life is fresh counts as alive.
    assert.equal("claimed", ledger:item("goods", "theirs").state)
    assert(ledger.db:change("UPDATE worker SET seen_at = ? WHERE id = ?", 5.0, "elsewhere:1:1:1"))
    assert.equal(1, ledger:recover("goods"))
    assert.equal("doubt", ledger:item("goods", "theirs").state)
    dead:close()
    host_gone:close()
  end)

  it("sends nothing for a row that others took over while it stood still", function()
    world:put("taken", 1)
    world:put("kept", 2)
    local slow = world:open("elsewhere:1:1:1")
    local taken = slow:claim("goods", "goods.csv", 1)[1]
    local kept = slow:claim("goods", "goods.csv", 1)[1]
    local sent = 0
    local run = { ledger = slow, pictures = {}, live = {
      goods_add = function()
        sent = sent + 1
        return { goods_id = 5 + sent, audit_id = 1 }
      end,
    } }
    taken.wanted.images, kept.wanted.images = {}, {}
    local monotonic = core.system.monotonic
    finally(function() core.system.monotonic = monotonic end)
    function core.system.monotonic() return monotonic() + 200 end
    assert.is_truthy(perform.perform(run, kept))
    assert(ledger.db:change("UPDATE worker SET seen_at = ? WHERE id = ?", 5.0, "elsewhere:1:1:1"))
    assert.equal(1, ledger:recover("goods"))
    local _, err = perform.perform(run, taken)
    assert.equal("claim_lost", err and err.name)
    assert.same({ 1, "doubt" }, { sent, ledger:item("goods", "taken").state })
    assert(ledger:claim("goods", "goods.csv", 1, "doubt")[1])
    assert(slow:leave(taken, "todo"))
    assert(slow:release(taken))
    assert.equal("claimed", ledger:item("goods", "taken").state)
    slow:close()
  end)

  it("knows nothing of processes in other containers, whatever their host is called", function()
    world:put("theirs", 1)
    world:put("older", 2)
    local mark = core.process.mark()
    local place = mark:match("^(%x+)")
    local container = place:sub(1, 1) == "0" and "1" .. place:sub(2) or "0" .. place:sub(2)
    -- A version before this one named workers by the host and the process.
    local ids = { container .. ":999999:1:1", core.process.host() .. ":999999:1:1" }
    for i, id in ipairs(ids) do
      local worker = world:open(id)
      assert.equal(i, #worker:claim("goods", "goods.csv", 1) + i - 1)
      worker:close()
    end
    assert.equal(0, ledger:recover("goods"))
    for i, id in ipairs(ids) do
      assert(ledger.db:change("UPDATE worker SET seen_at = ? WHERE id = ?", 5.0, id))
      assert.equal(1, ledger:recover("goods"), i)
    end
  end)

  it("does not take a worker for dead because a clock is wrong", function()
    world:put("theirs", 1)
    local other = world:open("elsewhere:1:1:1")
    other:claim("goods", "goods.csv", 1)
    local real = core.system.now
    finally(function() core.system.now = real end)
    function core.system.now() return real() + 3600 end
    assert.equal(0, ledger:recover("goods"))
    function core.system.now() return real() - 3600 end
    assert(ledger.db:change("UPDATE worker SET seen_at = seen_at - 181"))
    assert.equal(1, ledger:recover("goods"))
    other:close()
  end)

  it("does not count its own process as dead, however long it says nothing", function()
    world:put("mine", 1)
    ledger:claim("goods", "goods.csv", 1)
    assert(ledger.db:change("UPDATE worker SET seen_at = ?", 5.0))
    assert.equal(0, ledger:recover("goods"))
  end)
end)

describe("workers", function()
  it("knows a process that lives from one whose number it has", function()
    assert.is_truthy(workers.this():find("^[^:]+:%d+:%d+:%d+$"))
    assert.are_not.equal(workers.this(), workers.this())
  end)
end)
