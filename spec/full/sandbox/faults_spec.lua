local await = require "spec.support.await"
local curl = require "spec.support.curl"
local bare_sandbox = require "spec.support.sandbox.bare"
local json = require "wxlive.json"
local sandbox = require "wxlive.sandbox"
local system = require "wxlive.core".system

describe("sandbox, faults", function()
  local box, token

  local function start_box()
    box = assert(sandbox.start { transport = curl.transport(), random_seed = 3 })
  end

  setup(start_box)

  teardown(function()
    box:stop()
  end)

  local function fetch_token()
    return json.decode(curl.send(curl.post(box.base_url .. "/cgi-bin/stable_token", {
      grant_type = "client_credential", appid = box.appid, secret = box.secret,
    })).body).access_token
  end

  before_each(function()
    assert(box:control("reset"))
    token = fetch_token()
  end)

  local function url(path)
    return box.base_url .. path .. "?access_token=" .. token
  end

  -- A call that does something countable: another pair of key names.
  local function write_request()
    return curl.post(url("/wxaapi/broadcast/goods/setkey"), { goodsKey = { "done" } })
  end

  local function done()
    local answer = curl.send { url = url("/wxaapi/broadcast/goods/getkey") }
    return json.decode(answer.body).vendorGoodsKey[1] == "done"
  end

  local function errcode(answer)
    return json.decode(answer.body).errcode
  end

  local function fault(fields)
    assert(box:control("fault", fields))
  end

  it("a call that there is not is refused: the fault would never strike", function()
    local none, err = box:control("fault", { on = "creat_room", kind = "null" })
    assert.is_nil(none)
    assert.is_truthy(err.message:find("did you mean create_room?", 1, true))
    for _, on in ipairs { "*", "token", "component", "create_room", "get_authorizer_token",
      "/wxaapi/broadcast/goods/setkey" } do
      fault { on = on, kind = "null" }
    end
  end)

  it("errcode before: nothing was done", function()
    fault { on = "goods_set_key", kind = "errcode_before" }
    assert.equal(-1, errcode(curl.send(write_request())))
    assert.is_false(done())
    assert.equal(0, errcode(curl.send(write_request())))
  end)

  it("errcode after: it was done", function()
    fault { on = "goods_set_key", kind = "errcode_after", code = 200001 }
    local answer = json.decode(curl.send(write_request()).body)
    assert.equal(200001, answer.errcode)
    assert.truthy(answer.errmsg:find(" rid: ", 1, true))
    assert.is_true(done())
  end)

  it("errcode after waits for a call that is not refused", function()
    fault { on = "goods_set_key", kind = "errcode_after" }
    local refused = curl.post(url("/wxaapi/broadcast/goods/setkey"), {})
    assert.equal(200002, errcode(curl.send(refused)))
    assert.equal(-1, errcode(curl.send(write_request())))
  end)

  it("multiply: one create makes several rooms and says -1", function()
    fault { on = "create_room", kind = "multiply", count = 3 }
    local body, headers = bare_sandbox.upload(bare_sandbox.png(80, 80))
    local media_id = json.decode(curl.send {
      method = "POST", url = url("/cgi-bin/media/upload") .. "&type=image", body = body,
      content_type = headers["content-type"],
    }.body).media_id
    local now = math.floor(system.now())
    local answer = curl.send(curl.post(url("/wxaapi/broadcast/room/create"), {
      name = "直播测试房间", coverImg = media_id, shareImg = media_id, feedsImg = media_id,
      startTime = now + 3600, endTime = now + 7200, anchorName = "主播一号",
      anchorWechat = "WalleAI", type = 0, closeLike = 0, closeGoods = 0, closeComment = 0,
    }))
    assert.equal(-1, errcode(answer))
    assert.equal(3, box:control("state").counts.room)
  end)

  -- Exit codes of curl: 18 cut short, 52 nothing came, 56 reset.
  for kind, expected in pairs {
    reset_before = { 56, false }, reset_after = { 56, true }, truncate = { 18, true },
    close = { 52, false },
  } do
    it(kind, function()
      fault { on = "/wxaapi/broadcast/goods/setkey", kind = kind }
      local _, code = curl.send(write_request())
      assert.same(expected, { code, done() })
    end)
  end

  it("close after the work", function()
    fault { on = "goods_set_key", kind = "close", when = "after" }
    assert.equal(52, select(2, curl.send(write_request())))
    assert.is_true(done())
  end)

  it("truncate sends as many bytes as it is told to", function()
    fault { on = "goods_set_key", kind = "truncate", bytes = 7 }
    assert.equal(7, #curl.send(write_request()).body)
  end)

  it("delay before and after the work", function()
    for when, is_done in pairs { before = false, after = true } do
      token = fetch_token()
      -- So long that the look below is always earlier; the end of the sandbox ends the call.
      fault { on = "goods_set_key", kind = "delay", seconds = 600, when = when }
      local finish = curl.start { write_request() }
      -- The call must have arrived before we look what it did.
      await(function() return box:control("faults").faults[1].fired == 1 end, "the call")
      assert.equal(is_done, done())
      box:stop()
      finish()
      start_box()
    end
  end)

  it("delay answers when its time is up", function()
    for _, when in ipairs { "before", "after" } do
      assert(box:control("reset"))
      token = fetch_token()
      fault { on = "goods_set_key", kind = "delay", seconds = 0.2, when = when }
      local before = system.monotonic()
      assert.equal(0, errcode(curl.send(write_request())))
      assert.is_true(system.monotonic() - before >= 0.2)
      assert.is_true(done())
    end
  end)

  it("a page of HTML before or after the work, and 429 with Retry-After", function()
    fault { on = "goods_set_key", kind = "http", status = 503 }
    local answer = curl.send(write_request())
    assert.same({ 503, "text/html" }, { answer.status, answer.headers["content-type"] })
    assert.is_false(done())
    fault { on = "goods_set_key", kind = "http", when = "after", body = "<b>x</b>" }
    answer = curl.send(write_request())
    assert.same({ 502, "<b>x</b>" }, { answer.status, answer.body })
    assert.is_true(done())
    fault { on = "goods_set_key", kind = "rate", retry_after = 7 }
    answer = curl.send(write_request())
    assert.same({ 429, "7" }, { answer.status, answer.headers["retry-after"] })
  end)

  it("spoilt answers of work that was done", function()
    local spoilt = {
      bad_json = function(answer) return json.decode(answer.body) == nil and answer.body ~= "" end,
      empty = function(answer) return answer.body == "" end,
      null = function(answer) return answer.body == "null" end,
      string_errcode = function(answer) return errcode(answer) == "0" end,
      text_plain = function(answer) return answer.headers["content-type"] == "text/plain" end,
    }
    for kind, holds in pairs(spoilt) do
      assert(box:control("reset"))
      token = fetch_token()
      fault { on = "goods_set_key", kind = kind }
      local answer, code = curl.send(write_request())
      assert.equal(0, code)
      assert.is_true(holds(answer), kind)
      assert.is_true(done(), kind)
    end
  end)

  it("slow body: all of it, in its time", function()
    fault { on = "goods_set_key", kind = "slow_body", seconds = 0.4, pieces = 4 }
    local before = system.monotonic()
    local answer, code = curl.send(write_request())
    assert.same({ 0, 0 }, { code, errcode(answer) })
    assert.truthy(system.monotonic() - before >= 0.4)
  end)

  it("stale: the second request on a connection finds it closed, unprocessed", function()
    fault { on = "goods_set_key", kind = "stale" }
    assert.equal(0, errcode(curl.send(write_request()))) -- a fresh connection is left alone
    assert(box:control("reset"))
    token = fetch_token()
    fault { on = "goods_set_key", kind = "stale" }
    -- curl sends it again on a new connection, as it may when nothing came back on a reused one.
    local answers, code = curl.start { { url = url("/wxaapi/broadcast/goods/getkey") },
      write_request() }()
    assert.same({ 0, 0 }, { code, errcode(answers[2]) })
    local log = box:control("log").entries
    assert.equal("stale", log[#log - 1].fault)
    assert.equal(1, log[#log].nth)
  end)

  it("the token expires, or is stolen, as the call arrives", function()
    for kind, code in pairs { expire_token = 42001, steal_token = 40001 } do
      fault { on = "goods_set_key", kind = kind }
      assert.equal(code, errcode(curl.send(write_request())))
      local fresh = fetch_token()
      assert.not_equal(token, fresh)
      token = fresh
      assert.is_false(done())
      assert.equal(0, errcode(curl.send(write_request())))
      assert(box:control("reset"))
      token = fetch_token()
    end
  end)

  it("strikes the token calls under their own name", function()
    fault { on = "token", kind = "errcode_before", code = 40164 }
    assert.is_nil(fetch_token())
    assert.truthy(fetch_token())
  end)

  it("may pass over calls first, strike several, or by chance and seed", function()
    fault { on = "goods_set_key", kind = "errcode_before", skip = 1, times = 2 }
    local seen = {}
    for i = 1, 4 do
      seen[i] = errcode(curl.send(write_request()))
    end
    assert.same({ 0, -1, -1, 0 }, seen)
    local function draw()
      assert(box:control("faults", { clear = true }))
      fault { kind = "errcode_before", probability = 0.5, seed = 11 }
      local text = ""
      for _ = 1, 12 do
        text = text .. errcode(curl.send(write_request()))
      end
      return text
    end
    local first = draw()
    assert.truthy(first:find("0") and first:find("-1", 1, true))
    assert.equal(first, draw())
  end)

  it("refuses what it does not know", function()
    local function reason(fields)
      local result, err = box:control("fault", fields)
      assert.is_nil(result)
      return tostring(err)
    end
    assert.truthy(reason { kind = "flood" }:find("flood", 1, true))
    assert.truthy(reason { kind = "rate", bytes = 1 }:find("bytes", 1, true))
    assert.truthy(reason { kind = "rate", times = "x" }:find("times", 1, true))
    assert.truthy(reason { kind = "delay", when = "never" }:find("when", 1, true))
  end)

  it("the log tells what happened and holds no token", function()
    fault { on = "goods_set_key", kind = "errcode_after" }
    curl.send(write_request())
    curl.send(curl.post(url("/wxaapi/broadcast/room/deleteroom"), { id = 5, extra = 1 }))
    local log = box:control("log")
    local done_entry, refused = log.entries[#log.entries - 1], log.entries[#log.entries]
    assert.same({ "errcode_after", -1, "goods_set_key", box.appid },
      { done_entry.fault, done_entry.errcode, done_entry.endpoint, done_entry.appid })
    assert.same({ 300022, "the account has no room 5" }, { refused.errcode, refused.why })
    assert.same({ "extra" }, refused.unknown_fields)
    assert.equal(0, #box:control("log", { after = log.last }).entries)
    local text = assert(json.encode(log))
    assert.is_nil(text:find(token, 1, true))
    assert.is_nil(text:find(box.secret, 1, true))
  end)
end)
