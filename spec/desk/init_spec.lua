-- The desk as requests and responses: who is let in, and what is shown.
local Error = require "wxlive.error"
local desks = require "wxlive.desk"
local json = require "wxlive.json"
local sandbox = require "wxlive.sandbox"
local sessions_of = require "wxlive.desk.sessions"
local support = require "spec.support.desk.requests"
local words = require "wxlive.web".words(require "wxlive.desk.words")

local HOST = support.HOST

describe("the desk", function()
  local box, page

  setup(function()
    box = assert(sandbox.start { seed = "demo", audit_seconds = false })
  end)

  teardown(function()
    box:stop()
  end)

  before_each(function()
    box:control("reset")
    page = support.open(box)
  end)

  describe("lets in", function()
    it("no other host: a name of its own that points to loopback (DNS rebinding)", function()
      for _, host in ipairs { "evil.example", "evil.example:8080", "127.0.0.1.evil.example:8080",
        "" } do
        assert.equal(403, page:get("/", { host = host }).status, host)
        local headers = { host = host, origin = "http://" .. host }
        assert.equal(403, (page:post("view", {}, headers)), host)
        assert.equal(403, (page:post("act", { op = "refresh" }, { host = host })), host)
      end
      assert.equal(200, page:get("/", { host = "localhost:1" }).status)
      page = support.open(box, { hosts = { "admin.example" } })
      assert.equal(200, page:get("/", { host = "admin.example" }).status)
      assert.equal(403, page:get("/").status)
    end)

    it("no other origin, and no request that a foreign page could make", function()
      for _, headers in ipairs {
        { origin = "https://evil.example" }, { origin = "null" }, { origin = "http://127.0.0.1:1" },
        { origin = "https://" .. HOST }, { ["sec-fetch-site"] = "cross-site" },
        { ["sec-fetch-site"] = "same-site" },
      } do
        assert.equal(403, (page:post("view", {}, headers)), json.encode(headers))
        assert.equal(403,
          (page:post("act", { op = "push", room_id = "2", goods_id = "1" }, headers)))
      end
      for _, content_type in ipairs { "text/plain", "application/x-www-form-urlencoded", "" } do
        assert.equal(415,
          (page:post("act", { op = "refresh" }, { ["content-type"] = content_type })))
      end
      assert.equal(405, page:get("/view").status)
      assert.equal(405, page:get("/act", nil, "op=refresh").status)
      assert.equal(405, page:send { method = "POST", path = "/", body = "" }.status)
      assert.is_nil(page:room_goods(2)[1].pushes)
    end)

    it("no body that is too long, or not an object; and no path but its own", function()
      assert.equal(413, (page:post("act", ('{"op":"%s"}'):format(("x"):rep(desks.MAX_BODY)))))
      for _, body in ipairs { "", "no JSON", "[]", "3", '"x"', "[1]" } do
        assert.equal(400, (page:post("act", body)), body)
      end
      assert.equal(404, page:get("/other").status)
      page = support.open(box, { base = "/desk/" })
      assert.equal(200, page:get("/desk/").status)
      assert.equal(404, page:get("/").status)
      assert.equal(404, page:get("/desk").status)
      assert.equal(200, (page:post "view"))
    end)

    it("the browser that came by the address, once", function()
      local opened = 0
      local sessions = sessions_of.new(function() opened = opened + 1 end)
      page = support.open(box, { base = "/x1/", sessions = sessions })
      local token = sessions.token
      assert.equal(403, page:get("/x1/").status)
      assert.equal(403, page:get("/x1/", nil, "token=" .. ("0"):rep(32)).status)
      assert.equal(401, (page:post("view")))
      assert.equal(0, opened)
      local response = page:get("/x1/", nil, "token=" .. token)
      local cookie = response.headers["Set-Cookie"]
      assert.equal(200, response.status)
      assert.truthy(cookie:find("^wxlive_desk=%x+; Path=/x1/; HttpOnly; SameSite=Strict$"), cookie)
      assert.equal(1, opened)
      assert.not_equal(token, sessions.token)
      -- The token is spent; the cookie opens the page and what is behind it.
      local own = { cookie = cookie:match("^[^;]+") }
      assert.equal(403, page:get("/x1/", nil, "token=" .. token).status)
      assert.equal(200, page:get("/x1/", own, "token=" .. token).status)
      assert.is_nil(page:get("/x1/", own).headers["Set-Cookie"])
      assert.equal(200, (page:post("view", {}, { cookie = "a=b; " .. own.cookie .. "; c=d" })))
      for _, other in ipairs { "wxlive_desk=", "wxlive_desk=00", "x" .. own.cookie,
        own.cookie:sub(1, -2), "wxlive_desk=" .. sessions.token } do
        assert.equal(401, (page:post("view", {}, { cookie = other })), other)
      end
      -- Another browser comes by the next address.
      assert.equal(200, page:get("/x1/", nil, "token=" .. sessions.token).status)
      assert.equal(200, (page:post("view", {}, own)))
    end)

    it("a cookie does not open it to other origins", function()
      local sessions = sessions_of.new()
      page = support.open(box, { sessions = sessions })
      local own = page:get("/", nil, "token=" .. sessions.token)
        .headers["Set-Cookie"]:match("^[^;]+")
      assert.equal(403, (page:post("view", {}, { cookie = own, origin = "http://evil.example" })))
      assert.equal(200, (page:post("view", {}, { cookie = own })))
    end)
  end)

  describe("the page", function()
    it("runs its own script and nothing else, and loads nothing", function()
      local got = page:get("/")
      local policy = got.headers["Content-Security-Policy"]
      local nonce = policy:match("script%-src 'nonce%-(%x+)'")
      assert.same({ "no-store", "nosniff" },
        { got.headers["Cache-Control"], got.headers["X-Content-Type-Options"] })
      assert.truthy(got.body:find('<script nonce="' .. nonce .. '">', 1, true))
      assert.is_nil(got.body:find("@%l+@"))
      for _, what in ipairs {
        "innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "Function(",
        'src="', 'href="http', "@import", "url(", " onclick", " style=", box.secret,
      } do
        assert.is_nil(got.body:find(what, 1, true), what)
      end
    end)

    it("has a word for everything, in both languages", function()
      local text = page:get("/").body
      for name in text:gmatch('[^%w]t%("([%w_]+)"') do
        assert.truthy(words[name] or words[name .. "done"] or words[name .. "over"]
          or words[name .. "edit_refused"], name)
      end
      for name in text:gmatch('data%-t="([%w_]+)"') do
        assert.truthy(words[name], name)
      end
      for name, pair in pairs(words) do
        assert.equal(2, #pair, name)
        local _, places = pair[1]:gsub("{%d}", "")
        assert.equal(places, select(2, pair[2]:gsub("{%d}", "")), name)
      end
      assert.truthy(page:get("/", { ["accept-language"] = "zh-CN" }).body
        :find('lang="zh-CN"', 1, true))
    end)
  end)

  describe("shows", function()
    it("rooms, the goods of one with their states, audits, quotas and calls", function()
      local first = page:view { room_id = "2" }
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
      for _, call in ipairs(page:view().log) do
        seen[call.endpoint] = call
      end
      assert.same({ "POST", "/wxa/business/getliveinfo", 200, 0, false },
        { seen.get_live_info.method, seen.get_live_info.path, seen.get_live_info.status,
          seen.get_live_info.errcode, seen.get_live_info.failed })
    end)

    it("goods as approved only when all that are not were read", function()
      local goods = {}
      for i = 1, 201 do
        goods[i] = { id = 1000 + i, name = "驳回", audit_status = 3 }
      end
      assert(box:control("plant", { goods = goods }))
      local first = page:view { room_id = "2" }
      assert.equal(200, #first.audits)
      assert.is_nil(first.goods[1].status)
    end)

    it("what the page has already not again", function()
      local first = page:view { room_id = "2" }
      local second = page:view { room_id = "2", rooms_at = first.rooms_at,
        audits_at = first.audits_at,
        calls = first.calls, events = first.events }
      assert.is_nil(second.rooms)
      assert.is_nil(second.audits)
      assert.equal(2, #second.goods)
      assert.equal(#first.log, first.calls)
      assert.same({}, second.log)
      page:act { op = "refresh" }
      local third = page:view { rooms_at = first.rooms_at, calls = first.calls }
      assert.equal(3, #third.rooms)
      assert.truthy(third.log[1].n > first.calls)
    end)

    it("the reason of a rejection where the platform gives one", function()
      page:view()
      page.desk.accounts[1].reader.audits[1].reason = "picture with a watermark"
      assert.equal("picture with a watermark", page:view().audits[1].reason)
    end)

    it("why something could not be read, with what to do about it; and what was read before",
      function()
        box:control("fault", { on = "goods_list", kind = "errcode_before", code = 48001 })
        local answer = page:view()
        assert.equal(3, #answer.rooms)
        assert.is_nil(answer.audits)
        local error = answer.failures.audits
        assert.equal(48001, error.code)
        for _, field in ipairs { "name", "en", "zh", "hint_en", "hint_zh" } do
          assert.truthy(error[field] and #error[field] > 3, field)
        end
        box:control("faults", { clear = true })
        page:act { op = "refresh" }
        assert.is_nil(page:view().failures)
        box:control("fault", { on = "get_live_info", kind = "errcode_before", code = 48001 })
        page:act { op = "refresh" }
        answer = page:view()
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
      page.desk:event({ name = "begun", at = 100, zero = 100 }, show)
      page.desk:event({ name = "cue", at = 101, state = "failed", label = "push 青瓷茶杯", n = 1,
        row = { line = 3, action = "push" }, goods_id = "1", lateness = 2, by_hand = true,
        err = Error.new { kind = "api", name = "goods_not_found", code = 300024,
          message = "goods do not exist", hint = "use ids", hint_zh = "请使用 id" } }, show)
      page.desk:event({ name = "edited", at = 102, added = { {}, {} }, removed = {},
        changed = { {} } },
        show)
      local done = page:view().done
      assert.same({ "begun", "cue", "edited" }, { done[1].name, done[2].name, done[3].name })
      assert.same({ "2", "failed", "push", "青瓷茶杯", 3, "1", true, "请使用 id" }, { done[2].room_id,
        done[2].state, done[2].action, done[2].target, done[2].line, done[2].goods_id,
        done[2].by_hand, done[2].error.hint_zh })
      assert.same({ 2, 0, 1 }, { done[3].added, done[3].removed, done[3].changed })
    end)

    it("no account that is not on it", function()
      assert.equal(400, (page:post("view", { appid = "wxffffffffffffffff" })))
      assert.equal(400, (page:post("act", { appid = {}, op = "refresh" })))
    end)

    it("never a secret, whatever is asked, and whatever goes wrong", function()
      local sessions = sessions_of.new()
      page = support.open(box, { sessions = sessions })
      local own = page:get("/", nil, "token=" .. sessions.token)
      page.bodies = {} -- the cookie itself goes to the browser that was let in
      local cookie = own.headers["Set-Cookie"]:match("^[^;]+")
      local headers = { cookie = cookie }
      local secret_of = "https://peer.example/x?access_token=AAA-SECRET-TOKEN&secret=BBB-SECRET"
      page:post("view", { room_id = "2" }, headers)
      box:control("fault", { on = "*", kind = "errcode_before", code = 40001, times = 4 })
      page:post("act", { op = "refresh" }, headers)
      box:control("fault", { on = "*", kind = "null", times = 3 })
      page:post("act", { op = "push", room_id = "2", goods_id = "1" }, headers)
      box:control("fault", { on = "*", kind = "reset", times = 3 })
      page:post("act", { op = "quotas" }, headers)
      box:control("faults", { clear = true })
      -- What a transport of the user's own says, and what is raised.
      rawset(page.live, "goods_push", function()
        return nil, Error.new { kind = "transport", name = "connect_failed", message = secret_of }
      end)
      page:post("act", { op = "push", room_id = "2", goods_id = "1" }, headers)
      rawset(page.live, "goods_push", function() error(secret_of) end)
      assert.equal(500, (page:post("act", { op = "push", room_id = "2", goods_id = "1" }, headers)))
      page.log.hooks.response { endpoint = "goods_push", attempt = 1, token = "AAA-SECRET-TOKEN",
        error = Error.new { kind = "transport", name = "x", message = secret_of } }
      page:post("view", { room_id = "2" }, headers)
      page:get("/", headers)
      local all = table.concat(page.bodies, "\n")
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
      local status, answer = page:post("view", asked)
      assert.equal(200, status, asked)
      assert.equal(3, #answer.rooms)
    end
  end)

  it("names options that it does not have, or lacks", function()
    local made, err = desks.new { live = page.live, log = page.log, host = {} }
    assert.is_nil(made)
    assert.truthy(err.message:find("hosts", 1, true))
    assert.is_nil((desks.new { live = page.live }))
    assert.is_nil((desks.new { log = page.log }))
    assert.is_nil((desks.new { log = page.log, accounts = {} }))
    made, err = desks.new()
    assert.is_nil(made)
    assert.truthy(err.message:find("options must be a table", 1, true))
  end)
end)
