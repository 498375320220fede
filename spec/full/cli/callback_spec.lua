-- wxlive callback open | seal and wxlive listen, as users meet them: processes, over HTTP.
local callbacks = require "wxlive.callback"
local command = require "spec.support.command"
local curl = require "spec.support.curl"
local deliveries = require "spec.support.deliveries"
local json = require "wxlive.json"
local listeners = require "spec.support.servers.listener"
local process = require "spec.support.process"
local queries = require "wxlive.callback.query"

local fixture = deliveries.fixture()
local keys = {
  token = fixture.token, aes_key = fixture.aes_key, appid = fixture.appid, mode = "encrypted",
}

local function wxlive(arguments, more, input)
  local env = listeners.env(deliveries.with(keys, more or {}))
  env.WXLIVE_LANG = more and more.lang or "en"
  local got = command.lua("scripts/wxlive", arguments, { env = env, input = input })
  for _, text in ipairs { got.out, got.err } do
    assert.is_nil(text:find(fixture.token, 1, true), text)
    assert.is_nil(text:find(fixture.aes_key, 1, true), text)
  end
  return got
end

describe("wxlive callback", function()
  describe("open", function()
    local case = deliveries.case("follow, XML, encrypted")

    local function open(changes, more, body)
      return wxlive({
        "callback", "open", "--any-time", "--json", "--query",
        queries.text(deliveries.with(case.query, changes or {})), "--body", "-",
      }, more, body or case.body)
    end

    -- The first step that fails, and that it is what the error speaks of.
    local function failing(...)
      local got = open(...)
      assert.equal(1, got.status, got.err)
      assert.is_truthy(got.err:find("^wxlive: [^\n]+\n$"), got.err)
      for _, step in ipairs(json.decode(got.out).steps) do
        if not step.ok then
          assert.truthy(got.err:find("refused: " .. step.name .. ": ", 1, true), got.err)
          return step.name, step.text
        end
      end
    end

    it("shows every step, and the event", function()
      local got = open()
      assert.equal(0, got.status, got.err)
      local answer = json.decode(got.out)
      local names = {}
      for i, step in ipairs(answer.steps) do
        assert.is_true(step.ok)
        names[i] = step.name
      end
      assert.same({
        "mode", "query", "envelope", "sorted input", "digest", "clock", "base64", "blocks", "key",
        "padding", "length", "appid", "message",
      }, names)
      assert.same({ "follow", 12 }, { answer.event.kind, answer.event.room_id })
      local sorted = answer.steps[4].text
      assert.truthy(sorted:find("token (10 characters, not shown)", 1, true), sorted)
    end)

    it("with the keys of an account of the settings", function()
      local path = os.tmpname()
      process.write(path, ("callback_token = other\n[tea]\nappid = %s\ncallback_token = %s\n"
        .. "callback_aes_key = %s\n[pot]\nappid = wx2\n"):format(keys.appid, keys.token,
        keys.aes_key))
      os.execute("chmod 600 " .. path)
      local function open_for(account)
        return wxlive({
          "callback", "open", "--any-time", "--json", "--config", path, "--account", account,
          "--query", queries.text(case.query), "--body", "-",
        }, { token = false, aes_key = false, appid = false, mode = false }, case.body)
      end
      local got = open_for("tea")
      assert.equal(0, got.status, got.err)
      assert.equal("follow", json.decode(got.out).event.kind)
      assert.equal(1, open_for("pot").status)
      os.remove(path)
    end)

    it("as lines, in both languages", function()
      local path = os.tmpname()
      process.write(path, case.body)
      local arguments = {
        "callback", "open", "--query", "https://shop.example/wx?" .. queries.text(case.query),
        "--body", path, "--table", "--any-time",
      }
      local got = wxlive(arguments)
      assert.truthy(got.out:find("ok    padding: last byte", 1, true), got.out)
      assert.truthy(got.out:find('"kind":"follow"', 1, true), got.out)
      got = wxlive(arguments, { lang = "zh_CN.UTF-8", appid = "wx0000000000000000" })
      assert.equal(1, got.status)
      assert.truthy(got.out:find("ok    填充：", 1, true), got.out)
      assert.truthy(got.out:find("FAIL  AppID：", 1, true), got.out)
      assert.truthy(got.err:find("消息被拒绝", 1, true), got.err)
      os.remove(path)
    end)

    it("says which check fails", function()
      local name, text = failing({ nonce = "1" })
      assert.equal("digest", name)
      assert.truthy(text:find(case.query.msg_signature, 1, true))
      assert.equal("query", (failing({ msg_signature = "" })))
      assert.equal("digest", (failing(nil, { token = "other" })))
      name, text = failing(nil, { aes_key = ("B"):rep(43) })
      assert.equal("padding", name)
      assert.truthy(text:find("EncodingAESKey", 1, true))
      name, text = failing(nil, { appid = "wx0123456789abcdeg" })
      assert.equal("appid", name)
      assert.truthy(text:find('"wx0123456789abcdef"', 1, true), text)
      local plain = deliveries.case("follow, XML, plain")
      name, text = failing(nil, nil, plain.body)
      assert.equal("envelope", name)
      assert.truthy(text:find("plain messages", 1, true), text)
      -- What is wrong with a text comes out even when its signature is wrong as well.
      local got = open(nil, nil, (case.body:gsub("(CDATA%[%w%w%w%w)%w+", "%1")))
      assert.equal(1, got.status)
      assert.truthy(got.out:find('"name":"b%w+","ok":false'), got.out)
    end)

    it("looks at the clock, unless it is told not to", function()
      local got = wxlive({
        "callback", "open", "--query", queries.text(case.query), "--body", "-",
      }, nil, case.body)
      assert.equal(1, got.status)
      assert.truthy(got.err:find("refused: clock", 1, true), got.err)
    end)

    it("plain messages, too", function()
      local plain = deliveries.case("result, JSON, plain")
      local got = wxlive({
        "callback", "open", "--any-time", "--query", queries.text(plain.query), "--body", "-",
      }, { mode = "plain", aes_key = false }, plain.body)
      assert.equal(0, got.status, got.err)
      assert.equal("push_result", json.decode(got.out).event.kind)
    end)

    it("wrong usage and settings have their own statuses", function()
      assert.equal(2, wxlive({ "callback" }).status)
      assert.equal(2, wxlive({ "callback", "open" }).status)
      local got = wxlive { "callback", "open", "--query", "a=1", "--body", "/nonexistent/x" }
      assert.equal(2, got.status)
      assert.truthy(got.err:find("/nonexistent/x", 1, true))
      got = open(nil, { token = false })
      assert.equal(5, got.status)
      assert.truthy(got.err:find("WXLIVE_CALLBACK_TOKEN", 1, true))
      got = open(nil, { aes_key = "too-short" })
      assert.equal(5, got.status)
      assert.truthy(got.err:find("43 characters", 1, true), got.err)
    end)
  end)

  describe("seal", function()
    it("makes what open opens", function()
      for _, mode in ipairs { "plain", "compatible", "encrypted" } do
        for event, action in pairs { follow = "add_follow", unfollow = "del_follow" } do
          local got = wxlive({ "callback", "seal", "--event", event, "--format", "json" },
            { mode = mode })
          assert.equal(0, got.status, got.err)
          local sent = json.decode(got.out)
          got = wxlive({ "callback", "open", "--query", sent.query, "--body", "-" },
            { mode = mode }, sent.body)
          assert.equal(0, got.status, got.err)
          assert.equal(action, json.decode(got.out).event.action)
        end
      end
    end)

    it("takes a message of one's own", function()
      local text = '{"MsgType":"text","Content":"爱"}'
      local sent = json.decode(wxlive({ "callback", "seal", "--message", "-" }, nil, text).out)
      local got = wxlive({ "callback", "open", "--query", sent.query, "--body", "-" }, nil,
        sent.body)
      assert.equal("爱", json.decode(got.out).event.content)
      assert.equal(2, wxlive({ "callback", "seal", "--message", "-" }, nil, "neither").status)
    end)
  end)
end)

describe("wxlive listen", function()
  local listener

  -- Settings of three accounts, one without keys.
  local function settings()
    local path = os.tmpname()
    process.write(path, ("[tea]\nappid = %s\ncallback_token = %s\ncallback_aes_key = %s\n"
      .. "[茶具]\nappid = wx2\ncallback_token = %s\ncallback_aes_key = %s\n[lid]\nappid = wx3\n")
      :format(keys.appid, keys.token, keys.aes_key, "another", ("B"):rep(42) .. "A"))
    os.execute("chmod 600 " .. path)
    return path
  end

  -- Sends an event of an account to an address; gives the answer's status.
  local function send(path, account, address)
    local got = wxlive({ "callback", "seal", "--config", path, "--account", account, "--send",
      listener.url .. address }, { token = false, aes_key = false, appid = false, mode = false })
    return got.out:match("^HTTP (%d+)"), got.err
  end

  it("receives for many accounts, each at an address of its own with its own keys", function()
    local path = settings()
    listener = listeners.start_with(listeners.env { token = false },
      { "listen", "--all", "--config", path })
    listener:line("/tea mode encrypted")
    listener:line("/茶具 mode encrypted")
    listener:line("wxlive: lid: the push settings are missing")
    assert.equal("200", send(path, "tea", "/tea"))
    assert.equal("200", send(path, "茶具", "/%E8%8C%B6%E5%85%B7"))
    local events = listener:events(2)
    assert.same({ "tea", "茶具" }, { events[1].account, events[2].account })
    -- Nobody's, and another's.
    assert.equal("404", send(path, "tea", "/lid"))
    assert.equal("404", send(path, "tea", "/"))
    assert.equal("403", send(path, "tea", "/%E8%8C%B6%E5%85%B7"))
    os.remove(path)
  end)

  it("gives a handler the name of its account", function()
    local path, handler = settings(), os.tmpname()
    process.write(handler, [[
      local callback, account = ...
      callback:on("follow", function() print("follows " .. account) io.stdout:flush() end)]])
    listener = listeners.start_with(listeners.env { token = false }, { "listen", "--account", "tea",
      "--config", path, "--handler", handler })
    assert.equal("200", send(path, "tea", "/whatever"))
    listener:line("follows tea")
    os.remove(path)
    os.remove(handler)
  end)

  after_each(function()
    if listener then
      listener:stop()
      listener = nil
    end
  end)

  it("receives what seal sends, once", function()
    listener = listeners.start(keys)
    for _, event in ipairs { "follow", "push_result" } do
      local got = wxlive {
        "callback", "seal", "--event", event, "--send", listener.url .. "/x?a=1",
      }
      assert.same({ 0, "HTTP 200 success\n" }, { got.status, got.out }, got.err)
    end
    local events = listener:events(2)
    assert.same({ "follow", "push_result" }, { events[1].kind, events[2].kind })
    assert.is_nil(events[1].raw)
    local odd = wxlive { "callback", "seal", "--send", "ftp://127.0.0.1/" }
    assert.equal(2, odd.status)
    assert.truthy(odd.err:find("--send must be the address of a receiver", 1, true), odd.err)
    local got = wxlive({ "callback", "seal", "--send", listener.url }, { token = "other" })
    assert.same({ 1, "HTTP 403 refused\n" }, { got.status, got.out })
    listener:line("bad_signature")
  end)

  it("refuses the rest, says why to its owner only, and goes on", function()
    listener = listeners.start(keys)
    local plain = deliveries.case("follow, XML, plain")
    local function post(query, body)
      local answer = curl.send {
        method = "POST", url = listener.url .. "/?" .. query, body = body,
        content_type = "text/xml",
      }
      return answer.status .. " " .. answer.body
    end
    assert.equal("400 refused", post(queries.text(plain.query), plain.body))
    listener:line("not_encrypted")
    local sealed = deliveries.case("follow, XML, encrypted")
    assert.equal("403 refused", post(queries.text(sealed.query), sealed.body))
    listener:line("stale")
    assert.equal("400 refused", post("", ""))
    assert.equal("413 refused", post(queries.text(sealed.query), ("x"):rep(2 * 1024 * 1024)))
    listener:line("larger than 1 MiB")
    assert.equal(403, curl.send({
      url = listener.url .. "/?signature=0&timestamp=1&nonce=2&echostr=<script>",
    }).status)
    assert.equal(405, curl.send({ method = "DELETE", url = listener.url .. "/" }).status)
    assert.equal(0, wxlive({ "callback", "seal", "--send", listener.url }).status)
    assert.equal(1, #listener:events(1))
    assert.is_nil(listener:log():find(keys.token, 1, true))
    assert.is_nil(listener:log():find(keys.aes_key, 1, true))
  end)

  it("a handler file takes the events, and answers", function()
    listener = listeners.start(keys, [[
      local callback = ...
      callback:on("follow", function(event)
        print("hello " .. event.user_openid)
        io.stdout:flush()
        if event.action == "del_follow" then error("cannot let go") end
      end)]])
    assert.equal(0, wxlive({ "callback", "seal", "--send", listener.url }).status)
    listener:line("hello oSample")
    local got = wxlive { "callback", "seal", "--event", "unfollow", "--send", listener.url }
    assert.same({ 1, "HTTP 500 refused\n" }, { got.status, got.out })
    listener:line("cannot let go")
  end)

  it("takes no event that it cannot print: the platform's next try comes through", function()
    local env, store = listeners.env(keys), process.directory()
    env.WXLIVE_TOKEN_STORE = "file:" .. store
    local delivery = assert(assert(callbacks.new(keys)):delivery { MsgType = "event",
      Event = "wxalive_follow_notify", FollowNotify = { user_openid = "oOne" } })
    local function deliver(output)
      listener = listeners.start_with(env, { "listen" }, output)
      local answer = curl.send { method = "POST", body = delivery.body,
        url = listener.url .. "/?" .. queries.text(delivery.query) }
      return answer and answer.body
    end
    assert.not_equal("success", deliver("/dev/full"))
    listener:line("output_failed")
    listener:stop()
    assert.equal("success", deliver())
    assert.equal("oOne", listener:events(1)[1].user_openid)
    process.remove(store)
  end)

  it("says what is wrong before it listens", function()
    local function fails(status, pattern, arguments, more)
      local got = wxlive(arguments, more)
      assert.equal(status, got.status, got.err)
      assert.is_truthy(got.err:find("^wxlive: [^\n]+\n$"), got.err)
      assert.truthy(got.err:find(pattern), got.err)
    end
    local path = os.tmpname()
    process.write(path, "local callback = ...\ncallback:onn()")
    fails(2, "onn", { "listen", "--handler", path })
    process.write(path, "return 1")
    fails(2, "registers no handler", { "listen", "--handler", path })
    process.write(path, "x =")
    fails(2, "handler file", { "listen", "--handler", path })
    os.remove(path)
    fails(2, "handler", { "listen", "--handler", "/nonexistent/x.lua" })
    fails(2, "port", { "listen", "--port", "99999" })
    fails(5, "aes_key", { "listen" }, { aes_key = false })
    listener = listeners.start(keys)
    fails(2, "in use", { "listen", "--port", listener.url:match("%d+$") })
  end)

  it("and wxlive sandbox --callback-url go together with one set of settings", function()
    local directory = process.directory()
    local base_url
    local of_another = deliveries.with(keys, { appid = "wxfedcba9876543210" })
    listener = listeners.start(of_another)
    local sandbox = process.start {
      directory = directory,
      command = listeners.command(listeners.env(of_another), {
        "sandbox", "--callback-url", listener.url, "--callback-format", "json",
      }),
      ready = function()
        base_url = (process.read(directory .. "/process.log") or ""):match(
          "WXLIVE_BASE_URL=(http://127%.0%.0%.1:%d+)\n")
        return base_url
      end,
    }
    finally(function()
      sandbox:stop()
      process.remove(directory)
    end)
    local answer = curl.send(curl.post(base_url .. "/_sandbox/follow", { openids = { "oOne" } }))
    assert.equal(200, answer.status)
    assert.equal("oOne", listener:events(1)[1].user_openid)
    local got = wxlive({ "sandbox", "--callback-url", listener.url }, { token = false })
    assert.equal(5, got.status)
  end)
end)
