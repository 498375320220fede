-- Results that cannot be written, and programs that are started without standard streams.
local await = require "spec.support.await"
local command = require "spec.support.command"
local process = require "spec.support.process"
local shops = require "spec.support.shop"

local interpreter = rawget(_G, "jit") and "luajit" or "lua5.4"

describe("a program whose output goes nowhere", function()
  local shop

  before_each(function()
    shop = shops.open()
  end)

  after_each(function()
    shop:close()
  end)

  -- Runs a script of this checkout with shell redirections.
  local function run(script, words, redirections)
    local all = { "exec", interpreter, script }
    for _, word in ipairs(words) do
      all[#all + 1] = process.quote(word)
    end
    all[#all + 1] = redirections
    return command.run({ "sh", "-c", table.concat(all, " ") }, { env = shop:settings() })
  end

  it("ends with a status of its own, and has done its work: a full disk", function()
    local sheet = shop:sheet("goods.csv", shops.goods_lines(1, 2))
    for _, words in ipairs { { "apply", sheet }, { "plan", sheet }, { "goods" }, { "rooms" } } do
      assert.equal(7, run("scripts/wxlive", words, ">/dev/full").status, words[1])
    end
    assert.equal(2, shop:state().counts.goods)
  end)

  local function ids(path)
    local list = {}
    for line in (process.read(path) or ""):gmatch("[^\r\n]+") do
      list[#list + 1] = line
    end
    return list
  end

  for _, how in ipairs { ">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-", "<&-" } do
    it("never prints into the files that it writes: " .. how, function()
      local sheet = shop:sheet("goods.csv", shops.goods_lines(1, 3))
      local out = shop.home .. "/ids.csv"
      run("scripts/import_goods.lua", { sheet, "--out", out }, how)
      local lines = ids(out)
      assert.equal(4, #lines, process.read(out))
      assert.is_truthy(lines[1]:find("goods_id", 1, true))
      for i = 2, 4 do
        assert.is_truthy(lines[i]:find("茶杯", 1, true))
      end
      -- The ledger, and the rejects.
      local bad = shops.goods_lines(4, 6)
      bad[3] = bad[3]:gsub(",1,", ",9,")
      run("scripts/wxlive", { "apply", shop:sheet("more.csv", bad), "--json" }, how)
      local ledger = shop:ledger()
      assert.same({ done = 2 }, ledger:counts("goods", "more.csv"))
      ledger:close()
      assert.equal(2, #ids(shop.home .. "/more.rejects.csv"))
    end)
  end

  it("keeps each id before it is printed", function()
    local sheet = shop:sheet("goods.csv", shops.goods_lines(1, 5))
    local out = shop.home .. "/ids.csv"
    run("scripts/import_goods.lua", { sheet, "--out", out }, "| head -1")
    await(function()
      return #ids(out) - 1 == shop:state().counts.goods
    end)
    assert.is_true(#ids(out) >= 2)
  end)
end)
