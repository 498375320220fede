local Error = require "wxlive.error"
local fake = require "spec.support.fake"

local json = fake.json

local function lost()
  return Error.new { kind = "transport", name = "connection_lost", sent = true, message = "cut" }
end

local function unsent()
  return Error.new { kind = "transport", name = "connect_failed", sent = false, message = "no" }
end

local function room(changes)
  local params = {
    name = "双十二年货专场", cover_img = "m1", share_img = "m2", feeds_img = "m3",
    start_time = 1800003600, end_time = 1800007200, anchor_name = "小王", anchor_wechat = "wang",
    type = 0, close_like = 0, close_goods = 0, close_comment = 0,
  }
  for key, value in pairs(changes or {}) do
    params[key] = value
  end
  return params
end

local function list(...)
  local rows = {}
  for i, id in ipairs { ... } do
    rows[i] = ([[{"roomid":%d,"name":"双十二年货专场","start_time":1800003600,]]
      .. [["end_time":1800007200,"anchor_name":"小王"}]]):format(id)
  end
  return json(('{"errcode":0,"total":%d,"room_info":[%s]}'):format(#rows, table.concat(rows, ",")))
end

local no_rooms = json [[{"errcode":9410000,"errmsg":"empty room list"}]]

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

  describe("over a transport of the caller's own", function()
    local function client(send)
      return (fake.client({}, {
        transport = { send = send }, retry = { attempts = 1 }, lookup = false,
      }))
    end

    -- A read gives bad_transport, and a write that must not be repeated is ambiguous.
    local function refuses(send, where)
      local none, err = client(send):get_live_info(0, 1)
      assert.is_nil(none, where)
      assert.equal("bad_transport", err.name, where)
      none, err = client(send):push_message(2, { "openid" })
      assert.is_nil(none, where)
      assert.is_true(err.ambiguous, where)
    end

    it("relies on nothing that it returns", function()
      local good = { status = 200, body = "{}", content_type = "application/json" }
      local function with(field, value)
        local response = {}
        for name, inner in pairs(good) do
          response[name] = inner
        end
        response[field] = value
        return { response }
      end
      for i, given in ipairs {
        {}, { nil, "no network" }, { nil, 5 }, { true }, { "text" }, { 200 }, { {} },
        with("status", "200"), with("body", {}), with("headers", "a: b"),
        with("content_type", 5), with("retry_after", {}), with("size", "5"), with("saved", true),
        { setmetatable({}, { __index = function() error("no field") end }) },
        { nil, setmetatable({}, { __index = function() error("no field") end }) },
      } do
        refuses(function() return given[1], given[2] end, i)
      end
    end)

    it("takes what it raises for a failure after which the work may have been done", function()
      refuses(function() error("socket: boom") end)
      refuses(function() error({}) end)
      local _, err = client(function() error("socket: boom", 0) end):create_room(room())
      assert.is_true(err.ambiguous)
      assert.is_truthy(err.message:find("socket: boom", 1, true))
    end)

    it("goes on when it cannot sleep", function()
      local sent = 0
      local live = fake.client({}, {
        transport = {
          send = function()
            sent = sent + 1
            return { status = 503 }
          end,
          sleep = function() error "no clock" end,
        },
        retry = { attempts = 3 },
      })
      local none, err = live:get_live_info(0, 1)
      assert.is_nil(none)
      assert.same({ "http_503", 3 }, { err.name, sent })
    end)

    it("takes a response without a body, and a Retry-After as it came", function()
      local _, err = client(function() return { status = 503, retry_after = "7" } end)
        :get_live_info(0, 1)
      assert.same({ "http_503", 7 }, { err.name, err.retry_after })
      _, err = client(function() return { status = 200, retry_after = "soon" } end)
        :create_room(room())
      assert.same({ "bad_answer", true }, { err.name, err.ambiguous })
    end)

    it("gives an error object for a plain table with a kind", function()
      local _, err = client(function() return nil, { kind = "transport", name = "off" } end)
        :get_live_info(0, 1)
      assert.is_true(require("wxlive.error").is(err))
      assert.equal("get_live_info: off (off)", tostring(err))
    end)
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

describe("a create", function()
  it("is repeated when it was never sent", function()
    local live, transport = fake.client { unsent(), json [[{"errcode":0,"roomId":33}]] }
    assert.equal(33, live:create_room(room()).room_id)
    assert.equal(2, #transport.requests)
  end)

  it("with an unknown outcome is looked for and adopted", function()
    for _, doubt in ipairs { lost(), json [[{"errcode":-1}]], json("", 502), json "" } do
      local live, transport = fake.client({ doubt, no_rooms, list(44) })
      local result = assert(live:create_room(room()))
      assert.same({ room_id = 44, adopted = true }, result)
      assert.is_truthy(transport.requests[2].url:find("getliveinfo"))
      assert.equal(3, #transport.requests)
    end
  end)

  it("is repeated once it is sure not to have been done", function()
    local live, transport = fake.client({
      lost(), no_rooms, no_rooms, json [[{"errcode":0,"roomId":45}]],
    }, { lookup = { settle = 0 } })
    transport.answers[3], transport.answers[4] = transport.answers[4], nil
    assert.equal(45, live:create_room(room()).room_id)
    assert.is_truthy(transport.requests[3].url:find("room/create"))
  end)

  it("whose answer names an id is that one or nothing", function()
    local failed = json [[{"errcode":-1,"roomId":55}]]
    local live = fake.client({ failed, list(54, 55) })
    assert.same({ room_id = 55, adopted = true }, live:create_room(room()))
    for _, rows in ipairs { list(54), no_rooms } do
      local transport
      live, transport = fake.client({ failed, default = rows }, { lookup = { settle = 0 } })
      local none, err = live:create_room(room(), { timeout = 0.3 })
      assert.is_nil(none)
      assert.same({ true, 55 }, { err.ambiguous, err.body.room_id })
      for i = 2, #transport.requests do
        assert.is_truthy(transport.requests[i].url:find("getliveinfo", 1, true))
      end
    end
    -- 0 names nothing.
    live = fake.client({ json [[{"errcode":-1,"roomId":0}]], list(44) })
    assert.equal(44, live:create_room(room()).room_id)
  end)

  it("is never adopted by another one, although a token was refused in between", function()
    local answers = {
      json [[{"errcode":0,"roomId":44}]], json [[{"errcode":40001}]], json [[{"errcode":-1}]],
      list(44), no_rooms, json [[{"errcode":0,"roomId":45}]],
    }
    local live = fake.client(answers, { lookup = { settle = 0 } })
    assert.equal(44, live:create_room(room()).room_id)
    local second = assert(live:create_room(room()))
    assert.same({ 45, nil }, { second.room_id, second.adopted })
    -- Nor one that a list showed before.
    live = fake.client({
      list(44), json [[{"errcode":40001}]], json [[{"errcode":-1}]], list(44), no_rooms,
      json [[{"errcode":0,"roomId":45}]],
    }, { lookup = { settle = 0 } })
    assert(live:get_live_info(0, 10))
    assert.equal(45, live:create_room(room()).room_id)
  end)

  it("is ambiguous when the look-up fails or finds several", function()
    local live = fake.client({ lost(), list(44, 46) })
    local _, err = live:create_room(room())
    assert.is_true(err.ambiguous)
    assert.equal(2, #err.candidates)
    assert.is_truthy(tostring(err):find("may have done it"))
    live = fake.client({ lost(), default = json [[{"errcode":48001,"errmsg":"api unauthorized"}]] },
      { lookup = { settle = 0 } })
    _, err = live:create_room(room())
    assert.is_true(err.ambiguous)
    assert.equal("connection_lost", err.name)
  end)

  it("is looked for, too, when something on the way refused it: the work may have been done",
    function()
      for _, status in ipairs { 302, 401, 403, 404, 413, 451 } do
        local refusal = { status = status, body = "<html>no</html>", content_type = "text/html" }
        local live, transport = fake.client({ refusal, list(41) }, { lookup = { settle = 0 } })
        assert.same({ room_id = 41, adopted = true }, live:create_room(room()))
        assert.equal(2, #transport.requests)
        -- Absent: the refusal stands, and is not repeated.
        live, transport = fake.client({ refusal, no_rooms }, { lookup = { settle = 0 } })
        local none, err = live:create_room(room())
        assert.is_nil(none)
        assert.same({ "http_" .. status, 1 }, { err.name, err.attempts })
        assert.is_nil(err.ambiguous)
        assert.is_true(#transport.requests <= 3)
        -- Nothing to be seen.
        live = fake.client({ default = refusal }, { lookup = { settle = 0 } })
        none, err = live:create_room(room())
        assert.is_nil(none)
        assert.is_true(err.ambiguous)
        none, err = live:push_message(2, { "openid" })
        assert.is_nil(none)
        assert.is_true(err.ambiguous)
        -- What may be repeated, or was only read, was not done as far as it matters.
        none, err = live:delete_room(2)
        assert.is_nil(none)
        assert.is_nil(err.ambiguous)
      end
    end)

  it("is ambiguous at once where nothing can be looked for", function()
    local live, transport = fake.client { lost() }
    local _, err = live:push_message(2, { "openid" })
    assert.is_true(err.ambiguous)
    assert.equal(1, #transport.requests)
    live, transport = fake.client({ lost() }, { lookup = false })
    _, err = live:create_room(room())
    assert.is_true(err.ambiguous)
    assert.equal(1, #transport.requests)
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

describe("an answer that repeats the token", function()
  -- Every text in an error, at any depth.
  local function text_of(value)
    if type(value) ~= "table" then
      return tostring(value)
    end
    local texts = {}
    for key, inner in pairs(value) do
      texts[#texts + 1] = tostring(key) .. "=" .. text_of(inner)
    end
    return table.concat(texts, "\n")
  end

  local function hides(secret, err, where)
    assert.is_truthy(err, where)
    assert.is_nil((text_of(err) .. tostring(err)):find(secret, 1, true), where)
    return err
  end

  it("gives an error without it, whatever the answer is", function()
    local token = "TOKEN-1.x%"
    for i, answer in ipairs {
      json('{"errcode":300002,"errmsg":"bad access_token=' .. token .. ' rid: 6-7"}'),
      json('{"path":"/x?access_token=' .. token .. '"}', 404),
      json("Cannot POST /x?access_token=" .. token, 404), json("X " .. token, 502), json(token),
      json('{"errcode":0,"roomId":"' .. token .. '"}'),
    } do
      local live = fake.client({ default = answer }, {
        token_provider = function() return token, 7200 end, lookup = false,
        retry = { attempts = 1 },
      })
      local _, err = live:create_room(room())
      hides(token, err, i)
      if i == 1 then
        assert.same({ 300002, "6-7", "bad access_token=*** rid: 6-7" },
          { err.code, err.rid, err.body.errmsg })
      end
    end
  end)

  it("says the same, although the token is a word of JSON", function()
    for _, token in ipairs { "errcode", '"errmsg', "e" } do
      local live = fake.client({ default = json [[{"errcode":300002,"errmsg":"no"}]] }, {
        token_provider = function() return token, 7200 end,
      })
      local _, err = live:create_room(room())
      assert.same({ 300002, "name_length" }, { err.code, err.name })
    end
  end)

  it("or the secret does, too", function()
    local live = fake.client({ json [[{"errcode":41004,"errmsg":"not ABCDEF-SECRET"}]] }, {
      secret = "ABCDEF-SECRET", retry = { attempts = 1 },
    })
    local _, err = live:clear_quota_by_secret()
    assert.equal("not ***", hides("ABCDEF-SECRET", err).body.errmsg)
  end)

  it("or a transport of the caller's own names the address", function()
    local function gives(send)
      local live = fake.client({}, {
        transport = { send = send }, lookup = false, retry = { attempts = 1 },
      })
      local _, err = live:create_room(room())
      hides("TOKEN-1", err)
    end
    gives(function(_, request) error("no answer from " .. request.url) end)
    gives(function(_, request)
      return nil, { kind = "transport", name = "down", message = request.url .. " is down" }
    end)
  end)

  it("or a refused token call holds a token", function()
    local live = fake.client({
      json [[{"errcode":45009,"errmsg":"no","access_token":"NEW-TOKEN"}]],
    }, { secret = "ABCDEF", retry = { attempts = 1 } })
    local _, err = live:call("get_access_token", {})
    assert.equal(45009, hides("NEW-TOKEN", err).code)
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
