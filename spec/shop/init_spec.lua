-- The door of a shop, from Lua.
local command = require "spec.support.command"
local shops = require "spec.support.shop"
local wxlive_shop = require "wxlive.shop"

describe("wxlive.shop", function()
  local box, live, shop

  before_each(function()
    box = shops.open()
    live = box:client { quota = true }
    shop = assert(wxlive_shop.open { live = live, ledger = box.location })
  end)

  after_each(function()
    shop:close()
    box:close()
  end)

  it("plans, applies and compares", function()
    local sheet = box:sheet("goods.csv", shops.goods_lines(1, 5))
    local plan = assert(shop:plan(sheet))
    assert.same({ 5, 5, 500 }, { plan.create, plan.quota_needed, plan.quota_left })
    local heard, total = {}, nil
    local summary = assert(shop:apply(sheet, {
      on_begin = function(n) total = n end,
      on_row = function(what, row) heard[row.key] = what end,
    }))
    assert.is_nil(summary.err)
    assert.same({ 5, 5, 0 }, { total, summary.created, summary.left })
    assert.equal("created", heard["pages/goods/index?id=3"])
    assert.equal(5, assert(shop:apply(sheet)).unchanged)
    assert(live:goods_delete(box:state().goods[1].id))
    local found = assert(shop:diff { kind = "goods" })
    local missing = {}
    for _, one in ipairs(found) do
      missing[#missing + 1] = one.what == "missing" and one.key or nil
    end
    assert.equal(1, #missing)
  end)

  it("passes on what the platform may refuse, each picture once", function()
    local lines = { "name,start_time,end_time,anchor_name,anchor_wechat,cover_img,share_img,"
      .. "feeds_img,type,close_like,close_goods,close_comment" }
    for i, name in ipairs { "“明前龙井”——茶人之选·限量版套装", "明前龙井茶人之选" } do
      local day = os.date("!%Y-%m-%d", os.time() + (i + 1) * 86400)
      lines[#lines + 1] = ("%s,%s 12:00,%s 14:00,茶掌柜小林,lin_tea,images/tea-cover.jpg,"
        .. "images/tea-share.jpg,images/tea-feeds.jpg,0,0,0,0"):format(name, day, day)
    end
    local sheet = box:sheet("rooms.csv", lines)
    local warnings = {}
    local function on_warning(line, message)
      warnings[#warnings + 1] = line .. " " .. message
    end
    assert(shop:plan(sheet, { offline = true, on_warning = on_warning }))
    assert.equal(4, #warnings)
    assert.is_truthy(warnings[1]:find("^2 name may be too long: the platform may count 36"))
    for i, picture in ipairs { "tea-cover", "tea-share", "tea-feeds" } do
      assert.is_truthy(warnings[i + 1]:find(picture .. ".jpg: ", 1, true), warnings[i + 1])
    end
    local told = box:run({ "plan", sheet, "--offline" }).err
    assert.is_truthy(told:find("rooms.csv:2: warning: name may be too long", 1, true), told)
    local _, lines_told = told:gsub("warning: ", "")
    assert.equal(4, lines_told)
    told = box:run({ "apply", sheet }).err
    assert.is_truthy(told:find("rooms.csv:2: warning: name may be too long", 1, true), told)
  end)

  it("gives the summary of a run that could not do everything, and why", function()
    local lines = shops.goods_lines(1, 4)
    lines[3] = lines[3]:gsub(",1,", ",9,")
    local problems = {}
    local summary = assert(shop:apply(box:sheet("goods.csv", lines), {
      on_problem = function(line) problems[#problems + 1] = line end,
    }))
    assert.same({ 3, 1, { 3 } }, { summary.created, summary.rejected, problems })
    assert.equal("partial", summary.err.kind)
    assert.equal("rows_rejected", summary.err.name)
    assert.is_truthy(command.read(summary.rejects):find("茶杯2号", 1, true))
    box.box:control("quota", { path = "audit", per_day = 3 })
    summary = assert(shop:apply(box:sheet("more.csv", shops.goods_lines(5, 9))))
    assert.equal("quota", summary.err.kind)
    assert.is_true(summary.left > 0)
    local stop = false
    box.box:control("quota", { path = "audit", per_day = 500 })
    summary = assert(shop:apply(box:sheet("last.csv", shops.goods_lines(10, 60)), {
      concurrency = 1, interrupted = function() return stop end,
      on_row = function() stop = true end,
    }))
    assert.equal("interrupted", summary.err.kind)
    assert.is_nil(assert(shop:apply(box.home .. "/last.csv")).err)
    assert.equal(51, assert(shop:apply(box.home .. "/last.csv")).unchanged)
  end)

  it("says what is wrong with a sheet that cannot be read", function()
    local none, err = shop:apply(box.home .. "/none.csv")
    assert.is_nil(none)
    assert.equal("no_sheet", err.name)
    none, err = shop:apply(box:sheet("bad.csv", { "name,colour", "a,b" }))
    assert.is_nil(none)
    assert.equal("bad_sheet", err.name)
    assert.is_true(#err.problems > 1)
  end)

  it("refuses options that it does not know", function()
    for _, try in ipairs {
      { "apply", "a.csv", { concurency = 3 } }, { "plan", "a.csv", { kind = 3 } },
      { "diff", { forgot = true } }, { "notify", 1, { size = 3 } }, { "watch", { every = "1" } },
      { "replays", 1, "x", { clips = 1 } }, { "apply", "a.csv", 5 },
    } do
      local none, err = shop[try[1]](shop, try[2], try[3], try[4])
      assert.is_nil(none)
      assert.equal("invalid", err.kind, try[1])
    end
    for _, try in ipairs {
      { "apply", field = "path" }, { "plan", 5, field = "path" }, { "submit", {}, field = "path" },
      { "notify", field = "room_id" }, { "replays", nil, "x", field = "room_id" },
      { "replays", 1, field = "folder" }, { "push_result", field = "event" },
    } do
      local none, err = shop[try[1]](shop, try[2], try[3])
      assert.is_nil(none)
      assert.same({ "invalid", try.field }, { err.kind, err.field }, try[1])
    end
    for _, given in ipairs { {}, { live = live }, { live = live, ledger = 5 },
      { live = live, ledger = box.location, x = 1 } } do
      local none, err = wxlive_shop.open(given)
      assert.is_nil(none)
      assert.equal("invalid", err.kind)
    end
  end)

  it("watches, notifies and fetches", function()
    local events = {}
    assert(shop:watch { once = true, on_event = function(event) events[#events + 1] = event end })
    assert.same({}, events)
    local counts = assert(shop:notify(1))
    assert.same({ 0, "nobody_told" }, { counts.followers, counts.err.name })
    local none, err = shop:replays(99, box.home .. "/videos")
    assert.is_nil(none)
    assert.equal("room_not_found", err.name)
    assert.same({}, assert(shop:notices(1)))
    assert.is_false(shop:push_result { message_id = "1" })
  end)

  it("names the events that a watch may report, and no others", function()
    assert.same({
      "goods_approved", "goods_rejected", "goods_submitted", "goods_withdrawn", "replay_ready",
      "room_abnormal", "room_banned", "room_changed", "room_ended", "room_expired", "room_paused",
      "room_planned", "room_started",
    }, require("wxlive.shop.watch").names())
  end)

  it("says in nginx that its ledger blocks, unless the ledger says that it does not", function()
    local before = rawget(_G, "ngx")
    rawset(_G, "ngx", before or { get_phase = function() return "timer" end })
    local none, err = wxlive_shop.open { live = live, ledger = box.location }
    local ledger = { blocking = false }
    local own = wxlive_shop.open { live = live, ledger = ledger }
    rawset(_G, "ngx", before)
    assert.is_nil(none)
    assert.equal("blocking_ledger", err.name)
    assert.equal(ledger, own.ledger)
  end)
end)
