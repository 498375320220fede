-- What a parameter's check says: each way of being wrong has words of its own, before anything is
-- sent. That a right value passes, for every endpoint, is shown by the endpoint spec.
local broadcast = require "wxlive.broadcast"

describe("checking before sending", function()
  local live = assert(broadcast.new {
    appid = "wx0123456789abcdef", secret = "none", base_url = "http://127.0.0.1:1",
    token_provider = function() error("nothing may be sent") end,
  })
  local now = os.time()

  local function problem(name, params, field)
    local result, err = live:call(name, params)
    assert.is_nil(result)
    assert.equal("invalid", err.kind)
    for _, one in ipairs(err.problems) do
      if one.field == field then
        return one.message
      end
    end
    error("no problem of " .. field .. ": " .. tostring(err))
  end

  -- create_room with one thing changed
  local function room(field, value)
    local params = {
      name = "直播测试房间", cover_img = "abcdefgh1234", share_img = "abcdefgh1234",
      feeds_img = "abcdefgh1234", start_time = now + 3600, end_time = now + 7200,
      anchor_name = "主播一号", anchor_wechat = "WalleAI", type = 0, close_like = 0,
      close_goods = 0, close_comment = 0,
    }
    params[field] = value
    return problem("create_room", params, field)
  end

  local function goods(field, value)
    local params = {
      cover_img_url = "abcdefgh1234", name = "青瓷茶杯", price_type = 1, price = 99.5,
      url = "pages/index/index",
    }
    params[field] = value
    return problem("goods_add", params, field)
  end

  local function says(pattern, message)
    assert.truthy(message:find(pattern), message)
  end

  it("names the bound that was passed", function()
    says("must be at least", problem("get_live_info", { start = -1, limit = 1 }, "start"))
    says("must be one of", room("type", 7))
    says("must be a price in yuan", goods("price", "cheap"))
    says("must be a price in yuan", goods("price", 0 / 0))
    says("must be a price in yuan", goods("price", math.huge))
    says("must be a price in yuan", goods("price", -1))
  end)

  it("tells times that cannot be meant", function()
    says("long ago", room("start_time", 1000))
    says("must be", room("start_time", (now + 3600) * 1000)) -- milliseconds
    says("must be", room("end_time", "tomorrow"))
  end)

  it("tells a picture from an address, and a page from both", function()
    says("media_id", room("cover_img", "https://shop.example/a.png"))
    says("is not a media_id", room("cover_img", "a b"))
    says("not a web address", goods("url", "https://shop.example/x"))
    for _, url in ipairs { "weixin://dl/x", "plugin://a/b", "http:pages/a", "C:\\pages\\a" } do
      says("not a web address", goods("url", url))
    end
    says('holds "\\"; write /', goods("url", "pages\\a"))
    local page = require("wxlive.catalogue").by_name.goods_add.known.url
    assert.is_string(require("wxlive.client.validate").field(page, "pages/a?u=https://a.example"))
    says("must not begin with a slash", goods("url", "/pages/index/index"))
    says("percent%-encoded", goods("url", "pages%2Findex%2Findex"))
    says("must begin with a slash", problem("get_api_quota", { cgi_path = "wxaapi/x" }, "cgi_path"))
    says("without a query", problem("get_api_quota", { cgi_path = "/wxaapi/x?a=1" }, "cgi_path"))
  end)

  it("tells lists that are empty, too long, or no lists", function()
    says("must", problem("add_goods", { ids = {}, room_id = 1 }, "goods_ids"))
    says("must", problem("add_goods", { ids = "1,2", room_id = 1 }, "goods_ids"))
  end)

  it("takes text by what can be seen of it", function()
    local request = require "wxlive.client.request"
    local catalogue = require "wxlive.catalogue"
    local function build(name, params)
      return assert(request.build(catalogue.by_name[name], params,
        { now = function() return now end, validate = true })).values
    end
    for _, blank in ipairs {
      " ", "\t", "\r\n", "\194\160", "\225\154\128", "\226\128\131", "\226\128\139", "\226\128\168",
      "\226\128\175", "\226\129\159", "\226\129\160", "\227\128\128", "\239\187\191", "\194\133",
    } do
      local values = build("goods_add", {
        name = blank .. "青瓷 茶杯" .. blank, cover_img_url = blank .. "abc_1" .. blank, price_type = 1,
        price = 68, url = blank .. "pages/a?id=1" .. blank,
      })
      assert.same({ "青瓷 茶杯", "abc_1", "pages/a?id=1" },
        { values.name, values.cover_img_url, values.url })
      assert.same({ "oABC", "oDEF" }, build("push_message",
        { room_id = 1, user_openid = { "oABC" .. blank, blank .. "oDEF" } }).user_openid)
      assert.same({ { username = "lin", nickname = "小林" } }, build("add_assistant", { room_id = 1,
        users = { { username = blank .. "lin", nickname = "小林" .. blank } } }).users)
      assert.is_nil(build("get_role_list", { keyword = blank }).keyword)
      assert.is_truthy(room("anchor_wechat", blank))
      says("must not begin with a slash", goods("url", blank .. "/pages/a"))
    end
    -- a family is one picture, joined by a character without a width
    assert.equal("茶👩\226\128\141🍳👨\226\128\141👩", build("goods_add", {
      name = "茶👩\226\128\141🍳👨\226\128\141👩", cover_img_url = "a", price_type = 1, price = 1,
      url = "p",
    }).name)
  end)

  it("names a character that cannot be seen, and never shows it", function()
    for code, char in pairs {
      ["U+200B"] = "\226\128\139", ["U+000A"] = "\n", ["U+001B"] = "\27", ["U+0085"] = "\194\133",
      ["U+202E"] = "\226\128\174", ["U+FEFF"] = "\239\187\191", ["U+00AD"] = "\194\173",
      ["U+200D"] = "\226\128\141", ["U+2028"] = "\226\128\168", ["U+0009"] = "\t",
    } do
      for field, message in pairs {
        name = room("name", "春茶" .. char .. "专场"),
        anchor_wechat = room("anchor_wechat", "a" .. char .. "b"),
        url = goods("url", "pages/a" .. char .. "b"),
      } do
        assert.is_truthy(message:find(code, 1, true), field .. code .. message)
        assert.is_nil(message:find(char, 1, true), field)
      end
    end
    says("write %?", goods("url", "pages/a？id=1"))
    says('holds "茶"', goods("url", "pages/a?name=茶"))
    says('holds " "', goods("url", "pages/a b"))
    assert.is_nil(problem("get_access_token", { appid = "wx1", secret = "abc\ndef" }, "secret")
      :find("abc", 1, true))
  end)

  it("names the first unknown keys, and counts the others", function()
    local params = {}
    for i = 1, 100000 do
      params["key" .. i .. ("x"):rep(i % 500)] = i
    end
    local _, err = live:call("get_live_info", params)
    assert.is_true(#err.problems < 25)
    assert.is_true(#err.message < 4000, #err.message)
    assert.is_truthy(err.message:find("99980 more are not fields of get_live_info", 1, true))
  end)
end)

-- The rules of the core, by its sources.
local function core_rules()
  local rules = {}
  for _, name in ipairs { "value", "params" } do
    local file = assert(io.open("core/lua/params/" .. name .. ".c"))
    local text = file:read("*a")
    file:close()
    for _, pattern in ipairs { "wrong(%b())", "report_rule(%b())", "fault.rule = ([^;]+);" } do
      for part in text:gmatch(pattern) do
        for rule in part:gmatch('"([a-z_][a-z0-9_]*)"') do
          rules[rule] = true
        end
      end
    end
  end
  return rules
end

describe("the words of a rule", function()
  local validate = require "wxlive.client.validate"

  it("are there in both languages", function()
    local field = {
      name = "f", units = { 6, 34 }, max_chars = 9, max_encoded = 9, max_items = 3,
      allowed = { [0] = { "open", "开启" } },
    }
    local problem = { value = "pages/a b", amount = 8 }
    local count, known = 0, { unknown = true, too_long = true } -- of no field
    for rule in pairs(core_rules()) do
      local words = validate.words[rule]
      assert.is_true(words ~= nil or known[rule], rule)
      if words then
        local said = words(field, problem, "integer")
        count = count + 1
        assert.is_nil(said.message:find("[\227-\233][\128-\191]"), said.message)
        assert.is_truthy(said.message_zh:find("[\227-\233][\128-\191]"), said.message_zh)
      end
    end
    assert.is_true(count >= 25, count)
  end)

  it("are English in the message, and Chinese beside it", function()
    local live = assert(broadcast.new {
      appid = "wx0123456789abcdef", secret = "none", base_url = "http://127.0.0.1:1",
    })
    local now = os.time()
    for _, case in ipairs {
      { "goods_push", { room_id = 0, goods_id = 5 },
        "room_id must be a whole number from 1, not the number 0",
        "room_id 应为正整数，而不是数字 0" },
      { "goods_push", { goods_id = true, roomid = 5 },
        "goods_id must be a whole number from 1, not a boolean",
        "goods_id 应为正整数，而不是 boolean" },
      { "goods_push", { room_id = 1, goods_id = 2, gods_id = 2 },
        "gods_id is not a field of goods_push; did you mean goods_id?",
        "gods_id 不是 goods_push 的字段，您是否想写“goods_id”？" },
      { "get_live_info", { start = 0, limit = 500 }, "limit must be at most 100, not 500",
        "limit 不能大于 100，现为 500" },
      { "update_replay", { room_id = 1, close_replay = 7 },
        "close_replay must be one of 0 (open), 1 (closed), not the number 7",
        "close_replay 只能是 0（开启）、1（关闭），而不是数字 7" },
      { "add_assistant", { room_id = 1, users = { { username = "a" } } },
        "users item 1: nickname is missing", "users 第 1 项：缺少 nickname" },
      { "edit_room", { id = 1, name = "直播测试房间", start_time = now + 60, end_time = now + 7200 },
        "start_time must be at least 10 minutes ahead", "start_time 至少须在 10 分钟之后" },
    } do
      local _, err = live:call(case[1], case[2])
      assert.is_truthy(err.message:find(case[3], 1, true), err.message)
      assert.is_truthy(err.message_zh:find(case[4], 1, true), err.message_zh)
    end
  end)
end)
