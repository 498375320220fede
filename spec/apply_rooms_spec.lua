-- A sheet of goods whose column `rooms` says which rooms they go into.
local broadcast = require "wxlive.broadcast"
local compat = require "wxlive.compat"
local json = require "wxlive.json"
local memory = require "wxlive.store.memory"
local postgres = require "spec.support.postgres"
local process = require "spec.support.process"
local shops = require "spec.support.shop"

local ADD, TAKE_OUT = "/wxaapi/broadcast/room/addgoods", "/wxaapi/broadcast/goods/deleteInRoom"

describe("apply, goods into rooms:", function()
  local shop, live, media

  local function start(options)
    shop = shops.open(options)
    live = assert(broadcast.new {
      appid = shop.box.appid, secret = shop.box.secret, base_url = shop.box.base_url,
      token_store = memory.new(),
    })
    media = assert(live:upload_media("scripts/samples/images/cup.png")).media_id
  end

  before_each(function()
    start()
  end)

  after_each(function()
    shop:close()
  end)

  local function room(name, from)
    local at = os.time() + (from or 7200)
    return math.floor(assert(live:create_room {
      name = name, cover_img = media, share_img = media, feeds_img = media, type = 0,
      start_time = at, end_time = at + 7200, anchor_name = "小王主播",
      anchor_wechat = "wang_live", close_like = 0, close_goods = 0, close_comment = 0,
    }).room_id)
  end

  local function run(arguments, status)
    local words = { compat.unpack(arguments) }
    words[#words + 1] = "--json"
    local got = shop:run(words)
    assert.equal(status or 0, got.status, got.err .. got.out)
    return json.decode(got.out), got
  end

  -- rooms: one text for each row
  local function sheet(rooms)
    local lines = shops.goods_lines(1, #rooms)
    lines[1] = lines[1] .. ",rooms"
    for i, text in ipairs(rooms) do
      lines[i + 1] = lines[i + 1] .. ',"' .. text .. '"'
    end
    return shop:sheet("goods.csv", lines)
  end

  -- Names of what stands in a room, sorted.
  local function standing(room_id)
    for _, one in ipairs(shop:state().room) do
      if one.id == room_id then
        local names, names_of = {}, {}
        for _, goods in ipairs(shop:state().goods) do
          names_of[goods.id] = goods.name
        end
        for i, item in ipairs(one.goods) do
          names[i] = names_of[item.goods_id]
        end
        table.sort(names)
        return names
      end
    end
  end

  it("adds by id and by name, once, and takes out what is not named any more", function()
    local first, second = room("周一茶会专场"), room("周二茶会专场")
    local path = sheet { ("%d;周二茶会专场"):format(first), "周二茶会专场", "" }
    local plan = run { "plan", path }
    assert.same({ 3, 0 }, { plan.add_to_rooms, plan.take_out_of_rooms })
    assert.equal(0, shop:calls(ADD))
    local done = run { "apply", path }
    assert.same({ 3, 3, 0, 0 }, { done.created, done.placed, done.waiting, done.taken_out })
    assert.same({ "茶杯1号" }, standing(first))
    assert.same({ "茶杯1号", "茶杯2号" }, standing(second))
    -- One call for each room.
    assert.equal(2, shop:calls(ADD))
    local before = shop:calls()
    done = run { "apply", path }
    assert.same({ 0, 0 }, { done.placed, done.taken_out })
    assert.equal(before, shop:calls())

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
    assert(live:add_goods({ 1 }, id))
    run { "apply", sheet { tostring(id), tostring(id) } }
    assert.equal(2, #standing(id))
    local done = run { "apply", sheet { "", "" } }
    assert.equal(1, done.taken_out)
    assert.same({ "茶杯1号" }, standing(id))
    run { "apply", sheet { "", tostring(id) } }
    -- Without the column.
    done = run { "apply", shop:sheet("goods.csv", shops.goods_lines(1, 2)) }
    assert.is_nil(done.placed)
    assert.equal(2, #standing(id))
  end)

  it("waits for the audit, and goes on when it is through", function()
    shop:close()
    start { audit_seconds = false }
    local id = room("周一茶会专场")
    local path = sheet { tostring(id), tostring(id) }
    local done, got = run { "apply", path }
    assert.same({ 2, 0, 2 }, { done.created, done.placed, done.waiting })
    assert.is_truthy(got.err:find("2 goods wait for their audit", 1, true))
    assert(shop.box:control("audit", { goods_id = 1, approve = true }))
    assert(shop.box:control("audit", { goods_id = 2, approve = false, reason = "模糊" }))
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
    assert(shop.box:control("clock", { advance = 15000 }))
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
    shop:close()
    start { audit_seconds = 0, goods_cap = 3 }
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
    run { "apply", shop:sheet("goods.jsonl", {
      line(1, ',"rooms":["' .. id .. '"]'), line(2, ',"rooms":["周一茶会专场"]'),
    }) }
    assert.equal(2, #standing(id))
    run { "apply", shop:sheet("goods.jsonl", { line(1, ""), line(2, ',"rooms":[]') }) }
    assert.same({ "茶杯1号" }, standing(id))
  end)

  it("takes goods out before they are deleted", function()
    local id = room("周一茶会专场")
    run { "apply", sheet { tostring(id), tostring(id) } }
    local done = run { "apply", sheet { tostring(id) }, "--prune" }
    assert.same({ 1, 1 }, { done.taken_out, done.removed })
    assert.equal(1, shop:calls(TAKE_OUT))
    assert.same({ "茶杯1号" }, standing(id))
  end)

  it("tells by diff what was taken out behind its back", function()
    local id = room("周一茶会专场")
    run { "apply", sheet { tostring(id), tostring(id) } }
    assert(live:goods_delete_in_room(id, 2))
    local rows = run({ "diff" }, 3)
    assert.same({ "not_in_room", "2", "room " .. id }, { rows[1].what, rows[1].id, rows[1].detail })
  end)

  local function fault(on, kind, more)
    local fields = { on = on, kind = kind, times = 1000 }
    for name, value in pairs(more or {}) do
      fields[name] = value
    end
    assert(shop.box:control("fault", fields))
  end

  local function actions(id)
    local list = {}
    local ledger = shop:ledger()
    for i, event in ipairs(assert(ledger:history("goods", "pages/goods/index?id=" .. id))) do
      list[i] = event.action
    end
    ledger:close()
    return table.concat(list, " ")
  end

  it("holds a call that may have been done for neither done nor refused", function()
    local id = room("周一茶会专场")
    run { "apply", sheet { "", "" } }
    fault("add_goods", "errcode_after")
    local done, got = run({ "apply", sheet { tostring(id), tostring(id) } }, 4)
    assert.same({ 0, 2 }, { done.placed, done.in_doubt })
    assert.is_truthy(got.err:find("2 rows may have been done", 1, true), got.err)
    assert.is_truthy(process.read(done.rejects):find("platform hiccup", 1, true))
    shop.box:control("faults", { clear = true })
    local before = shop:calls(ADD)
    done = run { "apply", sheet { tostring(id), tostring(id) } }
    -- They stand there: nothing is sent again, and they are ours.
    assert.same({ 2, 0, before }, { done.placed, done.in_doubt, shop:calls(ADD) })
    fault("goods_delete_in_room", "errcode_before")
    run({ "apply", sheet { "", "" } }, 4)
    assert.equal(2, #standing(id))
    shop.box:control("faults", { clear = true })
    assert.equal(0, run({ "apply", sheet { "", "" } }).in_doubt)
    assert.equal(0, #standing(id))
    assert.equal("create in_doubt placed in_doubt taken_out", actions(1))
  end)

  it("takes out what was in doubt and is named no more", function()
    local id = room("周一茶会专场")
    run { "apply", sheet { "" } }
    fault("add_goods", "errcode_after")
    run({ "apply", sheet { tostring(id) } }, 4)
    shop.box:control("faults", { clear = true })
    assert.equal(1, run({ "apply", sheet { "" } }).taken_out)
    assert.equal(0, #standing(id))
  end)

  it("does not take for its own what was put there after a call was refused", function()
    local id = room("周一茶会专场")
    run { "apply", sheet { "" } }
    -- Quota: refused for certain.
    fault("add_goods", "errcode_before", { code = 45009 })
    run({ "apply", sheet { tostring(id) } }, 6)
    shop.box:control("faults", { clear = true })
    assert(live:add_goods({ 1 }, id))
    assert.equal(0, run({ "apply", sheet { tostring(id) } }).placed)
    assert.equal(0, run({ "apply", sheet { "" } }).taken_out)
    assert.equal(1, #standing(id))
  end)

  it("lets a room that has ended rest when its goods are named no more", function()
    local id = room("周一茶会专场")
    run { "apply", sheet { tostring(id), tostring(id) } }
    assert(shop.box:control("clock", { advance = 15000 }))
    for _ = 1, 2 do
      local done = run { "apply", sheet { "", "" } }
      assert.same({ 0, 0 }, { done.taken_out, done.rejected })
    end
    assert.equal(0, shop:calls(TAKE_OUT))
  end)

  it("leaves goods where they stand when their room is only spelt otherwise", function()
    local id = room("周一茶会专场")
    run { "apply", sheet { tostring(id) } }
    local calls = shop:calls(ADD)
    run { "apply", sheet { "周一茶会专场" } }
    run { "apply", sheet { id .. ";周一茶会专场" } }
    run { "apply", sheet { tostring(id) } }
    assert.same({ 0, calls }, { shop:calls(TAKE_OUT), shop:calls(ADD) })
    assert.equal(0, #run { "diff" })
    -- Still ours.
    run { "apply", sheet { "" } }
    assert.equal(0, #standing(id))
  end)

  it("is content when goods that are to go have gone meanwhile", function()
    local id = room("周一茶会专场")
    run { "apply", sheet { tostring(id) } }
    fault("goods_delete_in_room", "errcode_before", { code = 300053 })
    assert.equal(1, run({ "apply", sheet { "" } }).taken_out)
  end)

  local function survives(location)
    shop.location = location or shop.location
    local count = 60
    local rooms, texts = { room("周一茶会专场"), room("周二茶会专场") }, {}
    for i = 1, count do
      texts[i] = i % 2 == 0 and rooms[1] .. ";" .. rooms[2] or tostring(rooms[1])
    end
    for i, kind in ipairs { "errcode_before", "errcode_after", "reset_before", "reset_after",
      "truncate", "bad_json" } do
      for _, on in ipairs { "add_goods", "get_live_info" } do
        assert(shop.box:control("fault", { on = on, kind = kind, times = 1000, probability = 0.05,
          seed = i }))
      end
    end
    local path = sheet(texts)
    for _ = 1, 2 do
      local before = shop:calls(ADD)
      local child = shop:start { "apply", path, "--json", "--settle", "1" }
      shops.await(function() return shop:calls(ADD) > before or child:has_ended() end)
      child:signal("KILL")
      child:finish()
    end
    for _ = 1, 6 do
      local got = shop:run { "apply", path, "--json", "--settle", "1" }
      if got.status == 0 then
        break
      end
    end
    shop.box:control("faults", { clear = true })
    assert.equal(0, #run { "diff" })
    assert.equal(count, #standing(rooms[1]))
    assert.equal(count / 2, #standing(rooms[2]))
    local done = run { "apply", path }
    assert.same({ 0, 0, 0 }, { done.placed, done.taken_out, done.waiting })
    -- All of it was ours: all of it goes.
    for i = 1, count do
      texts[i] = ""
    end
    assert.equal(count * 3 / 2, run({ "apply", sheet(texts) }).taken_out)
    assert.equal(0, #standing(rooms[1]) + #standing(rooms[2]))
  end

  it("survives kill -9 and faults", function()
    survives()
  end)

  it("and so on PostgreSQL", function()
    local server = postgres.start()
    finally(server.stop)
    survives(server.database())
  end)
end)
