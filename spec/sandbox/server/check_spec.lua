local catalogue = require "wxlive.catalogue"
local bare_sandbox = require "spec.support.sandbox.bare"
local json = require "wxlive.json"
local sandbox = require "wxlive.sandbox"

local JSON = { ["content-type"] = "application/json" }

describe("sandbox, strictness", function()
  local bare

  before_each(function()
    bare = bare_sandbox.new()
  end)

  local function post(path, body, headers, token)
    return bare:send("POST", path, { access_token = token or bare:token() }, body,
      headers or JSON)
  end

  -- An endpoint's example in the wire's spelling.
  local function example(entry)
    local wire = {}
    for _, field in ipairs(entry.params) do
      local value = entry.example[field.name]
      if value == nil then
        value = field.default
      end
      if field.fill then
        value = field.fill == "appid" and sandbox.APPID or sandbox.SECRET
      end
      if field.fields then
        local list = {}
        for i, item in ipairs(value) do
          list[i] = {}
          for _, inner in ipairs(field.fields) do
            list[i][inner.wire] = item[inner.name]
          end
        end
        value = list
      end
      wire[field.wire] = value
    end
    return wire
  end

  local function send(entry, wire)
    local query = { access_token = entry.auth == "token" and bare:token() or nil }
    if entry.method == "GET" then
      for name, value in pairs(wire) do
        query[name] = value
      end
      return bare:send("GET", entry.path, query)
    end
    return bare:send("POST", entry.path, query,
      assert(json.encode(entry.wrap and { [entry.wrap] = wire } or wire)), JSON)
  end

  describe("every endpoint", function()
    for _, entry in ipairs(catalogue.list) do
      local plain = entry.name ~= "upload_media"

      it(entry.name .. " wants its verb", function()
        local other = entry.method == "GET" and "POST" or "GET"
        local answer = bare:send(other, entry.path, { access_token = bare:token() })
        local seen = { goods_list = -1, get_shared_code = 47001 }
        assert.equal(seen[entry.name] or entry.method == "GET" and 43001 or 43002,
          answer.errcode)
      end)

      if entry.auth == "token" then
        it(entry.name .. " wants a token", function()
          assert.equal(41001, bare:send(entry.method, entry.path).errcode)
          assert.equal(40014,
            bare:send(entry.method, entry.path, { access_token = "short" }).errcode)
          assert.equal(40001,
            bare:send(entry.method, entry.path, { access_token = ("x"):rep(120) }).errcode)
        end)
      end

      for _, field in ipairs(plain and entry.params or {}) do
        -- Without its action a replay call is a list call.
        if field.required and field.where ~= "part" and field.name ~= "action" then
          it(("%s misses %s"):format(entry.name, field.wire), function()
            local wire = example(entry)
            wire[field.wire] = nil
            local answer, whole = send(entry, wire)
            assert.truthy(answer.errcode and answer.errcode ~= 0, whole.body)
            assert.truthy(whole.why:find(field.wire, 1, true), whole.why)
          end)

          it(("%s refuses another type of %s"):format(entry.name, field.wire), function()
            local wire = example(entry)
            wire[field.wire] = entry.method == "GET" and "no number" or { wrong = true }
            if entry.method == "GET" and field.type == "string" then
              return
            end
            local answer, whole = send(entry, wire)
            assert.truthy(answer.errcode and answer.errcode ~= 0, whole.body)
            assert.truthy(whole.why:find(field.wire, 1, true), whole.why)
          end)
        end
      end
    end
  end)

  it("does not take numbers as text in a body", function()
    local id = bare:room()
    assert.equal(200002, bare:code("update_replay", { roomId = id, closeReplay = "1" }))
    assert.equal(40097, bare:code("get_live_info", { start = "0", limit = 10 }))
    assert.equal(40097, bare:code("get_live_info", { start = 0, limit = 0 }))
  end)

  it("takes ids in the form in which it handed them out: as text, too, alone and in lists",
    function()
      local goods = bare:call("goods_add", bare:goods_params())
      assert.equal("string", type(goods.goodsId))
      assert.equal(0, bare:code("goods_reset_audit",
        { goodsId = goods.goodsId, auditId = tostring(goods.auditId) }))
      assert.equal(0, bare:code("goods_audit", { goodsId = goods.goodsId }))
      assert.equal(1, #bare:call("goods_info", { goods_ids = { goods.goodsId } }).goods)
      bare:advance(10)
      local room = bare:room()
      local text = tostring(room)
      assert.equal(0, bare:code("add_goods", { ids = { goods.goodsId }, roomId = text }))
      assert.equal(0, bare:code("goods_sale",
        { roomId = text, goodsId = goods.goodsId, onSale = 1 }))
      assert.equal(0, bare:code("goods_delete_in_room",
        { roomId = text, goodsId = goods.goodsId }))
      assert.equal(0, bare:code("goods_update",
        { goodsInfo = { goodsId = goods.goodsId, price = 30 } }))
      assert.equal(0, bare:code("goods_delete", { goodsId = goods.goodsId }))
      assert.equal(0, bare:code("delete_room", { id = text }))
      for _, wrong in ipairs { "1x", "", "-1", "1.0", "0x1" } do
        assert.equal(200002, bare:code("goods_audit", { goodsId = wrong }), wrong)
      end
    end)

  it("takes text ids in the sort list, as the platform's own sample has them", function()
    local room = bare:room()
    local goods = bare:approved_goods()
    assert.equal(0, bare:code("add_goods", { ids = { goods }, roomId = room }))
    assert.equal(0, bare:code("goods_sort",
      { roomId = room, goods = { { goodsId = tostring(goods) } } }))
    assert.equal(0, bare:code("goods_sort", { roomId = room, goods = { { goodsId = goods } } }))
  end)

  it("refuses the official table's spelling of updatecomment", function()
    local id = bare:room()
    assert.equal(300022, bare:code("update_comment", { id = id, banComment = 1 }))
    assert.equal(0, bare:code("update_comment", { roomId = id, banComment = 1 }))
  end)

  it("says 300022 where a GET leaves the room out of the query", function()
    for _, name in ipairs { "get_push_url", "get_shared_code", "get_sub_anchor" } do
      assert.equal(300022, bare:code(name, {}))
    end
  end)

  it("names what the platform names when the role is missing", function()
    local answer = bare:call("get_role_list", {})
    assert.equal(200002, answer.errcode)
    assert.truthy(answer.errmsg:find("role must be -1 or 0 or 1 or 2 or 3", 1, true))
  end)

  it("passes over unknown fields in silence, and tells the log", function()
    local params = bare:room_params()
    params.startTtime = 1
    local answer, whole = bare:call("create_room", params)
    assert.equal(0, answer.errcode)
    assert.same({ "startTtime" }, whole.call.notes)
  end)

  describe("body", function()
    local path = "/wxaapi/broadcast/room/create"

    it("must be there", function()
      assert.equal(44002, post(path, "").errcode)
    end)

    it("must be a JSON object", function()
      for _, body in ipairs { "{", "[1]", "null", '"x"', "name=x", "{} x" } do
        assert.equal(47001, post(path, body).errcode, body)
      end
    end)

    it("must not hold \\u escapes of printable characters", function()
      assert.equal(40033, post(path, [[{"name":"\u76f4\u64ad"}]]).errcode)
      assert.equal(40033, post(path, [[{"name":"\\\u0041"}]]).errcode)
      assert.not_equal(40033, post(path, [[{"name":"\\u0041"}]]).errcode)
      assert.not_equal(40033, post(path, [[{"name":"\u0001"}]]).errcode)
    end)

    it("counts as empty under another content type on /wxaapi/", function()
      local body = assert(json.encode(bare:room_params()))
      for _, kind in ipairs { "", "text/plain", "application/x-www-form-urlencoded" } do
        local answer = post(path, body, { ["content-type"] = kind })
        assert.equal(200002, answer.errcode)
        assert.truthy(answer.errmsg:find("startTime or endTime is invalid", 1, true))
      end
      local goods = post("/wxaapi/broadcast/goods/add", json.encode(bare:goods_params()), {})
      assert.equal(200002, goods.errcode)
      assert.truthy(goods.errmsg:find("goodsInfo must not be empty", 1, true))
      local keys = post("/wxaapi/broadcast/goods/setkey", '{"goodsKey":["a"]}', {})
      assert.truthy(keys.errmsg:find("goodsKey must be Array<string>", 1, true))
    end)

    it("is 415 under a type that nobody parses", function()
      local _, whole = post(path, "{}", { ["content-type"] = "application/xml" })
      assert.equal(415, whole.status)
    end)

    it("may come under any type elsewhere", function()
      bare:room()
      assert.equal(0, post("/wxa/business/getliveinfo", '{"start":0,"limit":10}', {}).errcode)
    end)

    it("too large is 413", function()
      local request = bare_sandbox.request("POST", path, { access_token = bare:token() }, "", JSON)
      request.too_large = true
      local calls = require "wxlive.sandbox.server.calls"
      assert.equal(413, calls.perform(calls.read(bare.platform, request)).status)
    end)
  end)

  describe("room fields", function()
    local now = bare_sandbox.NOW

    local cases = {
      { { name = "短名" }, 300002 }, { { name = ("宽"):rep(18) }, 300002 },
      { { name = "abcde" }, 300002 }, { { name = ("w"):rep(35) }, 300002 },
      -- Punctuation of both scripts counts 2 there, and emoji 4.
      { { name = "“明前龙井”——茶人之选·限量版套" }, 0 },
      { { name = "“明前龙井”——茶人之选·限量版套装" }, 300002 },
      { { name = ("🫖"):rep(8) .. "茶" }, 0 }, { { name = ("🫖"):rep(9) }, 300002 },
      { { name = ("宽"):rep(17) }, 0 }, { { name = "abcdef" }, 0 },
      { { name = "<房间标题>" }, 300040 }, { { name = "含违规词的标题" }, 300028 },
      { { anchorName = "a" }, 300034 }, { { anchorName = ("长"):rep(16) }, 300034 },
      { { anchorName = "违禁主播" }, 300029 },
      { { anchorWechat = "中文" }, 300030 }, { { anchorWechat = "nobody_here" }, 300035 },
      { { anchorWechat = "unverified_li" }, 300036 },
      { { subAnchorWechat = "WalleAI" }, 200002 }, { { subAnchorWechat = "x" }, 300039 },
      { { createrWechat = "x" }, 300041 },
      { { startTime = now + 599 }, 200002 }, { { startTime = now + 600 }, 0 },
      { { startTime = now + 184 * 86400, endTime = now + 184 * 86400 + 3600 }, 200002 },
      { { endTime = now + 3600 + 1799 }, 200002 }, { { endTime = now + 3600 + 1800 }, 0 },
      { { endTime = now + 3600 + 86400 }, 0 }, { { endTime = now + 3600 + 86401 }, 200002 },
      { { startTime = (now + 3600) * 1000, endTime = (now + 7200) * 1000 }, 200002 },
      { { startTime = "2026-11-24 10:00:00" }, 200002 },
      { { type = 2 }, 200002 }, { { closeLike = "0" }, 200002 }, { { isFeedsPublic = 7 }, 200002 },
      { { coverImg = "https://example.com/a.jpg" }, 300006 },
      { { coverImg = ("m"):rep(64) }, 300006 },
    }
    for i, case in ipairs(cases) do
      it(("case %d: %s -> %d"):format(i, (next(case[1])), case[2]), function()
        assert.equal(case[2], bare:code("create_room", bare:room_params(case[1])))
      end)
    end

    it("hands out the code to scan with 300036", function()
      local answer = bare:call("create_room", bare:room_params { anchorWechat = "unverified1" })
      assert.truthy(answer.qrcode_url:find("^https://"))
    end)

    it("limits each picture in its own way", function()
      for field, limit in pairs { coverImg = 2097152, shareImg = 1048576, feedsImg = 102400 } do
        local code = ({ coverImg = 300031, shareImg = 300032, feedsImg = 300037 })[field]
        local fits, large = bare:media(800, 800, limit), bare:media(800, 800, limit + 1)
        assert.equal(0, bare:code("create_room", bare:room_params { [field] = fits }))
        assert.equal(code, bare:code("create_room", bare:room_params { [field] = large }))
      end
    end)

    it("knows media of its own account only, and for three days", function()
      local params = bare:room_params()
      local other = setmetatable({ appid = "wxaaaaaaaaaaaaaaaa", platform = bare.platform },
        getmetatable(bare))
      assert.equal(300006, other:code("create_room", params))
      bare:advance(3 * 86400 - 1)
      params.startTime, params.endTime = bare.platform:now() + 3600, bare.platform:now() + 7200
      assert.equal(0, bare:code("create_room", params))
      bare:advance(1)
      assert.equal(300006, bare:code("create_room", params))
    end)
  end)

  describe("goods fields", function()
    local cases = {
      { { name = ("宽"):rep(15) }, 300002 }, { { name = ("宽"):rep(14) }, 0 },
      { { name = "违禁商品" }, 300004 },
      { { price = "99.5" }, 300003 }, { { price = 0 }, 300003 }, { { price = -1 }, 300003 },
      { { price = 9.999 }, 300003 }, { { price = 0.01 }, 0 }, { { price = 1999.99 }, 0 },
      { { priceType = 2 }, 300003 }, { { priceType = 2, price = 5, price2 = 5 }, 300003 },
      { { priceType = 2, price = 5, price2 = 6 }, 0 },
      { { priceType = 3, price = 5, price2 = 6 }, 300003 },
      { { priceType = 3, price = 6, price2 = 5 }, 0 }, { { priceType = 4 }, 200002 },
      { { url = "/pages/index/index" }, 300002 }, { { url = "pages%2Findex%2Findex" }, 300007 },
      { { url = "https://example.com/" }, 300007 }, { { url = "pages/missing" }, 300007 },
      { { url = "pages/index/index?u=https%3A%2F%2Fa.b" }, 0 },
    }
    for i, case in ipairs(cases) do
      it(("case %d: %s -> %d"):format(i, (next(case[1])), case[2]), function()
        assert.equal(case[2], bare:code("goods_add", bare:goods_params(case[1])))
      end)
    end

    it("picture: at most 300x300", function()
      local code = function(width, height)
        return bare:code("goods_add", bare:goods_params {
          coverImgUrl = bare:media(width, height),
        })
      end
      assert.equal(0, code(300, 300))
      assert.equal(300018, code(301, 300))
      assert.equal(300018, code(300, 301))
    end)

    it("insist on their wrapper", function()
      local answer = bare:call("goods_add", bare:goods_params().goodsInfo)
      assert.equal(200002, answer.errcode)
      assert.truthy(answer.errmsg:find("goodsInfo must not be empty", 1, true))
    end)
  end)

  it("refuses text that is not UTF-8", function()
    assert.equal(40033, bare:code("create_room", bare:room_params { name = "title \255\254" }))
  end)

  it("answers an unknown path like a web server", function()
    for _, path in ipairs { "/wxaapi/broadcast/goods/deleteinroom", "/nothing" } do
      local _, whole = bare:send("POST", path)
      assert.equal(404, whole.status)
      assert.truthy(whole.body:find("<html>", 1, true))
    end
  end)
end)
