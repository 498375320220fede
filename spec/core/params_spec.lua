--- What the core makes of parameters: values, the text for the wire, and mistakes as data.
local catalogue = require "wxlive.catalogue"
local cjson = require "cjson"
local example_of = require "spec.support.example"
local fake = require "spec.support.fake"
local json = require "wxlive.json"
local request = require "wxlive.client.request"

local NOW = 1800000000
local null = cjson.null

local context = {
  now = function() return NOW end, appid = "wx0123456789abcdef", secret = "shh", validate = true,
}

local function build(name, params, extra)
  return request.build(catalogue.by_name[name], params, context, extra)
end

local function rules(fields, more)
  local spec = { fields = fields, index = {}, open = "{", close = "}" }
  for i, field in ipairs(fields) do
    field.wire = field.wire or field.name
    spec.index[field.name] = i
  end
  for key, value in pairs(more or {}) do
    spec[key] = value
  end
  return json.compile_params(spec)
end

-- The body of one field's value; nil and the rule that it breaks, with its number.
local function one(field, value)
  field.name = "f"
  local _, body, _, problems = rules { field } { f = value }
  if problems then
    return nil, problems[1].rule, problems[1].amount
  end
  return body
end

describe("a parameter", function()
  it("is written as its type goes on the wire", function()
    for _, case in ipairs {
      { "integer", 5, "5" }, { "integer", -5, "-5" }, { "integer", 2 ^ 53, "9007199254740992" },
      { "integer", "05", "5" }, { "integer", " -7\t", "-7" }, { "integer", "-0", "0" },
      { "id", "7", "7" }, { "id", 1e14, "100000000000000" },
      { "id", "18446744073709551615", "18446744073709551615" },
      { "time", "1800000000", "1800000000" }, { "time", 1e11, "100000000000" },
      { "price", 9.5, "9.5" }, { "price", 0.1 + 0.2, "0.3" }, { "price", 19.9, "19.9" },
      { "price", "19.90", "19.9" }, { "price", "19.05", "19.05" }, { "price", "7", "7" },
      { "price", "7.", "7" }, { "price", 1e10, "10000000000" }, { "price", 0, "0" },
      { "boolean", true, "true" }, { "boolean", false, "false" },
      { "string", "a\"b\\c", [["a\"b\\c"]] }, { "string", "  直播 间 ", '"直播 间"' },
      { "cursor", 12, "12" }, { "cursor", "12", '"12"' }, { "cursor", "abc ", '"abc "' },
      { "cursor", "1234567890123456", "1234567890123456" },
      { "cursor", "18446744073709551615", "18446744073709551615" },
      { "file", "/tmp/a b", '"/tmp/a b"' },
    } do
      assert.equal('{"f":' .. case[3] .. "}", one({ type = case[1] }, case[2]))
    end
    assert.equal('{"f":["a","b"]}', one({ type = "list", of = "string" }, { " a", "b " }))
    assert.equal('{"f":[]}', one({ type = "list", of = "id" }, {}))
  end)

  it("that breaks a rule is told by the rule, with its number", function()
    local inf = 1 / 0
    for _, case in ipairs {
      { { type = "integer", min = 1 }, 0, "least", 1 },
      { { type = "integer", max = 9 }, "10", "most", 9 },
      { { type = "integer" }, 1.5, "type" }, { { type = "integer" }, inf, "type" },
      { { type = "integer" }, "1e3", "type" }, { { type = "integer" }, "0x1", "type" },
      { { type = "integer" }, "", "type", nil, true }, { { type = "integer" }, true, "type" },
      { { type = "integer" }, 2 ^ 53 + 2, "type" }, { { type = "integer" }, {}, "type" },
      { { type = "integer", accepts = { [0] = true, [1] = true } }, "2", "allowed" },
      { { type = "id" }, 0, "type" }, { { type = "id" }, "0", "type" },
      { { type = "id" }, "-1", "type" }, { { type = "id" }, "123456789012345678901", "type" },
      { { type = "id" }, "0123456789012345678901", "type" },
      { { type = "time" }, 1e12, "milliseconds" }, { { type = "time" }, 5, "long_ago" },
      { { type = "time" }, "soon", "type" },
      { { type = "price" }, 9.999, "decimals" }, { { type = "price" }, "9.999", "decimals" },
      { { type = "price" }, -1, "type" }, { { type = "price" }, 0 / 0, "type" },
      { { type = "price" }, inf, "type" }, { { type = "price" }, "1,5", "type" },
      { { type = "price" }, 1e11, "decimals" }, { { type = "price" }, ".5", "type" },
      { { type = "string" }, "a\255", "utf8", 2 }, { { type = "string" }, "a\0b", "nul" },
      { { type = "string" }, "a\226\128\139b", "hidden", 0x200B },
      { { type = "string", units = { 2, 4 } }, "直直直", "units", 6 },
      { { type = "string", max_chars = 2 }, "abc", "bytes", 3 },
      { { type = "string", max_encoded = 4 }, "直", "encoded", 9 },
      { { type = "string", accepts = { a = true } }, "b", "allowed" },
      { { type = "string" }, 5, "type" },
      { { type = "string", required = true }, " \227\128\128", "empty" },
      { { type = "string", format = "media_id" }, "a b", "media_id" },
      { { type = "string", format = "media_id" }, "https://a/b", "media_address" },
      { { type = "string", format = "page_path" }, "pages/茶", "page_character", 7 },
      { { type = "string", format = "page_path" }, "pages%2Fa", "page_encoded" },
      { { type = "boolean" }, 1, "type" }, { { type = "file" }, "", "type", nil, true },
      { { type = "file" }, "a\0b", "nul" }, { { type = "cursor" }, 1.5, "type" },
      { { type = "list", of = "id" }, "1", "type" },
      { { type = "list", of = "id" }, { a = 1 }, "gap" },
      { { type = "list", of = "id" }, { 1, nil, 3 }, "gap" },
      { { type = "list", of = "id", min_items = 1 }, {}, "few", 0 },
      { { type = "list", of = "id", max_items = 1 }, { 1, 2 }, "many", 2 },
    } do
      local field = case[1]
      field.required = field.required or case[5]
      local body, rule, amount = one(field, case[2])
      assert.is_nil(body)
      assert.equal(case[3], rule, json.encode(field))
      assert.equal(case[4] or amount, amount)
    end
  end)

  it("is the value that was right where another is wrong", function()
    local take = rules { { name = "a", type = "id" }, { name = "b", type = "id", required = true } }
    local values, body, query, problems = take { a = "7", c = 1 }
    assert.same({ a = 7 }, values)
    assert.is_nil(body)
    assert.is_nil(query)
    table.sort(problems, function(x, y) return x.number < y.number end)
    assert.same({
      { number = 0, rule = "unknown", amount = 0, value = "c" },
      { number = 2, rule = "missing", amount = 0 },
    }, problems)
  end)

  it("may go out under two names, in the order of the bytes of all names", function()
    local take = rules {
      { name = "room", wire = "roomId", also = "id", type = "id", required = true },
      { name = "ban", wire = "ban", type = "integer" },
    }
    assert.equal('{"ban":1,"id":2,"roomId":2}', select(2, take { room = "2", ban = 1 }))
    local _, _, _, problems = take { room = "x", ban = 1 }
    assert.equal(1, #problems)
    _, _, _, problems = take { ban = 1 }
    assert.equal(1, #problems)
  end)
end)

describe("null", function()
  it("means that an optional parameter was not given, at every endpoint", function()
    for _, entry in ipairs(catalogue.list) do
      local plain, nulls = {}, {}
      for key, value in pairs(example_of(entry)) do
        plain[key], nulls[key] = value, value
      end
      for _, field in ipairs(entry.params) do
        if nulls[field.name] == nil then
          nulls[field.name] = null
        end
      end
      for _, name in ipairs { "start_time", "end_time" } do -- the examples are of the past
        if plain[name] then
          local time = NOW + (name == "end_time" and 7200 or 3600)
          plain[name], nulls[name] = time, time
        end
      end
      local wanted, err = build(entry.name, plain)
      assert(wanted, err)
      local got = assert(build(entry.name, nulls))
      assert.equal(wanted.body, got.body, entry.name)
      assert.same(wanted.query, got.query, entry.name)
    end
  end)

  it("is a missing required parameter", function()
    local _, err = build("goods_push", { room_id = 1, goods_id = null })
    assert.is_truthy(err.message:find("goods_id is missing"))
    local live = fake.client { default = fake.json '{"errcode":0}' }
    _, err = live:goods_push(1, null)
    assert.is_truthy(err.message:find("goods_id is missing"))
  end)

  it("is nothing in the objects of lists and in tables of any depth, and no item", function()
    assert.equal('{"ids":[5,6],"roomId":3}',
      assert(build("add_goods", { ids = { 5, 6 }, room_id = 3, roomId = null })).body)
    local _, err = build("add_goods", { ids = { 5, null }, room_id = 3 })
    assert.is_truthy(err.message:find("item 2: must be a whole number from 1, not null", 1, true))
    _, err = build("add_assistant", { room_id = 1, users = { null } })
    assert.is_truthy(err.message:find("item 1 must be an object, not null", 1, true))
    _, err = build("add_assistant",
      { room_id = 1, users = { { username = "a", nickname = null, more = null } } })
    assert.is_truthy(err.message:find("item 1: nickname is missing"))
    assert.is_nil(err.message:find("more"))
    assert.equal("params=%7B%22a%22%3A%7B%22c%22%3A%5Bnull%2C1%5D%7D%7D",
      assert(build("get_shared_code",
        { room_id = 2, params = { a = { b = null, c = { null, 1 } }, d = null } })).query[2])
    assert.equal('{"id":9,"x":{"y":[1]}}', assert(build("delete_room", { room_id = 9 },
      { x = { y = { 1 }, z = null }, w = null })).body)
    local info = { coverImgUrl = "m", name = "茶杯", priceType = 1, price = 9.9, url = "pages/a",
      price2 = null, thirdPartyAppid = null, goodsKey = null }
    assert.is_nil(assert(build("goods_add", { goodsInfo = info, goods_key = null })).body
      :find("null"))
  end)

  it("is nothing without validation, too", function()
    local prepared = assert(request.build(catalogue.by_name.goods_push,
      { room_id = 1, goods_id = null, more = null, list = { { a = null } } },
      { now = context.now, validate = false }))
    assert.equal('{"list":[{}],"roomId":1}', prepared.body)
  end)
end)

describe("parameters from hostile hands", function()
  it("are told by the first few, whatever their number and length", function()
    local params = { room_id = 1, goods_id = 2 }
    for i = 1, 3000 do
      params[("k"):rep(500) .. i] = i
    end
    local _, err = build("goods_push", params)
    assert.equal(21, #err.problems)
    assert.is_truthy(err.message:find("2980 more are not fields of goods_push", 1, true))
    assert.is_true(#err.message < 10000, #err.message)
    _, err = build("goods_push", { room_id = ("9"):rep(1e6), goods_id = {} })
    assert.is_true(#err.message < 1000, #err.message)
  end)

  it("run none of their metamethods", function()
    local function trap()
      error("a metamethod ran")
    end
    local hostile = { __index = trap, __pairs = trap, __ipairs = trap, __len = trap, __eq = trap,
      __lt = trap, __le = trap, __concat = trap, __tostring = trap, __call = trap, __gc = nil }
    local function armed(t)
      return setmetatable(t, hostile)
    end
    assert.equal('{"goods":[{"goodsId":7}],"roomId":1}', assert(build("goods_sort",
      armed { room_id = 1, goods = armed { armed { goods_id = 7 } } })).body)
    for _, value in ipairs { armed {}, armed { armed {} }, newproxy and newproxy() or io.stdout } do
      local prepared, err = build("goods_sort", { room_id = value, goods = value })
      assert.is_nil(prepared)
      assert.is_string(err.message)
    end
  end)

  it("may be of any size up to what a request holds", function()
    local ids = {}
    for i = 1, 2000 do
      ids[i] = "o" .. i
    end
    local prepared = assert(build("push_message", { room_id = 1, user_openid = ids }))
    assert.same(ids, json.decode(prepared.body).user_openid)
    local _, err = build("modify_assistant",
      { room_id = 1, username = ("a"):rep(12 * 1024 * 1024), nickname = "b" })
    assert.is_truthy(err.message:find("too long for a request"))
    assert.equal('{"nickname":"b","roomId":1,"username":"a"}', assert(build("modify_assistant",
      { room_id = 1, username = "a", nickname = "b" })).body)
  end)

  it("are compiled from fields that are known", function()
    for _, field in ipairs {
      { type = "thing" }, { type = "string", format = "thing" }, { type = "list", of = "thing" },
      { type = "list", of = "id", where = "query" }, { type = "string", wire = ("w"):rep(65) }, 5,
    } do
      assert.is_false((pcall(rules, { type(field) == "table"
        and setmetatable(field, { __index = { name = "f" } }) or field })))
    end
    local many = {}
    for i = 1, 61 do
      many[i] = { name = "f" .. i, type = "id" }
    end
    assert.is_false((pcall(rules, many)))
    many[61] = nil
    assert(rules(many) { f60 = 1 })
    assert.is_false((pcall(json.compile_params, {})))
    assert.is_false((pcall(rules { { name = "f", type = "id" } }, 5)))
  end)
end)

describe("a call from a finalizer", function()
  local ids, wide = {}, {}
  for i = 1, 50 do
    ids[i] = ("o"):rep(i)
    wide["k" .. i] = { ("v"):rep(i) }
  end

  local function both()
    return assert(build("push_message", { room_id = 1, user_openid = ids })).body
      .. json.encode { wide, wide }
  end

  after_each(function()
    collectgarbage("setpause", 200)
    collectgarbage("setstepmul", 200)
  end)

  -- The collector may run one wherever Lua allocates: in the middle of another call.
  it("does not touch the text of the call that it interrupts", function()
    local wanted, ran, keep = both(), 0, true
    local function finalizer()
      ran = ran + 1
      assert(build("goods_push", { room_id = 12345, goods_id = 67890 }))
      json.encode { "other" }
      if keep then
        local garbage = newproxy and newproxy(true) -- luacheck: ignore 113
        if garbage then
          getmetatable(garbage).__gc = finalizer
        else
          setmetatable({}, { __gc = finalizer })
        end
      end
    end
    for _ = 1, 5 do
      finalizer()
    end
    ran = 0
    collectgarbage("setpause", 0)
    collectgarbage("setstepmul", 10000)
    for _ = 1, 1000000 do -- the larger the heap, the rarer its collections
      assert.equal(wanted, both())
      if ran >= 100 then
        break
      end
    end
    keep = false
    assert.is_true(ran >= 100, ran)
  end)
end)

describe("a client on lua-cjson alone", function()
  it("sends what it decoded", function()
    local live, transport = fake.client {
      default = fake.json '{"errcode":0,"goodsId":"5","auditId":6}',
    }
    assert(live:goods_add(cjson.decode([[{"goodsInfo":{"coverImgUrl":"m","name":"茶杯","priceType":1,
      "price":99.5,"price2":null,"url":"pages/a","thirdPartyAppid":null}}]])))
    assert.equal('{"goodsInfo":{"coverImgUrl":"m","name":"茶杯","price":99.5,"priceType":1,'
      .. '"url":"pages/a"}}', transport.requests[#transport.requests].body)
  end)
end)
