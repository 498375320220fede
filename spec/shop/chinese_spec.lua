-- What an operator reads of sheets with mistakes under WXLIVE_LANG=zh: every message is Chinese,
-- on the screen and in the reject file.
local command = require "spec.support.command"
local shops = require "spec.support.shop"

local zh = { WXLIVE_LANG = "zh" }

describe("a sheet with mistakes, in Chinese", function()
  local shop

  before_each(function()
    shop = shops.open()
  end)

  after_each(function()
    shop:close()
  end)

  -- A line of English, as opposed to names of fields and files.
  local function english_in(text)
    return text:match("[^\n]*%f[%a]%a%a+ [%a]+ [%a]+[^\n]*")
  end

  it("names every mistake of goods, and writes it into the reject file", function()
    local lines = shops.goods_lines(1, 6)
    lines[2] = lines[2]:gsub(",1,1.50", ",9,abc")
    lines[3] = lines[3]:gsub("images/cup.png", "images/none.png")
    lines[4] = lines[4]:gsub("pages/", "/pages/")
    lines[5] = lines[5]:gsub(",4.50", ",4.505")
    lines[6] = lines[6]:gsub("茶杯5号", ("茶"):rep(20))
    lines[8] = lines[7]
    local sheet = shop:sheet("goods.csv", lines)
    local got = shop:run({ "plan", sheet }, zh)
    for _, part in ipairs {
      ':2: price 应为以元为单位的价格，如 99.50，而不是 "abc"', "price_type 只能是 1（一口价）",
      ":3: ", "无法打开文件（No such file or directory）；请检查路径，相对路径从表格所在目录算起",
      ":4: url 不能以斜杠开头，请写作 pages/index/index",
      ":5: price 应为以元为单位的价格，最多 2 位小数，而不是 4.505",
      ":6: name 宽度应为 1 至 28（汉字计 2，其他字符计 1），现为 40",
      ":8: 与第 7 行是同一个商品，请增加 key 列加以区分",
    } do
      assert.is_truthy(got.err:find(part, 1, true), part .. "\n" .. got.err)
    end
    assert.is_nil(english_in((got.err:gsub("No such file or directory", ""))))
    got = shop:run({ "apply", sheet }, zh)
    assert.equal(3, got.status, got.err)
    local rejects = command.read(shop.home .. "/goods.rejects.csv")
    assert.is_truthy(rejects:find("url 不能以斜杠开头", 1, true), rejects)
    assert.is_truthy(rejects:find("与第 7 行相同", 1, true), rejects)
    rejects = rejects:gsub("No such file or directory", "")
    assert.is_nil(english_in(rejects))
  end)

  it("names a wrong heading, and mistakes of rooms", function()
    local got = shop:run({ "plan", shop:sheet("rooms.csv", {
      "nam,start_time,start_time,anchor_name", "a,b,c,d",
    }) }, zh)
    for _, part in ipairs {
      ':1: 没有名为 "nam" 的列，您是否想写“name”？', ":1: 列 start_time 出现了两次",
      ":1: 缺少列 end_time：计划结束时间",
    } do
      assert.is_truthy(got.err:find(part, 1, true), part .. "\n" .. got.err)
    end
    assert.is_nil(english_in(got.err))
  end)

  it("keeps the platform's refusal in Chinese", function()
    assert(shop.box:control("fault", { on = "goods_add", kind = "errcode_before", code = 300002,
      times = 1 }))
    local sheet = shop:sheet("goods.csv", shops.goods_lines(1, 1))
    local got = shop:run({ "apply", sheet }, zh)
    assert.equal(3, got.status, got.err)
    local rejects = command.read(shop.home .. "/goods.rejects.csv")
    assert.is_nil(english_in(rejects))
    assert.is_truthy(rejects:find("errcode 300002", 1, true), rejects)
  end)
end)
