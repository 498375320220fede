-- What a worker does beside sheets: looks at rooms and audits, hooks, notices, replays.
local core = require "wxlive.core"
local fleets = require "spec.support.fleet"
local jobs = require "wxlive.ledger.jobs"
local shops = require "spec.support.shop"
local worker = require "wxlive.worker"

local count = fleets.count

describe("a worker that follows its accounts", function()
  local fleet, now, ledger

  before_each(function()
    fleet = fleets.open { "tea", "nuts" }
    ledger = fleet:ledger("tea")
    now = fleet.now()
    fleet.now = function() return now end
  end)

  after_each(function()
    ledger:close()
    fleet:close()
  end)

  local function events(reports, name)
    local n = 0
    for _, report in ipairs(reports) do
      n = n + (report.what == "event" and report.event.name == name and 1 or 0)
    end
    return n
  end

  -- How many looks at the first account are due at a time.
  local function due(kind, at)
    return ledger.db:count("SELECT COUNT(*) FROM job WHERE kind = 'watch' AND appid = ?"
      .. " AND name = ? AND not_before <= ?", ledger.appid, kind, at + 0.0)
  end

  -- Whether all looks that are due now have been made.
  local function all_looked()
    return ledger.db:count("SELECT COUNT(*) FROM job WHERE kind = 'watch' AND not_before <= ?",
      now + 0.0) == 0
  end

  local function look(options)
    options = options or {}
    options.every = 60
    return fleet:run(options, all_looked)
  end

  it("looks at rooms every minute, at goods a fifth as often, and reports a change", function()
    local room = fleet:room("tea", "周二茶会专场")
    local reports = look()
    assert.equal(0, count(reports, { what = "event" }))
    assert.same({ 0, 1 }, { due("rooms", now + 59), due("rooms", now + 60) })
    assert.same({ 0, 1 }, { due("goods", now + 299), due("goods", now + 300) })
    assert(fleet.box:control("live", { room_id = room, status = 101 }))
    now = now + 61
    reports = look()
    assert.equal(1, events(reports, "room_started"))
    assert.equal("tea", reports[1].account)
    now = now + 61
    assert.equal(0, events(look(), "room_started"))
  end)

  it("asks the hook again about a change that it did not deal with", function()
    local room = fleet:room("tea", "周二茶会专场")
    look()
    assert(fleet.box:control("live", { room_id = room, status = 101 }))
    local heard = {}
    local function hook(event, live, account)
      heard[#heard + 1] = { event.name, live.appid, account.name }
      if #heard == 1 then
        error("the mail server is down")
      end
      return true
    end
    now = now + 61
    local reports = look { hook = hook }
    assert.equal(1, count(reports, { what = "error" }))
    now = now + 61
    look { hook = hook }
    now = now + 61
    look { hook = hook }
    local one = { "room_started", fleet.accounts.tea.appid, "tea" }
    assert.same({ one, one }, heard)
  end)

  it("notifies the followers of a room that goes on air, once", function()
    local room = fleet:room("tea", "周二茶会专场")
    assert(fleet.box:control("follow", { room_id = room, openids = { "o1", "o2", "o3" } }))
    look()
    assert(fleet.box:control("live", { room_id = room, status = 101 }))
    now = now + 61
    fleet:run({ every = 60, notify = true }, fleets.done(1))
    local job = fleet:job("tea", "notify")
    assert.same({ "done", tostring(room), 3 }, { job.state, job.name, job.counts.told_now })
    now = now + 61
    look { notify = true }
    assert.equal(1, fleet.shop:calls("/wxa/business/push_message"))
  end)

  it("fetches the replay of a show, and leaves it to workers with a folder", function()
    local room = fleet:room("tea", "周二茶会专场")
    assert(jobs.put(ledger, "replays", tostring(room)))
    assert.equal(0, jobs.put(ledger, "replays", tostring(room)))
    local folder = fleet.shop.home .. "/videos"
    local reports = fleet:run({ replays = folder }, function(reports)
      return count(reports, { what = "waiting" }) == 1
    end)
    assert.equal("replays", reports[#reports].kind)
    assert.is_truthy(fleet:job("tea", "replays").reason:find("no video", 1, true))
    now = now + 301
    fleet:submit("tea", shops.goods_lines(1, 1))
    fleet:run({}, fleets.done(1))
    assert.equal("waiting", fleet:job("tea", "replays").state)
  end)

  it("leaves looks that another worker makes to it, until that is dead", function()
    local one = assert(worker.open { accounts = fleet.accounts, ledger = fleet.shop.location,
      every = 60 })
    one:close()
    -- As a worker of another machine that has taken the looks would leave them.
    local other = "00ff:1:1:1"
    assert(ledger.db:change("INSERT INTO worker (id, seen_at) VALUES (?, ?)", other,
      core.system.now() + 0.0))
    assert(ledger.db:change("UPDATE job SET owner = ? WHERE appid = ?", other, ledger.appid))
    fleet:run({ every = 60 }, function()
      return ledger.db:count("SELECT COUNT(*) FROM job WHERE kind = 'watch' AND appid <> ?"
        .. " AND not_before <= ?", ledger.appid, now + 0.0) == 0
    end)
    assert.same({ 1, 1 }, { due("rooms", now), due("goods", now) })
    assert(ledger.db:change("UPDATE worker SET seen_at = ? WHERE id = ?",
      core.system.now() - 181, other))
    look()
    assert.same({ 0, 0 }, { due("rooms", now), due("goods", now) })
  end)
end)
