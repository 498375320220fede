-- A program that holds its JSON in lua-cjson and knows nothing of wxlive.json: parameters come out
-- of cjson.decode, results and errors go into cjson.encode.
local callback = require "wxlive.callback"
local catalogue = require "wxlive.catalogue"
local cjson = require "cjson"
local example_of = require "spec.support.example"
local fake = require "spec.support.fake"

-- A day before the first show of the official examples.
local NOW = 1631836000

local function client(answers)
  return fake.client(answers, {
    clock = function() return NOW end, lookup = false, secret = ("0123456789abcdef"):rep(2),
  })
end

-- What JSON cannot tell apart: numbers by their value, lists that are empty.
local function comparable(value)
  if type(value) ~= "table" then
    return type(value) == "number" and value + 0.0 or value
  end
  local out = {}
  for key, item in pairs(value) do
    if item ~= cjson.null then
      out[key] = comparable(item)
    end
  end
  return out
end

local function crosses(value)
  local text = cjson.encode(value)
  assert.same(comparable(value), comparable(cjson.decode(text)))
  return text
end

-- Fields that nobody gave are null, in the objects of lists as well.
local function with_nulls(fields, given)
  local out = {}
  for name, value in pairs(given) do
    out[name] = value
  end
  for _, field in ipairs(fields) do
    local value = out[field.name]
    if value == nil and not field.required then
      out[field.name] = cjson.null
    elseif field.type == "list" and field.fields and type(value) == "table" then
      local list = {}
      for i, item in ipairs(value) do
        list[i] = type(item) == "table" and with_nulls(field.fields, item) or item
      end
      out[field.name] = list
    end
  end
  return out
end

local samples = {
  integer = 7, number = 9.5, string = "直播\"", boolean = true, object = { room_id = 7 },
  cursor = 1600000007, id = 7,
}

-- An answer with all fields that the catalogue knows; its lists have one row, or none.
local function answer_of(fields, empty)
  local out = {}
  for _, field in ipairs(fields or {}) do
    if field.type == "list" then
      out[field.name] = empty and "[]" or field.fields and { answer_of(field.fields) }
        or { samples[field.of or "string"] }
    elseif field.fields then
      out[field.name] = answer_of(field.fields)
    else
      out[field.name] = samples[field.type]
    end
  end
  return out
end

local function as_answer(entry, empty)
  if entry.result_kind == "binary" then
    return { status = 200, body = "\255\216\255", content_type = "image/jpeg", size = 3 }
  end
  local answer = answer_of(entry.result, empty)
  answer.errcode = 0
  return fake.json((cjson.encode(answer):gsub('"%[%]"', "[]")))
end

-- A parameter that a program reads from the body of a request.
local function parameters(entry)
  return cjson.decode(cjson.encode(with_nulls(entry.params, example_of(entry))))
end

describe("with lua-cjson alone", function()
  for _, entry in ipairs(catalogue.list) do
    it("a program calls " .. entry.name .. ", nulls included", function()
      local plain, spoken = client { as_answer(entry) }, nil
      assert(plain[entry.name](plain, example_of(entry)))
      for _, empty in ipairs { false, not entry.result_any } do
        local live, transport = client { as_answer(entry, empty) }
        local result = assert(live[entry.name](live, parameters(entry)))
        crosses(result)
        spoken = spoken or plain.transport.requests[1]
        assert.equal(spoken.body, transport.requests[1].body)
        assert.equal(spoken.url, transport.requests[1].url)
      end
    end)

    it("a program can answer with the errors of " .. entry.name, function()
      local live = client { fake.json(
        [[{"errcode":300036,"errmsg":"x rid: 61fb-aa","qrcode_url":"https://q","list":[]}]]) }
      local result, err = live[entry.name](live, parameters(entry))
      assert.is_nil(result)
      local text = crosses(err)
      local read = cjson.decode(text)
      assert.equal(300036, read.code)
      assert.equal(entry.name, read.endpoint)
      assert.equal(err.hint, read.hint)
      -- of a call for a token only errcode and errmsg are kept
      assert.equal(not entry.confidential and "https://q" or nil, read.body.qrcode_url)
      -- and those found before anything is sent
      result, err = live[entry.name](live, { no_such_field = cjson.null, again = {} })
      assert.is_nil(result)
      assert.equal("invalid_parameters", cjson.decode(crosses(err)).name)
    end)
  end

  it("null means absent wherever it stands", function()
    local live, transport = client { default = fake.json
      [[{"errcode":0,"cdnUrl":"c","pagePath":"p","posterUrl":"q","goodsId":7,"auditId":8}]] }
    assert(live:call("goods_push", cjson.decode '{"room_id":null,"roomId":1,"goodsId":2}'))
    assert.equal('{"goodsId":2,"roomId":1}', transport.requests[1].body)
    local room = cjson.decode '{"room_id":1,"params":{"from":null,"a":[null]}}'
    assert(live:get_shared_code(room))
    assert.equal("roomId=1&params=%7B%22a%22%3A%5Bnull%5D%7D",
      live:call("get_shared_code", room, { dry_run = true }).url:match("%?(.*)$"))
    assert(live:call("goods_add", cjson.decode [[{"goods_info":null,"goodsInfo":{"coverImgUrl":"m",
      "name":"手作青瓷","priceType":1,"price":9.5,"price2":null,"url":"pages/a"}}]]))
    assert.is_nil(transport.requests[#transport.requests].body:find("null"))
    local _, err = live:goods_push { room_id = cjson.null, goods_id = 2 }
    assert.equal("room_id", err.field)
    _, err = live:add_goods { room_id = 1, ids = { 1, cjson.null } }
    assert.is_truthy(err.message:find("not null", 1, true), err.message)
    local loose, sent = fake.client({ fake.json "{}" }, { validate = false })
    assert(loose:goods_push { room_id = 1, goods_id = cjson.null, more = cjson.null })
    assert.equal('{"roomId":1}', sent.requests[1].body)
  end)

  it("a program answers with errors of every kind and with what caused them", function()
    local live = client {}
    local transport = live.transport
    transport.send = function()
      return nil, require("wxlive.error").new {
        kind = "transport", name = "timeout", message = "cut", sent = true,
      }
    end
    local _, err = live:create_room(parameters(catalogue.by_name.create_room))
    assert.is_true(cjson.decode(crosses(err)).ambiguous)
  end)

  it("a program passes events on", function()
    local receiver = assert(callback.new { token = "token", mode = "plain", store = false })
    for _, message in ipairs {
      { MsgType = "event", Event = "wxalive_follow_notify", FromUserName = "o",
        CreateTime = os.time(), FollowNotify = { room_id = 12, user_openid = "o1", time = NOW,
          live_status = 102, action = "add_follow" } },
      { MsgType = "text", FromUserName = "o", CreateTime = os.time(), Content = "直播",
        MsgId = "12345678901234567" },
    } do
      for _, wire in ipairs { "json", "xml" } do
        local sender = assert(callback.new { token = "token", mode = "plain", format = wire })
        local made = assert(sender:delivery(message, { timestamp = os.time() }))
        local event = assert(receiver:open(made.query, made.body))
        local read = cjson.decode(crosses(event))
        assert.equal(event.raw, read.raw)
      end
    end
  end)
end)

-- OpenResty's lua-cjson has marks for lists, Debian's has none: the functions of the one that is
-- here, with such marks beside them. What it writes for a mark is left to it.
local function with_marks()
  local marked = {
    empty_array = io.stderr, empty_array_mt = {}, array_mt = {},
    decode_array_with_array_mt = function() end,
  }
  for name, value in pairs(cjson) do
    marked[name] = marked[name] or value
  end
  function marked.new()
    return with_marks()
  end
  return marked
end

describe("with the marks of OpenResty's lua-cjson", function()
  local loaded, marked, json, live, transport

  setup(function()
    loaded = {}
    for name, module in pairs(package.loaded) do
      if (name:find("^wxlive") and not name:find("^wxlive%.core")) or name == "cjson"
        or name == "spec.support.fake" then
        loaded[name], package.loaded[name] = module, nil
      end
    end
    marked = with_marks()
    package.loaded.cjson = marked
    json = require "wxlive.json"
    live, transport = require("spec.support.fake").client {
      default = fake.json [[{"errcode":0,"total":0,"room_info":[]}]],
    }
  end)

  teardown(function()
    for name in pairs(package.loaded) do
      if (name:find("^wxlive") and not name:find("^wxlive%.core")) or name == "cjson"
        or name == "spec.support.fake" then
        package.loaded[name] = loaded[name]
      end
    end
  end)

  it("they mean lists on the way in", function()
    assert.equal('{"a":[],"b":[],"c":[],"d":[],"e":{},"f":{"x":1},"g":[1]}', json.encode {
      a = marked.empty_array, b = setmetatable({}, marked.empty_array_mt),
      c = setmetatable({}, marked.array_mt), d = json.array(), e = {},
      f = setmetatable({ x = 1 }, marked.empty_array_mt),
      g = setmetatable({ 1 }, marked.empty_array_mt),
    })
    for _, list in ipairs { marked.empty_array, setmetatable({}, marked.array_mt) } do
      local _, err = live:add_goods { room_id = 1, ids = list }
      assert.equal("goods_ids", err.field)
      assert.is_truthy(err.message:find("empty list", 1, true), err.message)
    end
    assert(live:add_goods { room_id = 1, ids = setmetatable({ 5 }, marked.array_mt) })
    assert.equal('{"ids":[5],"roomId":1}', transport.requests[#transport.requests].body)
  end)

  it("lists of results carry them", function()
    local result = assert(live:get_live_info())
    assert.equal(marked.array_mt, getmetatable(result.room_info))
    assert.equal(marked.array_mt, getmetatable(json.decode_wire('{"any":[]}').any))
    assert.equal(marked.null, json.null)
  end)
end)
