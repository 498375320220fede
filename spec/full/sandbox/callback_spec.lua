-- The sandbox pushes events as the platform does: to `wxlive listen`, and to receivers that fail.
local await = require "spec.support.await"
local broadcast = require "wxlive.broadcast"
local control = require "wxlive.sandbox.server.control"
local curl = require "spec.support.curl"
local bare_sandbox = require "spec.support.sandbox.bare"
local httpd = require "wxlive.httpd"
local listeners = require "spec.support.servers.listener"
local memory = require "wxlive.store.memory"
local sandbox = require "wxlive.sandbox"

local keys = {
  plain = { token = "t0ken", mode = "plain", appid = sandbox.APPID },
  compatible = {
    token = "t0ken", mode = "compatible", appid = sandbox.APPID,
    aes_key = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
  },
}
keys.encrypted = {
  token = "t0ken", mode = "encrypted", appid = sandbox.APPID, aes_key = keys.compatible.aes_key,
}

-- A receiver that answers may take as long as a busy machine makes it.
local PATIENT = { timeout = 600, pause = 0.01 }

-- Push settings of the sandbox that go with a receiver's keys.
local function settings(mode, url, format, more)
  local out = {
    url = url, token = keys[mode].token, aes_key = keys[mode].aes_key, mode = mode,
    format = format,
  }
  for name, value in pairs(more or {}) do
    out[name] = value
  end
  return out
end

describe("sandbox, callbacks", function()
  describe("on the bare sandbox:", function()
    local bare, room

    before_each(function()
      bare = bare_sandbox.new { callback = settings("plain", "http://127.0.0.1:9/", "xml") }
      room = bare:room()
    end)

    local function run(op, params)
      return assert(control.run(bare.platform, op, params))
    end

    local function queued()
      local messages = {}
      for delivery in bare.platform.callbacks.take, bare.platform.callbacks do
        messages[#messages + 1] = delivery.message
      end
      return messages
    end

    it("a follower is announced, and one that leaves", function()
      run("live", { room_id = room })
      run("follow", { openids = { "o1", "o2" }, room_id = room })
      run("unfollow", { openids = { "o2", "stranger" } })
      local messages = queued()
      assert.equal(3, #messages)
      assert.same({
        ToUserName = "gh_0123456789ab", FromUserName = "o1", CreateTime = bare_sandbox.NOW,
        MsgType = "event", Event = "wxalive_follow_notify", FollowNotify = {
          room_id = room, user_openid = "o1", time = bare_sandbox.NOW, live_status = 101,
          action = "add_follow",
        },
      }, messages[1])
      assert.same({ "o2", "del_follow", room }, {
        messages[3].FromUserName, messages[3].FollowNotify.action, messages[3].FollowNotify.room_id,
      })
      assert.equal(1, #bare:call("get_followers", {}).followers)
    end)

    it("the result of a push has its counts", function()
      run("live", { room_id = room })
      run("follow", { openids = { "o1" }, room_id = room })
      queued()
      local answer = bare:call("push_message", { room_id = room, user_openid = { "o1", "o9" } })
      local messages = queued()
      assert.equal(1, #messages)
      assert.equal("wxalive_push_message_notify", messages[1].Event)
      assert.same({
        message_id = answer.message_id, room_id = room, total_count = 2, success_count = 1,
        openid_error_count = 0, relation_error_count = 1, user_recv_limit_count = 0,
        internal_error_count = 0,
      }, messages[1].PushMessageApiNotify)
    end)

    it("nothing is queued for an account without a URL", function()
      run("callback", { url = "" })
      run("follow", { openids = { "o1" }, room_id = room })
      assert.equal(0, #queued())
      run("reset", {}) -- back to what it was started with
      run("follow", { openids = { "o1" } })
      assert.equal(1, #queued())
    end)

    it("limits are the platform's: three tries of five seconds", function()
      assert.equal(5, bare.platform.callbacks.targets[sandbox.APPID].timeout)
    end)

    it("settings that make no sense are refused", function()
      local function reason(changes)
        local params = settings("encrypted", "http://127.0.0.1:9/", "xml", changes)
        params.check = false
        local result, why = control.run(bare.platform, "callback", params)
        assert.is_nil(result)
        return why
      end
      assert.truthy(reason({ url = "ftp://x" }):find("http", 1, true))
      assert.truthy(reason({ aes_key = "short" }):find("43", 1, true))
      assert.truthy(reason({ mode = "safe" }):find("mode", 1, true))
      assert.truthy(reason({ format = "yaml" }):find("format", 1, true))
      assert.truthy(reason({ timeout = 0 }):find("timeout", 1, true))
      assert.truthy(reason({ pause = -1 }):find("pause", 1, true))
      local started, err = sandbox.start { callback = { url = "x", token = "t" } }
      assert.is_nil(started)
      assert.truthy(tostring(err):find("http", 1, true))
    end)
  end)

  describe("over HTTP", function()
    local box, receiver

    after_each(function()
      if receiver then
        receiver:stop()
        receiver = nil
      end
      box:stop()
    end)

    -- Waits until every delivery is through; gives the log of them.
    local function through(n)
      return await(function()
        local entries = box:control("deliveries").entries
        for _, entry in ipairs(entries) do
          if not entry.done then
            return nil
          end
        end
        return #entries >= n and entries
      end, n .. " deliveries")
    end

    for _, mode in ipairs { "plain", "compatible", "encrypted" } do
      for _, format in ipairs { "xml", "json" } do
        it(("wxlive listen gets every event, in mode %s as %s"):format(mode, format), function()
          receiver = listeners.start(keys[mode])
          box = assert(sandbox.start {
            seed = "demo", callback = settings(mode, receiver.url .. "/push", format),
          })
          local live = assert(broadcast.new {
            appid = box.appid, secret = box.secret, base_url = box.base_url,
            token_store = memory.new(),
          })
          local room
          for each in live:rooms { live_status = 101 } do
            room = each
          end
          assert(box:control("follow", { openids = { "oNew-一" }, room_id = room.room_id }))
          assert(box:control("unfollow", { openids = { "oNew-一" } }))
          local pushed = assert(live:push_message(room.room_id, { "oNew-一" }))
          local events = receiver:events(3)
          local by_kind = {}
          for _, event in ipairs(events) do
            assert.equal(format, event.wire_format)
            by_kind[event.action or event.kind] = event
          end
          assert.same({ "follow", "oNew-一", room.room_id, 101 }, {
            by_kind.add_follow.kind, by_kind.add_follow.user_openid, by_kind.add_follow.room_id,
            by_kind.add_follow.live_status,
          })
          assert.equal("oNew-一", by_kind.del_follow.user_openid)
          assert.same({ pushed.message_id, 1, 0, 1 }, {
            by_kind.push_result.message_id, by_kind.push_result.total_count,
            by_kind.push_result.success_count, by_kind.push_result.relation_error_count,
          })
          for _, entry in ipairs(through(3)) do
            assert.same({ true, 1, 200, "success" },
              { entry.ok, #entry.tries, entry.tries[1].status, entry.tries[1].answer })
          end
        end)
      end
    end

    it("duplicates, flat and malformed ones are taken for what they mean", function()
      receiver = listeners.start(keys.encrypted)
      box = assert(sandbox.start { callback = settings("encrypted", receiver.url, "xml") })
      box:control("quirk", { duplicate_events = true, flat_events = true, broken_cdata = true })
      box:control("follow", { openids = { "o1" } })
      local entries = through(2)
      assert.same({ true, true }, { entries[1].ok, entries[2].ok })
      local events = receiver:events(1)
      assert.equal(1, #events)
      assert.same({ "o1", "add_follow" }, { events[1].user_openid, events[1].action })
      receiver:line("duplicate")
    end)

    it("a late one is refused three times, in favour of nobody who replays", function()
      receiver = listeners.start(keys.encrypted)
      box = assert(sandbox.start {
        callback = settings("encrypted", receiver.url, "xml", PATIENT),
      })
      box:control("quirk", { late_events = true })
      box:control("follow", { openids = { "o1" } })
      local entry = through(1)[1]
      assert.same({ false, 3, 403, "HTTP 403" },
        { entry.ok, #entry.tries, entry.tries[3].status, entry.tries[3].why })
      receiver:line("stale")
    end)

    it("any message can be pushed by hand, and its answer is opened", function()
      receiver = listeners.start(keys.encrypted, [[
        local callback = ...
        callback:on("text", function(event)
          return { MsgType = "text", Content = "got " .. event.content }
        end)
        callback:on("image", function() error("no pictures") end)]])
      box = assert(sandbox.start { callback = settings("encrypted", receiver.url, "json") })
      local entry = assert(box:control("push", {
        message = { MsgType = "text", Content = "你好", MsgId = 1 }, wait = true,
      }))
      assert.same({ true, "message" }, { entry.ok, entry.tries[1].answer })
      assert.equal('{"Content":"got 你好","MsgType":"text"}', entry.tries[1].message)
      entry = assert(box:control("push", {
        text = "<xml><MsgType>text</MsgType><Content>x</Content></xml>", broken_cdata = true,
        wait = true,
      }))
      assert.is_true(entry.ok)
      local result, err = box:control("push", { wait = true })
      assert.is_nil(result)
      assert.truthy(tostring(err):find("message", 1, true))
      entry = assert(box:control("push", { text = "neither", wait = true }))
      assert.same({ false, 1 }, { entry.ok, #entry.tries })
    end)

    it("a handler that fails: 500, and the second try is not taken for a repetition", function()
      receiver = listeners.start(keys.encrypted, [[
        local callback, n = ..., 0
        callback:on("follow", function()
          n = n + 1
          assert(n > 1, "not today")
        end)]])
      box = assert(sandbox.start {
        callback = settings("encrypted", receiver.url, "xml", PATIENT),
      })
      box:control("follow", { openids = { "o1" } })
      local entry = through(1)[1]
      assert.same({ true, 2, "HTTP 500", "success" },
        { entry.ok, #entry.tries, entry.tries[1].why, entry.tries[2].answer })
      receiver:line("not today")
    end)

    it("settings by control are checked with an echostr, as the console does", function()
      receiver = listeners.start(keys.encrypted)
      box = assert(sandbox.start {})
      local saved = assert(box:control("callback", settings("encrypted", receiver.url, "xml")))
      assert.same({ receiver.url, "encrypted" }, { saved.url, saved.mode })
      local result, err = box:control("callback",
        settings("encrypted", receiver.url, "xml", { token = "another" }))
      assert.is_nil(result)
      assert.truthy(tostring(err):find("HTTP 403", 1, true))
      result, err = box:control("callback", settings("plain", box.base_url, "xml"))
      assert.is_nil(result)
      assert.truthy(tostring(err):find("echostr", 1, true))
      -- What was saved before is still there.
      box:control("follow", { openids = { "o1" } })
      assert.is_true(through(1)[1].ok)
      assert(box:control("callback", { url = "" }))
      box:control("follow", { openids = { "o2" } })
      assert.equal(1, box:control("deliveries").last)
    end)

    it("the wrong key on one side: refused, and the receiver's owner learns why", function()
      receiver = listeners.start(keys.encrypted)
      box = assert(sandbox.start {
        callback = settings("encrypted", receiver.url, "xml",
          { aes_key = ("B"):rep(43), timeout = PATIENT.timeout, pause = PATIENT.pause }),
      })
      box:control("follow", { openids = { "o1" } })
      assert.is_false(through(1)[1].ok)
      receiver:line("bad_ciphertext")
    end)
  end)

  describe("receivers that fail:", function()
    local box, server, url

    before_each(function()
      server = assert(httpd.listen { port = 0 })
      url = ("http://127.0.0.1:%d/hook?shop=1"):format(server:port())
      box = assert(sandbox.start {
        callback = settings("plain", url, "json", PATIENT), transport = curl.transport(),
      })
      assert(box:control("follow", { openids = { "o1" } }))
    end)

    after_each(function()
      server:close()
      box:stop()
    end)

    local function take()
      local exchange, request = server:poll(60)
      assert(exchange, request)
      return exchange, request
    end

    -- A delivery, when it is through; the server goes on meanwhile.
    local function outcome(n)
      return await(function()
        server:poll(0.01)
        local entry = box:control("deliveries").entries[n or 1]
        return entry and entry.done and entry
      end, "the end of the delivery")
    end

    it("a third try that succeeds, each signed anew", function()
      local nonces = {}
      for i = 1, 3 do
        local exchange, request = take()
        assert.same({ "POST", "/hook" }, { request.method, request.path })
        assert.truthy(request.query:find("^shop=1&") and request.query:find("openid=o1", 1, true))
        nonces[request.query:match("nonce=(%d+)")] = true
        exchange:respond { status = i < 3 and 500 or 200, body = i == 3 and "" or "success" }
      end
      local entry = outcome()
      assert.same({ true, 3, "HTTP 500", "empty" },
        { entry.ok, #entry.tries, entry.tries[1].why, entry.tries[3].answer })
      local count = 0
      for _ in pairs(nonces) do
        count = count + 1
      end
      assert.equal(3, count)
    end)

    it("no answer within the limit: cut, and tried again; three times, then never", function()
      take():respond { body = "success" }
      outcome()
      assert(box:control("callback", settings("plain", url, "json",
        { timeout = 1, pause = 0, check = false })))
      assert(box:control("follow", { openids = { "o2" } }))
      local held = {}
      for i = 1, 3 do
        held[i] = take()
      end
      local entry = outcome(2)
      assert.same({ false, 3 }, { entry.ok, #entry.tries })
      for _, attempt in ipairs(entry.tries) do
        assert.is_true(attempt.seconds >= 0.95)
        assert.is_string(attempt.why)
      end
      local exchange, why = server:poll(0.5)
      assert.is_nil(exchange)
      assert.equal("timeout", why)
      for _, one in ipairs(held) do
        one:close()
      end
    end)

    it("the sandbox answers others while a receiver keeps it waiting", function()
      local held = take()
      assert.equal(200, curl.send({ url = box.base_url .. "/" }).status)
      assert.is_false(box:control("deliveries").entries[1].done)
      held:respond { body = "SUCCESS" }
      assert.is_true(outcome().ok)
    end)

    it("an answer that is none is not good enough", function()
      take():respond { body = "ok" }
      take():respond { status = 204 }
      take():respond { body = '{"MsgType":"text","Content":"fine"}' }
      local entry = outcome()
      assert.same({ "neither success nor a message", "HTTP 204", "message" },
        { entry.tries[1].why, entry.tries[2].why, entry.tries[3].answer })
    end)

    it("nobody there", function()
      take():respond { body = "success" }
      outcome()
      local port = server:port()
      server:close()
      assert(box:control("callback", settings("plain", ("http://127.0.0.1:%d/"):format(port), "xml",
        { timeout = 0.1, check = false })))
      local entry = box:control("push", { message = { MsgType = "text" }, wait = true })
      assert.same({ false, 3 }, { entry.ok, #entry.tries })
      assert.is_string(entry.tries[1].why)
    end)
  end)
end)
