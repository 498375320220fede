-- Stores of the caller's own: whatever they do, those who use them get a value or an error.
local Error = require "wxlive.error"
local fake = require "spec.support.fake"
local deliveries = require "spec.support.deliveries"
local memory = require "wxlive.store.memory"
local own = require "wxlive.store.own"
local rows = require "wxlive.desk.rows"

local methods = { "get", "set", "add", "delete", "incr" }

-- A store of the caller's own whose methods are the memory store's, but for those in `over`.
local function store_with(over)
  local inner, store = memory.new(), {}
  for _, name in ipairs(methods) do
    store[name] = over[name] or function(_, ...) return inner[name](inner, ...) end
  end
  return store
end

local function broken() error("disk on fire", 0) end

describe("a store of the caller's own", function()
  it("is held once, and wxlive's own stays as it is", function()
    local given, ours = store_with {}, memory.new()
    assert.equal(own.hold(given), own.hold(given))
    assert.equal(ours, own.hold(ours))
  end)

  it("that works is used as it is", function()
    local store = own.hold(store_with {})
    assert.is_nil(store:get("k"))
    assert.is_true(store:add("k", "1", 10))
    assert.is_false(store:add("k", "2", 10))
    assert.is_true(store:set("k", "3", 10))
    assert.equal("3", store:get("k"))
    assert.equal(4, store:incr("k", 1, 10))
    assert.is_true(store:delete("k"))
  end)

  it("may return what other stores do: counts, digits, false for what is absent", function()
    local store = own.hold {
      get = function() return 5 end, set = function() return "OK" end,
      add = function() return 1 end, delete = function() return 1 end,
      incr = function() return "7" end,
    }
    assert.equal("5", store:get("k"))
    assert.is_true(store:set("k", "v", 1))
    assert.is_true(store:add("k", "v", 1))
    assert.equal(7, store:incr("k", 1, 1))
    store = own.hold(store_with { get = function() return false end })
    assert.is_nil(store:get("k"))
    assert.is_nil(select(2, store:get("k")))
  end)

  it("fails with an error, whatever it raises or returns", function()
    local failing = {
      broken, function() error({}) end, function() return nil, "down" end,
      function() return nil, 5 end, function() return {} end, function() return print end,
    }
    for i, method in ipairs(failing) do
      for _, name in ipairs(methods) do
        local store = own.hold(store_with { [name] = method })
        local value, err = store[name](store, "k", "v", 10)
        assert.is_nil(value, name .. i)
        assert.is_true(Error.is(err), name .. i)
        assert.same({ "store", "store_failed" }, { err.kind, err.name })
      end
    end
    for _, value in ipairs { "many", 0 / 0, true } do
      assert.is_nil((own.hold(store_with { incr = function() return value end }):incr("k", 1, 1)))
    end
    local _, err = own.hold(store_with { set = broken }):set("k", "v", 1)
    assert.is_truthy(err.message:find("set of the store failed: disk on fire", 1, true))
  end)

  it("may say that it is full", function()
    local _, err = own.hold(store_with { add = function() return nil, { full = true } end })
      :add("k", "v", 1)
    assert.is_true(err.full)
  end)

  it("that raises costs the count of a call, never the call", function()
    for _, name in ipairs { "get", "incr" } do
      for _, enforce in ipairs { false, true } do
        local live = fake.client({
          fake.json [[{"errcode":0,"roomId":33}]], fake.json [[{"errcode":45009}]],
        }, { quota = { store = store_with { [name] = broken }, enforce = enforce, reserve = 1 } })
        assert.equal(33, assert(live:create_room(fake.room())).room_id)
        local none, err = live:goods_push(1, 2)
        assert.is_nil(none)
        assert.equal("daily_quota_spent", err.name)
      end
    end
  end)

  it("that raises is a failure of the callback: the platform comes again", function()
    local ran = 0
    local function receiver(store)
      local one = deliveries.receiver("encrypted", { store = store })
      one:on("*", function() ran = ran + 1 end)
      return one
    end
    local seen = assert(receiver(false):delivery {
      ToUserName = "gh_1", FromUserName = "oabc", CreateTime = deliveries.fixture().time,
      MsgType = "event", Event = "x",
    })
    local response, event, err = receiver(store_with { add = broken })
      :handle("POST", seen.query, seen.body)
    assert.same({ 500, "store_failed", 0 }, { response.status, err.name, ran })
    assert.is_nil(event)
    -- The handlers have run: what they did is not undone by a record that cannot be written.
    response, event, err = receiver(store_with { set = broken })
      :handle("POST", seen.query, seen.body)
    assert.same({ 200, "x", "store_failed", 1 },
      { response.status, event.event, err.name, ran })
  end)

  it("that raises loses the rows of the desk, and nothing else", function()
    local kept = rows.new("calls", store_with { incr = broken })
    assert.has_no.errors(function() kept:add { a = 1 } end)
    kept = rows.new("calls", store_with { get = broken })
    assert.has_no.errors(function() kept:since(0) end)
  end)
end)
