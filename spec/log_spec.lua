local fake = require "spec.support.fake"
local hooks = require "wxlive.hooks"
local json = require "wxlive.json"
local log = require "wxlive.log"

local NOW = 1795419020.25

local function listen(o)
  local lines = {}
  o = o or {}
  o.write = function(line) lines[#lines + 1] = line end
  o.clock = function() return NOW end
  return assert(log.new(o)), lines
end

local function answer(text)
  local response = fake.json(text)
  response.timing = { dns = 0, connect = 0.001, tls = 0.02, first_byte = 0.05, total = 0.06 }
  response.reused = false
  return response
end

describe("the log", function()
  it("prints one line an event", function()
    local printing, lines = listen { level = "debug" }
    local live = fake.client({
      fake.lost(), answer [[{"errcode":300022,"errmsg":"roomid is not exsit rid: 61fb-aa"}]],
    }, { hooks = printing })
    live:get_push_url(3)
    local calls = {}
    for _, line in ipairs(lines) do
      assert.is_nil(line:find("\n"))
      calls[#calls + 1] = line:find(" token ", 1, true) == nil and line or nil
    end
    assert.equal("2026-11-23T07:30:20.250Z DEBUG request endpoint=get_push_url method=GET "
      .. "path=/wxaapi/broadcast/room/getpushurl attempt=1 bytes=0", calls[1])
    assert.is_truthy(calls[2]:find("^%S+ WARN response endpoint=get_push_url attempt=1 "
      .. "seconds=%S+ error=connection_lost message=cut$"))
    assert.is_truthy(calls[3]:find("WARN retry endpoint=get_push_url attempt=1 wait=0.100000 "
      .. "step=retry error=connection_lost", 1, true))
    assert.is_truthy(calls[5]:find("attempt=2 status=200", 1, true))
    assert.is_truthy(calls[5]:find("reused=false", 1, true))
    assert.is_truthy(calls[5]:find("dns=0 connect=0.001000 tls=0.020000 first_byte=0.050000 "
      .. "total=0.060000 error=room_not_found code=300022 rid=61fb-aa message=\"", 1, true))
    assert.equal(5, #calls)
  end)

  it("prints JSON that can be read again", function()
    local printing, lines = listen { format = "json" }
    local live = fake.client({ answer [[{"errcode":300022,"errmsg":"no \"such\"\nroom"}]] },
      { hooks = printing })
    live:get_push_url(3)
    local seen = assert(json.decode(lines[#lines]))
    assert.equal("response", seen.hook)
    assert.equal("warn", seen.level)
    assert.equal("2026-11-23T07:30:20.250Z", seen.time)
    assert.equal(0.05, seen.timing.first_byte)
    assert.equal(300022, seen.error.code)
    assert.equal("room_not_found", seen.error.name)
    assert.is_nil(lines[#lines]:find("\n"))
  end)

  it("keeps lines whole whatever a value holds", function()
    local printing, lines = listen()
    printing.retry { endpoint = "x", step = "a b", error = {
      name = "n", message = "one\ntwo \"three\" \\ \1 直播",
    } }
    assert.equal([[2026-11-23T07:30:20.250Z WARN retry endpoint=x step="a b" error=n ]]
      .. [[message="one\ntwo \"three\" \\ \x01 直播"]], lines[1])
  end)

  it("prints no token, no secret and no query, even where an event holds one", function()
    for _, format in ipairs { "line", "json" } do
      local printing, lines = listen { format = format, level = "debug" }
      local dirty = {
        endpoint = "x", event = "fetched", token = "SESAME", access_token = "SESAME",
        error = {
          name = "n",
          message = "GET https://h.test/p?access_token=SESAME&a=SESAME failed, secret=SESAME",
          url = "SESAME",
        },
      }
      for _, name in ipairs(hooks.names) do
        printing[name](dirty)
      end
      assert.equal(#hooks.names, #lines)
      for _, line in ipairs(lines) do
        assert.is_nil(line:find("SESAME"), line)
        assert.is_truthy(line:find("https://h.test/p failed", 1, true))
      end
    end
  end)

  it("listens to nothing that its level would drop", function()
    local printing, lines = listen { level = "error" }
    assert.is_nil(printing.request)
    assert.is_nil(printing.response)
    assert.is_nil(printing.token)
    printing.ambiguous { endpoint = "create_room", attempt = 1, error = fake.lost() }
    assert.is_truthy(lines[1]:find("ERROR ambiguous endpoint=create_room", 1, true))
    printing, lines = listen { level = "warn" }
    printing.response { endpoint = "x" }
    assert.equal(0, #lines)
    printing.response { endpoint = "x", error = fake.lost() }
    assert.equal(1, #lines)
  end)

  it("names the account in every line", function()
    for _, format in ipairs { "line", "json" } do
      local printing, lines = listen { format = format, account = "tea" }
      printing.retry { endpoint = "x", step = "retry" }
      assert.is_truthy(lines[1]:find(format == "json" and '"account":"tea"' or " account=tea ", 1,
        true))
    end
  end)

  it("prints a program's own message in the form of its events", function()
    local seen = assert(json.decode(log.message("error", {
      who = "wxlive", where = "a.csv:3", text = "cut at https://h.test/?secret=SESAME",
      error = fake.lost(),
    })))
    assert.same({ "error", "message", "wxlive", "a.csv:3", "connection_lost" },
      { seen.level, seen.hook, seen.who, seen.where, seen.error.name })
    assert.is_nil(seen.message:find("SESAME"))
  end)

  it("writes to a file handle", function()
    local file = assert(io.tmpfile())
    assert(log.new { write = file }).retry { endpoint = "x" }
    file:seek("set")
    assert.is_truthy(file:read("*a"):find("WARN retry endpoint=x\n$"))
    file:close()
  end)

  it("checks its options", function()
    for _, wrong in ipairs { { format = "xml" }, { level = "loud" }, { wrte = print } } do
      local made, err = log.new(wrong)
      assert.is_nil(made)
      assert.equal("invalid_options", err.name)
    end
  end)
end)

describe("joined hooks", function()
  it("hear everything in turn, and do not disturb each other", function()
    local heard = {}
    local function hear(name)
      return function(event) heard[#heard + 1] = name .. event end
    end
    local joined = hooks.join(
      { request = hear "a" },
      nil,
      { request = function() error "boom" end, retry = hear "b" },
      { request = hear "c" })
    joined.request(1)
    joined.retry(2)
    assert.same({ "a1", "c1", "b2" }, heard)
    assert.is_nil(joined.response)
  end)

  it("are taken by a client", function()
    local printing, lines = listen()
    local metrics = assert(require("wxlive.metrics").new())
    local live = fake.client({ answer [[{"errcode":0}]] },
      { hooks = hooks.join(printing, metrics) })
    assert(live:goods_push(1, 2))
    assert.is_truthy(lines[#lines]:find("INFO response endpoint=goods_push", 1, true))
    assert.is_truthy(metrics:prometheus():find(
      'wxlive_requests_total{endpoint="goods_push",outcome="ok"} 1', 1, true))
  end)
end)
