-- What the page at GET /console is told, and by whom the sandbox may be told. The page itself is
-- tried in console_browser_spec.lua.
local control = require "wxlive.sandbox.server.control"
local curl = require "spec.support.curl"
local bare_sandbox = require "spec.support.sandbox.bare"
local json = require "wxlive.json"
local sandbox = require "wxlive.sandbox"

local PUSH = "/wxaapi/broadcast/goods/push"

describe("console, what it is told:", function()
  local bare

  before_each(function()
    bare = bare_sandbox.new {}
  end)

  local function told(params)
    return assert(control.run(bare.platform, "console", params or {}))
  end

  -- A call that the log has, as the server would note it.
  local function note(entry)
    entry.path, entry.time = entry.path or PUSH, bare.platform:now()
    bare.platform:note(entry)
  end

  it("rooms in the order of their start, with the time that they took", function()
    local late = bare:room {
      startTime = bare_sandbox.NOW + 9000, endTime = bare_sandbox.NOW + 12600,
    }
    local soon = bare:room { name = "今晚直播" }
    control.run(bare.platform, "live", { room_id = soon })
    bare:advance(60)
    control.run(bare.platform, "live", { room_id = soon, status = 103 })
    local view = told()
    assert.same({ soon, late }, { view.rooms[1].id, view.rooms[2].id })
    assert.same({ 103, bare_sandbox.NOW, bare_sandbox.NOW + 60 },
      { view.rooms[1].status, view.rooms[1].from, view.rooms[1].to })
    assert.equal(2, view.counts.rooms)
  end)

  it("goods that wait before the others, followers newest first, both bounded", function()
    local first = bare:approved_goods()
    local second = bare:goods()
    local openids = {}
    for i = 1, 60 do
      openids[i] = ("o%02d"):format(i)
    end
    control.run(bare.platform, "follow", { openids = openids })
    bare:advance(1)
    control.run(bare.platform, "follow", { openids = { "o99" } })
    local view = told()
    assert.same({ second, first }, { view.goods[1].id, view.goods[2].id })
    assert.same({ 50, 61, "o99" },
      { #view.followers, view.counts.followers, view.followers[1].openid })
  end)

  it("the newest 200 calls, then those that are new; after a reset, all again", function()
    for _ = 1, 250 do
      note {}
    end
    local view = told()
    assert.same({ 200, 51, 250 }, { #view.log, view.log[1].n, view.last })
    note {}
    assert.equal(1, #told({ after = view.last, run = view.run }).log)
    assert(control.run(bare.platform, "reset", {}))
    note {}
    local again = told { after = view.last, run = view.run }
    assert.not_equal(view.run, again.run)
    assert.equal(1, #again.log)
  end)

  it("each refusal explained, in both languages", function()
    note { errcode = 40001, status = 200, why = "never issued here", endpoint = "get_live_info" }
    note { errcode = 40001, status = 200, endpoint = "get_access_token" }
    note { errcode = 0, status = 200 }
    local log = told().log
    assert.equal("never issued here", log[1].why)
    assert.is_truthy(log[1].explained.en and log[1].explained.zh and log[1].explained.hint_zh)
    assert.equal("secret_wrong", log[2].explained.name)
    assert.is_nil(log[3].explained)
  end)

  it("no token and no secret, wherever a client puts them", function()
    local token = bare:token()
    note { path = "/cgi-bin/" .. token, why = "no such path " .. token }
    note { path = "/x/" .. sandbox.SECRET, why = sandbox.SECRET }
    note { path = "/" .. ("a1"):rep(70) }
    note { path = "/a\255\"<b>/" .. ("y/"):rep(5000) }
    local text = assert(json.encode { told(), (control.run(bare.platform, "log", {})) })
    assert.is_nil(text:find(token, 1, true))
    assert.is_nil(text:find(sandbox.SECRET, 1, true))
    assert.is_nil(text:find("a1a1", 1, true))
    local log = told().log
    assert.same({ "/cgi-bin/***", "no such path ***" }, { log[1].path, log[1].why })
    assert.is_truthy(log[4].path:find("^/a%%FF\"<b>/y/"))
    assert.is_true(#log[4].path < 320)
  end)

  it("quotas used and left, each path once", function()
    bare:call("goods_push", { roomId = 1, goodsId = 1 })
    control.run(bare.platform, "quota", { path = PUSH, per_day = 2, per_minute = 3 })
    local seen, push = {}, {}
    for _, one in ipairs(told().quotas) do
      local key = tostring(one.path) .. one.period
      assert.is_nil(seen[key], key)
      seen[key] = one
      push[one.period] = one.path == PUSH and one.used .. "/" .. one.limit or push[one.period]
    end
    assert.same({ day = "1/2", minute = "0/3" }, push)
    assert.equal(500, seen.nilday.limit)
  end)

  it("no account that there is not", function()
    local view, reason = control.run(bare.platform, "console", { appid = "wxffffffffffffffff" })
    assert.is_nil(view)
    assert.is_truthy(reason:find("no account", 1, true))
  end)

  it("a fault is removed by its id", function()
    local first = control.run(bare.platform, "fault", { kind = "null" }).id
    control.run(bare.platform, "fault", { kind = "empty" })
    local left = assert(control.run(bare.platform, "faults", { remove = first })).faults
    assert.same({ 1, "empty" }, { #left, left[1].kind })
    assert.is_nil((control.run(bare.platform, "faults", { remove = first })))
  end)
end)

describe("console, over HTTP:", function()
  local box, port

  setup(function()
    box = assert(sandbox.start { seed = "demo", transport = curl.transport() })
    port = box.base_url:match(":(%d+)$")
  end)

  teardown(function()
    box:stop()
  end)

  local function send(method, path, headers, body)
    return curl.send {
      method = method, url = box.base_url .. path, headers = headers,
      body = method == "POST" and (body or "{}") or nil,
    }
  end

  it("the page runs its own script and nothing else, and loads nothing", function()
    local one, other = send("GET", "/console"), send("GET", "/console")
    local policy = one.headers["content-security-policy"]
    local nonce = policy:match("script%-src 'nonce%-(%x+)'")
    assert.same({ 200, "nosniff", "no-store" },
      { one.status, one.headers["x-content-type-options"], one.headers["cache-control"] })
    assert.equal(32, #nonce)
    assert.is_nil(policy:find("unsafe", 1, true))
    assert.is_truthy(policy:find("default-src 'none'", 1, true))
    assert.is_truthy(policy:find("frame-ancestors 'none'", 1, true))
    assert.is_truthy(one.body:find('<script nonce="' .. nonce .. '">', 1, true))
    assert.is_nil(other.headers["content-security-policy"]:find(nonce, 1, true))
    for _, what in ipairs {
      "innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "Function(",
      'src="', 'href="http', "@import", "url(", " onclick", box.secret,
    } do
      assert.is_nil(one.body:find(what, 1, true), what)
    end
  end)

  it("only this machine's own pages and programs may control", function()
    local own = "http://127.0.0.1:" .. port
    local function status(path, headers)
      return send("POST", path, headers).status
    end
    assert.equal(200, status("/_sandbox/tokens"))
    assert.equal(200, status("/_sandbox/tokens", { Origin = own }))
    assert.equal(200, status("/_sandbox/tokens", {
      Host = "localhost:" .. port, Origin = "http://localhost:" .. port,
      ["Sec-Fetch-Site"] = "same-origin",
    }))
    for _, headers in ipairs {
      { Origin = "https://evil.example" }, { Origin = "null" }, { Origin = "http://127.0.0.1:1" },
      { Origin = "https://127.0.0.1:" .. port }, { ["Sec-Fetch-Site"] = "cross-site" },
      { ["Sec-Fetch-Site"] = "same-site" }, { Host = "evil.example:" .. port },
      { Host = "127.0.0.1.evil.example" },
      { Host = "evil.example", Origin = "http://evil.example" },
    } do
      assert.equal(403, status("/_sandbox/reset", headers), json.encode(headers))
      assert.equal(403, status("/_sandbox/stop", headers), json.encode(headers))
    end
    for _, path in ipairs { "/", "/console", "/_sandbox/state", "/_sandbox/media/x/y" } do
      local answer = send("GET", path, { Host = "evil.example" })
      assert.equal(403, answer.status, path)
      assert.is_nil(answer.body:find(box.secret, 1, true))
    end
    assert.equal(405, send("GET", "/_sandbox/stop").status)
    assert.equal(200, send("GET", "/").status)
  end)

  it("GET / and the console's own polling: the one names the page, neither is logged", function()
    assert.is_truthy(send("GET", "/").body:find(box.base_url .. "/console\n", 1, true))
    local before = box:control("log").last
    assert.is_truthy(send("POST", "/_sandbox/console").headers["content-type"]:find("json"))
    assert.equal(before, box:control("log").last)
  end)

  it("calls are told with the time that they took", function()
    box:control("fault", { on = "get_access_token", kind = "delay", seconds = 0.05 })
    send("GET", ("/cgi-bin/token?grant_type=client_credential&appid=%s&secret=%s"):format(
      box.appid, box.secret))
    local view = box:control("console")
    local row = view.log[#view.log]
    assert.same({ "GET", "/cgi-bin/token", "delay", 0 },
      { row.method, row.path, row.fault, row.errcode })
    assert.is_true(row.ms >= 50)
    assert.is_nil(json.encode(view):find(box.secret, 1, true))
  end)
end)
