-- A sheet of goods whose column `rooms` says which rooms they go into.
local placing = require "spec.support.placing"
local process = require "spec.support.process"
local shops = require "spec.support.shop"

local ADD, TAKE_OUT = placing.ADD, placing.TAKE_OUT

describe("apply, goods into rooms:", function()
  local t = placing.new()
  local room, run, sheet, standing = t.room, t.run, t.sheet, t.standing

  before_each(function()
    t.start()
  end)

  after_each(function()
    t.shop:close()
  end)

  it("adds by id and by name, once, and takes out what is not named any more", function()
    local first, second = room("周一茶会专场"), room("周二茶会专场")
    local path = sheet { ("%d;周二茶会专场"):format(first), "周二茶会专场", "" }
    local plan = run { "plan", path }
    assert.same({ 3, 0 }, { plan.add_to_rooms, plan.take_out_of_rooms })
    assert.equal(0, t.shop:calls(ADD))
    local done = run { "apply", path }
    assert.same({ 3, 3, 0, 0 }, { done.created, done.placed, done.waiting, done.taken_out })
    assert.same({ "茶杯1号" }, standing(first))
    assert.same({ "茶杯1号", "茶杯2号" }, standing(second))
    -- One call for each room.
    assert.equal(2, t.shop:calls(ADD))
    local before = t.shop:calls()
    done = run { "apply", path }
    assert.same({ 0, 0 }, { done.placed, done.taken_out })
    assert.equal(before, t.shop:calls())

    path = sheet { "周二茶会专场", "", tostring(first) }
    plan = run { "plan", path }
    assert.same({ 1, 2 }, { plan.add_to_rooms, plan.take_out_of_rooms })
    done = run { "apply", path }
    assert.same({ 1, 2 }, { done.placed, done.taken_out })
    assert.same({ "茶杯3号" }, standing(first))
    assert.same({ "茶杯1号" }, standing(second))
    assert.equal(0, #run { "diff" })
  end)

  it("never takes out what somebody else put there, nor what a sheet is silent about", function()
    local id = room("周一茶会专场")
    local path = sheet { "", "" }
    run { "apply", path }
    assert(t.live:add_goods({ t.id_of("茶杯1号") }, id))
    run { "apply", sheet { tostring(id), tostring(id) } }
    assert.equal(2, #standing(id))
    local done = run { "apply", sheet { "", "" } }
    assert.equal(1, done.taken_out)
    assert.same({ "茶杯1号" }, standing(id))
    run { "apply", sheet { "", tostring(id) } }
    -- Without the column.
    done = run { "apply", t.shop:sheet("goods.csv", shops.goods_lines(1, 2)) }
    assert.is_nil(done.placed)
    assert.equal(2, #standing(id))
  end)

  it("waits for the audit, and goes on when it is through", function()
    t.shop:close()
    t.start { audit_seconds = false }
    local id = room("周一茶会专场")
    local path = sheet { tostring(id), tostring(id) }
    local done, got = run { "apply", path }
    assert.same({ 2, 0, 2 }, { done.created, done.placed, done.waiting })
    assert.is_truthy(got.err:find("2 goods wait for their audit", 1, true))
    assert(t.shop.box:control("audit", { goods_id = t.id_of("茶杯1号"), approve = true }))
    assert(t.shop.box:control("audit", {
      goods_id = t.id_of("茶杯2号"), approve = false, reason = "模糊",
    }))
    done = run { "apply", path }
    assert.same({ 1, 1 }, { done.placed, done.waiting })
    -- Goods wait once, into however many rooms.
    room("周二茶会专场")
    done = run { "apply", sheet { tostring(id), id .. ";周二茶会专场" } }
    assert.equal(1, done.waiting)
    assert.same({ "茶杯1号" }, standing(id))
  end)

  it("says what is wrong with a room, row by row, and takes the rest", function()
    local ended, open = room("周一茶会专场"), room("周二茶会专场", 20000)
    room("同名专场", 20000)
    room("同名专场", 30000)
    assert(t.shop.box:control("clock", { advance = 15000 }))
    local path = sheet { tostring(ended), "没有这个直播间", tostring(open), "同名专场", "999" }
    local done, got = run({ "apply", path }, 3)
    assert.same({ 5, 1, 4 }, { done.created, done.placed, done.rejected })
    assert.same({ "茶杯3号" }, standing(open))
    local rejects = process.read(done.rejects)
    for _, words in ipairs { "has ended", "there is no such room", "2 rooms have this name" } do
      assert.is_truthy(rejects:find(words, 1, true), words .. "\n" .. rejects)
      assert.is_truthy(got.err:find(words, 1, true), words)
    end
    -- Corrected, the row gets through.
    assert.equal(1, run({ "apply", sheet { tostring(open), "", tostring(open), "", "" } }).placed)
    assert.equal(2, #standing(open))
  end)

  it("fills a room to its brim and names those that found no place", function()
    t.shop:close()
    t.start { audit_seconds = 0, goods_cap = 3 }
    local id = tostring(room("周一茶会专场"))
    local done = run({ "apply", sheet { id, id, id, id, id } }, 3)
    assert.same({ 3, 2 }, { done.placed, done.rejected })
    assert.equal(3, #standing(tonumber(id)))
  end)

  it("takes JSON lines, in which a row may be silent about rooms", function()
    local id = room("周一茶会专场")
    local function line(n, more)
      return ('{"name":"茶杯%d号","cover_img":"images/cup.png","price_type":1,"price":%d,'
        .. '"url":"pages/goods/index?id=%d"%s}'):format(n, n, n, more)
    end
    run { "apply", t.shop:sheet("goods.jsonl", {
      line(1, ',"rooms":["' .. id .. '"]'), line(2, ',"rooms":["周一茶会专场"]'),
    }) }
    assert.equal(2, #standing(id))
    run { "apply", t.shop:sheet("goods.jsonl", { line(1, ""), line(2, ',"rooms":[]') }) }
    assert.same({ "茶杯1号" }, standing(id))
  end)

  it("takes no goods out because of a slip in the column", function()
    local id = room("周一茶会专场")
    run { "apply", sheet { tostring(id) } }
    for _, text in ipairs { "[" .. id, (id .. ";"):rep(51) } do
      local done, got = run({ "apply", sheet { text } }, 3)
      assert.same({ 0, 1 }, { done.taken_out or 0, done.rejected })
      assert.is_truthy(got.err:find("goods.csv:2: rooms must ", 1, true), got.err)
      assert.is_truthy(process.read(done.rejects):find("rooms must ", 1, true))
      assert.equal(1, #standing(id))
    end
    local line = '{"name":"茶杯1号","cover_img":"images/cup.png","price_type":1,"price":1.50,'
      .. '"url":"pages/goods/index?id=1","rooms":%s}'
    for _, text in ipairs { "true", "[[1]]", '{"a":1}', "null", "[1],\"直播间\":[]" } do
      local done = run({ "apply", t.shop:sheet("goods.jsonl", { line:format(text) }) }, 3)
      assert.equal(1, done.rejected, text)
      assert.equal(1, #standing(id), text)
    end
  end)

  it("takes no goods out while their row names a room that there is not", function()
    local first, second = room("周一茶会专场"), room("周二茶会专场")
    run { "apply", sheet { "周一茶会专场", ("%d;%d"):format(first, second) } }
    -- A slip in the name, and in an id.
    local path = sheet { "周一茶会专厂", ("%d;99999"):format(first) }
    local plan = run { "plan", path }
    assert.same({ 0, 0 }, { plan.take_out_of_rooms, plan.take_out_calls_needed })
    local done = run({ "apply", path }, 3)
    assert.same({ 0, 0, 2 }, { done.placed, done.taken_out, done.rejected })
    assert.same({ "茶杯1号", "茶杯2号" }, standing(first))
    assert.same({ "茶杯2号" }, standing(second))
    path = sheet { "周二茶会专场", tostring(first) }
    assert.equal(2, run({ "plan", path }).take_out_of_rooms)
    done = run { "apply", path }
    assert.same({ 1, 2 }, { done.placed, done.taken_out })
    assert.same({ "茶杯2号" }, standing(first))
  end)

  it("takes rejects whose reason quotes an error of the spreadsheet program", function()
    local id = room("周一茶会专场")
    local _, got = t.shop:asked({ "apply", sheet { "#N/A", "没有的专场" } }, 3, { WXLIVE_LANG = "zh" })
    assert.truthy(got.err:find("直播间 没有的专场：没有这个未结束的直播间", 1, true), got.err)
    local path = t.shop.home .. "/goods.rejects.csv"
    assert.truthy(process.read(path):find("错误值 #N/A", 1, true))
    local wide = tostring(id):gsub("%d", function(digit)
      return "\239\188" .. string.char(144 + digit) -- full-width
    end)
    t.shop:sheet("goods.rejects.csv", { (process.read(path):gsub(",#N/A,", "," .. wide .. ",")
      :gsub("没有的专场,", wide .. ",")) })
    local done = run { "apply", path }
    assert.same({ 2, 0 }, { done.placed, done.rejected })
    assert.equal(2, #standing(id))
  end)

  it("reads the column as people and programs write it", function()
    local first, second = room("周一茶会专场"), room("周二茶会专场")
    for _, text in ipairs {
      first .. ";" .. second, first .. "；周二茶会专场", " 周一茶会专场 | " .. second,
      "周一茶会专场，周二茶会专场", ('[%d,""周二茶会专场""]'):format(first),
    } do
      assert.equal(0, run({ "apply", sheet { text } }).rejected, text)
      assert.same({ "茶杯1号" }, standing(first), text)
      assert.same({ "茶杯1号" }, standing(second), text)
    end
    -- All of them said the same.
    assert.equal(0, t.shop:calls(TAKE_OUT))
    local line = '{"name":"茶杯1号","cover_img":"images/nuts.png","price_type":1,"price":1.50,'
      .. '"url":"pages/goods/index?id=1","%s":%s}'
    for name, text in pairs {
      rooms = ("[%d,%d]"):format(first, second), ["直播间"] = ('"%d|%d"'):format(first, second),
    } do
      local done = run { "apply", t.shop:sheet("goods.jsonl", { line:format(name, text) }) }
      assert.same({ 0, 0, 1 }, { done.taken_out, done.rejected, done.unchanged }, text)
    end
    -- Nothing in it: out of both.
    run { "apply", t.shop:sheet("goods.jsonl", { line:format("rooms", '""') }) }
    assert.equal(0, #standing(first) + #standing(second))
  end)

  it("takes the heading 直播间", function()
    local id = room("周一茶会专场")
    local lines = shops.goods_lines(1, 2)
    lines[1] = lines[1] .. ",直播间"
    lines[2], lines[3] = lines[2] .. ",周一茶会专场", lines[3] .. ",没有这个直播间"
    local path = t.shop:sheet("goods.csv", lines)
    local done = run({ "apply", path }, 3)
    assert.same({ 1, 1 }, { done.placed, done.rejected })
    assert.same({ "茶杯1号" }, standing(id))
    -- The reject file is such a sheet again.
    local rejects = process.read(done.rejects)
    assert.is_truthy(rejects:find(",直播间,reason\n", 1, true), rejects)
    lines[3] = lines[3]:gsub("没有这个直播间", "周一茶会专场")
    assert.equal(1, run({ "apply", t.shop:sheet("goods.csv", lines) }).placed)
    lines[1] = lines[1] .. ",rooms"
    assert.is_truthy(t.shop:run({ "plan", t.shop:sheet("goods.csv", lines) }).err
      :find("the column rooms is there twice", 1, true))
  end)

  it("plans the calls that it takes, and sends none of them", function()
    local id = room("周一茶会专场")
    local texts = {}
    for i = 1, 60 do
      texts[i] = tostring(id)
    end
    local path = sheet(texts)
    local function state()
      return #t.shop:state().goods, #standing(id), t.shop:calls(ADD) + t.shop:calls(TAKE_OUT)
    end
    local plan = run { "plan", path }
    assert.same({ 60, 2, 10000 },
      { plan.add_to_rooms, plan.add_calls_needed, plan.add_calls_left })
    assert.same({ 0, 10000, 1 },
      { plan.take_out_calls_needed, plan.take_out_calls_left, plan.days })
    assert.same({ 0, 0, 0 }, { state() })
    run { "apply", path }
    local before = { state() }
    texts[1] = ""
    plan = run { "plan", sheet(texts) }
    assert.same({ 0, 1, 1 }, { plan.add_calls_needed, plan.take_out_calls_needed, plan.days })
    -- Goods that are to be deleted leave their rooms as well.
    plan = run { "plan", sheet { tostring(id), "" }, "--prune" }
    assert.same({ 58, 59 }, { plan.remove, plan.take_out_of_rooms })
    assert.same(before, { state() })
    -- A sheet that is silent about rooms needs nothing of the kind.
    plan = run { "plan", t.shop:sheet("goods.csv", shops.goods_lines(1, 60)) }
    assert.is_nil(plan.add_calls_needed)
  end)

  it("takes goods out before they are deleted", function()
    local id = room("周一茶会专场")
    run { "apply", sheet { tostring(id), tostring(id) } }
    local done = run { "apply", sheet { tostring(id) }, "--prune" }
    assert.same({ 1, 1 }, { done.taken_out, done.removed })
    assert.equal(1, t.shop:calls(TAKE_OUT))
    assert.same({ "茶杯1号" }, standing(id))
  end)

  it("tells by diff what was taken out behind its back", function()
    local id = room("周一茶会专场")
    run { "apply", sheet { tostring(id), tostring(id) } }
    assert(t.live:goods_delete_in_room(id, t.id_of("茶杯2号")))
    local rows = run({ "diff" }, 3)
    assert.equal(1, #rows)
    assert.same({ "not_in_room", tostring(t.id_of("茶杯2号")), "room " .. id },
      { rows[1].what, rows[1].id, rows[1].detail })
    -- apply does not put back what somebody took out, until it is told to forget that it was there.
    local path = sheet { tostring(id), tostring(id) }
    assert.equal(0, run({ "apply", path }).placed)
    assert.equal(1, #run { "diff", "--forget" })
    assert.equal(1, run({ "apply", path }).placed)
    assert.equal(0, #run { "diff" })
  end)

  it("tells by diff of goods that others put there, and of those that went again", function()
    local id = room("周一茶会专场")
    run { "apply", sheet { "", "" } }
    assert(t.live:add_goods({ t.id_of("茶杯1号"), t.id_of("茶杯2号") }, id))
    run { "apply", sheet { tostring(id), "" } }
    assert.equal(0, #run { "diff" })
    local found
    for _, row in ipairs(run({ "diff", "--unknown" }, 3)) do
      found = row.what == "in_room" and row or found
    end
    assert.same({ tostring(t.id_of("茶杯2号")), "room " .. id }, { found.id, found.detail })
    assert(t.live:goods_delete_in_room(id, t.id_of("茶杯1号")))
    assert.equal("not_in_room", run({ "diff" }, 3)[1].what)
  end)

  it("lets a room that has ended rest when its goods are named no more", function()
    local id = room("周一茶会专场")
    run { "apply", sheet { tostring(id), tostring(id) } }
    assert(t.shop.box:control("clock", { advance = 15000 }))
    for _ = 1, 2 do
      local done = run { "apply", sheet { "", "" } }
      assert.same({ 0, 0 }, { done.taken_out, done.rejected })
    end
    assert.equal(0, t.shop:calls(TAKE_OUT))
  end)

  it("leaves goods where they stand when their room is only spelt otherwise", function()
    local id = room("周一茶会专场")
    run { "apply", sheet { tostring(id) } }
    local calls = t.shop:calls(ADD)
    run { "apply", sheet { "周一茶会专场" } }
    run { "apply", sheet { id .. ";周一茶会专场" } }
    run { "apply", sheet { tostring(id) } }
    assert.same({ 0, calls }, { t.shop:calls(TAKE_OUT), t.shop:calls(ADD) })
    assert.equal(0, #run { "diff" })
    -- Still ours.
    run { "apply", sheet { "" } }
    assert.equal(0, #standing(id))
  end)
end)
