-- wxlive desk, and wxlive rundown run --desk, as processes on a sandbox.
local await = require "spec.support.await"
local curl = require "spec.support.curl"
local json = require "wxlive.json"
local pages = require "spec.support.desk.page"
local process = require "spec.support.process"
local shops = require "spec.support.shop"

describe("the desk's command", function()
  local shop, now, child

  before_each(function()
    shop = shops.open()
    now = math.floor(os.time())
    assert(shop.box:control("plant", {
      goods = { { id = 11, name = "茶杯" }, { id = 12, name = "茶壶" },
        { id = 13, name = "驳回", audit_status = 3 } },
      rooms = { { id = 1, name = "first", start_time = now - 600, end_time = now + 3600, goods = {
        { goods_id = 11, on_sale = 1 }, { goods_id = 12, on_sale = 1 } } } },
    }))
  end)

  after_each(function()
    if child then
      child:signal("KILL")
      child = nil
    end
    shop:close()
  end)

  local function start(...)
    child = shop:start { ... }
    return pages.of(child)
  end

  local function finish()
    local got = child:finish()
    child = nil
    return got
  end

  local function pushes(goods)
    for _, item in ipairs(shop:state().room[1].goods) do
      if item.goods_id == goods then
        return item.pushes or 0
      end
    end
  end

  -- A rundown of these rows, as seconds from now.
  local function sheet(rows)
    local lines = { "at,do,goods,digit,note" }
    for i, row in ipairs(rows) do
      lines[i + 1] = ("%s,%s,%s,%s,"):format(
        row[1] and ("+%ds"):format(600 + os.time() - now + row[1]) or "", row[2], row[3],
        row[4] or "")
    end
    return shop:sheet("evening.csv", lines)
  end

  it("serves a page, on loopback and for the browser of its address alone", function()
    local desk = start("desk")
    assert.equal(403, curl.send { url = desk.url }.status)
    assert.equal(401, (desk:post("view")))
    assert.equal(403, curl.send { url = desk.address, headers = { Host = "evil.example" } }.status)
    -- None of these has spent the token.
    local page = desk:enter()
    assert.equal(200, page.status)
    -- Cookies know no ports: the random path keeps it from other servers of this machine.
    assert.equal(18, #desk.base)
    assert.truthy(page.headers["set-cookie"]:find("Path=" .. desk.base .. ";", 1, true))
    assert.is_nil(page.body:find(shop.box.secret, 1, true))
    assert.equal(403, curl.send { url = desk.address }.status)
    assert.equal(403, (desk:post("view", {}, { Origin = "http://evil.example" })))
    assert.equal(403, (desk:post("view", {}, { Host = "evil.example" })))
    local view
    await(function()
      view = desk:view { room_id = "1" }
      return view.rooms_at and view.audits_at and view.goods[1]
    end)
    assert.same({ "first", 101 }, { view.rooms[1].name, view.rooms[1].status })
    assert.same({ "驳回", 3 }, { view.audits[1].name, view.audits[1].status })
    assert.same({ "11", 2 }, { view.goods[1].id, view.goods[1].status })
    assert.is_nil(json.encode(view):find(shop.box.secret, 1, true))
    assert.equal("done", desk:act({ op = "push", room_id = "1", goods_id = "11" }).state)
    assert.equal(1, pushes(11))
    -- A second browser comes by the next address; both go on.
    local first = desk.cookie
    desk.address = await(function()
      local latest = desk:latest()
      return latest ~= desk.address and latest
    end)
    assert.equal(200, desk:enter().status)
    assert.not_equal(first, desk.cookie)
    assert.equal(200, (desk:post("view", {}, { Cookie = first })))
    local token = desk:latest():match("token=(%x+)")
    assert.is_nil(process.read("/proc/" .. child.pid .. "/cmdline"):find(token, 1, true))
    child:signal("INT")
    local got = finish()
    assert.same({ 0, "" }, { got.status, got.out })
    assert.is_nil(got.err:find(shop.box.secret, 1, true))
  end)

  it("shows the accounts of the settings that are named, one at a time", function()
    local other = "wxfedcba9876543210"
    assert(shop.box:control("plant", { appid = other, goods = {}, rooms = {
      { id = 9, name = "other", start_time = now - 600, end_time = now + 3600, goods = {} } } }))
    local lines = { "base_url = " .. shop.box.base_url }
    for i, appid in ipairs { shop.box.appid, other } do
      lines[#lines + 1] = ("[shop-%d]\nappid = %s\nsecret = %s"):format(i, appid, shop.box.secret)
    end
    local config = shop:sheet("config", lines)
    os.execute("chmod 600 " .. config)
    child = shop:start({ "desk", "--config", config, "--all" }, {
      WXLIVE_APPID = false, WXLIVE_SECRET = false, WXLIVE_BASE_URL = false })
    local desk = pages.of(child)
    desk:enter()
    for i, appid in ipairs { shop.box.appid, other } do
      local view = await(function()
        local answer = desk:view { appid = appid }
        return answer.rooms_at and answer
      end)
      assert.same({ shop.box.appid, other }, view.appids)
      assert.same({ appid, i == 1 and "first" or "other" }, { view.appid, view.rooms[1].name })
    end
    assert.equal(400, (desk:post("view", { appid = "wx0000000000000000" })))
  end)

  it("answers others while the platform is slow", function()
    local desk = start("desk")
    desk:enter()
    await(function() return desk:view().audits_at end)
    process.run("kill -STOP " .. shop.box.pid)
    local slow = curl.start { {
      method = "POST", url = desk.url .. "act", content_type = "application/json",
      headers = { Origin = desk.origin, Cookie = desk.cookie },
      body = '{"op":"push","room_id":"1","goods_id":"11"}',
    } }
    -- While the platform says nothing, the desk answers, and nothing looks done.
    for _ = 1, 20 do
      assert.same({}, desk:view().done)
    end
    process.run("kill -CONT " .. shop.box.pid)
    local answers = slow()
    assert.equal("done", json.decode(answers[1].body).state)
    assert.equal("done", desk:view().done[1].state)
  end)

  it("runs a show with the page beside it: hold, go on, skip, next, shift, cards", function()
    local path = sheet { { 900, "push", "茶杯" }, { 901, "push", "茶壶" }, { nil, "push", "12", 4 } }
    local desk = start("rundown", "run", path, "--room", "1", "--desk", "--json")
    desk:enter()
    local shown = await(function()
      local one = desk:view().shows[1]
      return one and one.phase == "running" and one
    end)
    assert.same({ "evening.csv", "first", "1", 2, "4" }, { shown.file, shown.name, shown.room_id,
      #shown.coming, shown.cards[1].digit })
    local first = shown.coming[1]
    local function act(op, more)
      local asked = { op = op, room_id = "1" }
      for name, value in pairs(more or {}) do
        asked[name] = value
      end
      return desk:act(asked).state
    end
    assert.equal("done", act("hold"))
    assert.equal("held", desk:view().shows[1].phase)
    assert.equal("done", act("hold")) -- a page that has not seen it yet: still held
    assert.equal("held", desk:view().shows[1].phase)
    assert.equal("done", act("go"))
    assert.equal("done", act("shift", { seconds = 60 }))
    assert.truthy(desk:view().shows[1].shift >= 60)
    assert.equal("done", act("next", { key = first.key, n = first.n }))
    assert.equal(1, pushes(11))
    -- A second click, or another browser: that cue is done, and the next one is not touched.
    assert.equal("passed", act("next", { key = first.key, n = first.n }))
    assert.equal("passed", act("skip", { key = first.key, n = first.n }))
    shop.box:control("clock", { advance = 60 })
    assert.equal("done", act("card", { digit = "4" }))
    shop.box:control("clock", { advance = 60 })
    assert.equal("done", act("push", { goods_id = "11" }))
    assert.same({ 2, 1 }, { pushes(11), pushes(12) })
    assert.equal("failed", act("push", { goods_id = "99" }))
    local second = desk:view().shows[1].coming[1]
    assert.equal("skipped", act("skip", { key = second.key, n = second.n }))
    -- Nothing is left; the show stays for cards by hand, until the room ends.
    assert.equal("none", act("next"))
    assert.equal("running", desk:view().shows[1].phase)
    child:signal("INT")
    local got = finish()
    assert.equal(130, got.status, got.err)
    local cues = {}
    for line in got.out:gmatch("[^\n]+") do
      local event = json.decode(line)
      if event and event.event == "cue" then
        cues[#cues + 1] = event.label .. " " .. event.state
      end
    end
    assert.same({ "push 茶杯 done", "push 12 done", "push 茶杯 done", "push 99 failed",
      "push 茶壶 skipped" }, cues)
    -- The ledger has them, those from the page as well.
    got = shop:run { "rundown", "report", "--room", "1", "--json" }
    assert.equal(5, #json.decode(got.out))
  end)

  it("tells an open page that the show is over, and ends", function()
    local path = sheet { { 900, "push", "茶杯" } }
    local desk = start("rundown", "run", path, "--room", "1", "--desk", "--json")
    desk:enter()
    await(function()
      local one = desk:view().shows[1]
      return one and one.phase == "running"
    end)
    child:signal("INT")
    local last = await(function()
      local status, view = desk:post("view")
      return status == 200 and view.ended and view
    end)
    assert.equal("over", last.shows[1].phase)
    assert.equal(130, finish().status)
  end)

  it("says which options do not belong together", function()
    local path = sheet { { 900, "push", "茶杯" } }
    for _, options in ipairs { { "--rehearse", "--desk" }, { "--port", "1234" } } do
      local got = shop:run { "rundown", "run", path, "--room", "1", options[1], options[2] }
      assert.equal(2, got.status)
      assert.truthy(got.err:find("--desk", 1, true), got.err)
    end
    local taken = shop:run { "desk", "--port", shop.box.base_url:match("%d+$") }
    assert.equal(2, taken.status)
    assert.truthy(taken.err:find("wxlive", 1, true))
  end)
end)
