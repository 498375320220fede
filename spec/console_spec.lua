-- The page at GET /console: what it is told and by whom, and what it does in a real Chromium.
local broadcast = require "wxlive.broadcast"
local browsers = require "spec.support.browser"
local command = require "spec.support.command"
local console = require "wxlive.sandbox.console"
local control = require "wxlive.sandbox.control"
local curl = require "spec.support.curl"
local desks = require "spec.support.desk"
local json = require "wxlive.json"
local listeners = require "spec.support.listener"
local memory = require "wxlive.store.memory"
local sandbox = require "wxlive.sandbox"
local system = require "wxlive.core".system

local PUSH = "/wxaapi/broadcast/goods/push"
local HOSTILE = "<img src=x onerror=pwned=1>"

local function start(options)
  options.transport = curl.transport()
  return assert(sandbox.start(options))
end

describe("console, what it is told:", function()
  local desk

  before_each(function()
    desk = desks.new {}
  end)

  local function told(params)
    return assert(control.run(desk.platform, "console", params or {}))
  end

  -- A call that the log has, as the server would note it.
  local function note(entry)
    entry.path, entry.time = entry.path or PUSH, desk.platform:now()
    desk.platform:note(entry)
  end

  it("rooms in the order of their start, with the time that they took", function()
    local late = desk:room { startTime = desks.NOW + 9000, endTime = desks.NOW + 12600 }
    local soon = desk:room { name = "今晚直播" }
    control.run(desk.platform, "live", { room_id = soon })
    desk:advance(60)
    control.run(desk.platform, "live", { room_id = soon, status = 103 })
    local view = told()
    assert.same({ soon, late }, { view.rooms[1].id, view.rooms[2].id })
    assert.same({ 103, desks.NOW, desks.NOW + 60 },
      { view.rooms[1].status, view.rooms[1].from, view.rooms[1].to })
    assert.equal(2, view.counts.rooms)
  end)

  it("goods that wait before the others, followers newest first, both bounded", function()
    local first = desk:approved_goods()
    local second = desk:goods()
    local openids = {}
    for i = 1, 60 do
      openids[i] = ("o%02d"):format(i)
    end
    control.run(desk.platform, "follow", { openids = openids })
    desk:advance(1)
    control.run(desk.platform, "follow", { openids = { "o99" } })
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
    assert(control.run(desk.platform, "reset", {}))
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
    local token = desk:token()
    note { path = "/cgi-bin/" .. token, why = "no such path " .. token }
    note { path = "/x/" .. sandbox.SECRET, why = sandbox.SECRET }
    note { path = "/" .. ("a1"):rep(70) }
    note { path = "/a\255\"<b>/" .. ("y/"):rep(5000) }
    local text = assert(json.encode { told(), (control.run(desk.platform, "log", {})) })
    assert.is_nil(text:find(token, 1, true))
    assert.is_nil(text:find(sandbox.SECRET, 1, true))
    assert.is_nil(text:find("a1a1", 1, true))
    local log = told().log
    assert.same({ "/cgi-bin/***", "no such path ***" }, { log[1].path, log[1].why })
    assert.is_truthy(log[4].path:find("^/a%%FF\"<b>/y/"))
    assert.is_true(#log[4].path < 320)
  end)

  it("quotas used and left, each path once", function()
    desk:call("goods_push", { roomId = 1, goodsId = 1 })
    control.run(desk.platform, "quota", { path = PUSH, per_day = 2, per_minute = 3 })
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

  it("the first language of the browser that there is", function()
    local language = console.language
    assert.same({ "en", "en", "zh-CN", "zh-CN", "en", "zh-CN" }, {
      language(nil), language("fr-FR,de;q=0.5"), language("zh-CN,zh;q=0.9,en;q=0.8"),
      language("fr, zh-Hant;q=0.7, en;q=0.3"), language("en-GB,zh;q=0.9"),
      language("en;q=0.2,zh-TW"),
    })
  end)

  it("no account that there is not", function()
    local view, reason = control.run(desk.platform, "console", { appid = "wxffffffffffffffff" })
    assert.is_nil(view)
    assert.is_truthy(reason:find("no account", 1, true))
  end)

  it("a fault is removed by its id", function()
    local first = control.run(desk.platform, "fault", { kind = "null" }).id
    control.run(desk.platform, "fault", { kind = "empty" })
    local left = assert(control.run(desk.platform, "faults", { remove = first })).faults
    assert.same({ 1, "empty" }, { #left, left[1].kind })
    assert.is_nil((control.run(desk.platform, "faults", { remove = first })))
  end)
end)

describe("console, over HTTP:", function()
  local box, port

  setup(function()
    box = start { seed = "demo" }
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

describe("console, in Chromium:", function()
  local box, browser, live

  setup(function()
    box = start { seed = "demo", audit_seconds = false }
    browser = browsers.start()
  end)

  teardown(function()
    browser:stop()
    box:stop()
  end)

  before_each(function()
    box:control("reset")
    live = assert(broadcast.new {
      appid = box.appid, secret = box.secret, base_url = box.base_url,
      token_store = memory.new(), retry = { base = 0.01 },
    })
    browser:open(box.base_url .. "/console")
    browser:await [[document.querySelectorAll("#rooms .row").length === 3]]
  end)

  after_each(function()
    assert.equal("", browser:complaints())
    browser:run "localStorage.clear()"
  end)

  local function picture()
    local path = os.tmpname()
    command.write(path, desks.png(100, 100))
    local media = assert(live:upload_media(path))
    os.remove(path)
    return media.media_id
  end

  local function add_goods(name, cover)
    local added = assert(live:goods_add {
      name = name, cover_img_url = cover, price_type = 1, price = 10, url = "pages/a",
    })
    return math.floor(tonumber(added.goods_id))
  end

  local function audit_of(id)
    for _, one in ipairs(box:control("state").goods) do
      if one.id == id then
        return one.audit_status
      end
    end
  end

  -- Waits until a part of the page shows a text.
  local function shows(selector, text)
    browser:await([[document.querySelector(arguments[0])?.innerText.includes(arguments[1])]],
      selector, text)
  end

  -- What was done from here is to be seen at once: the page does not wait for its next poll.
  local function refresh()
    browser:run "poll()"
  end

  local function is(expected, check)
    local deadline = system.monotonic() + 15
    repeat
      local got = check()
      if got == expected then
        return
      end
    until system.monotonic() > deadline
    assert.equal(expected, check())
  end

  it("rooms stand on the time line, where and as what they are", function()
    shows('#rooms [data-key="1"]', "ended")
    shows('#rooms [data-key="2"]', "live")
    shows('#rooms [data-key="3"]', "not started")
    local order = browser:run [[
      const at = (key) => document.querySelector(`#rooms [data-key="${key}"] .bar`)
        .getBoundingClientRect();
      const now = document.querySelector(".tick.now").getBoundingClientRect();
      const line = (now.left + now.right) / 2;
      return [at(1).right < line, at(2).left < line + 2, at(2).right > line, at(3).left > line]
        .join();]]
    assert.equal("true,true,true,true", order)
    browser:click '[data-act="span_12"]'
    shows("#e-rooms", "2 outside")
  end)

  it("goods are approved and rejected", function()
    local cover = picture()
    local one, other = add_goods("青瓷茶壶", cover), add_goods("茶盘", cover)
    refresh()
    browser:click(('#goods [data-key="%d"] [data-act="approve"]'):format(one))
    shows(('#goods [data-key="%d"]'):format(one), "approved")
    -- By keyboard; and who used it is left near by.
    browser:run([[document.querySelector(arguments[0]).focus()]],
      ('#goods [data-key="%d"] [data-act="reject"]'):format(other))
    browser:press(browsers.keys.enter)
    shows(('#goods [data-key="%d"]'):format(other), "rejected")
    assert.equal("h-goods", browser:run "return document.activeElement.id")
    assert.same({ 2, 3 }, { audit_of(one), audit_of(other) })
  end)

  it("the audit's hand is put on and taken off", function()
    browser:click "#manual"
    shows("#auditing", "after 1 s")
    assert.equal(1, box:control("audit").seconds)
    browser:click "#manual"
    shows("#auditing", "your verdict")
  end)

  it("the clock is advanced, and a room goes live; stopped, and set right", function()
    browser:click '[data-act="plus_86400"]'
    shows('#rooms [data-key="3"]', "live")
    assert.equal(101, box:control("state").room[3].live_status)
    browser:click "#freeze"
    shows("#pace", "stopped")
    local stopped = box:control("clock").now
    assert.equal(stopped, box:control("clock").now)
    browser:click "#real"
    is(true, function()
      return math.abs(box:control("clock").now - system.now()) < 60
    end)
    browser:click '#rooms [data-key="3"] [data-act="go_103"]'
    shows('#rooms [data-key="3"]', "ended")
  end)

  it("a fault is switched on, strikes a real call, is explained and removed", function()
    browser:choose("#on", "goods_push")
    browser:choose("#kind", "errcode_before")
    browser:run [[document.getElementById("code").value = 300024]]
    browser:click "#fault button"
    shows("#faults", "struck 0 of 1")
    local ok, err = live:goods_push(2, 1)
    assert.is_nil(ok)
    assert.equal(300024, err.code)
    refresh()
    shows("#log .why", "300024 goods_not_found")
    shows("#log .why", "nothing was done")
    shows("#log .call", PUSH)
    shows("#faults", "spent")
    assert.is_nil(live:goods_push(99, 1))
    refresh()
    shows("#log", "the account has no room 99")
    browser:click '#faults [data-act="remove"]'
    shows("#e-faults", "None is on")
    assert.same({}, box:control("faults").faults)
  end)

  it("callbacks: one that is taken, one that is not", function()
    local keys = { token = "t0ken", mode = "plain", appid = box.appid }
    local listener = listeners.start(keys)
    box:control("callback", { url = listener.url, token = "t0ken", mode = "plain" })
    browser:click "#follow"
    shows('#deliveries [data-key="1"]', "delivered")
    shows('#deliveries [data-key="1"]', "wxalive_follow_notify")
    assert.equal(1, #listener:events(1))
    listener:stop()
    box:control("callback", {
      url = "http://127.0.0.1:9/?key=t0psecret", token = "t0ken", mode = "plain", timeout = 0.2,
      check = false,
    })
    browser:click '#followers [data-act="unfollow"]'
    shows('#deliveries [data-key="2"]', "not taken")
    shows('#deliveries [data-key="2"]', "try 3")
    assert.is_nil(browser:run("return document.body.innerText"):find("t0psecret", 1, true))
  end)

  it("hostile names are text", function()
    add_goods(HOSTILE, picture())
    box:control("follow", { openids = { HOSTILE } })
    box:control("fault", { on = HOSTILE .. "<script>pwned=1</script>", kind = "null" })
    curl.send { url = box.base_url .. "/<img/src=x/onerror=pwned=1>" }
    refresh()
    shows("#goods", HOSTILE)
    shows("#followers", HOSTILE)
    shows("#faults", HOSTILE)
    shows("#log", "/<img/src=x/onerror=pwned=1>")
    assert.equal("undefined 0", browser:run [[return typeof window.pwned + " " +
      document.querySelectorAll("main img, main script, #toast img").length]])
  end)

  it("speaks the browser's language, and the other at a click", function()
    assert.equal("en", browser:run "return document.documentElement.lang")
    browser:click "#language"
    shows("h1", "wxlive 沙箱")
    shows('#rooms [data-key="3"]', "未开始")
    browser:open(box.base_url .. "/console")
    shows("#h-log", "请求记录")
    browser:run "localStorage.clear()"
    local agent = browser:run "return navigator.userAgent"
    browser:cdp("Emulation.setUserAgentOverride", { userAgent = agent, acceptLanguage = "zh-CN" })
    browser:open(box.base_url .. "/console")
    shows("#h-goods", "商品")
    browser:cdp("Emulation.setUserAgentOverride", { userAgent = agent, acceptLanguage = "en-US" })
  end)

  it("fits a phone, and every control has a name", function()
    browser:cdp("Emulation.setDeviceMetricsOverride",
      { width = 360, height = 740, deviceScaleFactor = 2, mobile = true })
    browser:await "innerWidth === 360 && document.documentElement.scrollWidth <= 360"
    assert.equal("", browser:run [[
      return [...document.querySelectorAll("button, input, select, summary")].filter((node) =>
        !node.closest("[hidden]") && !(node.labels && node.labels.length) &&
        !node.getAttribute("aria-label") && !node.innerText.trim()).map((node) => node.outerHTML)
        .join();]])
    browser:cdp "Emulation.clearDeviceMetricsOverride"
  end)

  it("everything is reset at the second click", function()
    box:control("follow", { openids = { "oOne" } })
    shows("#followers", "oOne")
    browser:click "#reset"
    shows("#reset", "Really?")
    assert.equal(26, box:control("state").counts.follower)
    browser:click "#reset"
    is(25, function()
      return box:control("state").counts.follower
    end)
    browser:await [[!document.querySelector("#followers").innerText.includes("oOne")]]
  end)

  it("a page of another origin can do nothing; and a sandbox that ended is told", function()
    local other = start { seed = "demo" }
    browser:open(other.base_url .. "/")
    browser:run([[return fetch(arguments[0] + "/_sandbox/reset", { method: "POST", mode: "no-cors",
      body: "{}" }).then(() => "sent")]], box.base_url)
    browser:open(other.base_url .. "/console")
    browser:await [[document.querySelectorAll("#rooms .row").length === 3]]
    other:stop()
    shows("#link", "does not answer")
    browser:complaints() -- of the refused request, and of the polls that went nowhere
  end)
end)
