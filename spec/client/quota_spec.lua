local compat = require "wxlive.base.compat"
local Error = require "wxlive.error"
local fake = require "spec.support.fake"
local memory = require "wxlive.store.memory"

local json = fake.json

-- 2026-11-23 15:30:20 in Beijing
local NOON = 1795419020
local MIDNIGHT = 1795449600

local function client(answers, quota, more)
  local options = { quota = quota, token_store = memory.new() }
  for key, value in pairs(more or {}) do
    options[key] = value
  end
  options.clock = options.clock or function() return NOON end
  return fake.client(answers, options)
end

local function fine() return json [[{"errcode":0}]] end

local function refused(code)
  return json(('{"errcode":%d,"errmsg":"no"}'):format(code))
end

describe("a client that counts", function()
  it("knows what is used and left, and when it starts anew", function()
    local live = client({ default = fine() }, true)
    for _ = 1, 3 do
      assert(live:goods_push(1, 2))
    end
    local row = assert(live:quota("goods_push"))
    assert.equal(3, row.used)
    assert.equal(row.limit - 3, row.left)
    assert.equal("day", row.period)
    assert.is_false(row.spent)
    assert.equal(MIDNIGHT, row.resets_at)
    assert.same({ "goods_push" }, row.endpoints)
  end)

  it("counts together what the platform counts together", function()
    local live = client({ default = json [[{"errcode":0,"room_info":[],"live_replay":[]}]] }, true)
    assert(live:get_live_info(0, 10))
    assert(live:get_live_replay(7, 0, 10))
    local row = assert(live:quota("get_live_replay"))
    assert.equal("getliveinfo", row.name)
    assert.equal(2, row.used)
    assert.same({ "get_live_info", "get_live_replay" }, row.endpoints)
    assert.same(row, live:quota("get_live_info"))
  end)

  it("lists every counter once, in order", function()
    local live = client({ default = fine() }, true)
    local rows = assert(live:quota())
    local names = {}
    for i, row in ipairs(rows) do
      names[i] = row.name
      assert.equal(0, row.used)
      assert.equal(row.limit, row.left)
    end
    local sorted = { compat.unpack(names) }
    table.sort(sorted)
    assert.same(sorted, names)
    assert.equal("month", live:quota("clear_quota").period)
    assert.equal("counter_reset", live:quota("clear_quota_by_secret").name)
  end)

  it("begins again at midnight in Beijing, and with the month", function()
    local now = MIDNIGHT - 1
    local live = client({ default = fine() }, true, { clock = function() return now end })
    assert(live:goods_push(1, 2))
    assert.equal(1, live:quota("goods_push").used)
    -- 2026-12-01 00:00 in Beijing
    assert.equal(1796054400, live:quota("clear_quota").resets_at)
    now = MIDNIGHT
    assert.equal(0, live:quota("goods_push").used)
    assert.equal(MIDNIGHT + 86400, live:quota("goods_push").resets_at)
  end)

  it("shares its counters with all that share the store, but not with other accounts", function()
    local store = memory.new()
    local one = client({ default = fine() }, { store = store })
    local two = client({ default = fine() }, { store = store })
    local other = client({ default = fine() }, { store = store }, { appid = "wxother" })
    assert(one:goods_push(1, 2))
    assert(two:goods_push(1, 2))
    assert.equal(2, one:quota("goods_push").used)
    assert.equal(0, other:quota("goods_push").used)
  end)

  it("takes back a try that was never sent, and counts each one that was", function()
    local unsent = Error.new { kind = "transport", name = "connect_failed", sent = false }
    local lost = Error.new { kind = "transport", name = "connection_lost", sent = true }
    local live = client({ unsent, lost, json [[{"errcode":0,"pushAddr":"x"}]] }, true)
    assert(live:get_push_url(3))
    assert.equal(2, live:quota("get_push_url").used)
  end)

  it("lets calls through when the store fails", function()
    local broken = {}
    for _, name in ipairs { "get", "set", "add", "delete", "incr" } do
      broken[name] = function() return Error.fail { kind = "store", name = "store_failed" } end
    end
    local live = client({ default = fine() }, { store = broken, enforce = true })
    assert(live:goods_push(1, 2))
    local rows, err = live:quota()
    assert.is_nil(rows)
    assert.equal("store_failed", err.name)
  end)

  it("starts anew when the platform's counters were reset", function()
    local live = client({ default = fine() }, true)
    assert(live:goods_push(1, 2))
    assert(live:clear_quota())
    assert.equal(0, live:quota("goods_push").used)
    assert.equal(1, live:quota("clear_quota").used)
  end)
end)

describe("a client that does not count", function()
  it("asks nothing of the store, and says so when it is asked", function()
    local store = memory.new()
    local live = fake.client({ default = fine() }, { token_store = store })
    assert(live:goods_push(1, 2))
    for key in pairs(store.entries) do
      assert.is_nil(key:find("quota"))
    end
    for _, method in ipairs { "quota", "seed_quota" } do
      local result, err = live[method](live)
      assert.is_nil(result)
      assert.equal("quota_off", err.name)
    end
  end)
end)

describe("an error for a spent quota", function()
  it("says when the call works again, whether or not calls are counted", function()
    for code, at in pairs {
      [45009] = MIDNIGHT, [300012] = MIDNIGHT, [9410005] = MIDNIGHT, [48006] = 1796054400,
    } do
      local live, transport = client({ default = refused(code) }, nil)
      local _, err = live:goods_push(1, 2)
      assert.equal("quota", err.kind)
      assert.equal(at, err.resets_at)
      assert.equal(at - NOON, err.retry_after)
      assert.equal(1, #transport.requests)
    end
    local live = client({ refused(45009) }, nil)
    local _, err = live:goods_push(1, 2)
    assert.is_truthy(tostring(err):find("works again at 2026-11-24 00:00 Beijing time", 1, true))
    assert.is_truthy(err.hint_zh:find("北京时间 2026-11-24 00:00 恢复", 1, true))
  end)

  it("is told apart from too many calls in a minute, which is waited for and retried", function()
    local live, transport = client({ default = refused(45011) }, true)
    local _, err = live:get_push_url(3)
    assert.equal("api", err.kind)
    assert.equal("too_frequent", err.name)
    assert.equal(4, #transport.requests)
    assert.equal(NOON - NOON % 60 + 60, err.resets_at)
    assert.equal(40, err.retry_after)
    assert.is_false(live:quota("get_push_url").spent)
  end)

  it("marks the counter, wherever it stood", function()
    local live = client({ fine(), refused(45009) }, true)
    assert(live:goods_push(1, 2))
    live:goods_push(1, 2)
    local row = live:quota("goods_push")
    assert.is_true(row.spent)
    assert.equal(2, row.used)
    assert.equal(0, row.left)
    assert.is_false(live:quota("get_push_url").spent)
    -- an audit that is refused spends both calls that submit
    live = client({ refused(300012) }, true)
    live:goods_audit(7)
    assert.is_true(live:quota("goods_add").spent)
    -- another room has pushed today: that room may go on
    live = client({ refused(9410005) }, true)
    live:push_message(2, { "openid" })
    assert.is_false(live:quota("push_message").spent)
  end)
end)

describe("enforced quotas", function()
  local function seeded(limit, used, quota)
    local answers = {
      json(('{"errcode":0,"quota":{"daily_limit":%d,"used":%d,"remain":%d}}'):format(
        limit, used, limit - used)),
      default = fine(),
    }
    quota.enforce = true
    local live, transport = client(answers, quota)
    assert(live:seed_quota("goods_push"))
    return live, transport
  end

  it("refuse what would go past the limit, here and at once", function()
    local live, transport = seeded(10, 8, {})
    assert(live:goods_push(1, 2))
    assert(live:goods_push(1, 2))
    for _ = 1, 3 do
      local result, err = live:goods_push(1, 2)
      assert.is_nil(result)
      assert.equal("quota", err.kind)
      assert.equal("quota_reserved", err.name)
      assert.is_false(err.sent)
      assert.equal("goods_push", err.endpoint)
      assert.equal(MIDNIGHT, err.resets_at)
      assert.is_truthy(err.message:find("10 of the 10 calls of this day", 1, true))
    end
    assert.equal(3, #transport.requests)
    assert.equal(10, live:quota("goods_push").used)
  end)

  it("keep a reserve", function()
    local live = seeded(10, 5, { reserve = 3 })
    assert(live:goods_push(1, 2))
    assert(live:goods_push(1, 2))
    local _, err = live:goods_push(1, 2)
    assert.equal("quota_reserved", err.name)
    assert.equal(3, live:quota("goods_push").left)
  end)

  it("refuse what the platform has called spent, until it starts anew", function()
    local now = NOON
    local live, transport = client({ refused(45009), default = fine() }, { enforce = true },
      { clock = function() return now end })
    live:goods_push(1, 2)
    local _, err = live:goods_push(1, 2)
    assert.equal("quota_reserved", err.name)
    assert.is_truthy(err.message:find("the platform said"))
    assert.equal(1, #transport.requests)
    now = MIDNIGHT
    assert(live:goods_push(1, 2))
  end)

  it("do not turn a repeat that they refuse into a success", function()
    local lost = Error.new { kind = "transport", name = "connection_lost", sent = true }
    local live = client({
      json [[{"errcode":0,"quota":{"daily_limit":10,"used":9,"remain":1}}]], lost,
    }, { enforce = true })
    assert(live:seed_quota("goods_sort"))
    local result, err = live:goods_sort(1, { 5, 6 })
    assert.is_nil(result)
    assert.equal("quota_reserved", err.name)
    assert.equal("connection_lost", err.cause.name)
  end)
end)

describe("seeding", function()
  it("takes over the platform's limit and count, and its word that all is spent", function()
    local live, transport = client({
      json [[{"errcode":0,"quota":{"daily_limit":500,"used":37,"remain":463}}]],
      fine(),
      json [[{"errcode":0,"quota":{"daily_limit":500,"used":500,"remain":0}}]],
      json [[{"errcode":0,"quota":{"daily_limit":500,"used":2,"remain":498}}]],
    }, true)
    assert(live:seed_quota("goods_push"))
    assert.is_truthy(transport.requests[1].body:find("/wxaapi/broadcast/goods/push", 1, true))
    assert(live:goods_push(1, 2))
    local row = live:quota("goods_push")
    assert.equal(500, row.limit)
    assert.equal(38, row.used)
    assert.equal(462, row.left)
    assert(live:seed_quota("goods_push"))
    assert.is_true(live:quota("goods_push").spent)
    assert(live:seed_quota("goods_push"))
    assert.is_false(live:quota("goods_push").spent)
    assert.equal(2, live:quota("goods_push").used)
  end)

  it("asks for each path once, and for the fullest of those that are counted together", function()
    local live, transport = client({
      json [[{"errcode":0,"quota":{"daily_limit":500,"used":10,"remain":490}}]],
      json [[{"errcode":0,"quota":{"daily_limit":500,"used":90,"remain":410}}]],
    }, true)
    assert(live:seed_quota("audit"))
    assert.equal(90, live:quota("goods_add").used)
    assert.equal(2, #transport.requests)
    live, transport = client({
      default = json [[{"errcode":0,"quota":{"daily_limit":9,"used":1,"remain":8}}]],
    }, true)
    assert(live:seed_quota())
    local seen = {}
    for _, request in ipairs(transport.requests) do
      assert.is_nil(seen[request.body])
      seen[request.body] = true
    end
    for _, row in ipairs(live:quota()) do
      assert.equal(row.period == "day" and 9 or 10, row.limit)
    end
  end)

  it("hands up what went wrong", function()
    local live = client({ default = refused(76021) }, true)
    local ok, err = live:seed_quota("goods_push")
    assert.is_nil(ok)
    assert.equal(76021, err.code)
    ok, err = live:seed_quota("no_such_call")
    assert.is_nil(ok)
    assert.equal("no_quota", err.name)
  end)
end)

describe("the option quota", function()
  it("is checked", function()
    local broadcast = require "wxlive.broadcast"
    local function new(quota)
      return broadcast.new {
        appid = "wx1", secret = "s", transport = fake.transport(), token_store = memory.new(),
        quota = quota,
      }
    end
    assert(new(true))
    assert(new { enforce = true, reserve = 3 })
    for _, wrong in ipairs {
      { enfrce = true }, { reserve = -1 }, { reserve = 1.5 }, { store = {} }, "yes",
    } do
      local live, err = new(wrong)
      assert.is_nil(live)
      assert.equal("invalid_options", err.name)
    end
  end)
end)
