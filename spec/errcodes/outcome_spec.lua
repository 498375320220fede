--- What each errcode says of the work, and who acts on it.
local compat = require "wxlive.base.compat"
local errcodes = require "wxlive.errcodes"
local Error = require "wxlive.error"
local exit_status = require "wxlive.cli.exit_status"
local failure = require "wxlive.token.failure"
local outcomes = require "wxlive.errcodes.outcome"
local policy = require "wxlive.client.policy"
local quota = require "wxlive.client.quota"

local function api(code)
  local about = errcodes.get(code)
  local kinds = { quota = "quota", refresh_token = "token" }
  return Error.new {
    kind = kinds[about.class] or "api", code = code, class = about.class, name = about.name,
    outcome = about.outcome, sent = true,
  }
end

-- code -> outcome, scope, next step of a read, a write and a create, exit status
local rows = {
  { -1, "unknown", "row", "retry", "retry", "lookup", 1 },
  { -2, "unknown", "row", "retry", "retry", "lookup", 1 },
  { 2003, "unknown", "row", "retry", "retry", "lookup", 1 },
  { 3001, "unknown", "row", "retry", "retry", "lookup", 1 },
  { 7000, "unknown", "row", "retry", "retry", "lookup", 1 },
  { 40001, "token", "account", "refresh", "refresh", "refresh", 5 },
  { 40013, "account", "account", "fail", "fail", "fail", 5 },
  { 40164, "account", "account", "fail", "fail", "fail", 5 },
  { 40234, "account", "account", "fail", "fail", "fail", 5 },
  { 42001, "token", "account", "refresh", "refresh", "refresh", 5 },
  { 45009, "quota", "day", "fail", "fail", "fail", 6 },
  { 45011, "busy", "minute", "retry", "retry", "retry", 1 },
  { 48001, "account", "account", "fail", "fail", "fail", 5 },
  { 48006, "quota", "month", "fail", "fail", "fail", 6 },
  { 89501, "account", "account", "fail", "fail", "fail", 5 },
  { 89502, "account", "account", "fail", "fail", "fail", 5 },
  { 89503, "account", "account", "fail", "fail", "fail", 5 },
  { 89504, "account", "account", "fail", "fail", "fail", 5 },
  { 89505, "account", "account", "fail", "fail", "fail", 5 },
  { 89506, "account", "account", "fail", "fail", "fail", 5 },
  { 89507, "account", "account", "fail", "fail", "fail", 5 },
  { 200001, "unknown", "row", "retry", "retry", "lookup", 1 },
  { 200002, "refused", "row", "fail", "fail", "fail", 1 },
  { 300001, "account", "account", "fail", "fail", "fail", 5 },
  { 300003, "refused", "row", "fail", "fail", "fail", 1 },
  { 300008, "unknown", "row", "retry", "retry", "lookup", 1 },
  { 300012, "quota", "day", "fail", "fail", "fail", 6 },
  { 300013, "unknown", "row", "retry", "retry", "lookup", 1 },
  { 300021, "partial", "row", "fail", "fail", "fail", 1 },
  { 300022, "refused", "row", "fail", "fail", "fail", 1 },
  { 300027, "unknown", "row", "retry", "retry", "lookup", 1 },
  { 300036, "refused", "row", "fail", "fail", "fail", 1 },
  { 300045, "later", "row", "fail", "fail", "fail", 1 },
  { 300047, "busy", "row", "retry", "retry", "retry", 1 },
  { 9410003, "busy", "row", "retry", "retry", "retry", 1 },
  { 9410005, "later", "day", "fail", "fail", "fail", 6 },
  { 268489001, "account", "account", "fail", "fail", "fail", 5 },
  { 987654, "unknown", "row", "retry", "retry", "lookup", 1 },
}

describe("the outcome of an errcode", function()
  for _, row in ipairs(rows) do
    local code, outcome, scope, read, write, create, status = compat.unpack(row)
    it(("%d is %s"):format(code, outcome), function()
      local err = api(code)
      assert.equal(outcome, outcomes.of(err))
      -- an error that came without its outcome, from an older process's store, has the same
      assert.equal(outcome, outcomes.of(Error.new { kind = "api", code = code }))
      assert.equal(scope, outcomes.scope(err))
      for retry, step in pairs { read = read, write = write, create = create } do
        assert.equal(step, policy.next_step({ retry = retry, auth = "token" }, outcome, err,
          { doubtful = false, refreshed = false }), retry)
      end
      assert.equal(status, exit_status.of(err))
    end)
  end

  it("is one of the names for every code, and named by every class that does not decide it",
    function()
      local known = {}
      for _, name in ipairs(outcomes.names) do
        known[name] = true
      end
      for _, code in ipairs(errcodes.codes()) do
        assert.is_true(known[errcodes.get(code).outcome or "none"], code)
      end
    end)

  it("says when a spent quota works again, and for how long a failure is remembered", function()
    for code, name in pairs { [45009] = "day", [300012] = "day", [9410005] = "day",
      [45011] = "minute", [48006] = "month" } do
      local err = api(code)
      assert.equal(name, outcomes.resets(err))
      quota.explain(err, 1796472000)
      assert.is_true(err.resets_at > 1796472000, code)
    end
    local err = api(300045)
    quota.explain(err, 1796472000)
    assert.is_nil(err.resets_at)
    for code, cause in pairs { [-1] = "passing", [45011] = "passing", [40125] = "lasting",
      [89501] = "lasting", [89507] = "lasting", [40164] = "lasting", [45009] = "lasting",
      [987654] = "passing" } do
      assert.equal(cause, failure.cause(api(code)), code)
    end
  end)

  it("of failures without an errcode follows from where they happened", function()
    local function of(fields)
      local err = Error.new(fields)
      return outcomes.of(err) .. " " .. outcomes.scope(err)
    end
    assert.equal("unsent route", of { kind = "transport", name = "connect_failed", sent = false })
    assert.equal("refused route", of { kind = "transport", name = "io", sent = false })
    assert.equal("unknown route", of { kind = "transport", name = "timeout", sent = true })
    assert.equal("unknown route", of { kind = "decode", name = "bad_answer" })
    assert.equal("unknown route", of { kind = "http", http_status = 502 })
    assert.equal("busy route", of { kind = "http", http_status = 429 })
    assert.equal("refused route", of { kind = "http", http_status = 404 })
    assert.equal("quota day", of { kind = "quota", name = "quota_reserved" })
    assert.equal("refused row", of { kind = "invalid", name = "invalid_parameters" })
    assert.equal("account account", of { kind = "token", name = "token_refused_again" })
    assert.equal("unsent route", of(failure.new("deadline", { now = 0 })))
  end)

  it("leaves a wait for the token, or a store that is down, out of the credentials' status",
    function()
      assert.equal(1, exit_status.of(failure.new("deadline", { now = 0 })))
      assert.equal(1, exit_status.of(failure.new("store", { now = 0 })))
      assert.equal(5, exit_status.of(failure.new("contested", { now = 0 })))
    end)
end)
