-- wxlive plan and wxlive apply, as processes, against the sandbox.
local await = require "spec.support.await"
local command = require "spec.support.command"
local json = require "wxlive.json"
local shops = require "spec.support.shop"

local ADD = "/wxaapi/broadcast/goods/add"
local UPLOAD = "/cgi-bin/media/upload"

describe("apply", function()
  local shop

  before_each(function()
    shop = shops.open()
  end)

  after_each(function()
    shop:close()
  end)

  -- Runs with --json; gives the result and the process.
  local function run(arguments, status, more)
    return shop:asked(arguments, status, more)
  end

  it("plans without touching anything, then does it, then nothing", function()
    local sheet = shop:sheet("goods.csv", shops.goods_lines(1, 5))
    local plan = run { "plan", sheet }
    assert.equal(5, plan.create)
    assert.equal(5, plan.quota_needed)
    assert.equal(500, plan.quota_left)
    assert.equal(1, plan.days)
    assert.equal(0, shop:calls(ADD) + shop:calls(UPLOAD))
    local done = run { "apply", sheet }
    assert.equal(5, done.created)
    -- Two pictures, five rows.
    assert.equal(2, done.images_uploaded)
    assert.equal(2, shop:calls(UPLOAD))
    local before = shop:calls()
    done = run { "apply", sheet }
    assert.same({ 0, 5 }, { done.created, done.unchanged })
    assert.equal(before, shop:calls())
    plan = run { "plan", sheet }
    assert.same({ 0, 5, 0 }, { plan.create, plan.unchanged, plan.days })
    local ledger = shop:ledger()
    local item = ledger:item("goods", "pages/goods/index?id=3")
    assert.is_truthy(item.platform_id and item.audit_id)
    assert.equal("create", ledger:history("goods", item.key)[1].action)
    ledger:close()
  end)

  it("changes what the sheet changes, and knows what the platform refuses", function()
    local sheet = shop:sheet("goods.csv", shops.goods_lines(1, 3))
    run { "apply", sheet }
    shop:sheet("goods.csv", shops.goods_lines(1, 3, 7))
    assert.equal(3, run({ "plan", sheet }).change)
    assert.equal(3, run({ "apply", sheet }).changed)
    for _, goods in ipairs(shop:state().goods) do
      assert.equal(7.5, goods.price)
    end
    local lines = shops.goods_lines(1, 3, 7)
    lines[2] = lines[2]:gsub("茶杯1号", "茶杯新一号")
    shop:sheet("goods.csv", lines)
    local done, got = run({ "apply", sheet }, 3)
    assert.same({ 0, 1 }, { done.changed, done.rejected })
    assert.is_truthy(got.err:find("goods.csv:2: ", 1, true))
    assert.is_truthy(got.err:find("only their prices", 1, true))
    -- Put back, all is well.
    shop:sheet("goods.csv", shops.goods_lines(1, 3, 7))
    assert.equal(3, run({ "apply", sheet }).unchanged)
  end)

  it("submits again what was rejected, once it is corrected", function()
    shop.box:control("audit", { manual = true })
    local sheet = shop:sheet("goods.csv", shops.goods_lines(1, 1))
    run { "apply", sheet }
    shop.box:control("audit", { goods_id = shop:state().goods[1].id, approve = false })
    local lines = shops.goods_lines(1, 1)
    lines[2] = lines[2]:gsub("茶杯1号", "茶杯新一号")
    shop:sheet("goods.csv", lines)
    assert.equal(1, run({ "apply", sheet }).changed)
    local goods = shop:state().goods[1]
    assert.same({ "茶杯新一号", 1 }, { goods.name, goods.audit_status })
    local ledger = shop:ledger()
    assert.equal(("%.0f"):format(goods.audit_id),
      ledger:item("goods", "pages/goods/index?id=1").audit_id)
    ledger:close()
  end)

  it("submits what the platform made but did not submit", function()
    shop.box:control("quirk", { audit_not_submitted = true })
    local sheet = shop:sheet("goods.csv", shops.goods_lines(1, 2))
    local done = run { "apply", sheet }
    assert.equal(2, done.created)
    for _, goods in ipairs(shop:state().goods) do
      assert.are_not.equal(0, goods.audit_status)
    end
    assert.equal(2, shop:state().counts.goods)
  end)

  it("writes what did not get through to a file that can be corrected and applied", function()
    local lines = shops.goods_lines(1, 4)
    lines[3] = lines[3]:gsub(",2%.50,", ",minus,")
    lines[5] = lines[4]
    local sheet = shop:sheet("goods.csv", lines)
    local done = run({ "apply", sheet }, 3)
    assert.same({ 2, 2 }, { done.created, done.rejected })
    local path = shop.home .. "/goods.rejects.csv"
    assert.equal(path, done.rejects)
    local text = command.read(path)
    assert.is_truthy(text:find("^name,cover_img,price_type,price,url,reason\n"))
    assert.is_truthy(text:find("price must be a price in yuan", 1, true))
    assert.is_truthy(text:find("line 4", 1, true))
    command.write(path, text:gsub(",minus,", ",2.50,"):gsub("\n茶杯3号[^\n]*", ""))
    assert.equal(1, run({ "apply", path }).created)
    assert.equal(3, shop:state().counts.goods)
  end)

  it("writes them as the sheet is written, for the same spreadsheet program", function()
    local lines = shops.goods_lines(1, 2)
    lines[3] = lines[3]:gsub(",2%.50,", ",minus,")
    for i, line in ipairs(lines) do
      lines[i] = line:gsub(",", ";") .. "\r"
    end
    lines[1] = "\239\187\191" .. lines[1]
    run({ "apply", (shop:sheet("goods.csv", lines)) }, 3)
    local text = command.read(shop.home .. "/goods.rejects.csv")
    assert.is_truthy(text:find("^\239\187\191name;cover_img;price_type;price;url;reason\r\n"), text)
    assert.is_truthy(text:find("price in yuan[^\n]*\r\n$"))
  end)

  it("takes JSON lines, and a key of one's own", function()
    local rows = {}
    for n = 1, 3 do
      rows[n] = json.encode { key = "sku" .. n, name = "茶杯" .. n .. "号", price = n, price_type = 1,
        cover_img = "images/cup.png", url = "pages/goods/index" }
    end
    local sheet = shop:sheet("goods.jsonl", rows)
    assert.equal(3, run({ "apply", sheet }).created)
    rows[4] = '{"name": 5}'
    rows[5] = "not json"
    sheet = shop:sheet("goods.jsonl", rows)
    local done = run({ "apply", sheet }, 3)
    assert.same({ 3, 2 }, { done.unchanged, done.rejected })
    local rejects = command.read(shop.home .. "/goods.rejects.jsonl")
    assert.is_truthy(rejects:find('"reason":', 1, true))
  end)

  it("deletes what the sheet has no more only when it is told to", function()
    local sheet = shop:sheet("goods.csv", shops.goods_lines(1, 4))
    run { "apply", sheet }
    shop:sheet("goods.csv", shops.goods_lines(1, 2))
    assert.equal(2, run({ "plan", sheet }).not_in_sheet)
    run { "apply", sheet }
    assert.equal(4, shop:state().counts.goods)
    assert.equal(2, run({ "apply", sheet, "--prune" }).removed)
    assert.equal(2, shop:state().counts.goods)
    -- Back in the sheet they are made anew.
    shop:sheet("goods.csv", shops.goods_lines(1, 4))
    assert.equal(2, run({ "apply", sheet }).created)
  end)

  describe("rooms", function()
    local heading = "key,name,start_time,end_time,anchor_name,anchor_wechat,cover_img,share_img,"
      .. "feeds_img,type,close_like,close_goods,close_comment,assistants"

    local function day(ahead, hour)
      return os.date("!%Y-%m-%d ", os.time() + 8 * 3600 + ahead * 86400) .. hour
    end

    local function line(key, name, hour, assistants)
      return table.concat({ key, name, day(2, hour .. ":00"), day(2, hour + 2 .. ":00"), "茶掌柜小林",
        "lin_tea", "images/tea-cover.jpg", "images/tea-share.jpg", "images/tea-feeds.jpg", "0", "0",
        "0", "0", assistants }, ",")
    end

    it("are made, moved and staffed", function()
      local sheet = shop:sheet("rooms.csv", { heading,
        line("mon", "春茶上新专场", 10, "chen_ops:陈场控;wu_service:吴客服"),
        line("tue", "春茶第二专场", 14, "") })
      local done = run { "apply", sheet }
      assert.equal(2, done.created)
      shop:sheet("rooms.csv", { heading,
        line("mon", "春茶上新专场", 12, "chen_ops:陈导播;li_ops:李场控"),
        line("tue", "春茶第二专场", 14, "") })
      done = run { "apply", sheet }
      assert.same({ 0, 1, 1 }, { done.created, done.changed, done.unchanged })
      local got = shop:run { "call", "get_assistant_list", '{"room_id":1}', "--json" }
      local names = {}
      for _, one in ipairs(json.decode(got.out).list) do
        names[one.alias] = one.nickname
      end
      assert.same({ chen_ops = "陈导播", li_ops = "李场控" }, names)
      assert.equal(2, shop:state().counts.room)
    end)

    local function assistants()
      local got = shop:run { "call", "get_assistant_list", '{"room_id":1}', "--json" }
      return json.decode(got.out).list
    end

    it("keep an assistant whose successor is misspelt, unless no seat is free", function()
      local sheet = shop:sheet("rooms.csv", { heading,
        line("mon", "春茶上新专场", 10, "chen_ops:陈场控") })
      run { "apply", sheet }
      shop:sheet("rooms.csv", { heading, line("mon", "春茶上新专场", 10, "nobody_li:李场控") })
      local _, got = run({ "apply", sheet }, 3)
      assert.is_truthy(got.err:find("no such user", 1, true))
      assert.equal("chen_ops", assistants()[1].alias)
      local ten, other = {}, {}
      for i = 1, 10 do
        ten[i], other[i] = ("one_%d_ops:员工"):format(i), ("two_%d_ops:员工"):format(i)
      end
      for _, people in ipairs { ten, other } do
        shop:sheet("rooms.csv", { heading, line("mon", "春茶上新专场", 10, table.concat(people, ";")) })
        assert.equal(1, run({ "apply", sheet }).changed)
        assert.equal(10, #assistants())
      end
    end)

    it("must name a day: counted from now it would be another one in every run", function()
      local text = line("mon", "春茶上新专场", 10, ""):gsub("%d+%-%d+%-%d+ ", "+2d ")
      local _, got = run({ "apply", shop:sheet("rooms.csv", { heading, text }) }, 3)
      assert.is_truthy(got.err:find("start_time must name a day", 1, true))
      assert.equal(0, shop:state().counts.room)
    end)
  end)

  it("stops at the day's quota, says when to go on, and goes on", function()
    shop.box:control("quota", { path = "audit", per_day = 6 })
    local sheet = shop:sheet("goods.csv", shops.goods_lines(1, 10))
    local done, got = run({ "apply", sheet, "--concurrency", "4" }, 6)
    assert.same({ 6, 4, 0 }, { done.created, done.left, done.rejected })
    assert.is_truthy(got.err:find("4 rows are left; run it again after %d+%-%d+%-%d+ 00:00"))
    shop.box:control("quota", { path = "audit", per_day = 100 })
    done = run { "apply", sheet }
    assert.same({ 4, 6 }, { done.created, done.unchanged })
    assert.equal(10, shop:state().counts.goods)
  end)

  it("finishes what is in flight on Ctrl-C", function()
    shop.box:control("fault", { on = "goods_add", kind = "delay", seconds = 0.3, times = 100,
      when = "after" })
    local sheet = shop:sheet("goods.csv", shops.goods_lines(1, 40))
    local child = shop:start { "apply", sheet, "--concurrency", "4", "--json" }
    await(function() return shop:state().counts.goods >= 6 end)
    child:signal("INT")
    local got = child:finish()
    assert.equal(130, got.status, got.err)
    local done = json.decode(got.out)
    assert.equal(shop:state().counts.goods, done.created)
    assert.equal(40, done.created + done.left)
    assert.equal(0, done.in_doubt)
    shop.box:control("faults", { clear = true })
    assert.equal(40 - done.created, run({ "apply", sheet }).created)
    assert.equal(40, shop:state().counts.goods)
  end)

  it("tells of a file that is none, of no sheet, of a heading that is wrong", function()
    local got = shop:run { "apply", shop.home .. "/nothing.csv" }
    assert.equal(2, got.status)
    got = shop:run { "plan", shop:sheet("bad.csv", { "name,cover", "a,b" }) }
    assert.equal(2, got.status)
    assert.is_truthy(got.err:find("bad.csv:1: there is no column called", 1, true))
    for _, name in ipairs { "plan", "apply" } do
      got = shop:run { name, "--help" }
      assert.equal(0, got.status)
      assert.is_truthy(got.out:find("--ledger", 1, true))
    end
  end)
end)
