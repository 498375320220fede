local catalogue = require "wxlive.catalogue"
local compat = require "wxlive.base.compat"
local typed = require "wxlive.sheet.cell"

local function field(endpoint, name)
  return catalogue.by_name[endpoint].known[name]
end

local function refused(what, text)
  local value, wrong = typed.value(what, text)
  assert.is_nil(value)
  return tostring(wrong)
end

describe("wxlive.sheet.cell", function()
  it("reads whole numbers, and nothing that only looks like one", function()
    local limit = field("get_live_info", "limit")
    assert.equal(50, typed.value(limit, " 50 "))
    for _, text in ipairs { "5.5", "0x10", "1e3", "inf", "nan", "fifty", "5 0", "" } do
      assert.is_truthy(refused(limit, text))
    end
    assert.is_truthy(refused(field("goods_push", "room_id"), "-1"):find("whole number from 1"))
    assert.is_truthy(refused(field("goods_push", "room_id"), "123456789012345678901"))
    for _, digits in ipairs { "9007199254740993", "9223372036854775807", "18446744073709551615" } do
      for _, long in ipairs {
        field("goods_push", "room_id"), field("get_followers", "page_break"),
      } do
        assert.equal(digits, compat.integer_text(typed.value(long, digits)))
      end
      local number = typed.value(field("get_followers", "limit"), digits)
      assert.equal(number and digits, number and compat.integer_text(number))
    end
  end)

  it("names the apostrophe by which spreadsheet programs mark text", function()
    local url = field("goods_add", "url")
    assert.equal("pages/a?id=1", typed.value(url, "pages/a?id=1"))
    assert.is_truthy(refused(url, "'pages/a?id=1"):find("begins with '", 1, true))
    assert.equal("'90s", typed.value(field("goods_add", "name"), "'90s"))
  end)

  it("takes the words of the catalogue for their numbers", function()
    local close = field("create_room", "close_like")
    assert.equal(1, typed.value(close, "closed"))
    assert.equal(1, typed.value(close, "关闭"))
    assert.equal(0, typed.value(close, "Open"))
    assert.equal(-1, typed.value(field("get_role_list", "role"), "-1"))
    assert.equal(3, typed.value(field("get_role_list", "role"), "operator"))
    assert.is_truthy(refused(close, "perhaps"))
  end)

  it("reads prices as sheets write them", function()
    local price = field("goods_add", "price")
    for _, text in ipairs { "99.5", "99.50", "¥99.5", "￥ 99.5", "99.5元", "+99.5" } do
      assert.equal(99.5, typed.value(price, text))
    end
    for _, text in ipairs { "1,299", "￥1,299.00", "１，２９９", "1299", " 1,299元", "1299\194\160" } do
      assert.equal(1299, typed.value(price, text), text)
    end
    assert.equal(1234567.5, typed.value(price, "1,234,567.5"))
    for _, text in ipairs { "1,29", "1,2999", ",299", "1,299,", "12,34", "1,299.0,0", "1 299" } do
      assert.is_truthy(refused(price, text):find("price in yuan"), text)
    end
  end)

  it("reads booleans, and leaves text as it is", function()
    local force = field("get_stable_access_token", "force_refresh")
    assert.is_true(typed.value(force, "yes"))
    assert.is_false(typed.value(force, "否"))
    assert.is_truthy(refused(force, "maybe"))
    assert.equal("007", typed.value(field("create_room", "name"), " 007 "))
  end)

  it("reads lists with commas of either keyboard, semicolons, or as JSON", function()
    local ids = field("add_goods", "goods_ids")
    for _, text in ipairs { "5,6,7", "5，6；7", "5; 6 ;7,", "[5,6,7]" } do
      assert.same({ 5, 6, 7 }, typed.value(ids, text))
    end
    assert.is_truthy(refused(ids, "5,x"):find("item 2"))
    assert.is_truthy(refused(ids, "[5,"):find("not JSON"))
    assert.same({ 7, 5 }, typed.value(field("goods_sort", "goods"), "7,5"))
  end)

  it("reads people as username:nickname, or as JSON", function()
    local users = field("add_assistant", "users")
    local wanted = {
      { username = "walle1", nickname = "小助手: 一" }, { username = "walle2", nickname = "b" },
    }
    assert.same(wanted, typed.value(users, "walle1:小助手: 一, walle2:b"))
    assert.same({ wanted[2] }, typed.value(users, '{"username":"walle2","nickname":"b"}'))
    assert.is_truthy(refused(users, "walle1"):find("username:nickname"))
  end)

  it("joins a list that is given in parts, and refuses anything else given twice", function()
    assert.same({ 5, 6, 7 }, typed.values(field("add_goods", "goods_ids"), { "5", "6,7" }))
    local value, wrong = typed.values(field("goods_push", "room_id"), { "1", "2" })
    assert.is_nil(value)
    assert.equal("is given 2 times", tostring(wrong))
  end)
end)
