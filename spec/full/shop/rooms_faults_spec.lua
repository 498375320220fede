-- Goods into rooms over a platform that fails, and by a process that is killed.
local await = require "spec.support.await"
local placing = require "spec.support.placing"
local postgres = require "spec.support.servers.postgres"
local process = require "spec.support.process"

local ADD = placing.ADD

describe("apply, goods into rooms, whatever happens:", function()
  local t = placing.new()
  local room, run, sheet, standing = t.room, t.run, t.sheet, t.standing
  local fault, actions = t.fault, t.actions

  before_each(function()
    t.start()
  end)

  after_each(function()
    t.shop:close()
  end)

  it("holds a call that may have been done for neither done nor refused", function()
    local id = room("周一茶会专场")
    run { "apply", sheet { "", "" } }
    fault("add_goods", "errcode_after")
    local done, got = run({ "apply", sheet { tostring(id), tostring(id) } }, 4)
    assert.same({ 0, 2 }, { done.placed, done.in_doubt })
    assert.is_truthy(got.err:find("2 rows may have been done", 1, true), got.err)
    assert.is_truthy(process.read(done.rejects):find("platform hiccup", 1, true))
    t.shop.box:control("faults", { clear = true })
    local before = t.shop:calls(ADD)
    done = run { "apply", sheet { tostring(id), tostring(id) } }
    -- They stand there: nothing is sent again, and they are ours.
    assert.same({ 2, 0, before }, { done.placed, done.in_doubt, t.shop:calls(ADD) })
    fault("goods_delete_in_room", "errcode_before")
    run({ "apply", sheet { "", "" } }, 4)
    assert.equal(2, #standing(id))
    t.shop.box:control("faults", { clear = true })
    assert.equal(0, run({ "apply", sheet { "", "" } }).in_doubt)
    assert.equal(0, #standing(id))
    assert.equal("create in_doubt placed in_doubt taken_out", actions(1))
  end)

  it("takes out what was in doubt and is named no more", function()
    local id = room("周一茶会专场")
    run { "apply", sheet { "" } }
    fault("add_goods", "errcode_after")
    run({ "apply", sheet { tostring(id) } }, 4)
    t.shop.box:control("faults", { clear = true })
    assert.equal(1, run({ "apply", sheet { "" } }).taken_out)
    assert.equal(0, #standing(id))
  end)

  it("does not take for its own what was put there after a call was refused", function()
    local id = room("周一茶会专场")
    run { "apply", sheet { "" } }
    -- Quota: refused for certain.
    fault("add_goods", "errcode_before", { code = 45009 })
    run({ "apply", sheet { tostring(id) } }, 6)
    t.shop.box:control("faults", { clear = true })
    assert(t.live:add_goods({ t.id_of("茶杯1号") }, id))
    assert.equal(0, run({ "apply", sheet { tostring(id) } }).placed)
    assert.equal(0, run({ "apply", sheet { "" } }).taken_out)
    assert.equal(1, #standing(id))
  end)

  it("is content when goods that are to go have gone meanwhile", function()
    local id = room("周一茶会专场")
    run { "apply", sheet { tostring(id) } }
    fault("goods_delete_in_room", "errcode_before", { code = 300053 })
    assert.equal(1, run({ "apply", sheet { "" } }).taken_out)
  end)

  local function survives(location)
    t.shop.location = location or t.shop.location
    local count = 60
    local rooms, texts = { room("周一茶会专场"), room("周二茶会专场") }, {}
    for i = 1, count do
      texts[i] = i % 2 == 0 and rooms[1] .. ";" .. rooms[2] or tostring(rooms[1])
    end
    for i, kind in ipairs { "errcode_before", "errcode_after", "reset_before", "reset_after",
      "truncate", "bad_json" } do
      for _, on in ipairs { "add_goods", "get_live_info" } do
        assert(t.shop.box:control("fault", { on = on, kind = kind, times = 1000, probability = 0.05,
          seed = i }))
      end
    end
    local path = sheet(texts)
    for _ = 1, 2 do
      local before = t.shop:calls(ADD)
      local child = t.shop:start { "apply", path, "--json", "--settle", "1" }
      await(function() return t.shop:calls(ADD) > before or child:has_ended() end)
      child:signal("KILL")
      child:finish()
    end
    for _ = 1, 6 do
      local got = t.shop:run { "apply", path, "--json", "--settle", "1" }
      if got.status == 0 then
        break
      end
    end
    t.shop.box:control("faults", { clear = true })
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

  -- Kills apply as soon as it has sent a call of a path, then lets it end.
  local function kill_at(path, arguments)
    local before = t.shop:calls(path)
    local child = t.shop:start(arguments)
    await(function() return t.shop:calls(path) > before or child:has_ended() end)
    child:signal("KILL")
    child:finish()
    return run(arguments)
  end

  it("survives kill -9 while it takes out, and leaves the goods of others", function()
    local id, texts = room("周一茶会专场"), {}
    for i = 1, 40 do
      texts[i] = ""
    end
    run { "apply", sheet(texts) }
    assert(t.live:add_goods({ t.id_of("茶杯39号"), t.id_of("茶杯40号") }, id))
    for i = 1, 40 do
      texts[i] = tostring(id)
    end
    run { "apply", sheet(texts) }
    for i = 1, 40 do
      texts[i] = ""
    end
    local arguments = { "apply", sheet(texts) }
    fault("goods_delete_in_room", "delay", { seconds = 0.02, when = "after" })
    kill_at(placing.TAKE_OUT, arguments)
    assert.equal(2, #standing(id))
    assert.equal(0, #run { "diff" })
    local calls = t.shop:calls()
    assert.equal(0, run(arguments).taken_out)
    assert.equal(calls, t.shop:calls())
  end)

  it("ends at Ctrl-C, and goes on in the next run", function()
    local id, texts = room("周一茶会专场"), {}
    for i = 1, 40 do
      texts[i] = tostring(id)
    end
    run { "apply", sheet(texts) }
    for i = 1, 40 do
      texts[i] = ""
    end
    local path = sheet(texts)
    fault("goods_delete_in_room", "delay", { seconds = 0.05 })
    local child = t.shop:start { "apply", path, "--json" }
    await(function() return t.shop:calls(placing.TAKE_OUT) > 2 end)
    child:signal("INT")
    local got = child:finish()
    assert.equal(130, got.status, got.err)
    local left = #standing(id)
    assert.is_true(left > 0 and left < 40, left)
    assert.equal(left, run({ "apply", path }).taken_out)
  end)

  it("keeps the same books in PostgreSQL", function()
    local server = postgres.start()
    finally(server.stop)
    t.shop.location = server.database()
    local id = room("周一茶会专场")
    run { "apply", sheet { tostring(id), tostring(id) } }
    run { "apply", sheet { id .. ";周一茶会专场", "周一茶会专场" } }
    assert.equal(0, t.shop:calls(placing.TAKE_OUT))
    local plan = run { "plan", sheet { "周一茶会专场" }, "--prune" }
    assert.same({ 1, 2 }, { plan.remove, plan.take_out_of_rooms })
    fault("goods_delete_in_room", "errcode_before")
    assert.equal(2, run({ "apply", sheet { "", "" } }, 4).in_doubt)
    t.shop.box:control("faults", { clear = true })
    assert.equal(2, run({ "apply", sheet { "", "" } }).taken_out)
    assert(t.live:add_goods({ t.id_of("茶杯1号") }, id))
    run { "apply", sheet { tostring(id), tostring(id) } }
    assert(t.live:goods_delete_in_room(id, t.id_of("茶杯2号")))
    assert.equal(1, #run { "diff", "--forget" })
    assert.equal(1, run({ "apply", sheet { "", tostring(id) } }).placed)
    assert.same({ "茶杯1号", "茶杯2号" }, standing(id))
  end)

  it("survives kill -9 and faults", function()
    survives()
  end)

  it("and so on PostgreSQL", function()
    local server = postgres.start()
    finally(server.stop)
    survives(server.database())
  end)
end)
