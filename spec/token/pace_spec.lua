-- The pace of token fetches among all accounts of a store.
local pace = require "wxlive.token.pace"
local worlds = require "spec.support.token_world"

describe("the pace of fetches", function()
  local w, begun

  before_each(function()
    w, begun = worlds.world(), {}
    local fetch = w.fetch
    function w.fetch(...)
      begun[#begun + 1] = w.now
      return fetch(...)
    end
  end)

  local function account(i, more)
    local options = { appid = "wx" .. i }
    for name, value in pairs(more or {}) do
      options[name] = value
    end
    return w.manager(options)
  end

  -- The most fetches that began in one second, whenever it began.
  local function worst()
    local most = 0
    for i, at in ipairs(begun) do
      local n = 0
      for j = i, #begun do
        n = n + (begun[j] < at + 1 and 1 or 0)
      end
      most = math.max(most, n)
    end
    return most
  end

  it("keeps a cold start below 50 a second, and loses none of it", function()
    local began = w.now
    for i = 1, 500 do
      assert(account(i):get())
    end
    assert.equal(500, #begun)
    assert.is_true(worst() < 50, worst())
    -- Nor is it slower than it has to be: 32 a second.
    assert.is_true(w.now - began < 500 / 32 + 2, w.now - began)
  end)

  it("lets a token that is in the store be used at once", function()
    for i = 1, 16 do
      assert(account(i):get())
    end
    local slept = w.slept
    assert.equal("T3", account(3, { store = worlds.twin(w.store) }):get())
    assert.equal(slept, w.slept)
    assert(account(17):get())
    assert.is_true(w.slept > slept)
  end)

  it("lets a token that grows old be used, and replaces it later", function()
    local old = account "old"
    assert.equal("T1", old:get())
    w.now = w.now + 7200 - 205
    for i = 1, 16 do
      assert(account(i):get())
    end
    local slept = w.slept
    assert.equal("T1", old:get())
    assert.equal(slept, w.slept)
    w.now = w.now + 4
    assert.equal("T18", old:get())
  end)

  it("is counted for each platform apart, and only for those who fetch", function()
    for i = 1, 16 do
      assert(account(i):get())
    end
    local slept = w.slept
    assert(account(1, { host = "sandbox.test" }):get())
    assert.equal(slept, w.slept)
  end)

  it("says what it waited for when the caller's time is over", function()
    local function full()
      for _ = 1, 16 do
        pace.take(w.store, pace.prefix "api.example.test", w.now)
      end
    end
    w.on_sleep = full
    full()
    local token, err = account(1):get(w.now + 3)
    assert.is_nil(token)
    assert.equal("token_wait_timeout", err.name)
    assert.is_truthy(err.message:find("other accounts", 1, true))
    assert.is_true(err.outcome == "unsent" and not err.sent)
    local paced = 0
    for _, event in ipairs(w.events) do
      paced = paced + (event.event == "paced" and 1 or 0)
    end
    assert.equal(1, paced)
    w.on_sleep = nil
    assert.equal("T1", account(1):get())
  end)

  it("does not keep a fetch by a clock that stands still", function()
    for i = 1, 40 do
      assert(account(i, { sleep = function() end }):get())
    end
  end)

  it("does not keep a fetch from a store that cannot count", function()
    local store = setmetatable({ incr = function() error "no" end }, { __index = w.store })
    for i = 1, 20 do
      assert(account(i, { store = store }):get())
    end
    assert.equal(0, w.slept)
  end)

  it("lets those go first who have the least time left", function()
    assert.is_true(pace.wait(100.2, 0.1) < pace.wait(100.2, 0.9))
    assert.is_true(100.2 + pace.wait(100.2, 0) >= 100.5)
    assert.is_true(100.2 + pace.wait(100.2, 1) < 101)
  end)
end)
