local Error = require "wxlive.error"
local outcomes = require "wxlive.errcodes.outcome"
local policy = require "wxlive.client.policy"

local samples = {
  unsent = Error.new { kind = "transport", name = "connect_failed", sent = false },
  unknown = Error.new { kind = "transport", name = "connection_lost", sent = true },
  token = Error.new { kind = "token", class = "refresh_token", code = 42001 },
  busy = Error.new { kind = "api", class = "retry_later", code = 45011 },
  refused = Error.new { kind = "api", class = "caller", code = 300022 },
}

-- The retry table, row by row and column by column.
local unknown = { read = "retry", write = "retry", create = "lookup", once = "ambiguous" }
local wanted = {}
for class, step in pairs(unknown) do
  wanted[class] = {
    unsent = "retry", unknown = step, token = "refresh", busy = "retry", refused = "fail",
  }
end

describe("the policy", function()
  for class, row in pairs(wanted) do
    for outcome, step in pairs(row) do
      it(("%s + %s -> %s"):format(class, outcome, step), function()
        local err = samples[outcome]
        assert.equal(outcome, outcomes.of(err))
        assert.equal(step, policy.next_step({ retry = class, auth = "token" }, outcome, err,
          { doubtful = false, refreshed = false }))
      end)
    end
  end

  it("takes -1, 200001, 5xx and unreadable answers for an unknown outcome", function()
    for _, err in ipairs {
      { kind = "api", class = "retry_later", code = -1 },
      { kind = "api", class = "retry_later", code = 200001 },
      { kind = "http", http_status = 502 },
      { kind = "decode" },
      { kind = "transport", name = "timeout", sent = true },
    } do
      assert.equal("unknown", outcomes.of(err))
    end
    assert.equal("busy", outcomes.of { kind = "http", http_status = 429 })
    assert.equal("refused", outcomes.of { kind = "http", http_status = 404 })
    assert.equal("refused", outcomes.of { kind = "transport", name = "io", sent = false })
  end)

  it("does not try again what comes to the same: a full disk, an answer above the cap", function()
    for _, name in ipairs { "io", "too_large" } do
      local err = { kind = "transport", name = name, sent = true }
      assert.equal("fail", policy.next_step({ retry = "read" }, "unknown", err, {}))
      assert.equal("fail", policy.next_step({ retry = "write" }, "unknown", err, {}))
      assert.equal("lookup", policy.next_step({ retry = "create" }, "unknown", err, {}))
    end
  end)

  it("refreshes once only, and never a call that has no token", function()
    local history = { refreshed = true }
    assert.equal("fail", policy.next_step({ retry = "read", auth = "token" }, "token",
      samples.token, history))
    assert.equal("fail", policy.next_step({ retry = "read", auth = "none" }, "token",
      samples.token, {}))
  end)

  it("knows the answer to a repeat of a write that had worked", function()
    local entry = { retry = "write", gone = 300022, done = { 400004 } }
    local err = { kind = "api", class = "caller", code = 300022 }
    assert.equal("fail", policy.next_step(entry, "refused", err, { doubtful = false }))
    assert.equal("done", policy.next_step(entry, "refused", err, { doubtful = true }))
    assert.equal("done", policy.next_step(entry, "refused", { code = 400004 }, { doubtful = true }))
    assert.equal("fail", policy.next_step(entry, "refused", { code = 400003 }, { doubtful = true }))
  end)

  it("waits with full jitter, doubling, within its ceiling, no less than asked", function()
    local retry = { base = 0.2, max = 5 }
    assert.equal(0, policy.delay(retry, 3, nil, 0))
    assert.is_true(math.abs(policy.delay(retry, 1, nil, 0.5) - 0.1) < 1e-9)
    assert.is_true(math.abs(policy.delay(retry, 3, nil, 0.5) - 0.4) < 1e-9)
    assert.equal(2.5, policy.delay(retry, 30, nil, 0.5))
    assert.equal(7, policy.delay(retry, 1, 7, 0.5))
  end)
end)
