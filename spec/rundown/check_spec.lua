-- Before the show: rows against room, library and quotas; the pictures; the calendar.
local command = require "spec.support.command"
local rundown = require "wxlive.rundown"
local stocks = require "wxlive.rundown.goods"
local support = require "spec.support.rundown"

describe("the check of a rundown", function()
  local stage

  setup(function()
    stage = support.open()
  end)

  teardown(function()
    stage:close()
  end)

  local function check(text, options)
    local show = assert(stage:show(text, options))
    local report = assert(show:check())
    show:close()
    local list = {}
    for i, problem in ipairs(report.problems) do
      list[i] = ("%s %s: %s"):format(problem.level, problem.line or "-", problem.message)
    end
    return list, report
  end

  it("finds nothing wrong with one that will work, and counts its calls", function()
    stage:room()
    local problems, report = check("+5m,push,11;茶壶,60s,+10m,,,,,\n+6m,on sale,14;13,,,,,,,\n")
    assert.same({}, problems)
    assert.equal(7, report.cues)
    assert.same({ calls = 6, left = 10000 }, report.calls.goods_push)
    assert.same({ calls = 2, left = 10000 }, report.calls.goods_video)
    assert.same({ calls = 2, left = 10000 }, report.calls.goods_sale)
    assert.equal(180, report.calls.get_live_info.calls)
    assert.equal(support.START + 300, report.begins)
  end)

  it("finds goods by the key that a sheet gave them", function()
    stage:room()
    local ledger = stage:ledger()
    assert(ledger.db:change("INSERT INTO item (appid, kind, key, sheet, line, wanted, state,"
      .. " platform_id, updated_at) VALUES (?, 'goods', 'cup', 'g.csv', 2, '{}', 'done', '11', 0)"
      .. " ON CONFLICT DO NOTHING", ledger.appid))
    ledger:close()
    assert.same({}, (check("+1m,push,cup,,,,,,,\n")))
    assert.equal(1, #check("+1m,push,cap,,,,,,,\n"))
  end)

  it("names goods that a sheet gave a key and that are not in the room", function()
    stage:room()
    local ledger = stage:ledger()
    assert(ledger.db:change("INSERT INTO item (appid, kind, key, sheet, line, wanted, state,"
      .. " platform_id, updated_at) VALUES (?, 'goods', 'pan', 'g.csv', 3,"
      .. " '{\"params\":{\"name\":\"茶锅\"}}', 'done', '77', 0) ON CONFLICT DO NOTHING",
      ledger.appid))
    local stock = stocks.of_room { goods = {} }
    assert.same({ id = "77", name = "茶锅" }, stock:find("pan", ledger))
    ledger:close()
  end)

  it("says which goods have a name that several have", function()
    stage:room { goods = { { goods_id = 11, on_sale = 1 } } }
    assert(stage.box:control("plant", { goods = {
      { id = 21, name = "同名" }, { id = 103, name = "同名" },
    } }))
    local show = assert(stage:show("+1m,push,同名,,,,,,,\n"))
    local problem = assert(show:check()).problems[1]
    show:close()
    assert.equal('2 goods are called "同名": write the id of one of them, 21 or 103',
      problem.message)
    assert.equal('有 2 件商品名为 "同名"：请写其中之一的 id（21 或 103）', problem.message_zh)
  end)

  it("names goods that are unknown, not approved, or not in the room", function()
    stage:room()
    assert.same({
      'error 2: no goods have the id, page, name or key "咖啡"',
      "error 3: goods 15 (未导入) are not in the room: put them there with add_goods, or the column "
        .. "rooms of their sheet",
      "error 4: goods 16 (驳回) are rejected", "error 5: goods 99 are not in the library",
    }, (check("+1m,push,咖啡,,,,,,,\n+2m,push,未导入,,,,,,,\n+3m,push,16,,,,,,,\n+4m,push,99,,,,,,,\n")))
  end)

  it("says what is wrong with goods once, with all their lines", function()
    stage:room()
    assert.same({
      "error 2: goods 99 are not in the library; also in line 3, 4",
      "error 3: goods 98 are not in the library",
    }, (check("+1m,push,99,,,,,,,\n+2m,push,98;99;99,60s,+9m,,,,,\n+11m,on sale,99,,,,,,,\n")))
  end)

  it("counts goods beyond the twentieth", function()
    stage:room()
    local ids = {}
    for i = 1, 25 do
      ids[i] = tostring(900 + i)
    end
    local problems = check("+1m,push," .. table.concat(ids, ";") .. ",5s,+9m,,,,,\n")
    assert.equal(21, #problems)
    assert.equal("error -: and 5 more goods are not ready", problems[1])
  end)

  it("names cards that are too close, off the shelf, never shown, or out of the show", function()
    stage:room()
    assert.same({
      "warning 3: follows the card of line 2 after 2 s (20:01:02): the platform may refuse it "
        .. "while the other is shown",
      "warning 4: moves goods 12 while their card is shown: the platform may refuse that",
      "error 5: pushes goods 12, which line 4 has taken off the shelf",
      "warning 6: of its 3 goods 2 are never shown: the time is too short",
      "warning 7: comes after the planned end of the show (21:00:00)",
      "warning 8: comes before the planned start of the show (20:00:00)",
      "warning 9: repeats faster than a card is shown (some 5 s)",
    }, (check([[
+1m,push,11,,,,,,,
+62s,push,12,,,,,,,
+63s,off sale,12,,,,,,,
+3m,push,12,,,,,,,
+4m,push,11;12;13,60s,+4m30s,,,,,
+2h,mute,,,,,,,,
19:50,note,,,,,,early,,
+50m,push,11;13,4s,+50m5s,,,,,
]])))
  end)

  it("names a row that ends before it begins, whatever it does", function()
    stage:room()
    assert.same({
      "error 2: is never done: until comes before at, by the planned start",
      "error 3: is never done: until comes before at, by the planned start",
    }, (check("20:40,push,11,45s,20:30,,,,,\n+50m,note,,60s,20:10,,,x,,\n")))
  end)

  it("finds goods whose name is a number, where no id is that", function()
    stage:room()
    assert(stage.box:control("plant", { goods = { { id = 11, name = "2024" } } }))
    assert.same({}, (check("+1m,push,2024,,,,,,,\n")))
    assert(stage.box:control("plant", { goods = { { id = 11, name = "茶杯" } } }))
  end)

  it("names a room that is over, or was made without what a row needs", function()
    stage:room { close_goods = 1, close_comment = 1 }
    assert.same({
      "error 2: the room was made without a shelf (close_goods = 1)",
      "warning 3: the room was made without comments (close_comment = 1)",
    }, (check("+1m,push,11,,,,,,,\n+2m,mute,,,,,,,,\n")))
    stage:room()
    stage.box:control("live", { room_id = stage.id, status = 103 })
    assert.same({ "error -: the room is over: ended" }, (check("+1m,mute,,,,,,,,\n")))
  end)

  it("says that the day's quota does not reach", function()
    stage:room { end_time = support.START + 12 * 3600 }
    stage.box:control("quota", { path = "/wxaapi/broadcast/goods/push", per_day = 900 })
    local problems, report = check("start,push,11;12,45s,,,,,,\n")
    assert.same({ "error -: goods_push is needed 961 times, and 900 calls are left today" },
      problems)
    assert.equal(1, report.errors)
    stage.box:control("quota", { path = "/wxaapi/broadcast/goods/push" })
  end)

  it("wants the hooks that rows name", function()
    stage:room()
    command.write(stage.home .. "/hooks.csv", "at,do,hook\n+1m,hook,lights\n+2m,hook,sound\n")
    local options = { path = stage.home .. "/hooks.csv" }
    local problems = check("", options)
    assert.same("error 2: there is no file of hooks: name one with --hooks", problems[1])
    options.hooks = { lights = print }
    assert.same({ "error 3: there is no hook called sound" }, (check("", options)))
  end)

  it("finds a room by its name, and says which there are when several have it", function()
    local one = stage:room { name = "twice" }
    stage:room { name = "twice" }
    local show, err = stage:show("+1m,mute,,,,,,,,\n", { room = "twice" })
    assert.is_nil(show)
    assert.equal("several_rooms", err.name)
    assert.truthy(err.message:find(tostring(one.id), 1, true))
    for _, room in ipairs { "nowhere", one.id + 0.4 } do
      show, err = stage:show("+1m,mute,,,,,,,,\n", { room = room })
      assert.is_nil(show)
      assert.equal("room_not_found", err.name)
    end
  end)
end)

describe("a picture of a rundown", function()
  local rows, home
  local room = { room_id = 3, name = "春茶 <1>", start_time = support.START,
    end_time = support.START + 3600 }

  setup(function()
    home = command.directory()
    command.write(home .. "/r.csv", [[
at,do,goods,every,until,digit,note
+5m,on sale,11;12,,,,
+10m,push,一个名字特别特别特别长的商品，写也写不完,,,,
+15m,push,11;12,60s,+30m,,
20:45,note,,,,,"tea; cakes, <all>"
,push,11,,,4,
]])
    rows = assert(rundown.read(home .. "/r.csv"))
  end)

  teardown(function()
    command.remove(home)
  end)

  it("on a terminal has a line for each row, no wider than the screen", function()
    local width = require("wxlive.text").width
    for _, columns in ipairs { 60, 80, 140 } do
      local lines = {}
      for line in rundown.text(rows, room, columns):gmatch("[^\n]+") do
        lines[#lines + 1] = line
        assert.is_true(width(line) <= columns, line)
      end
      assert.equal(6, #lines)
      assert.truthy(lines[1]:find("20:30", 1, true))
      assert.truthy(lines[2]:find("20:05:00  on sale 2 goods", 1, true))
      assert.truthy(lines[4]:find("●", 1, true))
      assert.truthy(lines[6]:find("key 4", 1, true))
    end
  end)

  it("as SVG is well formed", function()
    local svg = rundown.svg(rows, room)
    assert.truthy(svg:find("<title>春茶 &lt;1&gt;</title>", 1, true))
    assert.truthy(svg:find("tea; cakes, &lt;all&gt;", 1, true))
    local open = {}
    for close, name, empty in svg:gmatch("<(/?)(%a+)[^<>]-(/?)>") do
      if close == "/" then
        assert.equal(name, table.remove(open))
      elseif empty == "" then
        open[#open + 1] = name
      end
    end
    assert.same({}, open)
  end)

  it("as a calendar has an event for each row, in lines of 75 bytes", function()
    local text = rundown.ics(rows, room, support.START)
    local _, events = text:gsub("BEGIN:VEVENT", "")
    assert.equal(4, events)
    assert.truthy(text:find("DTSTART:20261129T120500Z\r\n", 1, true))
    assert.truthy(text:find("DTSTART:20261129T121500Z\r\nDTEND:20261129T123100Z", 1, true))
    assert.truthy(text:find("SUMMARY:note tea\\; cakes\\, <all>\r\n", 1, true))
    for line in text:gmatch("(.-)\r\n") do
      assert.is_true(#line <= 75, line)
      assert.is_number((require("wxlive.text").width(line)))
    end
  end)
end)
