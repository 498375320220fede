-- The page at GET /console in a real Chromium.
local await = require "spec.support.await"
local broadcast = require "wxlive.broadcast"
local browsers = require "spec.support.servers.browser"
local command = require "spec.support.command"
local curl = require "spec.support.curl"
local bare_sandbox = require "spec.support.sandbox.bare"
local listeners = require "spec.support.servers.listener"
local memory = require "wxlive.store.memory"
local sandbox = require "wxlive.sandbox"
local system = require "wxlive.core".system

local PUSH = "/wxaapi/broadcast/goods/push"
local HOSTILE = "<img src=x onerror=pwned=1>"

local function start(options)
  options.transport = curl.transport()
  return assert(sandbox.start(options))
end

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
    command.write(path, bare_sandbox.png(100, 100))
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
    await(function() return check() == expected end, tostring(expected))
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
    assert(box:control("fault", {
      on = "/" .. HOSTILE .. "<script>pwned=1</script>", kind = "null",
    }))
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
    -- The time for a second click ends when the spec says it, however slow the machine is.
    browser:run [[
      const real = window.setTimeout;
      window.setTimeout = (call, ms) => ms === 4000 ? (window.late = call, 1e9) : real(call, ms);]]
    browser:click "#reset"
    shows("#reset", "Really?")
    browser:run "late()"
    shows("#reset", "Reset")
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
