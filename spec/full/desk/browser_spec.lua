-- The desk of a running show in a real Chromium.
local await = require "spec.support.await"
local browsers = require "spec.support.servers.browser"
local command = require "spec.support.command"
local pages = require "spec.support.desk.page"
local process = require "spec.support.process"
local shops = require "spec.support.shop"

local HOSTILE = "<img src=x onerror=pwned=1>"

describe("the desk, in Chromium:", function()
  local shop, browser, child, desk

  setup(function()
    browser = browsers.start()
  end)

  teardown(function()
    browser:stop()
  end)

  -- Waits until a part of the page shows a text.
  local function shows(selector, text)
    browser:await([[document.querySelector(arguments[0])?.innerText.includes(arguments[1])]],
      selector, text)
  end

  local function text_of(selector)
    return browser:run([[return document.querySelector(arguments[0]).innerText]], selector)
  end

  local function pushes(goods)
    for _, item in ipairs(shop:state().room[1].goods) do
      if item.goods_id == goods then
        return item.pushes or 0
      end
    end
  end

  -- The cards that were shown so far have gone.
  local function clear_cards()
    shop.box:control("clock", { advance = 60 })
  end

  before_each(function()
    shop = shops.open()
    local now = math.floor(os.time())
    assert(shop.box:control("plant", {
      goods = { { id = 11, name = "青瓷茶杯" }, { id = 12, name = "真丝围巾" },
        { id = 13, name = HOSTILE, audit_status = 3 } },
      rooms = {
        { id = 1, name = "茶器上新直播", start_time = now - 600, end_time = now + 3600, goods = {
          { goods_id = 11, on_sale = 1 }, { goods_id = 12, on_sale = 1 } } },
        { id = 2, name = HOSTILE .. "<script>pwned=1</script>", start_time = now + 86400,
          end_time = now + 90000, goods = { { goods_id = 12, on_sale = 1 } } },
      },
    }))
    local path = shop:sheet("evening.csv", { "at,do,goods,digit,note",
      "5400s,push,青瓷茶杯,," .. HOSTILE, "5460s,push,真丝围巾,,", "92m,mute,,,",
      ",push,真丝围巾,4,", ",push,99,5," })
    child = shop:start { "rundown", "run", path, "--room", "1", "--desk", "--json" }
    desk = pages.of(child)
    browser:open(desk.address)
    browser:await [[document.querySelectorAll("#goods .item").length === 2]]
    shows("#shows", "running")
  end)

  after_each(function()
    local complaints = browser:complaints()
    browser:open "about:blank"
    child:signal("KILL")
    shop:close()
    assert.equal("", complaints)
  end)

  it("the address loses its token, a reload stays in, no script reads the cookie", function()
    assert.equal(desk.url, browser:run "return location.href")
    assert.equal("", browser:run "return document.cookie")
    browser:open(desk.url)
    shows("#shows", "running")
    browser:cdp("Network.clearBrowserCookies")
    browser:open(desk.address)
    shows("body", "this address was used already")
    -- The last page was a refusal, and so is the icon that the browser looks for beside it.
    await(function() return browser:complaints():find("403", 1, true) end)
    browser:open "about:blank"
    browser:complaints()
  end)

  it("shows the running rundown, counting down; and holds it, goes on, and shifts", function()
    shows('[data-part="label"]', "push 青瓷茶杯")
    shows('[data-part="detail"]', "line 2 · " .. HOSTILE)
    shows('[data-part="coming"]', "mute")
    local before = text_of '[data-part="left"]'
    browser:await([[arguments[0] !== document.querySelector('[data-part="left"]').innerText]],
      before)
    browser:click '[data-act^="hold"]'
    shows('[data-part="phase"]', "held")
    shows("#news", "Hold: done")
    assert.equal("status", browser:run [[return document.getElementById("news").role]])
    browser:click '[data-act^="go"]'
    shows('[data-part="phase"]', "running")
    browser:click '[data-act^="shift 60"]'
    shows('[data-part="shifted"]', "+")
    shows("#done", "The rest is shifted by 60 s")
    browser:run [[document.querySelector(".seconds").value = -30]]
    browser:click ".shift form button"
    shows("#done", "The rest is shifted by -30 s")
  end)

  it("does a cue and skips one, and shows cards by their digits", function()
    browser:click '[data-act^="next"]'
    shows("#news", "push 青瓷茶杯: done")
    shows('[data-part="label"]', "push 真丝围巾")
    assert.equal(1, pushes(11))
    browser:click '[data-act^="skip"]'
    shows("#news", "skipped")
    shows('[data-part="label"]', "mute")
    clear_cards()
    browser:click '[data-act^="card 4"]'
    shows("#news", "push 真丝围巾: done")
    assert.equal(1, pushes(12))
    shows('[data-part="counts"]', "2 done · 1 skipped")
    -- Refused: why, and what to do, as an alert and in what happened.
    clear_cards()
    browser:click '[data-act^="card 5"]'
    shows("#toast", "goods do not exist")
    assert.equal("alert", browser:run [[return document.getElementById("toast").role]])
    shows("#done .why", "300024 goods_not_found")
    shows("#done .why", "use ids of the goods library")
    shows("#log .why", "300024 goods_not_found")
  end)

  it("nothing looks done before the platform has answered; by keyboard, too", function()
    process.run("kill -STOP " .. shop.box.pid)
    browser:run [[document.querySelector('#goods [data-key="12"] button').focus()]]
    browser:press(browsers.keys.enter)
    shows('#goods [data-key="12"] button', "Asking…")
    -- Several answers of the desk later it still does not look done.
    for _ = 1, 3 do
      local heard = browser:run "poll(); return heard"
      browser:await("heard > arguments[0]", heard)
    end
    assert.equal("Asking…", text_of '#goods [data-key="12"] button')
    assert.equal("true", browser:run [[return document.querySelector(
      '#goods [data-key="12"] button').getAttribute("aria-disabled")]])
    assert.is_nil(text_of("#goods"):find("newest card", 1, true))
    assert.is_nil(text_of("#done"):find("真丝围巾", 1, true))
    browser:press(browsers.keys.enter) -- pressed again: asked once all the same
    process.run("kill -CONT " .. shop.box.pid)
    shows("#news", "push 真丝围巾: done")
    shows('#goods [data-key="12"]', "newest card")
    shows('#goods [data-key="12"] button', "Show card")
    assert.equal("12", browser:run "return document.activeElement.closest('.item').dataset.key")
    assert.equal(1, pushes(12))
  end)

  it("an outcome that is not known is not called done", function()
    shop.box:control("fault", { on = "goods_push", kind = "errcode_after", code = -1, times = 9 })
    shop.box:control("fault", { on = "goods_video", kind = "errcode_before", code = -1,
      times = 99 })
    browser:click '#goods [data-key="11"] button'
    shows("#toast", "it is not known whether it was done")
    shows("#done", "unknown")
    assert.is_nil(text_of('#goods [data-key="11"]'):find("newest", 1, true))
  end)

  it("a click never strikes a cue that its reader did not see", function()
    -- The page hears of nothing from here on; meanwhile another one does the cue.
    browser:run "poll = () => {}; clearTimeout(waiting)"
    browser:await "!polling"
    desk.address = await(function()
      local latest = desk:latest()
      return latest ~= desk.address and latest
    end)
    desk:enter()
    assert.equal("done", desk:act({ op = "next", room_id = "1" }).state)
    assert.equal("push 青瓷茶杯", text_of '[data-part="label"]')
    browser:click '[data-act^="skip"]'
    shows("#toast", "the next cue is another one by now")
    assert.equal("真丝围巾", desk:view().shows[1].coming[1].target)
  end)

  it("knows cues apart whose keys and numbers are alike", function()
    browser:click '[data-act^="shift 60"]' -- the page has drawn the show by then
    shows("#news", "done")
    local lines = { "at,do,goods,every,until,key", "5400s,push,青瓷茶杯,,,0",
      "5401s,push,真丝围巾,60s,6200s,1", "6030s,mute,,,,11" }
    command.write(shop.home .. "/evening.csv", table.concat(lines, "\n") .. "\n")
    -- The coming cues hold number 11 of row 1, and number 1 of row 11.
    desk.address = desk:latest()
    desk:enter()
    await(function() return #desk:view().shows[1].coming == 9 end)
    for _ = 1, 4 do
      assert.equal("skipped", desk:act({ op = "skip", room_id = "1" }).state)
    end
    browser:await [[document.querySelectorAll(".cues .cue").length === 8]]
    shows('[data-part="coming"]', "mute")
  end)

  it("tells of a cue that fails by itself", function()
    browser:click '[data-act^="shift 60"]' -- the page has drawn the show by then
    shows("#news", "done")
    shop.box:control("fault", { on = "goods_push", kind = "errcode_before", code = 300024 })
    desk.address = desk:latest()
    desk:enter()
    local left = desk:view().shows[1].coming[1].left
    assert.equal("done", desk:act({ op = "shift", room_id = "1",
      seconds = -math.ceil(left) }).state)
    shows("#toast", "push 青瓷茶杯: refused")
    shows("#toast", "use ids of the goods library")
  end)

  it("rooms, goods, audits and quotas; hostile names are text", function()
    shows('#rooms [data-key="1"]', "live")
    shows('#rooms [data-key="2"]', HOSTILE)
    shows('#goods [data-key="11"]', "approved")
    shows('#audits [data-key="13"]', "rejected")
    shows("#e-audits", "The API does not say why")
    browser:click '#rooms [data-key="2"] button'
    browser:await [[document.querySelectorAll("#goods .item").length === 1]]
    assert.equal("h-goods", browser:run "return document.activeElement.id")
    assert.equal("2", browser:run [[return document.getElementById("room").value]])
    shows("#quotas", "goods_list")
    browser:click "#seed"
    shows("#news", "Ask the platform: done")
    browser:run [[document.getElementById("refused").click()]]
    shows("#e-log", "No call matches")
    assert.equal("undefined 0", browser:run [[return typeof window.pwned + " " +
      document.querySelectorAll("main img, main script").length]])
    assert.is_nil(browser:run("return document.documentElement.innerHTML")
      :find(shop.box.secret, 1, true))
  end)

  it("what could not be read is said, with what to do", function()
    shop.box:control("fault", { on = "get_live_info", kind = "errcode_before", code = 48001,
      times = 9 })
    browser:click "#refresh"
    shows("#f-rooms .why", "48001")
    shows("#f-rooms .hint", "→")
    shows('#rooms [data-key="1"]', "live")
    shop.box:control("faults", { clear = true })
    browser:click "#refresh"
    browser:await [[document.querySelector("#f-rooms").children.length === 0]]
  end)

  it("speaks both languages", function()
    browser:click "#language"
    shows("h1", "wxlive 直播台")
    shows('[data-part="label"]', "推送 青瓷茶杯")
    shows('#rooms [data-key="2"]', "未开始")
    browser:click '[data-act^="hold"]'
    shows("#news", "暂停：完成")
    shows("#done", "流程暂停")
    assert.equal("zh-CN", browser:run "return document.documentElement.lang")
    -- Without a font of its own every character would be the same empty box.
    browser:cdp "DOM.enable"
    browser:cdp "CSS.enable"
    local root = browser:cdp "DOM.getDocument".root.nodeId
    local heading = browser:cdp("DOM.querySelector", { nodeId = root, selector = "#h-show" }).nodeId
    local fonts = {}
    for i, font in ipairs(browser:cdp("CSS.getPlatformFontsForNode", { nodeId = heading }).fonts) do
      fonts[i] = font.familyName
    end
    assert.truthy(table.concat(fonts, ", "):find("WenQuanYi") or table.concat(fonts, ", ")
      :find("CJK"), table.concat(fonts, ", "))
  end)

  it("has landmarks and headings, a name for every control, a ring for the focus", function()
    assert.equal("1 1 1 1", browser:run [[return ["header", "nav", "main", "h1"].map((name) =>
      document.querySelectorAll(name).length).join(" ")]])
    assert.equal("", browser:run [[return [...document.querySelectorAll("main section")]
      .filter((node) => !document.getElementById(node.getAttribute("aria-labelledby"))
        ?.innerText.trim()).map((node) => node.id).join()]])
    assert.equal("", browser:run [[
      return [...document.querySelectorAll("button, input, select, summary")].filter((node) =>
        !node.closest("[hidden]") && !(node.labels && node.labels.length) &&
        !node.getAttribute("aria-label") && !node.innerText.trim()).map((node) => node.outerHTML)
        .join();]])
    -- What a colour says is said by a word as well.
    assert.equal("", browser:run [[return [...document.querySelectorAll(".chip")].filter((node) =>
      !node.closest("[hidden]") && !node.innerText.trim()).map((node) => node.outerHTML).join()]])
    browser:run [[document.getElementById("refresh").focus()]]
    browser:press(browsers.keys.tab)
    assert.equal("language", browser:run "return document.activeElement.id")
    assert.truthy(tonumber(browser:run [[return parseFloat(getComputedStyle(
      document.activeElement).outlineWidth)]]) >= 2)
  end)

  it("fits a phone", function()
    browser:cdp("Emulation.setDeviceMetricsOverride",
      { width = 360, height = 740, deviceScaleFactor = 2, mobile = true })
    browser:await "innerWidth === 360 && document.documentElement.scrollWidth <= 360"
    browser:click "#language"
    browser:await "document.documentElement.scrollWidth <= 360"
    browser:cdp "Emulation.clearDeviceMetricsOverride"
  end)

  it("says that the show is over, and keeps what it showed last", function()
    browser:click '[data-act^="next"]'
    shows("#news", "done")
    child:signal("INT")
    shows("#link", "the show is over")
    shows('[data-part="phase"]', "over")
    shows("#done", "push 青瓷茶杯")
    assert.equal(130, child:finish().status)
  end)
end)
