-- Commands that run for long, seen from outside: processes, scraped over HTTP while they work.
local await = require "spec.support.await"
local command = require "spec.support.command"
local curl = require "spec.support.curl"
local deliveries = require "spec.support.deliveries"
local fleets = require "spec.support.fleet"
local json = require "wxlive.json"
local listeners = require "spec.support.servers.listener"
local process = require "spec.support.process"
local shops = require "spec.support.shop"

local SERIES = 'wxlive_requests_total{account="%s",endpoint="%s",outcome="ok"}'

-- Where a process says that its metrics are.
local function place_in(read)
  return await(function()
    return read():match("metrics: (http://127%.0%.0%.1:%d+)/metrics")
  end, "the address of the metrics")
end

local function get(url)
  return curl.send { url = url }
end

local function value(text, series)
  for line in text:gmatch("[^\n]+") do
    if line:sub(1, #series + 1) == series .. " " then
      return tonumber(line:sub(#series + 2))
    end
  end
end

-- Waits until a series is at least so much.
local function reaches(place, series, least)
  return await(function()
    local seen = value(get(place .. "/metrics").body, series)
    return seen and seen >= least
  end, series)
end

describe("a command that runs for long", function()
  local shop

  before_each(function()
    shop = shops.open()
  end)

  after_each(function()
    shop:close()
  end)

  local function start(arguments)
    local child = shop:start(arguments)
    return child, place_in(function() return process.read(child.err) end)
  end

  it("watches, counted and in JSON, and says when the platform is gone", function()
    local child, place = start { "watch", "--every", "1", "--metrics", "0", "--log", "json" }
    reaches(place, SERIES:format(shop.box.appid, "get_live_info"), 2)
    assert.equal(200, get(place .. "/healthz").status)
    local text = get(place .. "/metrics").body
    assert.is_nil(text:find(shop.box.secret, 1, true))
    assert.equal(1, value(text, ('wxlive_token_events_total{account="%s",event="fetched"}')
      :format(shop.box.appid)))
    shop.box:stop()
    local response = await(function()
      local health = get(place .. "/healthz")
      return health.status == 503 and health
    end, "503")
    assert.is_truthy(json.decode(response.body).reasons[1]:find(shop.box.appid, 1, true))
    child:signal("INT")
    local ended = child:finish()
    local hooks = {}
    for line in ended.err:gmatch("[^\n]+") do
      hooks[assert(json.decode(line), line).hook] = true
    end
    assert.is_true(hooks.message and hooks.response and hooks.token)
    assert.is_nil(ended.err:find(shop.box.secret, 1, true))
  end)

  it("applies a sheet, with the rows that wait", function()
    local sheet = shop:sheet("goods.csv", shops.goods_lines(1, 40))
    assert(shop.box:control("fault", {
      on = "goods_add", kind = "delay", seconds = 0.3, times = 40,
    }))
    local child, place = start { "apply", sheet, "--concurrency", "1", "--metrics", "0" }
    reaches(place, ('wxlive_ledger_rows{account="%s",kind="goods",state="todo"}')
      :format(shop.box.appid), 1)
    assert.equal(200, get(place .. "/healthz").status)
    child:signal("INT")
    child:finish()
  end)

  it("serves a queue, each account with a label of its own", function()
    local fleet = fleets.open { "tea", "nuts" }
    local sheet = fleet.shop:sheet("goods.csv", shops.goods_lines(1, 3))
    local env = fleet:settings()
    assert.equal(0, fleet.shop:run({ "submit", sheet, "--all" }, env).status)
    assert(fleet.box:control("quota", { path = "/wxaapi/broadcast/goods/add", per_day = 2 }))
    local child = fleet.shop:start({ "worker", "--every", "0", "--metrics", "0" }, env)
    local place = place_in(function() return process.read(child.err) end)
    for _, name in ipairs { "tea", "nuts" } do
      reaches(place, SERIES:format(name, "goods_add"), 2)
      reaches(place, ('wxlive_errors_total{account="%s",endpoint="goods_add",kind="quota",'
        .. 'name="daily_quota_spent",code="45009"}'):format(name), 1)
    end
    local text = get(place .. "/metrics").body
    for _, name in ipairs { "tea", "nuts" } do
      assert.equal(1, value(text, ('wxlive_account_up{account="%s"}'):format(name)))
      assert.equal(0, value(text, ('wxlive_quota_left{account="%s",quota="audit",period="day"}')
        :format(name)))
    end
    assert.equal(200, get(place .. "/healthz").status)
    child:signal("TERM")
    child:finish()
    fleet:close()
  end)

  it("runs a show", function()
    local now = math.floor(os.time())
    assert(shop.box:control("plant", {
      goods = { { id = 11, name = "cup" } },
      rooms = { { id = 1, name = "first", start_time = now - 600, end_time = now + 3600,
        goods = { { goods_id = 11, on_sale = 1 } } } },
    }))
    local path = shop:sheet("r.csv", { "at,do,goods", "+1800s,push,cup" })
    local child, place = start { "rundown", "run", path, "--room", "1", "--json", "--metrics", "0" }
    reaches(place, SERIES:format(shop.box.appid, "get_live_info"), 1)
    assert.equal(200, get(place .. "/healthz").status)
    child:signal("INT")
    child:finish()
  end)

  it("receives deliveries, and counts them by how they were answered", function()
    local fixture = deliveries.fixture()
    local keys = { token = fixture.token, aes_key = fixture.aes_key, appid = fixture.appid,
      mode = "encrypted" }
    local listener = listeners.start_with(listeners.env(keys), { "listen", "--metrics", "0" })
    local place = place_in(function() return listener:log() end)
    local sent = command.lua("scripts/wxlive", { "callback", "seal", "--send", listener.url },
      { env = listeners.env(keys) })
    assert.equal(0, sent.status, sent.err)
    assert.equal(400, curl.send { method = "POST", url = listener.url .. "/?signature=0",
      body = "x" }.status)
    reaches(place, 'wxlive_pushes_total{status="200"}', 1)
    reaches(place, 'wxlive_pushes_total{status="400"}', 1)
    local text = get(place .. "/metrics").body .. get(place .. "/healthz").body
    assert.is_nil(text:find(fixture.token, 1, true) or text:find(fixture.aes_key, 1, true))
    listener:stop()
  end)
end)
