-- What a command shows to the outside: metrics, health, a log for programs.
local argparse = require "argparse"
local Error = require "wxlive.error"
local fake = require "spec.support.fake"
local json = require "wxlive.json"
local loops = require "wxlive.concurrent.loop"
local observer = require "wxlive.cli.observer"
local report = require "wxlive.cli.output.report"
local transports = require "wxlive.transport.curl"

local FINE = [[{"errcode":0,"pushAddr":"x"}]]

local function parse(...)
  local command = argparse("wxlive")
  observer.define(command)
  return command:pparse { ... }
end

-- Replaces standard error; gives back what was there.
local function catch(said)
  local before = io.stderr
  io.stderr = { write = function(_, ...) said[#said + 1] = table.concat { ... } end } -- luacheck: ignore
  return before
end

local function release(before)
  io.stderr = before -- luacheck: ignore 122
end

-- Runs `work` as a command with --metrics, and gives it get(path).
local function observed(work, at)
  local said, transport = {}, assert(transports.new())
  local stderr = catch(said)
  local ok, done, err = pcall(observer.over, function(args)
    local place = table.concat(said):match("(http://.*)/metrics")
    return work(args, function(path, method)
      return assert(transport:send {
        method = method or "GET", url = place .. path, body = method and "x" or nil,
      })
    end)
  end, { metrics = at or { port = 0 } })
  release(stderr)
  transport:close()
  if not ok then
    error(done, 0)
  end
  return done, err, table.concat(said)
end

local function refused()
  return Error.new { kind = "transport", name = "connect_failed", sent = false, message = "no way" }
end

describe("the options of a command that is seen from outside", function()
  it("take a port, or an address and a port", function()
    for text, wanted in pairs {
      ["9464"] = { port = 9464 }, ["0.0.0.0:1"] = { address = "0.0.0.0", port = 1 },
      ["[::1]:9464"] = { address = "::1", port = 9464 },
    } do
      local ok, args = parse("--metrics", text)
      assert.is_true(ok, args)
      assert.same(wanted, args.metrics)
    end
    for _, text in ipairs { "x", "65536", "shop.example:1", "1.2.3.4", ":", "" } do
      assert.is_false((parse("--metrics", text)), text)
    end
  end)

  it("take a log's format, and its level", function()
    local _, args = parse("--log", "json:warn")
    assert.same({ format = "json", level = "warn" }, args.log)
    _, args = parse("--log", "line")
    assert.same({ format = "line", level = "info" }, args.log)
    for _, text in ipairs { "xml", "json:loud", "json:" .. "warn:x" } do
      assert.is_false((parse("--log", text)), text)
    end
  end)
end)

describe("a command that is seen from outside", function()
  it("gives what it gave, and runs without a loop when nobody looks", function()
    assert.same({ 7, "why" }, { observer.over(function(args)
      assert.is_nil(loops.current())
      assert.is_nil(args.observer)
      return 7, "why"
    end, {}) })
    local done, err = observed(function() return nil, "why" end)
    assert.same({ "why" }, { done or err })
    assert.has_error(function() observed(function() error("boom", 0) end) end, "boom")
  end)

  it("serves its metrics while it runs", function()
    observed(function(args, get)
      local seen = args.observer:client("tea")
      local live = fake.client({ fake.json(FINE) }, seen)
      args.observer:opened(live, "tea")
      assert(live:get_push_url(3))
      local response = get "/metrics"
      assert.equal(200, response.status)
      assert.is_truthy(response.headers["content-type"]:find("text/plain; version=0.0.4", 1, true))
      for _, line in ipairs {
        'wxlive_requests_total{account="tea",endpoint="get_push_url",outcome="ok"} 1',
        'wxlive_account_up{account="tea"} 1',
        'wxlive_quota_left{account="tea",quota="get_push_url",period="day"} 9999',
      } do
        assert.is_truthy(response.body:find("\n" .. line .. "\n", 1, true), response.body)
      end
      assert.equal(404, get("/").status)
      assert.equal(405, get("/metrics", "POST").status)
      return true
    end)
  end)

  it("listens on another address when one is given", function()
    observed(function(_, get)
      assert.equal(200, get("/healthz").status)
      return true
    end, { address = "::1", port = 0 })
    local _, err = pcall(observer.over, function() return true end,
      { metrics = { address = "192.0.2.1", port = 0 } })
    assert.equal("listen_failed", err.name)
  end)

  it("is well while one account can work", function()
    observed(function(args, get)
      local function call(name, answer)
        fake.client({ answer }, {
          hooks = args.observer:client(name).hooks, retry = { attempts = 1 },
        }):get_push_url(3)
      end
      local function health()
        local response = get "/healthz"
        return response.status, json.decode(response.body)
      end
      assert.equal(200, (health()))
      call("tea", fake.json(FINE))
      call("cups", refused())
      local status, body = health()
      assert.same({ 200, "ok", 1 }, { status, body.status, #body.reasons })
      assert.is_truthy(body.reasons[1]:find("^cups: .*no way"))
      call("tea", fake.json [[{"errcode":48001,"errmsg":"api unauthorized"}]])
      status, body = health()
      assert.same({ 503, "failing", 2 }, { status, body.status, #body.reasons })
      assert.is_truthy(get("/metrics").body:find('wxlive_account_up{account="tea"} 0', 1, true))
      call("tea", fake.json [[{"errcode":300022,"errmsg":"no such room"}]])
      assert.equal(200, (health()))
      return true
    end)
  end)

  it("says which account's client could not be opened", function()
    observed(function(args, get)
      for _, name in ipairs { "tea", "cups" } do
        args.observer:client(name)
      end
      args.observer:opened(nil, "tea", Error.new { kind = "usage", message = "no secret" })
      local response = get "/healthz"
      assert.same({ 200, [[{"reasons":["tea: no secret"],"status":"ok"}]] .. "\n" },
        { response.status, response.body })
      assert.is_truthy(get("/metrics").body:find('wxlive_account_up{account="tea"} 0', 1, true))
      return true
    end)
  end)

  it("is not well while its ledger does not answer", function()
    observed(function(args, get)
      args.observer:ledger { beside = function()
        return Error.fail { kind = "ledger", name = "ledger_failed", message = "gone" }
      end }
      local response = get "/healthz"
      assert.equal(503, response.status)
      assert.is_truthy(response.body:find("gone", 1, true))
      assert.equal(200, get("/metrics").status)
      return true
    end)
  end)

  it("asks the ledgers of all accounts over one connection", function()
    observed(function(args, get)
      local opened = 0
      for i = 1, 3 do
        local ledger = { db = { location = "shared" } }
        function ledger:beside(other)
          opened = opened + (other and 0 or 1)
          return { db = self.db, waiting = function()
            return { rows = { { kind = "goods", state = "todo", count = i } }, claims = {} }
          end }
        end
        args.observer:ledger(ledger, "shop" .. i)
      end
      local text = get("/metrics").body
      for i = 1, 3 do
        assert.is_truthy(text:find(('wxlive_ledger_rows{account="shop%d",kind="goods",state="todo"}'
          .. ' %d\n'):format(i, i), 1, true), text)
      end
      assert.equal(1, opened)
      return true
    end)
  end)

  it("prints its own messages as the log's JSON", function()
    local said = {}
    local stderr = catch(said)
    local ok, why = pcall(observer.over, function(args)
      report.print("wxlive", refused(), "a.csv:3")
      args.observer:client("tea").hooks.retry { endpoint = "x", step = "retry", error = refused() }
    end, { log = { format = "json", level = "info" } })
    report.as_json(false)
    release(stderr)
    assert(ok, why)
    local lines = {}
    for line in table.concat(said):gmatch("[^\n]+") do
      lines[#lines + 1] = assert(json.decode(line))
    end
    assert.same({ "a.csv:3", "connect_failed", "error" },
      { lines[1].where, lines[1].error.name, lines[1].level })
    assert.same({ "tea", "retry" }, { lines[2].account, lines[2].hook })
  end)
end)
