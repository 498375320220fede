-- Each event is let through once, no event is taken for another, and none is lost on the way.
local deliveries = require "spec.support.deliveries"
local events = require "wxlive.callback.event"
local memory = require "wxlive.store.memory"
local once = require "wxlive.callback.once"

local receiver = deliveries.receiver
local time = deliveries.fixture().time

-- A receiver with a clock that the spec moves, and more of them that share its store.
local function new_clock()
  local clock = { now = time }
  function clock.read()
    return clock.now
  end
  clock.store = memory.new { clock = clock.read }
  function clock.receiver(mode, more)
    return receiver(mode or "encrypted", deliveries.with({
      now = clock.read, store = clock.store,
    }, more or {}))
  end
  return clock
end

local function name_of(event, err)
  return event and "event" or err.name
end

describe("two different events are never one:", function()
  local head = '"ToUserName":"gh_1","FromUserName":"oabc","CreateTime":' .. time .. ","
  local event = head .. '"MsgType":"event","Event":'
  local xml = "<xml><CreateTime>" .. time .. "</CreateTime>%s</xml>"
  local pairs_of_events = {
    { "an unlisted event with another id", "{" .. event .. '"wxa_media_check","trace_id":"db6a"}',
      "{" .. event .. '"wxa_media_check","trace_id":"fbef"}' },
    { "another nested field", "{" .. event .. '"trade_manage_order_settlement","a":{"b":[1,2]}}',
      "{" .. event .. '"trade_manage_order_settlement","a":{"b":[1,3]}}' },
    { "another order within a list", "{" .. event .. '"x","a":[1,2]}',
      "{" .. event .. '"x","a":[2,1]}' },
    { "a field more", "{" .. event .. '"user_enter_tempsession"}',
      "{" .. event .. '"user_enter_tempsession","SessionFrom":""}' },
    { "true and false", "{" .. event .. '"x","ok":true}', "{" .. event .. '"x","ok":false}' },
    { "false and nothing", "{" .. event .. '"x","ok":false}', "{" .. event .. '"x"}' },
    { "text that moves from field to field", "{" .. event .. '"x","a":"1","b":"23"}',
      "{" .. event .. '"x","a":"12","b":"3"}' },
    { "a listed event with other counts", "{" .. event .. '"wxalive_push_message_notify",'
        .. '"message_id":"1","room_id":1,"success_count":1}',
      "{" .. event .. '"wxalive_push_message_notify","message_id":"1","room_id":1,'
        .. '"success_count":2}' },
    { "a message without MsgId", "{" .. head .. '"MsgType":"text","Content":"a"}',
      "{" .. head .. '"MsgType":"text","Content":"b"}' },
    { "a message whose MsgId is empty", "{" .. head .. '"MsgType":"text","MsgId":"","Content":"a"}',
      "{" .. head .. '"MsgType":"text","MsgId":"","Content":"b"}' },
    { "a message whose MsgId is 0", "{" .. head .. '"MsgType":"text","MsgId":0,"Content":"a"}',
      "{" .. head .. '"MsgType":"text","MsgId":0,"Content":"b"}' },
    { "two messages of one sender", "{" .. head .. '"MsgType":"text","MsgId":1}',
      "{" .. head .. '"MsgType":"text","MsgId":2}' },
    { "the same MsgId from two senders", "{" .. head .. '"MsgType":"text","MsgId":1}',
      "{" .. head:gsub("oabc", "oabd") .. '"MsgType":"text","MsgId":1}' },
    { "what is pushed to a third-party platform",
      xml:format("<InfoType>unauthorized</InfoType><AuthorizerAppid>wx1</AuthorizerAppid>"),
      xml:format("<InfoType>unauthorized</InfoType><AuthorizerAppid>wx2</AuthorizerAppid>") },
    { "two kinds of them", xml:format("<InfoType>authorized</InfoType>"),
      xml:format("<InfoType>unauthorized</InfoType>") },
    { "an element twice", xml:format("<MsgType>event</MsgType><Event>subscribe_msg_change_event"
        .. "</Event><List><T>1</T></List><List><T>2</T></List>"),
      xml:format("<MsgType>event</MsgType><Event>subscribe_msg_change_event</Event>"
        .. "<List><T>1</T></List><List><T>3</T></List>") },
  }

  for _, case in ipairs(pairs_of_events) do
    it(case[1], function()
      for _, mode in ipairs { "plain", "compatible", "encrypted" } do
        local clock = new_clock()
        local one, other = clock.receiver(mode), clock.receiver(mode)
        for i = 2, 3 do
          local sent = assert(one:delivery(case[i]))
          assert.equal("event", name_of(one:open(sent.query, sent.body)))
        end
        -- The platform's next try: another time and nonce, other random bytes, the same message.
        clock.now = clock.now + 5
        for i = 2, 3 do
          local again = assert(one:delivery(case[i]))
          assert.equal("duplicate", name_of(other:open(again.query, again.body)))
        end
      end
    end)
  end

  it("but the order of fields and the form make no other one of it", function()
    local identity
    for _, text in ipairs {
      '{"MsgType":"event","Event":"x","a":1,"b":{"c":"2"}}',
      '{"b":{"c":2},"a":"1","Event":"x","MsgType":"event"}',
      "<xml><a>1</a><MsgType>event</MsgType><b><c>2</c></b><Event>x</Event></xml>",
    } do
      local read = events.identity(assert(events.read(text)))
      identity = identity or read
      assert.equal(identity, read)
    end
  end)

  it("and a handler that changes its event does not change which one it is", function()
    local clock = new_clock()
    local one = clock.receiver():on("*", function(got)
      got.from_user_name, got.extra = "changed", {}
      error("no")
    end)
    local sent = one:delivery("{" .. event .. '"x"}')
    for _ = 1, 2 do
      assert.equal(500, one:handle("POST", sent.query, sent.body).status)
    end
  end)
end)

describe("a body that is not a message", function()
  it("is refused in every mode", function()
    for _, text in ipairs {
      "{}", "[]", '{"CreateTime":1}', '{"Event":"x"}', '{"MsgType":""}', '{"MsgType":null}',
      '{"InfoType":""}', '{"InfoType":{"a":"b"}}', "<xml/>", "<xml></xml>",
      "<xml><Event>x</Event></xml>", "<xml><MsgType></MsgType></xml>",
    } do
      for _, mode in ipairs { "plain", "compatible", "encrypted" } do
        local one = new_clock().receiver(mode)
        local sent = one:delivery(text)
        -- a bare list has no place for an Encrypt text
        if sent and not (mode == "compatible" and not sent.body:find("Encrypt")) then
          local _, opened, err = one:handle("POST", sent.query, sent.body)
          assert.is_nil(opened)
          assert.equal("bad_message", err.name, mode .. text)
        end
      end
    end
  end)
end)

describe("seen is not done:", function()
  local sent, clock

  before_each(function()
    clock = new_clock()
    sent = clock.receiver():delivery('{"MsgType":"event","Event":"x","CreateTime":' .. time .. "}")
  end)

  local function post(one)
    local response, event, err = one:handle("POST", sent.query, sent.body)
    return response.status .. " " .. (err and err.name or event and "event" or "nothing")
  end

  -- A process whose handler stops in the middle, until it is resumed.
  local function start(handler)
    local task = coroutine.wrap(function()
      return post(clock.receiver():on("*", function()
        coroutine.yield("at it")
        if handler then
          handler()
        end
      end))
    end)
    assert.equal("at it", task())
    return task
  end

  it("a second delivery is not answered success while handlers run", function()
    local other = clock.receiver():on("*", error)
    local task = start()
    assert.equal("503 undecided", post(other))
    local _, err = other:open(sent.query, sent.body)
    assert.truthy(err.hint:find("anything but success", 1, true))
    assert.equal("200 event", task())
    assert.equal("200 duplicate", post(other))
  end)

  it("a handler that raises leaves the event to the next delivery", function()
    local other = clock.receiver()
    local task = start(error)
    assert.equal("503 undecided", post(other))
    assert.equal("500 handler_failed", task())
    assert.equal("200 event", post(other))
    assert.equal("200 duplicate", post(other))
  end)

  it("a process that is killed leaves it, too, before the platform gives up", function()
    local other = clock.receiver()
    start()
    clock.now = time + once.LEASE - 0.5
    assert.equal("503 undecided", post(other))
    clock.now = time + once.LEASE + 0.5
    assert.is_true(once.LEASE < 10)
    assert.equal("200 event", post(other))
  end)

  it("who fails late does not take the event from who has it now", function()
    local late = start(error)
    clock.now = time + once.LEASE + 1
    local task = start()
    assert.equal("500 handler_failed", late())
    assert.equal("503 undecided", post(clock.receiver()))
    assert.equal("200 event", task())
    assert.equal("200 duplicate", post(clock.receiver()))
  end)

  it("a lease can be renewed, settled and given back", function()
    local one, other = clock.receiver(), clock.receiver()
    local event = assert(one:open(sent.query, sent.body, 5))
    clock.now = time + 4
    assert.is_true(one:renew(event))
    clock.now = time + 4 + once.LEASE - 1
    assert.equal("503 undecided", post(other))
    one:forget(event)
    event = assert(one:open(sent.query, sent.body, 5))
    assert.is_true(one:settle(event))
    assert.equal("200 duplicate", post(other))
    one:forget(event)
    assert.equal("200 event", post(other))
  end)

  it("an event that is answered before its handlers run is done", function()
    local one, other = clock.receiver(), clock.receiver()
    local job
    one:handle("POST", sent.query, sent.body, function(work)
      job = work
      return true
    end)
    assert.equal("200 duplicate", post(other))
    assert.equal(0, job())
    assert.equal("200 duplicate", post(other))
  end)

  it("is let through once, although the answers of its store got lost", function()
    local case = deliveries.case("follow, XML, encrypted")
    local lossy = new_clock()
    local kept = lossy.store
    -- As Redis where the connection breaks: add is repeated, and what is there then is its own.
    lossy.store = setmetatable({
      add = function(_, key, value, ttl)
        return kept:add(key, value, ttl) or kept:get(key) == value
      end,
    }, { __index = function(_, name)
      return function(_, ...) return kept[name](kept, ...) end
    end })
    local first, second = lossy.receiver(), lossy.receiver()
    assert.equal("event", name_of(first:open(case.query, case.body)))
    assert.equal("duplicate", name_of(second:open(case.query, case.body)))
  end)

  it("a store that is full lets the event through, and says so", function()
    local full = { message = "no memory", full = true, hint = "enlarge it" }
    local one = clock.receiver()
    one.store = { add = function() return nil, full end }
    local response, event, err = one:handle("POST", sent.query, sent.body)
    assert.same({ 200, "success", "x" }, { response.status, response.body, event.event })
    assert.same({ "store_full", "enlarge it" }, { err.name, err.hint })
  end)

  it("a store that fails while handlers run: answered success, and the failure is told", function()
    local one = clock.receiver()
    one.store = {
      add = function() return true end,
      set = function() return nil, { message = "away" } end,
    }
    local response, event, err = one:handle("POST", sent.query, sent.body)
    assert.same({ 200, "x", "store_failed" }, { response.status, event.event, err.name })
  end)
end)

describe("what came is remembered", function()
  -- Opens an event with this nonce, and gives the seconds for which it is remembered.
  local function remembered(nonce, created, more)
    local clock = new_clock()
    local one = clock.receiver("encrypted", more)
    local ttl
    one.store = { add = function(_, _, _, life)
      ttl = life
      return true
    end }
    local sent = one:delivery(('{"MsgType":"event","Event":"x"%s}'):format(
      created and ',"CreateTime":' .. created or ""), { nonce = nonce, timestamp = time })
    assert(one:open(sent.query, sent.body))
    return ttl
  end

  it("for as long as its request is accepted again, and not for a day", function()
    for _, nonce in ipairs { "271828", "1514711492", "9999999999", "a" } do
      assert.equal(600, remembered(nonce, time))
      assert.equal(600, remembered(nonce, time - 80000))
      assert.equal(600, remembered(nonce))
    end
    assert.equal(120, remembered("1", time, { window = 60 }))
  end)

  it("longer where the digits of timestamp and nonce hold a later time", function()
    assert.equal(7200 + 600, remembered(("%.0f"):format(time + 7200), time))
    assert.equal(86400 + 300, remembered(("%.0f"):format(time + 86300), time))
    assert.equal(600, remembered(("%.0f"):format(time + 90000), time)) -- the event is too old then
    assert.equal(3600 + 600, remembered("00" .. ("%.0f"):format(time + 3600), time))
    assert.equal(3600 + 300, remembered(("%.0f"):format(time + 3700), time, { max_age = 3600 }))
    assert.equal(600, remembered(("%.0f"):format(time + 5000), time, { max_age = 3600 }))
    -- The signature of ("1795406400", "a1795413600") is that of ("1795413600", "1795406400a").
    assert.equal(7200 + 600, remembered(("a%.0f"):format(time + 7200), time))
    assert.equal(86400, remembered("1", time, { window = false }))
  end)

  it("so that nothing made of a recorded request is ever let through", function()
    local accepted = 0
    local function try(one, query, body, timestamp, nonce)
      local encrypt = body:match('"Encrypt":"([^"]+)')
      if one.keys:verify(query.msg_signature, timestamp, nonce, encrypt) then
        local event = one:open({
          timestamp = timestamp, nonce = nonce, msg_signature = query.msg_signature,
        }, body)
        accepted = accepted + (event and 1 or 0)
      end
    end
    for _, nonce in ipairs {
      "271828", ("%.0f"):format(time + 299), ("%.0f"):format(time + 601),
      ("%.0f"):format(time + 43210), ("%.0f"):format(time + 86399), ("0%.0f"):format(time + 1000),
      ("00%.0f"):format(time), ("%.0f77"):format(time + 5000), ("a%.0f"):format(time + 7200),
    } do
      local clock = new_clock()
      local one = clock.receiver()
      local sent = one:delivery('{"MsgType":"event","Event":"x","CreateTime":' .. time .. "}",
        { nonce = nonce, timestamp = time })
      assert(one:open(sent.query, sent.body))
      local query = sent.query
      for after = 0, 90000, 97 do
        clock.now = time + after
        for _, joined in ipairs { query.timestamp .. nonce, nonce .. query.timestamp } do
          for n = 8, math.min(12, #joined - 1) do
            try(one, query, sent.body, joined:sub(1, n), joined:sub(n + 1))
            try(one, query, sent.body, joined:sub(-n), joined:sub(1, -n - 1))
          end
        end
      end
    end
    assert.equal(0, accepted)
  end)
end)
