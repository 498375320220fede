-- The desk as requests and responses: who is let in, what is shown, and when an action looks done.
local Error = require "wxlive.error"
local broadcast = require "wxlive.broadcast"
local desks = require "wxlive.desk"
local json = require "wxlive.json"
local memory = require "wxlive.store.memory"
local sandbox = require "wxlive.sandbox"
local sessions_of = require "wxlive.desk.sessions"
local words = require "wxlive.web".words(require "wxlive.desk.words")

local HOST = "127.0.0.1:8080"

describe("the desk", function()
  local box, live, log, desk, bodies

  setup(function()
    box = assert(sandbox.start { seed = "demo", audit_seconds = false })
  end)

  teardown(function()
    box:stop()
  end)

  -- A desk over the sandbox, and everything that it answers.
  local function open(options)
    log = desks.log()
    live = assert(broadcast.new {
      appid = box.appid, secret = box.secret, base_url = box.base_url, hooks = log.hooks,
      token_store = memory.new(), quota = true, retry = { attempts = 1 },
    })
    options = options or {}
    options.live, options.log = options.live or live, log
    desk = assert(desks.new(options))
  end

  before_each(function()
    box:control("reset")
    bodies = {}
    open()
  end)

  local function send(request)
    local headers = { host = HOST }
    for name, value in pairs(request.headers or {}) do
      headers[name] = value or nil
    end
    request.headers = headers
    local response = desk:handle(request)
    bodies[#bodies + 1] = json.encode(response)
    return response
  end

  local function get(path, headers, query)
    return send { method = "GET", path = path, query = query, headers = headers, body = "" }
  end

  local function post(name, body, headers)
    local all = { ["content-type"] = "application/json", origin = "http://" .. HOST,
      ["sec-fetch-site"] = "same-origin" }
    for key, value in pairs(headers or {}) do
      all[key] = value
    end
    local response = send { method = "POST", path = desk.base .. name, headers = all,
      body = type(body) == "string" and body or json.encode(body or {}) }
    return response.status, json.decode(response.body), response
  end

  local function view(asked)
    local status, answer = post("view", asked)
    assert.equal(200, status, answer and answer.error)
    return answer
  end

  local function act(asked)
    local status, answer = post("act", asked)
    assert.equal(200, status, answer and answer.error)
    return answer
  end

  local function rooms_goods(id)
    for _, room in ipairs(box:control("state").room) do
      if room.id == id then
        return room.goods
      end
    end
  end

  describe("lets in", function()
    it("no other host: a name of its own that points to loopback (DNS rebinding)", function()
      for _, host in ipairs { "evil.example", "evil.example:8080", "127.0.0.1.evil.example:8080",
        "" } do
        assert.equal(403, get("/", { host = host }).status, host)
        assert.equal(403, (post("view", {}, { host = host, origin = "http://" .. host })), host)
        assert.equal(403, (post("act", { op = "refresh" }, { host = host })), host)
      end
      assert.equal(200, get("/", { host = "localhost:1" }).status)
      open { hosts = { "admin.example" } }
      assert.equal(200, get("/", { host = "admin.example" }).status)
      assert.equal(403, get("/").status)
    end)

    it("no other origin, and no request that a foreign page could make", function()
      for _, headers in ipairs {
        { origin = "https://evil.example" }, { origin = "null" }, { origin = "http://127.0.0.1:1" },
        { origin = "https://" .. HOST }, { ["sec-fetch-site"] = "cross-site" },
        { ["sec-fetch-site"] = "same-site" },
      } do
        assert.equal(403, (post("view", {}, headers)), json.encode(headers))
        assert.equal(403, (post("act", { op = "push", room_id = "2", goods_id = "1" }, headers)))
      end
      for _, content_type in ipairs { "text/plain", "application/x-www-form-urlencoded", "" } do
        assert.equal(415, (post("act", { op = "refresh" }, { ["content-type"] = content_type })))
      end
      assert.equal(405, get("/view").status)
      assert.equal(405, get("/act", nil, "op=refresh").status)
      assert.equal(405, send { method = "POST", path = "/", body = "" }.status)
      assert.is_nil(rooms_goods(2)[1].pushes)
    end)

    it("no body that is too long, or not an object; and no path but its own", function()
      assert.equal(413, (post("act", ('{"op":"%s"}'):format(("x"):rep(desks.MAX_BODY)))))
      for _, body in ipairs { "", "no JSON", "[]", "3", '"x"', "[1]" } do
        assert.equal(400, (post("act", body)), body)
      end
      assert.equal(404, get("/other").status)
      open { base = "/desk/" }
      assert.equal(200, get("/desk/").status)
      assert.equal(404, get("/").status)
      assert.equal(404, get("/desk").status)
      assert.equal(200, (post "view"))
    end)

    it("the browser that came by the address, once", function()
      local opened = 0
      local sessions = sessions_of.new(function() opened = opened + 1 end)
      open { base = "/x1/", sessions = sessions }
      local token = sessions.token
      assert.equal(403, get("/x1/").status)
      assert.equal(403, get("/x1/", nil, "token=" .. ("0"):rep(32)).status)
      assert.equal(401, (post("view")))
      assert.equal(0, opened)
      local response = get("/x1/", nil, "token=" .. token)
      local cookie = response.headers["Set-Cookie"]
      assert.equal(200, response.status)
      assert.truthy(cookie:find("^wxlive_desk=%x+; Path=/x1/; HttpOnly; SameSite=Strict$"), cookie)
      assert.equal(1, opened)
      assert.not_equal(token, sessions.token)
      -- The token is spent; the cookie opens the page and what is behind it.
      local own = { cookie = cookie:match("^[^;]+") }
      assert.equal(403, get("/x1/", nil, "token=" .. token).status)
      assert.equal(200, get("/x1/", own, "token=" .. token).status)
      assert.is_nil(get("/x1/", own).headers["Set-Cookie"])
      assert.equal(200, (post("view", {}, { cookie = "a=b; " .. own.cookie .. "; c=d" })))
      for _, other in ipairs { "wxlive_desk=", "wxlive_desk=00", "x" .. own.cookie,
        own.cookie:sub(1, -2), "wxlive_desk=" .. sessions.token } do
        assert.equal(401, (post("view", {}, { cookie = other })), other)
      end
      -- Another browser comes by the next address.
      assert.equal(200, get("/x1/", nil, "token=" .. sessions.token).status)
      assert.equal(200, (post("view", {}, own)))
    end)

    it("a cookie does not open it to other origins", function()
      local sessions = sessions_of.new()
      open { sessions = sessions }
      local own = get("/", nil, "token=" .. sessions.token).headers["Set-Cookie"]:match("^[^;]+")
      assert.equal(403, (post("view", {}, { cookie = own, origin = "http://evil.example" })))
      assert.equal(200, (post("view", {}, { cookie = own })))
    end)
  end)

  describe("the page", function()
    it("runs its own script and nothing else, and loads nothing", function()
      local page = get("/")
      local policy = page.headers["Content-Security-Policy"]
      local nonce = policy:match("script%-src 'nonce%-(%x+)'")
      assert.same({ "no-store", "nosniff" },
        { page.headers["Cache-Control"], page.headers["X-Content-Type-Options"] })
      assert.truthy(page.body:find('<script nonce="' .. nonce .. '">', 1, true))
      assert.is_nil(page.body:find("@%l+@"))
      for _, what in ipairs {
        "innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "Function(",
        'src="', 'href="http', "@import", "url(", " onclick", " style=", box.secret,
      } do
        assert.is_nil(page.body:find(what, 1, true), what)
      end
    end)

    it("has a word for everything, in both languages", function()
      local page = get("/").body
      for name in page:gmatch('[^%w]t%("([%w_]+)"') do
        assert.truthy(words[name] or words[name .. "done"] or words[name .. "over"]
          or words[name .. "edit_refused"], name)
      end
      for name in page:gmatch('data%-t="([%w_]+)"') do
        assert.truthy(words[name], name)
      end
      for name, pair in pairs(words) do
        assert.equal(2, #pair, name)
        local _, places = pair[1]:gsub("{%d}", "")
        assert.equal(places, select(2, pair[2]:gsub("{%d}", "")), name)
      end
      assert.truthy(get("/", { ["accept-language"] = "zh-CN" }).body:find('lang="zh-CN"', 1, true))
    end)
  end)

  describe("shows", function()
    it("rooms, the goods of one with their states, audits, quotas and calls", function()
      local first = view { room_id = "2" }
      assert.same({ "1", "2", "3" }, { first.rooms[1].id, first.rooms[2].id, first.rooms[3].id })
      assert.same({ "茶器上新直播", 101, 2 },
        { first.rooms[2].name, first.rooms[2].status, first.rooms[2].goods })
      assert.same({ { id = "1", name = "青瓷茶杯", status = 2 },
        { id = "2", name = "真丝围巾", status = 2 } }, {
        { id = first.goods[1].id, name = first.goods[1].name, status = first.goods[1].status },
        { id = first.goods[2].id, name = first.goods[2].name, status = first.goods[2].status } })
      assert.same({ "3", 3 }, { first.audits[1].id, first.audits[1].status })
      assert.equal(box.appid, first.appid)
      local used = {}
      for _, quota in ipairs(first.quotas) do
        used[quota.name] = quota.used
      end
      assert.equal(1, used.getliveinfo)
      assert.equal(3, used.goods_list)
      local seen = {}
      for _, call in ipairs(view().log) do
        seen[call.endpoint] = call
      end
      assert.same({ "POST", "/wxa/business/getliveinfo", 200, 0, false },
        { seen.get_live_info.method, seen.get_live_info.path, seen.get_live_info.status,
          seen.get_live_info.errcode, seen.get_live_info.failed })
    end)

    it("what the page has already not again", function()
      local first = view { room_id = "2" }
      local second = view { room_id = "2", rooms_at = first.rooms_at, audits_at = first.audits_at,
        calls = first.calls, events = first.events }
      assert.is_nil(second.rooms)
      assert.is_nil(second.audits)
      assert.equal(2, #second.goods)
      assert.equal(#first.log, first.calls)
      assert.same({}, second.log)
      act { op = "refresh" }
      local third = view { rooms_at = first.rooms_at, calls = first.calls }
      assert.equal(3, #third.rooms)
      assert.truthy(third.log[1].n > first.calls)
    end)

    it("the reason of a rejection where the platform gives one", function()
      view()
      desk.accounts[1].reader.audits[1].reason = "picture with a watermark"
      assert.equal("picture with a watermark", view().audits[1].reason)
    end)

    it("why something could not be read, with what to do about it; and what was read before",
      function()
        box:control("fault", { on = "goods_list", kind = "errcode_before", code = 48001 })
        local answer = view()
        assert.equal(3, #answer.rooms)
        assert.is_nil(answer.audits)
        local error = answer.failures.audits
        assert.equal(48001, error.code)
        for _, field in ipairs { "name", "en", "zh", "hint_en", "hint_zh" } do
          assert.truthy(error[field] and #error[field] > 3, field)
        end
        box:control("faults", { clear = true })
        act { op = "refresh" }
        assert.is_nil(view().failures)
        box:control("fault", { on = "get_live_info", kind = "errcode_before", code = 48001 })
        act { op = "refresh" }
        answer = view()
        assert.equal(3, #answer.rooms)
        assert.truthy(answer.failures.rooms)
        local bad = answer.log[#answer.log]
        for _, call in ipairs(answer.log) do
          bad = call.failed and call or bad
        end
        assert.same({ "get_live_info", 48001, true }, { bad.endpoint, bad.errcode, bad.failed })
        assert.truthy(bad.explained.hint_en and bad.explained.hint_zh)
      end)

    it("what happened in a show", function()
      local show = { room_id = 2, room = { name = "茶器上新直播" } }
      desk:event({ name = "begun", at = 100, zero = 100 }, show)
      desk:event({ name = "cue", at = 101, state = "failed", label = "push 青瓷茶杯", n = 1,
        row = { line = 3, action = "push" }, goods_id = "1", lateness = 2, by_hand = true,
        err = Error.new { kind = "api", name = "goods_not_found", code = 300024,
          message = "goods do not exist", hint = "use ids", hint_zh = "请使用 id" } }, show)
      desk:event({ name = "edited", at = 102, added = { {}, {} }, removed = {}, changed = { {} } },
        show)
      local done = view().done
      assert.same({ "begun", "cue", "edited" }, { done[1].name, done[2].name, done[3].name })
      assert.same({ "2", "failed", "push", "青瓷茶杯", 3, "1", true, "请使用 id" }, { done[2].room_id,
        done[2].state, done[2].action, done[2].target, done[2].line, done[2].goods_id,
        done[2].by_hand, done[2].error.hint_zh })
      assert.same({ 2, 0, 1 }, { done[3].added, done[3].removed, done[3].changed })
    end)

    it("no account that is not on it", function()
      assert.equal(400, (post("view", { appid = "wxffffffffffffffff" })))
      assert.equal(400, (post("act", { appid = {}, op = "refresh" })))
    end)

    it("never a secret, whatever is asked, and whatever goes wrong", function()
      local sessions = sessions_of.new()
      open { sessions = sessions }
      local own = get("/", nil, "token=" .. sessions.token)
      bodies = {} -- the cookie itself goes to the browser that was let in
      local cookie = own.headers["Set-Cookie"]:match("^[^;]+")
      local headers = { cookie = cookie }
      local secret_of = "https://peer.example/x?access_token=AAA-SECRET-TOKEN&secret=BBB-SECRET"
      post("view", { room_id = "2" }, headers)
      box:control("fault", { on = "*", kind = "errcode_before", code = 40001, times = 4 })
      post("act", { op = "refresh" }, headers)
      box:control("fault", { on = "*", kind = "null", times = 3 })
      post("act", { op = "push", room_id = "2", goods_id = "1" }, headers)
      box:control("fault", { on = "*", kind = "reset", times = 3 })
      post("act", { op = "quotas" }, headers)
      box:control("faults", { clear = true })
      -- What a transport of the user's own says, and what is raised.
      rawset(live, "goods_push", function()
        return nil, Error.new { kind = "transport", name = "connect_failed", message = secret_of }
      end)
      post("act", { op = "push", room_id = "2", goods_id = "1" }, headers)
      rawset(live, "goods_push", function() error(secret_of) end)
      assert.equal(500, (post("act", { op = "push", room_id = "2", goods_id = "1" }, headers)))
      desk.log.hooks.response { endpoint = "goods_push", attempt = 1, token = "AAA-SECRET-TOKEN",
        error = Error.new { kind = "transport", name = "x", message = secret_of } }
      post("view", { room_id = "2" }, headers)
      get("/", headers)
      local all = table.concat(bodies, "\n")
      assert.truthy(all:find("connect_failed", 1, true))
      for _, secret in ipairs { box.secret, "SECRET", sessions.token, cookie:match("=(%x+)") } do
        assert.is_nil(all:find(secret, 1, true))
      end
      for token in json.encode(box:control("tokens")):gmatch('"([%w_-]+)"') do
        if #token > 60 then
          assert.is_nil(all:find(token, 1, true))
        end
      end
    end)
  end)

  it("is not confused by what no page of its own asks", function()
    for _, asked in ipairs {
      '{"room_id":{}}', '{"room_id":2}', '{"room_id":true}', '{"room_id":"' .. ("9"):rep(400)
        .. '"}', '{"calls":"x","events":{}}', '{"calls":-1e15,"events":1e15}', '{"calls":0.5}',
      '{"rooms_at":[],"audits_at":"now"}', '{"op":"push","appid":null}',
    } do
      local status, answer = post("view", asked)
      assert.equal(200, status, asked)
      assert.equal(3, #answer.rooms)
    end
  end)

  describe("an action", function()
    it("looks done when the platform has answered, and not before", function()
      local answered = false
      local task
      rawset(live, "goods_push", function()
        coroutine.yield()
        answered = true
        return {}
      end)
      local outcome
      task = coroutine.create(function()
        outcome = act { op = "push", room_id = "2", goods_id = "1" }
      end)
      assert(coroutine.resume(task))
      assert.is_nil(outcome)
      assert.same({}, view().done)
      assert(coroutine.resume(task))
      assert.is_true(answered)
      assert.equal("done", outcome.state)
      local done = view().done
      assert.same({ "push", "done", "1", "2" },
        { done[1].action, done[1].state, done[1].goods_id, done[1].room_id })
    end)

    it("pushes a card of the room", function()
      assert.equal("done", act({ op = "push", room_id = "2", goods_id = "2" }).state)
      assert.equal(1, rooms_goods(2)[2].pushes)
    end)

    it("that is refused says why, and what to do", function()
      local outcome = act { op = "push", room_id = "2", goods_id = "99" }
      assert.equal("failed", outcome.state)
      assert.equal("goods_not_found", outcome.error.name)
      assert.truthy(#outcome.error.hint_en > 5 and #outcome.error.hint_zh > 5)
      assert.same({ "failed", "99" }, { view().done[1].state, view().done[1].goods_id })
    end)

    it("whose outcome is not known is not called done", function()
      box:control("fault", { on = "goods_push", kind = "errcode_after", code = -1 })
      local outcome = act { op = "push", room_id = "2", goods_id = "1" }
      assert.equal("unknown", outcome.state)
      assert.truthy(outcome.error.en)
      assert.equal("unknown", view().done[1].state)
    end)

    it("asks the platform for the quotas", function()
      local function used()
        for _, quota in ipairs(view().quotas) do
          if quota.name == "goods_push" then
            return quota.used
          end
        end
      end
      assert.equal("done", act({ op = "quotas" }).state)
      local before = used()
      assert(assert(broadcast.new {
        appid = box.appid, secret = box.secret, base_url = box.base_url,
        token_store = memory.new(),
      }):goods_push(2, 1))
      assert.equal(before, used())
      assert.equal("done", act({ op = "quotas" }).state)
      assert.equal(before + 1, used())
    end)

    it("that it does not know, or that lacks something, does nothing", function()
      for _, asked in ipairs {
        {}, { op = "delete_room", room_id = "2" }, { op = "push" }, { op = {} },
        { op = "push", room_id = "2" }, { op = "push", room_id = 2, goods_id = "1" },
        { op = "push", room_id = "2 ", goods_id = "1" }, { op = "hold" },
        { op = "push", room_id = "2", goods_id = "1e9" }, { op = "shift", room_id = "2" },
        { op = "shift", room_id = "2", seconds = 1e9 }, { op = "card", room_id = "2", digit = 3 },
        { op = "next", room_id = "2", key = "a" }, { op = "next", room_id = "2", key = {}, n = 1 },
      } do
        assert.equal(400, (post("act", asked)), json.encode(asked))
      end
      assert.is_nil(rooms_goods(2)[1].pushes)
    end)
  end)

  describe("a running show", function()
    local asked, outcome, show

    -- A show that answers when its clock has been waited for.
    local function new_show(appid)
      local answers = {}
      show = { room_id = 2, room = { room_id = 2, name = "茶器上新直播", goods = {}, live_status = 101,
        start_time = 50, end_time = 500 }, live = { appid = appid }, path = "/home/me/evening.csv" }
      function show.command(_, name, argument, answer)
        asked[#asked + 1] = { name, argument }
        answers[#answers + 1] = answer
        return true
      end
      show.clock = { wait = function()
        show.waited = (show.waited or 0) + 1
        if show.waited % 3 == 0 then
          table.remove(answers, 1)(outcome)
        end
      end }
      show.phase = "running"
      function show.state()
        return {
          phase = show.phase, now = 100, zero = 60, shift = 5, room = show.room,
          counts = { done = 2 }, cards = { { digit = "3", label = "push 青瓷茶杯" } },
          coming = { { key = "a", n = 4, due = 130, label = "push 真丝围巾", line = 7,
            action = "push", note = "hold it up" } },
        }
      end
      return show
    end

    before_each(function()
      asked, outcome = {}, { state = "done", label = "push 真丝围巾" }
      open { shows = { new_show(box.appid) } }
    end)

    it("is shown with what comes next, in seconds from now", function()
      local shown = view().shows[1]
      assert.same({ "2", "evening.csv", "running", 40, 400, 2 }, { shown.room_id, shown.file,
        shown.phase, shown.begun, shown.ends, shown.counts.done })
      assert.same({ "a", 4, 30, 7, "push", "真丝围巾", "hold it up" }, { shown.coming[1].key,
        shown.coming[1].n, shown.coming[1].left, shown.coming[1].line, shown.coming[1].action,
        shown.coming[1].target, shown.coming[1].note })
      assert.same({ "3", "青瓷茶杯" }, { shown.cards[1].digit, shown.cards[1].target })
      assert.is_nil(json.encode(shown):find("/home", 1, true))
    end)

    it("is asked by its commands, and answers for them", function()
      for _, one in ipairs {
        { { op = "next", key = "a", n = 4 }, "next", { key = "a", n = 4 } },
        { { op = "skip", key = "a", n = 4 }, "skip", { key = "a", n = 4 } },
        { { op = "next" }, "next" }, { { op = "hold" }, "hold", true }, { { op = "go" }, "go" },
        { { op = "shift", seconds = -30 }, "shift", -30 }, { { op = "card", digit = "3" }, "card",
          "3" }, { { op = "push", goods_id = "12" }, "push", "12" },
      } do
        asked, show.waited = {}, 0
        one[1].room_id = "2"
        local answer = act(one[1])
        assert.same({ { one[2], one[3] } }, asked)
        assert.equal("done", answer.state)
        assert.equal(3, show.waited) -- not before the show had answered
      end
      outcome = { state = "failed", err = Error.new { kind = "api", name = "goods_not_found",
        code = 300024, message = "goods do not exist", hint = "h", hint_zh = "提示" } }
      local answer = act { op = "next", room_id = "2" }
      assert.same({ "failed", "提示" }, { answer.state, answer.error.hint_zh })
      outcome = { state = "passed" }
      assert.equal("passed", act({ op = "skip", room_id = "2", key = "a", n = 4 }).state)
    end)

    it("that has not begun, or is over, leaves cards to the platform", function()
      for i, phase in ipairs { "waiting", "over" } do
        show.phase = phase
        box:control("clock", { advance = 60 }) -- the card before is gone by then
        assert.same({ state = "done" }, act { op = "push", room_id = "2", goods_id = "1" })
        assert.equal(i, rooms_goods(2)[1].pushes)
      end
      assert.same({}, asked)
      assert.equal("over", act({ op = "hold", room_id = "3" }).state)
    end)

    it("of another account is not asked for this one", function()
      open { shows = { new_show("wxfedcba9876543210") } }
      assert.equal("done", act({ op = "push", room_id = "2", goods_id = "1" }).state)
      assert.equal("over", act({ op = "hold", room_id = "2" }).state)
      assert.same({}, asked)
    end)
  end)

  it("names options that it does not have, or lacks", function()
    local made, err = desks.new { live = live, log = log, host = {} }
    assert.is_nil(made)
    assert.truthy(err.message:find("hosts", 1, true))
    assert.is_nil((desks.new { live = live }))
    assert.is_nil((desks.new { log = log }))
  end)
end)
