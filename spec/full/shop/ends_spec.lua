-- How apply ends: with status 0 only when nothing is left, and with a line for whatever stopped it.
local applies = require "wxlive.shop.apply"
local await = require "spec.support.await"
local json = require "wxlive.json"
local kinds = require "wxlive.shop.rows"
local shops = require "spec.support.shop"
local stage = require "wxlive.shop.stage"

describe("the end of apply", function()
  local shop

  before_each(function()
    shop = shops.open()
  end)

  after_each(function()
    shop:close()
  end)

  local function arguments(sheet, ...)
    return { "apply", sheet, "--json", "--settle", "0.2", ... }
  end

  local function run(sheet, status, ...)
    return shop:asked({ "apply", sheet, "--settle", "0.2", ... }, status)
  end

  describe("with goods that were added and not submitted", function()
    before_each(function()
      assert(shop.box:control("quirk", { audit_not_submitted = true }))
      shop.box:control("clock", { set = 1795406400, frozen = true })
    end)

    it("is status 6 when the day's submissions are spent; the next day finishes, once", function()
      local sheet = shop:sheet("goods.csv", shops.goods_lines(1, 4))
      shop.box:control("quota", { path = "audit", per_day = 2 })
      local done = run(sheet, 6, "--concurrency", "1")
      assert.is_true(done.left > 0)
      local made = shop:state().counts.goods
      shop.box:control("clock", { advance = 86400 })
      done = run(sheet, 0)
      assert.same({ 0, 0, 0 }, { done.left, done.rejected, done.in_doubt })
      assert.is_true(made >= 2)
      assert.equal(4, shop:state().counts.goods)
      local ledger, urls = shop:ledger(), {}
      for _, goods in ipairs(shop:state().goods) do
        assert.is_nil(urls[goods.url])
        urls[goods.url] = true
        assert.are_not.equal(0, goods.audit_status)
        assert.equal("done", ledger:by_platform_id("goods", goods.id).state)
      end
      ledger:close()
    end)

    for _, case in ipairs {
      { "the submission is refused for the account", 48001, 5 },
      { "the submission is refused for the row", 300018, 3 },
    } do
      it("tells it when " .. case[1], function()
        local sheet = shop:sheet("goods.csv", shops.goods_lines(1, 1))
        assert(shop.box:control("fault", { on = "goods_audit", kind = "errcode_before",
          code = case[2], times = 1 }))
        local _, got = run(sheet, case[3])
        assert.is_truthy(got.err:find("errcode " .. case[2], 1, true), got.err)
        run(sheet, 0)
        assert.equal(1, shop:state().counts.goods)
        assert.are_not.equal(0, shop:state().goods[1].audit_status)
      end)
    end
  end)

  for _, code in ipairs { 300008, 300013, -1 } do
    it("makes nothing twice when the platform did it and says " .. code, function()
      local sheet = shop:sheet("goods.csv", shops.goods_lines(1, 4))
      assert(shop.box:control("fault", { on = "goods_add", kind = "errcode_after", code = code,
        times = 3 }))
      run(sheet, 0)
      assert.equal(0, run(sheet, 0).created)
      assert.equal(4, shop:state().counts.goods)
    end)

    it("and leaves it in doubt when it cannot be looked for: " .. code, function()
      local sheet = shop:sheet("goods.csv", shops.goods_lines(1, 2))
      assert(shop.box:control("fault", { on = "goods_add", kind = "errcode_after", code = code,
        times = 2 }))
      assert(shop.box:control("fault", { on = "goods_list", kind = "errcode_before", code = -1,
        times = 1000 }))
      local got = shop:run(arguments(sheet))
      assert.are_not.equal(0, got.status)
      shop.box:control("faults", { clear = true })
      run(sheet, 0)
      assert.equal(2, shop:state().counts.goods)
    end)
  end

  it("gives rows that ask for the same an id each", function()
    local lines = shops.goods_lines(1, 2)
    lines[1] = "key," .. lines[1]
    for i = 2, 3 do
      lines[i] = "row" .. i .. "," .. lines[2]:gsub("^row%d,", "")
    end
    local sheet = shop:sheet("goods.csv", lines)
    assert(shop.box:control("fault", { on = "goods_add", kind = "errcode_before", code = -1,
      times = 1 }))
    run(sheet, 0, "--concurrency", "1")
    run(sheet, 0)
    assert.equal(2, shop:state().counts.goods)
    local ledger = shop:ledger()
    local ids = {}
    for i = 2, 3 do
      ids[i] = ledger:item("goods", "row" .. i).platform_id
    end
    ledger:close()
    assert.is_truthy(ids[2] and ids[3] and ids[2] ~= ids[3])
  end)

  it("tells why goods could not be removed", function()
    local sheet = shop:sheet("goods.csv", shops.goods_lines(1, 2))
    run(sheet, 0)
    shop:sheet("goods.csv", shops.goods_lines(1, 1))
    assert(shop.box:control("fault", { on = "goods_delete", kind = "errcode_before", code = 48001,
      times = 1 }))
    local done, got = run(sheet, 5, "--prune")
    assert.equal(1, done.left)
    assert.is_truthy(got.err:find("48001", 1, true))
    assert.equal(1, run(sheet, 0, "--prune").removed)
  end)

  -- One importer has claimed rows and waits for the platform; the other one comes to its end.
  local function two_importers(sheet)
    assert(shop.box:control("fault", { on = "goods_add", kind = "delay", seconds = 3,
      when = "after", times = 4 }))
    local first = shop:start(arguments(sheet, "--concurrency", "4"))
    await(function() return shop:state().counts.goods >= 4 end)
    local second = shop:start(arguments(sheet, "--concurrency", "4"))
    await(function() return shop:state().counts.goods >= 8 end)
    return first, second
  end

  local function ended(got)
    local done = json.decode(got.out)
    assert.same({ 0, 0, 0, 0 }, { got.status, done.left, done.rejected, done.in_doubt }, got.err)
    assert.equal(8, shop:state().counts.goods)
  end

  it("comes after the rows of a partner that is killed meanwhile", function()
    local first, second = two_importers(shop:sheet("goods.csv", shops.goods_lines(1, 8)))
    first:signal("KILL")
    first:finish()
    ended(second:finish())
  end)

  it("comes after the rows of a partner that is still at them", function()
    local first, second = two_importers(shop:sheet("goods.csv", shops.goods_lines(1, 8)))
    ended(second:finish())
    ended(first:finish())
  end)

  it("is not status 0 when the sheet cannot be read to its end", function()
    local lines = shops.goods_lines(1, 2)
    lines[#lines + 1] = 'an open "quote'
    lines[#lines + 1] = '"more'
    local got = shop:run(arguments(shop:sheet("goods.csv", lines)))
    assert.equal(3, got.status, got.err)
  end)

  it("is one line and an error when a worker raises", function()
    local live = shop:client()
    local ledger = shop:ledger()
    local path = shop:sheet("goods.csv", shops.goods_lines(1, 5))
    local reader = assert(kinds.open(path, nil, os.time()))
    assert(stage.stage(ledger, reader, "goods.csv", {}))
    reader:close()
    local function try(change)
      local fields = {
        live = live, ledger = ledger, kind = "goods", sheet = "goods.csv", concurrency = 2,
        settle = 0.1,
      }
      for name, value in pairs(change) do
        fields[name] = value
      end
      return applies.new(fields):run()
    end
    local _, stopped = try { tell = function() error("no room on the screen") end }
    assert.equal("raised", stopped.kind)
    assert.is_truthy(tostring(stopped):find("no room on the screen", 1, true))
    assert.is_nil(tostring(stopped):find("\n", 1, true))
    local broken = setmetatable({ goods_add = function() error("a broken transport") end },
      { __index = live })
    _, stopped = try { live = broken }
    assert.is_truthy(tostring(stopped):find("a broken transport", 1, true))
    ledger:close()
    run(path, 0)
    assert.equal(5, shop:state().counts.goods)
  end)
end)
