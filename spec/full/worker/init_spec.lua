-- A worker over the accounts of a sandbox.
local Error = require "wxlive.error"
local jobs = require "wxlive.ledger.jobs"
local fleets = require "spec.support.fleet"
local shops = require "spec.support.shop"
local worker = require "wxlive.worker"

local count, done = fleets.count, fleets.done

describe("a worker", function()
  local fleet

  before_each(function()
    fleet = fleets.open { "tea", "nuts" }
  end)

  after_each(function()
    fleet:close()
  end)

  it("says what is wrong with its options", function()
    local none, err = worker.open { ledger = "x.db", lane = 3 }
    assert.is_nil(none)
    assert.is_truthy(err.message:find("lane", 1, true))
    none, err = worker.open { ledger = "x.db" }
    assert.is_nil(none)
    assert.is_truthy(err.message:find("accounts", 1, true))
    none, err = worker.open { ledger = "x.db", accounts = {} }
    assert.is_nil(none)
    assert.is_truthy(err.message:find("accounts", 1, true))
    none, err = worker.open { ledger = "x.db", accounts = fleet.accounts, lanes = 0 }
    assert.is_nil(none)
    assert.is_truthy(err.message:find("lanes", 1, true))
  end)

  it("does a sheet that was submitted, its folder gone, and keeps the ids", function()
    local summary = fleet:submit("tea", shops.goods_lines(1, 4))
    assert.same({ 4, 4, 0, "goods" }, { summary.rows, summary.create, summary.mistakes,
      summary.kind })
    os.execute(("rm -r '%s/images' '%s/goods.csv'"):format(fleet.shop.home, fleet.shop.home))
    assert.equal("queued", fleet:job("tea", "goods").state)
    fleet:run({}, done(1))
    local job = fleet:job("tea", "goods")
    assert.same({ "done", 4 }, { job.state, job.counts.done })
    assert.equal(4, fleet.shop:state().counts.goods)
    local ledger = fleet:ledger("tea")
    local item = ledger:item("goods", "pages/goods/index?id=3")
    assert.is_truthy(item.platform_id and item.audit_id)
    assert.equal(0, ledger.db:count("SELECT COUNT(*) FROM job_picture"))
    ledger:close()
  end)

  it("serves a job again after a turn that raised", function()
    local finish = jobs.finish_sheet
    finally(function() jobs.finish_sheet = finish end)
    jobs.finish_sheet = function()
      jobs.finish_sheet = finish
      error("no memory", 0)
    end
    fleet:submit("tea", shops.goods_lines(1, 1))
    fleet:run({ lanes = 1 }, done(1))
    assert.equal("done", fleet:job("tea", "goods").state)
  end)

  it("does each row once, and a sheet that is submitted again as it is now", function()
    fleet:submit("tea", shops.goods_lines(1, 3))
    fleet:run({}, done(1))
    fleet:submit("tea", shops.goods_lines(1, 5, 7))
    fleet:run({}, done(1))
    assert.equal(5, fleet.shop:calls("/wxaapi/broadcast/goods/add"))
    for _, goods in ipairs(fleet.shop:state().goods) do
      assert.equal(7.5, goods.price)
    end
  end)

  it("serves a shop with three goods before a large one is done", function()
    fleet:submit("tea", shops.goods_lines(1, 40))
    fleet:submit("nuts", shops.goods_lines(1, 3))
    local reports = fleet:run({ lanes = 1, concurrency = 2 }, done(2))
    local order = {}
    for _, report in ipairs(reports) do
      order[#order + 1] = report.what == "done" and report.account or nil
    end
    assert.same({ "nuts", "tea" }, order)
  end)

  it("lets an account wait for its quota, and only that", function()
    fleet.box:control("quota", { path = "audit", per_day = 2 })
    local now = fleet.now()
    fleet.now = function() return now end
    fleet:submit("tea", shops.goods_lines(1, 3))
    fleet:submit("nuts", shops.goods_lines(1, 2))
    local reports = fleet:run({ concurrency = 1 }, function(reports)
      return count(reports, { what = "done", account = "nuts" }) == 1
        and count(reports, { what = "waiting", account = "tea" }) == 1
    end)
    assert.equal(1, count(reports, { what = "waiting" }))
    local job = fleet:job("tea", "goods")
    assert.equal("waiting", job.state)
    assert.is_truthy(job.reason:find("Beijing time", 1, true))
    local midnight = now - (now + 8 * 3600) % 86400 + 86400
    assert.is_true(math.abs(job.not_before - midnight) < 15, job.not_before - midnight)
    -- The day after.
    fleet.box:control("clock", { advance = job.not_before - now + 10 })
    now = job.not_before + 10
    fleet:run({}, done(1))
    assert.equal(3, fleet:job("tea", "goods").counts.done)
  end)

  it("lets an account that calls too often wait for the next minute", function()
    local now = fleet.now()
    fleet.now = function() return now end
    assert(fleet.box:control("fault", { on = "goods_add", kind = "errcode_before", code = 45011,
      times = 100 }))
    fleet:submit("tea", shops.goods_lines(1, 1))
    local reports = fleet:run({}, function(reports)
      return count(reports, { what = "waiting", account = "tea" }) == 1
    end)
    assert.is_true(reports[#reports].seconds <= 65)
    assert.equal(0, count(reports, { what = "row" }))
    fleet.box:control("faults", { clear = true })
    now = now + reports[#reports].seconds + 1
    fleet:run({}, done(1))
    assert.equal(1, fleet:job("tea", "goods").counts.done)
  end)

  it("lets an account that the platform refuses wait, and says why", function()
    assert(fleet.box:control("fault", { on = "goods_add", kind = "errcode_before", code = 48001,
      times = 1 }))
    fleet:submit("tea", shops.goods_lines(1, 1))
    fleet:submit("nuts", shops.goods_lines(1, 1))
    local now = fleet.now()
    fleet.now = function() return now end
    fleet:run({ lanes = 1 }, function(reports)
      return count(reports, { what = "waiting" }) == 1 and count(reports, { what = "done" }) == 1
    end)
    local waiting, other = fleet:job("tea", "goods"), fleet:job("nuts", "goods")
    if waiting.state == "done" then
      waiting, other = other, waiting
    end
    assert.same({ "waiting", "done", 60 }, { waiting.state, other.state, waiting.not_before - now })
    assert.is_truthy(waiting.reason:find("48001", 1, true))
    now = now + 61
    fleet:run({}, done(1))
  end)

  -- Runs a worker that has no room for a picture: its row is neither refused nor in doubt.
  local function waits_for_room(full)
    local reports = fleet:run({}, function(reports)
      return count(reports, { what = "waiting" }) == 1
    end)
    full:revert()
    local waiting
    for _, report in ipairs(reports) do
      waiting = report.what == "waiting" and report or waiting
    end
    assert.equal("cannot_write", waiting.err.name)
    assert.equal(0, fleet.shop:calls("/wxaapi/broadcast/goods/add"))
    local ledger = fleet:ledger("tea")
    assert.equal(1, ledger:rest("goods", fleet:job("tea", "goods").name).todo)
    ledger:close()
  end

  it("waits where a picture does not fit on the disk, and refuses no row for it", function()
    fleet:submit("tea", shops.goods_lines(1, 1))
    local open = io.open
    waits_for_room(stub(io, "open", function(path, mode)
      if mode == "wb" and path:find("/lua_", 1, true) then
        return { write = function() return nil, "No space left on device", 28 end,
          close = function() return true end }
      end
      return open(path, mode)
    end))
  end)

  it("waits where the system makes no file for a picture, and doubts no row for it", function()
    fleet:submit("tea", shops.goods_lines(1, 1))
    waits_for_room(stub(os, "tmpname", function()
      error("unable to generate a unique filename")
    end))
  end)

  it("keeps rows that were refused, with the reason, and ends", function()
    local lines = shops.goods_lines(1, 3)
    assert(fleet.box:control("fault", { on = "goods_add", kind = "errcode_before", code = 300003,
      times = 1 }))
    fleet:submit("tea", lines)
    fleet:run({ concurrency = 1 }, done(1))
    local job = fleet:job("tea", "goods")
    assert.same({ 2, 1 }, { job.counts.done, job.counts.failed })
    local ledger = fleet:ledger("tea")
    local problems = assert(require("wxlive.ledger.jobs").problems(ledger, job))
    assert.equal(1, #problems)
    assert.equal("failed", problems[1].state)
    assert.is_truthy(problems[1].reason:find("300003", 1, true))
    ledger:close()
  end)

  it("looks for a create whose answer was lost", function()
    assert(fleet.box:control("fault", { on = "goods_add", kind = "reset_after", times = 2 }))
    fleet:submit("tea", shops.goods_lines(1, 4))
    fleet:run({}, done(1))
    assert.equal(4, fleet:job("tea", "goods").counts.done)
    assert.equal(4, fleet.shop:state().counts.goods)
  end)

  it("puts goods into rooms once they are approved, and says what it waits for", function()
    fleet.box:control("audit", { manual = true })
    local now = fleet.now()
    fleet.now = function() return now end
    local room = fleet:room("tea", "周二茶会专场")
    local lines = shops.goods_lines(1, 2)
    lines[1] = lines[1] .. ",rooms"
    lines[2], lines[3] = lines[2] .. "," .. room, lines[3] .. "," .. room
    fleet:submit("tea", lines)
    fleet:run({}, function(reports) return count(reports, { what = "waiting" }) == 1 end)
    assert.equal("2 goods wait for their audit", fleet:job("tea", "goods").reason)
    for _, goods in ipairs(fleet.shop:state().goods) do
      assert(fleet.box:control("audit", { goods_id = goods.id }))
    end
    now = now + 301
    fleet:run({}, done(1))
    assert.equal(2, #assert(fleet.accounts.tea.live:find_room(room)).goods)
  end)

  it("counts goods that a room refused as failed, before the sheet has ended and after", function()
    fleet.box:control("audit", { manual = true })
    local now = fleet.now()
    fleet.now = function() return now end
    local lines = shops.goods_lines(1, 2)
    lines[1], lines[2], lines[3] = lines[1] .. ",rooms", lines[2] .. ",77", lines[3] .. ",77"
    fleet:submit("tea", lines)
    local function counts(what)
      fleet:run({}, function(reports) return count(reports, { what = what }) == 1 end)
      local got = fleet:job("tea", "goods").counts
      return { got.done, got.failed }
    end
    local function approve(n)
      assert(fleet.box:control("audit", { goods_id = fleet.shop:state().goods[n].id }))
      now = now + 301
    end
    assert.same({ 2 }, counts "waiting")
    approve(1)
    assert.same({ 1, 1 }, counts "waiting")
    approve(2)
    assert.same({ 0, 2 }, counts "done")
  end)

  it("serves the accounts whose client can be made, and reports the others", function()
    fleet:submit("tea", shops.goods_lines(1, 1))
    local list = { fleet.accounts.tea, setmetatable({ name = "lost", appid = "wx9" }, {
      __index = function(_, key)
        if key == "live" then
          error(Error.new { kind = "usage", name = "bad_settings", message = "no secret" }, 0)
        end
      end,
    }) }
    local reports = fleet:run({ accounts = list }, done(1))
    assert.same({ "error", "lost", "bad_settings" }, { reports[1].what, reports[1].account,
      reports[1].err.name })
    local none, err = worker.open { accounts = { list[2] }, ledger = fleet.shop.location }
    assert.is_nil(none)
    assert.equal("no secret", err.message)
  end)

  it("lets the jobs of an account without a client wait, and tries again", function()
    fleet:submit("nuts", shops.goods_lines(1, 1))
    local nuts, there, now = fleet.accounts.nuts, false, fleet.now()
    fleet.now = function() return now end
    local list = { fleet.accounts.tea, setmetatable({
      name = "nuts", appid = nuts.appid, base_url = fleet.box.base_url,
    }, {
      __index = function(_, key)
        if key == "live" then
          return there and nuts.live
            or error(Error.new { kind = "usage", name = "bad_settings", message = "no secret" }, 0)
        end
      end,
    }) }
    local job, waited_for
    fleet:run({ accounts = list }, function(reports)
      if not there and count(reports, { what = "waiting" }) == 1 then
        job, waited_for = fleet:job("nuts", "goods"), now
        there, now = true, now + 61
      end
      return done(1)(reports)
    end)
    assert.same({ "waiting", 60, "no secret (bad_settings)" }, { job.state,
      job.not_before - waited_for, job.reason })
    assert.equal(1, fleet:job("nuts", "goods").counts.done)
  end)

  it("counts what waits, by account", function()
    fleet:submit("nuts", shops.goods_lines(1, 3))
    local one = assert(worker.open { accounts = fleet.accounts, ledger = fleet.shop.location,
      every = 0 })
    local ledger = fleet:ledger("nuts")
    local item = assert(ledger:claim("goods", "goods.csv", 1))[1]
    assert(ledger.db:change("UPDATE item SET claimed_at = ? WHERE key = ?", fleet.now() - 60,
      item.key))
    ledger:close()
    local beside = assert(one:beside())
    local waiting = assert(beside:waiting())
    beside.ledger:close()
    one:close()
    assert.same({
      { account = "nuts", kind = "goods", state = "claimed", count = 1 },
      { account = "nuts", kind = "goods", state = "todo", count = 2 },
    }, waiting.rows)
    assert.equal("nuts", waiting.claims[1].account)
    assert.is_true(waiting.claims[1].seconds >= 59)
  end)
end)
