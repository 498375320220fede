local Error = require "wxlive.error"
local fake = require "spec.support.fake"
local memory = require "wxlive.store.memory"
local metrics_of = require "wxlive.metrics"

local FINE, ABSENT = [[{"errcode":0,"pushAddr":"x"}]], [[{"errcode":300022,"errmsg":"no"}]]

local function lost()
  return Error.new { kind = "transport", name = "connection_lost", sent = true, message = "cut" }
end

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
    answer(FINE, false), lost(), answer(FINE, true), answer(ABSENT, true),
    lost(),
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
    end
  end)
end)
