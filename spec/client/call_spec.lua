local fake = require "spec.support.fake"

local json, lost, unsent, room, no_rooms =
  fake.json, fake.lost, fake.unsent, fake.room, fake.no_rooms

describe("a call", function()
  it("sends verb, address, token and body once, and reads the answer", function()
    local live, transport = fake.client { json [[{"errcode":0,"roomId":33}]] }
    assert.same({ room_id = 33 }, assert(live:create_room(room())))
    local request = transport.requests[1]
    assert.equal("POST", request.method)
    assert.equal("https://api.example.test/wxaapi/broadcast/room/create?access_token=TOKEN-1",
      request.url)
    assert.equal("application/json", request.content_type)
    assert.is_false(request.resend)
    -- 30 s for the call, of which a create keeps 12 for the look-up
    assert.is_true(request.timeout > 17 and request.timeout <= 18)
  end)

  it("puts the query of a GET behind the token and lets the transport resend it", function()
    local live, transport = fake.client { json [[{"errcode":0,"pushAddr":"rtmp://x"}]] }
    assert.equal("rtmp://x", live:get_push_url(3).push_addr)
    assert.equal("https://api.example.test/wxaapi/broadcast/room/getpushurl?access_token=TOKEN-1"
      .. "&roomId=3", transport.requests[1].url)
    assert.is_true(transport.requests[1].resend)
    assert.is_true(transport.requests[1].timeout <= 10)
  end)

  it("says whether one of its tries may have done what may be repeated", function()
    local full = json [[{"errcode":300026,"errmsg":"room goods is full"}]]
    local live = fake.client { lost(), full }
    local _, err = live:add_goods({ 1 }, 3)
    assert.same({ 300026, true }, { err.code, err.doubtful })
    assert.is_nil(err.ambiguous)
    live = fake.client { unsent(), full }
    _, err = live:add_goods({ 1 }, 3)
    assert.same({ 300026, nil }, { err.code, err.doubtful })
  end)

  it("keeps the untouched body at hand", function()
    local live = fake.client { json [[{"errcode":0,"roomId":33}]] }
    local result = assert(live:create_room(room()))
    assert.equal([[{"errcode":0,"roomId":33}]], live:raw(result))
  end)

  it("retries a read through hiccups, with waits that grow", function()
    local live, transport = fake.client {
      lost(), json [[{"errcode":-1,"errmsg":"system error"}]], json("<html>", 502), no_rooms,
    }
    assert.same({}, assert(live:get_live_info { limit = 10 }).room_info)
    assert.equal(4, #transport.requests)
    assert.same({ 0.1, 0.2, 0.4 }, transport.slept)
  end)

  it("gives up after its attempts with the last error, the first as its cause", function()
    local live = fake.client { lost(), default = json [[{"errcode":-1,"errmsg":"system error"}]] }
    local result, err = live:get_live_info(0, 10)
    assert.is_nil(result)
    assert.equal(-1, err.code)
    assert.equal(4, err.attempts)
    assert.equal("connection_lost", err.cause.name)
    assert.is_nil(err.ambiguous)
    assert.equal("get_live_info", err.endpoint)
  end)

  it("asks no third time for JSON that comes broken in the same way twice", function()
    local broken = [[{"errcode":0,"room_info":[{"name":"\x"}]}]]
    for _, text in ipairs { broken, "\239\187\191" .. broken, " " .. broken } do
      local live, transport = fake.client { default = fake.json(text) }
      local _, err = live:get_live_info(0, 1)
      assert.equal(2, #transport.requests)
      assert.same({ "bad_answer", 2 }, { err.name, err.attempts })
      assert.is_truthy(err.message:find("an escape that does not exist at byte %d+"), err.message)
      assert.equal(err.malformed, err.message:match("an escape that does not exist at byte %d+"))
    end
    -- what is broken otherwise each time, or once only, or no JSON at all (a page of an outage)
    local live, transport = fake.client { fake.json '{"a', fake.json '{"b', fake.json '{"c',
      fake.json '{"d' }
    assert.is_nil((live:get_live_info(0, 1)))
    assert.equal(4, #transport.requests)
    live = fake.client { fake.json(broken), fake.json [[{"total":0,"room_info":[]}]] }
    assert(live:get_live_info(0, 1))
    for _, text in ipairs { "<html>{}</html>", '{"errcode":0,"room_info":[{"name":"\\x' } do
      live, transport = fake.client { default = fake.json(text) }
      assert.is_nil((live:get_live_info(0, 1)))
      assert.equal(4, #transport.requests)
    end
  end)

  it("gives a result or an error, also where the platform says that there are no rows", function()
    local live = fake.client { json [[{"errcode":300044,"errmsg":"no video"}]] }
    local clip, err = live:goods_video(1, 7)
    assert.is_nil(clip)
    assert.equal("no_clip", err.name)
  end)

  it("does not retry what was refused", function()
    local live, transport = fake.client {
      json [[{"errcode":300022,"errmsg":"roomid is not exsit"}]],
    }
    local _, err = live:get_push_url(3)
    assert.equal("room_not_found", err.name)
    assert.equal(1, #transport.requests)
  end)

  it("gets one new token when the platform refuses it, and tries once more", function()
    local live, transport = fake.client {
      json [[{"errcode":40001,"errmsg":"invalid credential"}]], json [[{"errcode":0,"roomId":33}]],
    }
    assert.equal(33, live:create_room(room()).room_id)
    assert.is_truthy(transport.requests[2].url:find("access_token=TOKEN%-2"))
    live = fake.client { default = json [[{"errcode":42001,"errmsg":"expired"}]] }
    local _, err = live:create_room(room())
    assert.equal("token", err.kind)
    assert.equal(2, err.attempts)
    assert.is_nil(err.ambiguous)
  end)

  it("sends whatever token there is as one value of the query", function()
    for token, wanted in pairs {
      ["79_aB-c.d~"] = "79_aB-c.d~", ["a+b/c=="] = "a%2Bb%2Fc%3D%3D",
      ["x&type=1#"] = "x%26type%3D1%23",
    } do
      local live, transport = fake.client({ default = json [[{"errcode":0,"url":"v"}]] }, {
        token_provider = function() return token, 7200 end,
      })
      assert(live:goods_video(1, 2))
      assert.equal("access_token=" .. wanted, transport.requests[1].url:match("%?(.*)$"))
      live:upload_media { media = "scripts/samples/images/tea-feeds.jpg" }
      assert.is_truthy(transport.requests[2].url:find("access_token=" .. wanted .. "&", 1, true))
    end
  end)

  it("has one deadline over all of it", function()
    local live, transport = fake.client({ default = lost() }, { retry = { base = 100, max = 100 } })
    local _, err = live:get_live_info({ start = 0 }, { timeout = 2 })
    assert.equal("connection_lost", err.name)
    assert.equal(1, #transport.requests)
    assert.same({}, transport.slept)
  end)

  it("honours Retry-After", function()
    local busy = json("", 429)
    busy.retry_after = 3
    local live, transport = fake.client { busy, no_rooms }
    assert(live:get_live_info(0, 10))
    assert.same({ 3 }, transport.slept)
  end)

  it("returns the request instead of sending it when asked to", function()
    local live, transport = fake.client({})
    local shown = assert(live:create_room(room(), { dry_run = true }))
    assert.equal("POST", shown.method)
    assert.equal("https://api.example.test/wxaapi/broadcast/room/create", shown.url)
    assert.is_truthy(shown.body:find('"coverImg":"m1"', 1, true))
    assert.equal(0, #transport.requests)
    live = fake.client({}, { secret = "TOPSECRET" })
    shown = assert(live:clear_quota_by_secret({}, { dry_run = true }))
    assert.is_nil(require("wxlive.json").encode(shown):find("TOPSECRET"))
  end)
end)

describe("a repeated write", function()
  it("takes the answer to a repeat for success when the first try had worked", function()
    local live = fake.client { lost(), json [[{"errcode":300022,"errmsg":"roomid is not exsit"}]] }
    assert.same({}, live:delete_room(7))
    live = fake.client { json [[{"errcode":300022,"errmsg":"roomid is not exsit"}]] }
    assert.is_nil((live:delete_room(7)))
  end)
end)

describe("hooks", function()
  it("hear of every step, and no token or secret", function()
    local events = {}
    local function hear(name)
      return function(event)
        events[#events + 1] = { name, event }
      end
    end
    local live = fake.client({
      lost(), json [[{"errcode":42001}]], json [[{"errcode":0,"room_info":[]}]],
    }, {
      hooks = {
        request = hear "request", response = hear "response", retry = hear "retry",
      },
    })
    assert(live:get_live_info(0, 10))
    local names = {}
    for i, event in ipairs(events) do
      names[i] = event[1]
      for _, value in pairs(event[2]) do
        assert.is_nil(tostring(value):find("TOKEN"))
      end
    end
    assert.same({ "request", "response", "retry", "request", "response", "request", "response" },
      names)
    assert.equal(2, events[4][2].attempt)
  end)

  it("cannot break a call", function()
    local live = fake.client({ no_rooms }, { hooks = { request = function() error "boom" end } })
    assert(live:get_live_info(0, 10))
  end)
end)
