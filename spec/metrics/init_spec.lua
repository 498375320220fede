local Error = require "wxlive.error"
local fake = require "spec.support.fake"
local memory = require "wxlive.store.memory"
local metrics_of = require "wxlive.metrics"

local FINE, ABSENT = [[{"errcode":0,"pushAddr":"x"}]], [[{"errcode":300022,"errmsg":"no"}]]

local function answer(text, reused)
  local response = fake.json(text)
  response.reused = reused
  return response
end

-- A reader of the text format that takes nothing but what the format allows.
local function read(text)
  local series, types, helps, order = {}, {}, {}, {}
  assert(text:sub(-1) == "\n")
  for line in text:gmatch("([^\n]*)\n") do
    local kind, name, rest = line:match("^# (%u+) ([%a_:][%w_:]*) (.+)$")
    if kind then
      local to = assert(kind == "HELP" and helps or kind == "TYPE" and types, line)
      assert(not to[name], "twice: " .. line)
      to[name] = rest
    else
      local family, inner, value = line:match("^([%a_:][%w_:]*)(%b{}) (%S+)$")
      if not family then
        family, value = line:match("^([%a_:][%w_:]*) (%S+)$")
        inner = "{}"
      end
      assert(family and tonumber(value), line)
      local base = types[family] and family or family:gsub("_bucket$", ""):gsub("_sum$", "")
        :gsub("_count$", "")
      assert(types[base] and helps[base], "no TYPE or HELP before: " .. line)
      local left = inner:sub(2, -2):gsub('[%a_][%w_]*="[^"\\\n]*",?', "")
      assert(left == "", "labels: " .. line)
      assert(not series[family .. inner], "twice: " .. line)
      series[family .. inner] = tonumber(value)
      order[#order + 1] = family .. inner
    end
  end
  return series, types, order
end

local function busy_client(options)
  local metrics = assert(metrics_of.new(options))
  local live = fake.client({
    answer(FINE, false), fake.lost(), answer(FINE, true), answer(ABSENT, true),
    fake.lost(),
  }, { hooks = metrics })
  assert(live:get_push_url(3))
  assert(live:get_push_url(3))
  live:get_push_url(4)
  live:push_message(2, { "openid" })
  return metrics
end

describe("metrics", function()
  it("count requests by outcome, retries, doubts, bytes and connections", function()
    local series, types = read(busy_client():prometheus())
    assert.equal("counter", types.wxlive_requests_total)
    assert.equal("histogram", types.wxlive_request_seconds)
    local function at(name, labels)
      return series["wxlive_" .. name .. "{" .. labels .. "}"]
    end
    assert.equal(2, at("requests_total", 'endpoint="get_push_url",outcome="ok"'))
    assert.equal(1, at("requests_total", 'endpoint="get_push_url",outcome="unknown"'))
    assert.equal(1, at("requests_total", 'endpoint="get_push_url",outcome="refused"'))
    assert.equal(1, at("requests_total", 'endpoint="push_message",outcome="unknown"'))
    assert.is_nil(at("requests_total", 'endpoint="create_room",outcome="ok"'))
    assert.equal(1, at("retries_total", 'endpoint="get_push_url",step="retry"'))
    assert.equal(1, at("ambiguous_total", 'endpoint="push_message"'))
    assert.is_true(at("sent_bytes_total", 'endpoint="push_message"') > 10)
    assert.equal(2 * #FINE + #ABSENT, at("received_bytes_total", 'endpoint="get_push_url"'))
    assert.equal(2, at("connections_total", 'endpoint="get_push_url",reused="true"'))
    assert.equal(1, at("connections_total", 'endpoint="get_push_url",reused="false"'))
    assert.equal(1, at("token_events_total", 'event="fetched"'))
  end)

  it("keep a histogram of the time that calls take", function()
    local metrics = assert(metrics_of.new { buckets = { 0.1, 0.5, 2 } })
    for _, seconds in ipairs { 0.05, 0.1, 0.3, 1, 7.5 } do
      metrics.response { endpoint = "goods_push", seconds = seconds }
    end
    local series, _, order = read(metrics:prometheus())
    local function bucket(le)
      return series['wxlive_request_seconds_bucket{endpoint="goods_push",le="' .. le .. '"}']
    end
    assert.same({ 2, 3, 4, 5 }, { bucket "0.1", bucket "0.5", bucket "2", bucket "+Inf" })
    assert.equal(8.95, series['wxlive_request_seconds_sum{endpoint="goods_push"}'])
    assert.equal(5, series['wxlive_request_seconds_count{endpoint="goods_push"}'])
    assert.is_truthy(order[#order]:find("_count"))
  end)

  it("are printed in the same order every time", function()
    local metrics = busy_client()
    local text = metrics:prometheus()
    assert.equal(text, metrics:prometheus())
    local _, _, first = read(text)
    local _, _, second = read(busy_client():prometheus())
    assert.same(first, second)
  end)

  it("in a store are those of all who share it", function()
    local store = memory.new()
    busy_client { store = store }
    local series = read(busy_client({ store = store }):prometheus())
    local alone = read(busy_client():prometheus())
    for name, value in pairs(alone) do
      if not name:find("_seconds_[sb]") then
        assert.equal(2 * value, series[name], name)
      end
    end
  end)

  it("count deliveries, by account where there are several", function()
    local metrics = assert(metrics_of.new())
    metrics:push(200)
    metrics:push(200, "茶")
    metrics:push(403, "茶")
    local series = read(metrics:prometheus())
    assert.same({ 1, 1, 1 }, {
      series['wxlive_pushes_total{status="200"}'],
      series['wxlive_pushes_total{account="茶",status="200"}'],
      series['wxlive_pushes_total{account="茶",status="403"}'],
    })
  end)

  it("are valid when nothing has happened", function()
    local series, types = read(assert(metrics_of.new()):prometheus())
    assert.is_nil(next(series))
    assert.equal("counter", types.wxlive_token_events_total)
  end)

  it("check their options", function()
    for _, wrong in ipairs {
      { buckets = {} }, { buckets = { 1, 1 } }, { buckets = { "1" } }, { buckets = { -1 } },
      { store = {} }, { bucket = {} },
    } do
      local made, err = metrics_of.new(wrong)
      assert.is_nil(made)
      assert.equal("invalid_options", err.name)
      assert.truthy(err.message_zh and err.message_zh ~= err.message, err.message)
    end
    local _, err = metrics_of.new { store = {} }
    assert.truthy(err.message:find("store must have the methods", 1, true), err.message)
  end)
end)

describe("metrics of several accounts", function()
  local function two(options)
    local metrics = assert(metrics_of.new(options))
    for _, name in ipairs { "tea", "茶\"2" } do
      local live = fake.client({ answer(FINE), answer(ABSENT) }, { hooks = metrics:account(name) })
      assert(live:get_push_url(3))
      live:get_push_url(4)
    end
    return metrics
  end

  it("carry the account, and the error by kind, name and errcode", function()
    for _, options in ipairs { {}, { store = memory.new() } } do
      local text = two(options):prometheus()
      for _, name in ipairs { "tea", "茶\\\"2" } do
        for _, line in ipairs {
          'wxlive_requests_total{account="%s",endpoint="get_push_url",outcome="ok"} 1',
          'wxlive_errors_total{account="%s",endpoint="get_push_url",kind="api",'
            .. 'name="room_not_found",code="300022"} 1',
          'wxlive_token_events_total{account="%s",event="fetched"} 1',
        } do
          assert.is_truthy(text:find("\n" .. line:format(name) .. "\n", 1, true), line .. text)
        end
      end
    end
  end)

  it("add up each account's seconds, beside one histogram", function()
    local metrics = assert(metrics_of.new { buckets = { 1 } })
    metrics:account("tea").response { endpoint = "goods_push", seconds = 0.25 }
    metrics:account("tea").response { endpoint = "goods_push", seconds = 2 }
    metrics:account("nuts").response { endpoint = "goods_push", seconds = 0.5 }
    metrics.response { endpoint = "goods_push", seconds = 0.125 }
    local series = read(metrics:prometheus())
    assert.same({ 2.25, 0.5, 4, 2.875, 3 }, {
      series['wxlive_seconds_total{account="tea",endpoint="goods_push"}'],
      series['wxlive_seconds_total{account="nuts",endpoint="goods_push"}'],
      series['wxlive_request_seconds_count{endpoint="goods_push"}'],
      series['wxlive_request_seconds_sum{endpoint="goods_push"}'],
      series['wxlive_request_seconds_bucket{endpoint="goods_push",le="1"}'],
    })
  end)

  it("are listed by every process that shares the store, once each", function()
    local store = memory.new()
    two { store = store }
    two { store = store }
    local series = read((assert(metrics_of.new { store = store }):prometheus()
      :gsub('\\"', "")))
    assert.equal(2, series['wxlive_requests_total{account="tea",endpoint="get_push_url",'
      .. 'outcome="ok"}'])
  end)

  it("lose counts, and no call, when the store fails", function()
    local broken = setmetatable({}, { __index = function()
      return function() return nil, Error.new { kind = "store", name = "down" } end
    end })
    assert.is_truthy(two { store = broken }:prometheus():find("# TYPE wxlive_requests_total", 1,
      true))
  end)

  it("show what is left of the quotas of what was called", function()
    local metrics = assert(metrics_of.new())
    local live = fake.client({ answer(FINE) }, { hooks = metrics:account("tea"), quota = true })
    metrics:quotas(live, "tea")
    assert(live:get_push_url(3))
    local series = read(metrics:prometheus())
    local function quota(what)
      return series['wxlive_quota_' .. what .. '{account="tea",quota="get_push_url",period="day"}']
    end
    assert.same({ 10000, 9999 }, { quota "limit", quota "left" })
    assert.is_nil(series['wxlive_quota_left{account="tea",quota="create_room",period="day"}'])
  end)

  it("ask a ledger at most every fifteen seconds, and leave out what it does not answer", function()
    local asked, gives = 0, {
      rows = { { account = "wx1", kind = "goods", state = "todo", count = 3 } },
      claims = { { account = "wx1", seconds = 12.5 } },
    }
    local ledger = { waiting = function()
      asked = asked + 1
      return gives
    end }
    local metrics = assert(metrics_of.new())
    metrics:ledger(ledger)
    for _ = 1, 2 do
      local series = read(metrics:prometheus())
      assert.equal(3, series['wxlive_ledger_rows{account="wx1",kind="goods",state="todo"}'])
      assert.equal(12.5, series['wxlive_ledger_oldest_claim_seconds{account="wx1"}'])
    end
    assert.equal(1, asked)
    gives = nil
    local silent = assert(metrics_of.new())
    silent:ledger(ledger)
    assert.is_nil(next((read(silent:prometheus()))))
  end)
end)

describe("the names of the metrics", function()
  local function text_of(path)
    local file = assert(io.open(path))
    local text = file:read("*a")
    file:close()
    return text
  end

  local known = {}
  for _, family in ipairs(require("wxlive.metrics.families")) do
    known["wxlive_" .. family.name] = family
  end

  it("are all on the pages, with their labels", function()
    for _, path in ipairs { "docs/watching.md", "docs/zh/watching.md" } do
      local text = text_of(path)
      for name, family in pairs(known) do
        local labels = table.concat(family.labels, ", ")
        local row = text:match("\n|[^\n|]*`" .. name .. "`[^\n|]*| ([^|\n]*) |")
        assert.equal(labels, row, path .. ": " .. name)
      end
    end
  end)

  it("are those of the example's alert rules, and so are their labels", function()
    local text = text_of("scripts/examples/prometheus/alerts.yml")
    local rules = 0
    for rule in text:gsub("%- alert: ", "\1"):gmatch("\1([^\1]+)") do
      rules = rules + 1
      assert.is_truthy(rule:find("\n        expr: ", 1, true), rule)
      assert.is_truthy(rule:find("labels: { severity: %l+ }"), rule)
      assert.is_truthy(rule:find("summary: \"[^\"\n]+\""), rule)
      for name, selector in rule:gmatch("(wxlive_[%l_]+)(%b{})") do
        local family = assert(known[name] or known[name:gsub("_bucket$", "")], name)
        local labels = "," .. table.concat(family.labels, ",") .. ","
        for label in selector:gmatch("([%l_]+)[=!]") do
          assert.is_truthy(labels:find("," .. label .. ",", 1, true), name .. selector)
        end
      end
      for name in rule:gmatch("wxlive_[%l_]+") do
        assert.is_truthy(known[name] or known[name:gsub("_bucket$", "")], name)
      end
    end
    assert.equal(select(2, text:gsub("%- alert:", "")), rules)
    assert.is_true(rules > 9)
  end)
end)
