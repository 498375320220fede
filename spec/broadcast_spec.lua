local broadcast = require "wxlive.broadcast"
local fake = require "spec.support.fake"

local json = fake.json

local function new(changes)
  local given = {
    appid = "wx0123456789abcdef", secret = "s", base_url = "https://api.example.test",
    transport = fake.transport(),
    token_store = require("wxlive.store.memory").new(),
  }
  for key, value in pairs(changes) do
    given[key] = value ~= "nil" and value or nil
  end
  return broadcast.new(given)
end

describe("wxlive.broadcast.new", function()
  it("names every wrong option at once", function()
    local live, err = new { apppid = "x", timeout = "10", proxi = "p" }
    assert.is_nil(live)
    assert.equal("invalid_options", err.name)
    assert.equal(3, #err.problems)
    assert.is_truthy(err.message:find("apppid is not an option; did you mean appid"))
    assert.is_truthy(err.message:find("timeout must be a number"))
  end)

  it("refuses numbers that no wait can be made of", function()
    for _, few in ipairs { -1, 0 / 0 } do
      local live, err = new {
        retry = { attempts = few, base = few, max = few }, lookup = { settle = few },
        timeout = few, connect_timeout = few,
      }
      assert.is_nil(live)
      assert.equal(6, #err.problems)
      assert.is_truthy(err.message:find("lookup.settle must not be below 0", 1, true))
    end
    assert(new { retry = { attempts = 0, base = 0, max = 0 }, lookup = { settle = 0 } })
  end)

  it("asks for appid and secret, unless a provider gives tokens", function()
    local _, err = new { secret = "nil" }
    assert.is_truthy(err.message:find("secret is missing"))
    assert(new { secret = "nil", token_provider = function() return "T", 7200 end })
    _, err = new { appid = "wx 1" }
    assert.is_truthy(err.message:find("appid must look like"))
  end)

  it("refuses to send tokens in the clear", function()
    local _, err = new { base_url = "http://api.weixin.qq.com" }
    assert.is_truthy(err.message:find("must be https"))
    assert(new { base_url = "http://127.0.0.1:8080/" })
    assert(new { base_url = "http://localhost:8080" })
    assert(new { base_url = "http://[::1]:8080" })
    for _, url in ipairs {
      "api.weixin.qq.com", "https://a b", "https://u@h", "ftp://127.0.0.1",
      "http://127.evil.com@x", "http://127.evil.com", "http://localhost.evil.com",
    } do
      assert.is_nil((new { base_url = url }), url)
    end
  end)

  it("shows no secret when it is dumped or printed", function()
    local live = assert(new { secret = "TOPSECRET" })
    local seen = {}
    local function walk(value)
      if type(value) == "table" and not seen[value] then
        seen[value] = true
        for k, v in pairs(value) do
          walk(k)
          walk(v)
        end
      elseif type(value) == "string" then
        assert.is_nil(value:find("TOPSECRET"))
      end
    end
    walk(live)
  end)

  it("raises for a method that does not exist, with the nearest name", function()
    local live = assert(new {})
    assert.error_matches(function() return live.creat_room end, "did you mean create_room")
    assert.error_matches(function() live.create_room {} end, "colon")
  end)
end)

describe("arguments", function()
  local live, transport
  before_each(function()
    live, transport = fake.client({ default = json [[{"errcode":0,"goods":[]}]] })
  end)
  local function sent()
    return transport.requests[#transport.requests].body
  end

  it("are one table or positional in the official order", function()
    assert(live:goods_push(1, 2))
    assert.equal('{"goodsId":2,"roomId":1}', sent())
    assert(live:goods_push { room_id = 1, goods_id = 2 })
    assert.equal('{"goodsId":2,"roomId":1}', sent())
    assert(live:add_goods({ 5, 6 }, 3))
    assert.equal('{"ids":[5,6],"roomId":3}', sent())
    assert(live:goods_info { 6, 7 })
    assert.equal('{"goods_ids":[6,7]}', sent())
    assert(live:goods_info { goods_ids = { 6, 7 } })
    assert.equal('{"goods_ids":[6,7]}', sent())
    assert(live:add_role("Walle1", 1))
    assert.equal('{"role":1,"username":"Walle1"}', sent())
  end)

  it("may be followed by options of the call", function()
    assert.is_true(live:goods_push(1, 2, { dry_run = true }).dry_run)
    assert.is_true(live:goods_push({ room_id = 1, goods_id = 2 }, { dry_run = true }).dry_run)
    assert.is_true(live:get_live_info({ dry_run = true }, { dry_run = true }) == nil)
    assert.is_true(live:goods_info({ 6, 7 }, { dry_run = true }).dry_run)
    assert.equal(0, #transport.requests)
    local _, err = live:goods_push(1, 2, { timout = 3 })
    assert.is_truthy(err.message:find("did you mean timeout"))
  end)

  it("in each other's place are refused where two orders are in use", function()
    assert(live:goods_reset_audit(7, 450889673))
    assert.equal('{"auditId":450889673,"goodsId":7}', sent())
    for _, swapped in ipairs { { 450889673, 7 }, { "450889673", "7" } } do
      local result, err = live:goods_reset_audit(swapped[1], swapped[2])
      assert.is_nil(result)
      assert.is_truthy(err.message:find("swapped"))
    end
    assert.equal(1, #transport.requests)
  end)

  it("that may be a table are told from options of the call", function()
    local request = assert(live:get_shared_code(2, { pid = 1 }, { dry_run = true }))
    assert.is_truthy(request.url:find("params=%7B%22pid%22%3A1%7D", 1, true))
    request = assert(live:get_shared_code(2, { dry_run = true }))
    assert.is_nil(request.url:find("params", 1, true))
  end)

  it("that are too many are a mistake of the caller's", function()
    assert.error_matches(function() live:goods_push(1, 2, 3) end, "room_id, goods_id")
    assert.error_matches(function() live:create_room("name") end, "one table")
  end)
end)

describe("lists", function()
  local function page(rows, total)
    local out = {}
    for i, id in ipairs(rows) do
      out[i] = ('{"roomid":%d,"live_status":%d}'):format(id, id % 2 == 0 and 101 or 102)
    end
    return json(('{"errcode":0,"total":%d,"room_info":[%s]}')
      :format(total or #rows, table.concat(out, ",")))
  end
  local none = json [[{"errcode":9410000,"errmsg":"empty room list"}]]

  local function ids(list)
    local out = {}
    for row in list do
      out[#out + 1] = row.room_id
    end
    return out
  end

  local function range(first, last)
    local out = {}
    for i = first, last do
      out[#out + 1] = i
    end
    return out
  end

  it("are empty when there is nothing", function()
    assert.same({}, ids(fake.client({ none }):rooms()))
  end)

  it("page on whatever total says, and never show a row twice", function()
    local live, transport = fake.client { page(range(1, 50), 1), page(range(41, 90), 1), none }
    assert.same(range(1, 90), ids(live:rooms()))
    assert.equal(3, #transport.requests)
  end)

  it("follow a platform that cuts pages in silence", function()
    local live, transport = fake.client { page(range(1, 30), 70), page(range(31, 60), 70),
      page(range(61, 70), 70) }
    assert.same(range(1, 70), ids(live:rooms()))
    assert.is_truthy(transport.requests[2].body:find('"limit":30,"start":30', 1, true))
  end)

  it("end when a page brings nothing new", function()
    local live, transport = fake.client { default = page(range(1, 50), 50) }
    assert.equal(50, #ids(live:rooms()))
    assert.equal(2, #transport.requests)
  end)

  it("can be filtered by state and taken whole", function()
    local live = fake.client { page({ 1, 2, 3, 4 }) }
    local rooms = assert(live:rooms({ live_status = 101 }):all())
    assert.equal(2, #rooms)
    assert.equal(2, rooms[1].room_id)
  end)

  it("raise the error object in a loop, and return it from all()", function()
    local refused = json [[{"errcode":48001,"errmsg":"api unauthorized"}]]
    local ok, err = pcall(ids, fake.client({ refused }):rooms())
    assert.is_false(ok)
    assert.equal(48001, err.code)
    local rows
    rows, err = fake.client({ refused }):rooms():all()
    assert.is_nil(rows)
    assert.equal(48001, err.code)
  end)

  it("of followers carry the cursor on as it came", function()
    local function followers(first, last, cursor)
      local out = {}
      for i = first, last do
        out[#out + 1] = ('{"openid":"o%d","room_id":1}'):format(i)
      end
      return json(('{"errcode":0,"followers":[%s]%s}'):format(table.concat(out, ","),
        cursor and ',"page_break":' .. cursor or ""))
    end
    local live, transport = fake.client {
      followers(1, 3, 77), followers(3, 5, "88"), followers(1, 0),
    }
    assert.equal(5, #assert(live:followers():all()))
    assert.equal('{"limit":200}', transport.requests[1].body)
    assert.equal('{"limit":200,"page_break":77}', transport.requests[2].body)
    assert.equal('{"limit":200,"page_break":88}', transport.requests[3].body)
  end)

  it("of followers give a long cursor back digit for digit", function()
    for _, wire in ipairs { "6917529027641081856", '"6917529027641081856"', "9007199254740993",
      "18446744073709551615" } do
      local live, transport = fake.client {
        json('{"followers":[{"openid":"o1","room_id":1}],"page_break":' .. wire .. "}"),
        json '{"followers":[]}',
      }
      assert.equal(1, #assert(live:followers():all()))
      assert.equal('{"limit":200,"page_break":' .. wire:gsub('"', "") .. "}",
        transport.requests[2].body)
    end
  end)

  it("find one room", function()
    local live = fake.client { default = page({ 4, 5 }) }
    assert.equal(5, live:find_room(5).room_id)
    local room, err = live:find_room(6)
    assert.is_nil(room)
    assert.equal("room_not_found", err.name)
    assert.equal(5, live:find_room("5").room_id)
    for _, value in ipairs { "茶会", 0.5, {}, false } do
      room, err = live:find_room(value)
      assert.is_nil(room)
      assert.same({ "invalid", "room_id", false }, { err.kind, err.field, err.sent })
    end
  end)
end)
