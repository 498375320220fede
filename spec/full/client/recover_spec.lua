--- The look-up after an unknown create: what is found is this call's own work, and "not there" is
--- said only of a list that was read whole.
local broadcast = require "wxlive.broadcast"
local compat = require "wxlive.base.compat"
local memory = require "wxlive.store.memory"
local recover = require "wxlive.client.recover"
local sandbox = require "wxlive.sandbox"
local wxlive = require "wxlive"

local IMAGES = "scripts/samples/images/"
local START = os.time() + 7200

local box, live, media

local function client(options)
  local given = {
    appid = box.appid, secret = box.secret, base_url = box.base_url, token_store = memory.new(),
    retry = { attempts = 4, base = 0.01, max = 0.02 }, lookup = { settle = 0.06 }, timeout = 6,
  }
  for key, value in pairs(options or {}) do
    given[key] = value
  end
  return assert(broadcast.new(given))
end

local function room(changes)
  local params = {
    name = "只此一间专场", cover_img = media, share_img = media, feeds_img = media,
    start_time = START, end_time = START + 3600, anchor_name = "小王主播",
    anchor_wechat = "wang_live", type = 0, close_like = 0, close_goods = 0, close_comment = 0,
  }
  for key, value in pairs(changes or {}) do
    params[key] = value
  end
  return params
end

local function goods(changes)
  local params = {
    cover_img_url = media, name = "只此一件", price_type = 1, price = 19.9,
    url = "pages/goods/index?id=1",
  }
  for key, value in pairs(changes or {}) do
    params[key] = value
  end
  return params
end

local creates = {
  { "create_room", "room", room, "room_id", "get_live_info" },
  { "goods_add", "goods", goods, "goods_id", "goods_list" },
}

local function fault(on, kind, more)
  local switch = { on = on, kind = kind }
  for key, value in pairs(more or {}) do
    switch[key] = value
  end
  assert(box:control("fault", switch))
end

local function ids(kind)
  local out = {}
  for i, document in ipairs(assert(box:control("state"))[kind]) do
    out[i] = document.id
  end
  return out
end

describe("a look-up", function()
  setup(function() box = assert(sandbox.start { audit_seconds = false }) end)
  teardown(function() box:stop() end)
  before_each(function()
    assert(box:control("reset"))
    live = client()
    media = assert(live:upload_media(IMAGES .. "cup.png")).media_id
  end)

  for _, create in ipairs(creates) do
    local name, kind, wanted, id, list = compat.unpack(create)

    -- Each way of giving a list that is none.
    local short_lists = {
      { "no_field" }, { "null_field" }, { "wrong_field" }, { "wrong_field", { value = 7 } },
      { "wrong_field", { value = { a = 1 } } }, { "wrong_rows" },
      { "wrong_rows", { value = {} } }, { "wrong_total" },
      { "wrong_field", { field = "total", value = "many" } },
    }

    for _, short in ipairs(short_lists) do
      for _, done in ipairs { "before", "after" } do
        it(("does not take a list with %s for proof that nothing came of %s (-1 %s the work)")
          :format(short[1], name, done), function()
          fault(name, "errcode_" .. done)
          fault(list, short[1], { times = 1000 })
          for key, value in pairs(short[2] or {}) do
            assert(box:control("faults", { clear = true }))
            fault(name, "errcode_" .. done)
            local more = { times = 1000, [key] = value }
            for k, v in pairs(short[2]) do
              more[k] = v
            end
            fault(list, short[1], more)
          end
          local result, err = live[name](live, wanted())
          local there = ids(kind)
          if result then
            -- Rows that are there are there, whatever the total says.
            assert.same({ result[id] }, there)
          else
            assert.is_true(err.ambiguous, tostring(err))
            assert.equal(done == "after" and 1 or 0, #there)
          end
          assert(box:control("faults", { clear = true }))
        end)
      end
    end

    it("looks again when the list was wrong for a while, for " .. name, function()
      for _, short in ipairs { "no_field", "null_field", "wrong_field", "wrong_total" } do
        for _, done in ipairs { "before", "after" } do
          local before = #ids(kind)
          fault(name, "errcode_" .. done)
          fault(list, short, { times = short == "wrong_total" and 1 or 4 })
          local result = assert(live[name](live, wanted { name = short .. done }))
          assert.equal(before + 1, #ids(kind))
          assert.equal(ids(kind)[before + 1], result[id])
          assert(box:control("faults", { clear = true }))
        end
      end
    end)

    it("follows an answer to " .. name .. " without its id", function()
      for _, short in ipairs {
        { "no_field" }, { "null_field" }, { "empty_field" }, { "wrong_field" },
        { "wrong_field", 0 }, { "wrong_field", "x1" }, { "wrong_field", -4 },
        { "wrong_field", true },
      } do
        for _, done in ipairs { "before", "after" } do
          local before = #ids(kind)
          fault(name, short[1], { when = done, value = short[2] })
          local result = assert(live[name](live,
            wanted { name = ("%s %s %s"):format(short[1], tostring(short[2]), done):sub(1, 28) }))
          assert.equal(before + 1, #ids(kind))
          assert.equal(ids(kind)[before + 1], result[id])
        end
      end
    end)

    local schedules = {
      { "errcode_before" }, { "errcode_after" }, { "errcode_before", "errcode_before" },
      { "errcode_after", "errcode_after" }, { "errcode_before", "errcode_after" },
      { "errcode_after", "errcode_before" }, { "no_field", "errcode_before" },
      { "reset_after", "errcode_before" }, { "errcode_before", "delay" },
      { "delay", "errcode_before" }, { "delay", "errcode_after" },
    }
    for _, schedule in ipairs(schedules) do
      it(("gives two %s under way at once an id each, under %s"):format(name,
        table.concat(schedule, " and ")), function()
        for _, one in ipairs(schedule) do
          fault(name, one, one == "delay" and { seconds = 0.3, when = "before" } or nil)
        end
        local results, errors = wxlive.map({ 1, 2 }, function()
          return live[name](live, wanted())
        end)
        assert.is_nil(errors[1], tostring(errors[1]))
        assert.is_nil(errors[2], tostring(errors[2]))
        local made = { results[1][id], results[2][id] }
        table.sort(made)
        assert.same(ids(kind), made)
        assert.equal(2, #made)
      end)
    end

    it("tells what another call of the client has made, for " .. name, function()
      local first = assert(live[name](live, wanted()))
      fault(name, "errcode_before")
      local second = assert(live[name](live, wanted()))
      assert.is_true(first[id] ~= second[id])
      fault(name, "errcode_after")
      local third = assert(live[name](live, wanted()))
      assert.is_true(third.adopted)
      assert.same({ first[id], second[id], third[id] }, ids(kind))
    end)

    it("tells what was there before, where the client had seen it, for " .. name, function()
      local other = client()
      local first = assert(other[name](other, wanted()))
      if kind == "room" then
        assert(live:rooms():all())
      else
        assert(live:goods({ status = 1 }):all())
      end
      fault(name, "errcode_before")
      local second = assert(live[name](live, wanted()))
      assert.same({ first[id], second[id] }, ids(kind))
    end)

    it("takes nothing that may be the work of a call that ended in doubt, for " .. name, function()
      fault(name, "errcode_after")
      fault(list, "http", { status = 502, times = 1000 })
      local _, err = live[name](live, wanted())
      assert.is_true(err.ambiguous)
      assert(box:control("faults", { clear = true }))
      fault(name, "errcode_before")
      local result
      result, err = live[name](live, wanted())
      assert.is_nil(result)
      assert.is_true(err.ambiguous)
      assert.equal(1, #ids(kind))
    end)

    it("is not misled by what a sandbox held before it was reset, for " .. name, function()
      assert(live[name](live, wanted()))
      assert(box:control("reset"))
      media = assert(live:upload_media(IMAGES .. "cup.png")).media_id
      fault(name, "errcode_after")
      local result = assert(live[name](live, wanted()))
      assert.is_true(result.adopted)
      assert.same({ result[id] }, ids(kind))
    end)
  end

  it("has two ids or one honest error for twins that differ in what no list shows", function()
    fault("create_room", "errcode_before")
    local results, errors = wxlive.map({ 0, 1 }, function(close_share)
      return live:create_room(room { close_share = close_share })
    end)
    local kept = {}
    for i = 1, 2 do
      if results[i] then
        kept[#kept + 1] = results[i].room_id
      else
        assert.is_true(errors[i].ambiguous)
      end
    end
    assert.is_truthy(kept[1])
    assert.is_true(kept[1] ~= kept[2])
    assert.is_true(#ids("room") <= 2)
    -- Both in doubt, and one room: nobody can say whose it is.
    fault("create_room", "errcode_before")
    fault("create_room", "errcode_after")
    results = wxlive.map({ 0, 1 }, function(close_share)
      return live:create_room(room { name = "另外一间专场", close_share = close_share })
    end)
    assert.is_true(not (results[1] and results[2])
      or results[1].room_id ~= results[2].room_id)
  end)

  it("finds goods in every audit state", function()
    for _, seconds in ipairs { 0, false } do
      assert(box:control("audit", seconds and { seconds = seconds } or { manual = true }))
      fault("goods_add", "errcode_after")
      assert.is_true(assert(live:goods_add(goods { name = "件" .. tostring(seconds) })).adopted)
    end
    assert.equal(2, #ids("goods"))
    -- Rejected, or withdrawn, while the client is still waiting for its answer.
    for i, op in ipairs { "reject", "withdraw" } do
      local slow = client { lookup = { settle = 0.4 } }
      local wanted = goods { name = "驳回" .. op }
      fault("goods_add", "errcode_after")
      local other = client()
      local results, errors = wxlive.map({ "add", "judge" }, function(part)
        if part == "add" then
          return slow:goods_add(wanted)
        end
        local id = 2 + i
        while true do
          local found = assert(other:goods_info { id }).goods[1]
          if found then
            if op == "reject" then
              return assert(box:control("audit", { goods_id = id, approve = false }))
            end
            local state = assert(box:control("state")).goods
            return assert(other:goods_reset_audit(id, state[#state].audit_id))
          end
        end
      end)
      assert.is_nil(errors[1], tostring(errors[1]))
      assert.is_nil(errors[2], tostring(errors[2]))
      assert.is_true(results[1].adopted)
      assert.equal(2 + i, #ids("goods"))
    end
  end)

  it("never submits again what was submitted and rejected at once", function()
    local added = assert(live:goods_add(goods()))
    assert(live:goods_reset_audit(added.goods_id, added.audit_id))
    local other = client()
    local slow = client { lookup = { settle = 0.3 } }
    fault("goods_audit", "errcode_after")
    local results, errors = wxlive.map({ "audit", "reject" }, function(part)
      if part == "audit" then
        return slow:goods_audit(added.goods_id)
      end
      while assert(other:goods_info { added.goods_id }).goods[1].audit_status ~= 1 do end
      return assert(box:control("audit", { goods_id = added.goods_id, approve = false }))
    end)
    assert.is_nil(errors[2], tostring(errors[2]))
    assert.is_true(results[1] and results[1].adopted or errors[1].ambiguous)
    local submissions = 0
    for _, entry in ipairs(assert(box:control("log", { after = 0 })).entries) do
      submissions = submissions + (entry.path:find("goods/audit$") and 1 or 0)
    end
    assert.equal(1, submissions)
  end)

  it("does not say that a submission is absent when the goods are not listed", function()
    local added = assert(live:goods_add(goods()))
    assert(live:goods_reset_audit(added.goods_id, added.audit_id))
    fault("goods_audit", "errcode_after")
    fault("goods_info", "empty_field", { times = 1000 })
    local result, err = live:goods_audit(added.goods_id)
    assert.is_nil(result)
    assert.is_true(err.ambiguous)
  end)

  it("keeps the goods id of an answer whose audit id is missing", function()
    for i, kind in ipairs { "no_field", "null_field", "wrong_field", "empty_field" } do
      fault("goods_add", kind, { field = "audit_id" })
      assert.equal(i, assert(live:goods_add(goods())).goods_id)
    end
    fault("goods_add", "no_field", { field = "audit_id" })
    fault("goods_list", "http", { status = 502, times = 1000 })
    local _, err = live:goods_add(goods())
    assert.is_true(err.ambiguous)
    assert.equal("audit_id", err.field)
    assert.equal(5, err.body.goods_id)
  end)

  it("settles many wishes by one reading, and leaves out what was there before", function()
    local made = {}
    for i = 1, 4 do
      made[i] = assert(live:create_room(room { name = "专场第" .. (i % 2) .. "号" })).room_id
    end
    local wanted = { room { name = "专场第0号" }, room { name = "专场第1号" },
      room { name = "专场第2号" } }
    local found = recover.find(live, "rooms", wanted, {
      before = function(id) return id == tostring(made[1]) end,
    })
    assert.is_true(found.whole)
    assert.equal(2, #found[1])
    assert.equal(1, #found[2])
    assert.equal(tostring(made[3]), found[2][1].id)
    assert.same({}, found[3])
    fault("get_live_info", "wrong_total", { times = 100 })
    found = recover.find(live, "rooms", wanted, { before = function() end })
    assert.is_false(found.whole)
    assert.equal("list_not_whole", found.err.name)
    assert.equal(2, #found[1])
  end)

  it("cannot compare a row that lacks what it would be told by", function()
    local wanted = { name = "n", start_time = 1, end_time = 2, anchor_name = "a" }
    assert.is_true(recover.same("rooms", wanted, wanted))
    for name in pairs(wanted) do
      local row = {}
      for key, value in pairs(wanted) do
        row[key] = value
      end
      row[name] = nil
      assert.is_nil(recover.same("rooms", row, wanted))
      row[name] = {}
      assert.is_nil(recover.same("rooms", row, wanted))
      row[name] = type(wanted[name]) == "number" and 9 or "other"
      assert.is_false(recover.same("rooms", row, wanted))
    end
  end)
end)
