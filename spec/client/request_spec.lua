local catalogue = require "wxlive.catalogue"
local json = require "wxlive.json"
local request = require "wxlive.client.request"

local NOW = 1800000000
local context = {
  now = function() return NOW end, appid = "wx0123456789abcdef", secret = "shh",
}

local function build(name, params, extra)
  return request.build(catalogue.by_name[name], params, context, extra)
end

local function body(name, params, extra)
  local prepared = assert(build(name, params, extra))
  return json.decode(prepared.body), prepared
end

local function problems(name, params)
  local prepared, err = build(name, params)
  assert.is_nil(prepared)
  assert.equal("invalid", err.kind)
  local by_field = {}
  for _, problem in ipairs(err.problems) do
    by_field[problem.field] = problem.message
  end
  return by_field, err
end

local function room(changes)
  local params = {
    name = "双十二年货专场", cover_img = "m1", share_img = "m2", feeds_img = "m3",
    start_time = NOW + 3600, end_time = NOW + 7200, anchor_name = "小王", anchor_wechat = "wang",
    type = 0, close_like = 0, close_goods = 0, close_comment = 0,
  }
  for key, value in pairs(changes or {}) do
    params[key] = value ~= "nil" and value or nil
  end
  return params
end

describe("a request", function()
  it("names fields as the server does, whichever way the caller spelt them", function()
    local wanted = { ids = { 5, 6 }, roomId = 3 }
    assert.same(wanted, body("add_goods", { goods_ids = { 5, 6 }, room_id = 3 }))
    assert.same(wanted, body("add_goods", { ids = { 5, 6 }, roomId = 3 }))
    assert.same({ id = 9 }, body("delete_room", { roomId = 9 }))
    assert.same({ room_id = 2, user_openid = { "o" } },
      body("push_message", { roomId = 2, user_openid = { "o" } }))
  end)

  it("wraps goods as the server wants them, wrapped by the caller or not", function()
    local flat = { cover_img_url = "m", name = "茶杯", price_type = 1, price = 9.9, url = "pages/a" }
    local wanted = {
      goodsInfo = { coverImgUrl = "m", name = "茶杯", priceType = 1, price = 9.9, url = "pages/a" },
    }
    assert.same(wanted, body("goods_add", flat))
    assert.same(wanted, body("goods_add", { goodsInfo = flat }))
    assert.same(wanted, body("goods_add", { goods_info = {
      coverImgUrl = "m", name = "茶杯", priceType = 1, price = 9.9, url = "pages/a",
    } }))
  end)

  it("leaves out what was not given: absent is not zero", function()
    local sent = body("create_room", room())
    assert.is_nil(sent.isFeedsPublic)
    assert.is_nil(sent.closeKf)
    assert.equal(0, sent.closeLike)
    assert.equal(0, body("create_room", room { close_kf = 0 }).closeKf)
  end)

  it("puts the fields of a GET into the query, encoded", function()
    local prepared = assert(build("get_shared_code", { room_id = 2, params = "a=1&b=直" }))
    assert.same({ "roomId=2", "params=a%3D1%26b%3D%E7%9B%B4" }, prepared.query)
    assert.is_nil(prepared.body)
    assert.same({ "role=-1", "offset=0", "limit=30" }, assert(build("get_role_list", {})).query)
  end)

  it("sends ids as numbers, also from text", function()
    local prepared = assert(build("goods_sort", { room_id = "1", goods = { "7", 5 } }))
    assert.equal('{"goods":[{"goodsId":7},{"goodsId":5}],"roomId":1}', prepared.body)
    assert.equal('{"ids":[100000000000000],"roomId":1}',
      assert(build("add_goods", { ids = { 1e14 }, room_id = 1 })).body)
  end)

  it("sends long ids digit for digit, in bodies and in queries", function()
    for _, id in ipairs { "9007199254740993", "9223372036854775807", "18446744073709551615" } do
      assert.equal('{"goodsId":' .. id .. ',"roomId":' .. id .. "}",
        assert(build("goods_push", { room_id = id, goods_id = id })).body)
      assert.same({ "roomId=" .. id }, assert(build("get_push_url", { room_id = id })).query)
    end
    for _, no in ipairs { "000000000000000000", "123456789012345678901", "1.5", "-5", "5e3" } do
      assert.is_nil((build("get_push_url", { room_id = no })))
    end
  end)

  it("sends numbers as numbers, also from text", function()
    local sent = body("create_room", room {
      start_time = tostring(NOW + 3600), end_time = tostring(NOW + 7200), type = "1",
      close_like = "1", close_goods = "0",
    })
    assert.same({ NOW + 3600, NOW + 7200, 1, 1, 0 },
      { sent.startTime, sent.endTime, sent.type, sent.closeLike, sent.closeGoods })
    assert.same({ "offset=0", "limit=30", "status=2" },
      assert(build("goods_list", { offset = "0", limit = "30", status = "2" })).query)
    assert.same({ "role=-1", "offset=0", "limit=30" },
      assert(build("get_role_list", { role = "-1", offset = "-0" })).query)
    local goods = { cover_img_url = "m", name = "茶杯", price_type = "2", price = "9.9",
      price2 = "12", url = "pages/a" }
    assert.equal('{"goodsInfo":{"coverImgUrl":"m","name":"茶杯","price":9.9,"price2":12,'
      .. '"priceType":2,"url":"pages/a"}}', assert(build("goods_add", goods)).body)
    assert.equal("9.9", goods.price)
  end)

  it("takes a limit of 0 as the default", function()
    for name, wanted in pairs {
      get_live_info = '{"limit":50,"start":0}', get_followers = '{"limit":200}',
    } do
      assert.equal(wanted, assert(build(name, { limit = 0 })).body)
      assert.equal(wanted, assert(build(name, { limit = "0" })).body)
    end
    assert.equal(50, body("get_live_replay", { room_id = 4, start = 0, limit = 0 }).limit)
    assert.same({ "offset=0", "limit=100", "status=2" },
      assert(build("goods_list", { offset = 0, limit = 0, status = 2 })).query)
    assert.same({ "role=-1", "offset=0", "limit=30" },
      assert(build("get_role_list", { limit = 0 })).query)
    assert.is_truthy(problems("get_live_info", { limit = -1 }).limit:find("at least 1"))
  end)

  it("leaves out optional fields that are empty, and refuses required ones", function()
    local sent = body("create_room",
      room { sub_anchor_wechat = "", createrWechat = "", closeKf = "" })
    assert.same({ nil, nil, nil }, { sent.subAnchorWechat, sent.createrWechat, sent.closeKf })
    assert.is_nil(body("goods_add", {
      cover_img_url = "m", name = "茶杯", price_type = 1, price = 9.9, url = "pages/a",
      third_party_appid = "",
    }).goodsInfo.thirdPartyAppid)
    assert.same({ limit = 1 }, body("get_followers", { limit = 1, page_break = "" }))
    assert.same({ "role=1", "offset=0", "limit=10" },
      assert(build("get_role_list", { role = 1, offset = 0, limit = 10, keyword = "" })).query)
    assert.same({ "roomId=2" },
      assert(build("get_shared_code", { room_id = 2, params = "" })).query)
    assert.is_truthy(problems("create_room", room { anchor_wechat = "" }).anchor_wechat
      :find("must not be empty"))
    assert.is_truthy(problems("add_sub_anchor", { room_id = 1, username = "" }).username)
    assert.is_truthy(problems("get_live_info", { start = "" }).start)
  end)

  it("makes a room a phone show unless told otherwise", function()
    assert.equal(0, body("create_room", room { type = "nil" }).type)
    assert.equal(1, body("create_room", room { type = 1 }).type)
  end)

  it("names the room of update_comment as the page's table and as its sample does", function()
    local wanted = '{"banComment":1,"id":2,"roomId":2}'
    for _, spelling in ipairs { "room_id", "roomId", "id" } do
      local given = { [spelling] = 2, ban_comment = 1 }
      local prepared = assert(build("update_comment", given))
      assert.equal(wanted, prepared.body)
      assert.same({ id = 2, roomId = 2, banComment = 1 },
        request.wire_params(catalogue.by_name.update_comment, prepared))
    end
    assert.same({ id = 2, roomId = 2, banComment = 1, more = 1 },
      body("update_comment", { id = 2, ban_comment = 1 }, { more = 1 }))
  end)

  it("sends own parameters of a share code as they are, and a table as JSON", function()
    local function query(params)
      return assert(build("get_shared_code", { room_id = 2, params = params })).query[2]
    end
    assert.equal("params=a%3D1%26b%3D2", query("a=1&b=2"))
    assert.equal("params=%7B%22path%22%3A%22pages%2Findex%22%2C%22pid%22%3A1%7D",
      query { pid = 1, path = "pages/index" })
    assert.equal("params=" .. ("a"):rep(600), query(("a"):rep(600)))
    assert.equal("params=" .. ("%E7%9B%B4"):rep(66), query(("直"):rep(66)))
    for _, long in ipairs {
      ("a"):rep(601), ("直"):rep(67), ("&"):rep(201), { a = ("&"):rep(200) },
    } do
      assert.is_truthy(problems("get_shared_code", { room_id = 2, params = long }).params
        :find("percent%-encoded"))
    end
    assert.is_truthy(problems("get_shared_code", { room_id = 2, params = { print } }).params
      :find("no JSON form"))
    assert.is_truthy(problems("get_shared_code", { room_id = 2, params = 5 }).params
      :find("text or a table"))
  end)

  it("takes any number of assistants: how many a room holds is for the platform to say", function()
    local users = {}
    for i = 1, 11 do
      users[i] = { username = "walle" .. i, nickname = "robot" .. i }
    end
    assert.equal(11, #body("add_assistant", { room_id = 4, users = users }).users)
  end)

  it("takes goods_key when goods are added and when they are updated", function()
    assert.same({ "a" },
      body("goods_update", { goods_id = 1, goodsKey = { "a" } }).goodsInfo.goodsKey)
  end)

  it("fills appid and secret from the client, but not over the caller's", function()
    assert.same({ appid = "wx0123456789abcdef" }, body("clear_quota", {}))
    assert.same({ appid = "wxother" }, body("clear_quota", { appid = "wxother" }))
    assert.equal("shh", body("get_stable_access_token", {}).secret)
  end)

  it("hands an upload over as a multipart part", function()
    local path = "scripts/samples/images/tea-cover.jpg"
    local prepared = assert(build("upload_media", { path = path }))
    assert.same({ { name = "media", path = path, filename = "tea-cover.jpg" } }, prepared.form)
    assert.same({ "type=image" }, prepared.query)
    assert.is_nil(prepared.body)
  end)

  it("sends fields that the catalogue does not know when told to", function()
    assert.equal("x", body("create_room", room(), { anchorImg = "x" }).anchorImg)
  end)

  it("never changes the caller's table", function()
    local params = room { goods_info = "nil" }
    local before = json.encode(params)
    assert(build("create_room", params))
    assert.equal(before, json.encode(params))
  end)
end)

describe("validation", function()
  it("reports every problem at once, each by its field", function()
    local found, err = problems("create_room", room {
      name = "短", start_time = "tomorrow", anchor_name = "nil", type = 7, feeds_img = "http://a/b",
    })
    assert.is_truthy(found.name:find("6 to 34"))
    assert.is_truthy(found.start_time:find("Unix seconds"))
    assert.is_truthy(found.anchor_name:find("missing"))
    assert.is_truthy(found.type:find("0 %(phone%), 1 %(push stream%)"))
    assert.is_truthy(found.feeds_img:find("media_id"))
    assert.equal(5, #err.problems)
    assert.is_false(err.sent)
    assert.equal("name", err.field)
    assert.is_truthy(tostring(err):find("^create_room: name must be"))
  end)

  it("names the nearest field for an unknown one", function()
    local found = problems("create_room", room { startTtime = NOW + 3600 })
    assert.is_truthy(found.startTtime:find("did you mean start_time"))
  end)

  it("names the right field for what other libraries and older pages call it", function()
    local function advice(name, params, key)
      return problems(name, params)[key]
    end
    assert.is_truthy(advice("goods_list", { count = 10, status = 2 }, "count"):find("mean limit"))
    assert.is_truthy(advice("get_live_info", { count = 10 }, "count"):find("mean limit"))
    assert.is_truthy(advice("edit_room", { Id = 2 }, "Id"):find("mean room_id"))
    assert.is_truthy(advice("create_room", room { ROOM_NAME = 1 }, "ROOM_NAME"))
    assert.is_truthy(advice("create_room", room { Closekf = 1 }, "Closekf"):find("mean close_kf"))
    assert.is_truthy(advice("create_room", room { creatorwechat = "a" }, "creatorwechat")
      :find("mean creater_wechat"))
    assert.is_truthy(advice("create_room", room { screenType = 0 }, "screenType")
      :find("dropped it, leave it out"))
    assert.is_truthy(advice("goods_sort", { room_id = 1, goods = { { GoodsId = 7 } } }, "goods")
      :find("GoodsId; did you mean goods_id"))
    local users = { { userName = "a" } }
    assert.is_truthy(advice("add_assistant", { room_id = 1, users = users }, "users")
      :find("userName; did you mean username"))
    assert.is_nil(advice("goods_list", { zzz = 1, status = 2 }, "zzz"):find("did you mean"))
  end)

  it("refuses goods and audit in each other's place", function()
    assert.same({ goodsId = 7, auditId = 450889673 },
      body("goods_reset_audit", { goods_id = 7, audit_id = 450889673 }))
    assert.is_truthy(problems("goods_reset_audit", { goods_id = 450889673, audit_id = 7 }).goods_id
      :find("swapped"))
    assert.is_truthy(problems("goods_reset_audit", { goods_id = "450889673", audit_id = "7" })
      .goods_id:find("swapped"))
  end)

  it("refuses two different values under two spellings", function()
    assert.is_truthy(problems("get_push_url", { room_id = 1, roomId = 2 }).room_id:find("twice"))
    assert(build("get_push_url", { room_id = 1, roomId = 1 }))
  end)

  it("knows the windows of time", function()
    assert.is_truthy(problems("create_room", room { start_time = NOW + 60 }).start_time)
    assert.is_truthy(problems("create_room", room { start_time = NOW - 60 }).start_time
      :find("past"))
    assert.is_truthy(problems("create_room", room {
      start_time = NOW + 200 * 86400, end_time = NOW + 200 * 86400 + 3600,
    }).start_time:find("6 months"))
    assert.is_truthy(problems("create_room", room { end_time = NOW + 3700 }).end_time)
    assert.is_truthy(problems("create_room", room { end_time = NOW + 2 * 86400 }).end_time)
    assert.is_truthy(problems("create_room", room { start_time = (NOW + 3600) * 1000 }).start_time
      :find("milliseconds"))
    assert(build("create_room", room { start_time = NOW + 600, end_time = NOW + 600 + 86400 }))
  end)

  it("counts a Chinese character as two", function()
    assert(build("create_room", room { name = ("直"):rep(17) }))
    assert.is_truthy(problems("create_room", room { name = ("直"):rep(17) .. "a" }).name)
    assert(build("create_room", room { name = "abcdef" }))
    assert.is_truthy(problems("create_room", room { name = "abcde" }).name)
    assert.is_truthy(problems("create_room", room { name = "直播\255\254间" }).name:find("UTF%-8"))
  end)

  it("knows the rules of prices", function()
    local function goods(changes)
      local params = {
        cover_img_url = "m", name = "茶杯", price_type = 1, price = 9.9, url = "pages/a",
      }
      for key, value in pairs(changes) do
        params[key] = value
      end
      return params
    end
    assert(build("goods_add", goods {}))
    assert.is_truthy(problems("goods_add", goods { price_type = 2 }).price2)
    assert.is_truthy(problems("goods_add", goods { price_type = 2, price2 = 5 }).price2)
    assert(build("goods_add", goods { price_type = 2, price2 = 19.9 }))
    assert.is_truthy(problems("goods_add", goods { price_type = 3, price2 = 9.9 }).price2)
    assert(build("goods_add", goods { price_type = 3, price2 = 5 }))
    assert.is_truthy(problems("goods_add", goods { price = 9.999 }).price:find("2 decimals"))
    assert.is_truthy(problems("goods_add", goods { price = -1 }).price)
    for _, wrong in ipairs { "9,9", "-9", "9.999", "9.9元", "1e2", "0x9", "" } do
      assert.is_truthy(problems("goods_add", goods { price = wrong }).price, wrong)
    end
    assert.is_truthy(problems("goods_add", goods { url = "/pages/a" }).url:find("slash"))
    assert.is_truthy(problems("goods_update", { goods_id = 1, price_type = 1 }).price)
    assert(build("goods_update", { goods_id = 1, name = "茶杯" }))
  end)

  it("refuses one account as anchor and second account", function()
    assert.is_truthy(problems("create_room", room { sub_anchor_wechat = "wang" }).sub_anchor_wechat)
  end)

  it("checks lists: sizes, elements, gaps, lists of objects", function()
    local many = {}
    for i = 1, 21 do
      many[i] = i
    end
    assert.is_truthy(problems("goods_info", { goods_ids = many }).goods_ids:find("at most 20"))
    assert.is_truthy(problems("goods_info", { goods_ids = {} }).goods_ids:find("empty"))
    assert.is_truthy(problems("goods_info", { goods_ids = { 1, "x" } }).goods_ids:find("item 2"))
    assert.is_truthy(problems("goods_info", { goods_ids = { [1] = 1, [3] = 3 } }).goods_ids)
    assert.is_truthy(problems("goods_info", { goods_ids = 7 }).goods_ids:find("list"))
    local function users(...)
      return problems("add_assistant", { room_id = 1, users = { ... } }).users
    end
    assert.is_truthy(users({ username = "a" }):find("item 1: nickname is missing"))
    assert.is_truthy(users({ usrname = "a" }):find("unknown field usrname"))
  end)

  it("refuses every wrong type of an id", function()
    for _, value in ipairs { 0, -1, 1.5, "abc", "1x", true, 2 ^ 60, "" } do
      assert.is_truthy(problems("get_push_url", { room_id = value }).room_id, tostring(value))
    end
  end)

  it("can be switched off, and then passes fields through", function()
    local prepared = assert(request.build(catalogue.by_name.create_room, { name = "x", madeUp = 1 },
      { now = context.now, validate = false }))
    assert.same({ name = "x", type = 0, madeUp = 1 }, json.decode(prepared.body))
  end)
end)
