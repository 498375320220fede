--- What answers must hold: for each endpoint each way in which an answer can fall short.
local catalogue = require "wxlive.catalogue"
local json = require "wxlive.json"
local response = require "wxlive.client.response"

local function read(entry, body)
  return response.read(entry, { status = 200, body = body, content_type = "application/json" })
end

-- An answer that holds all that the catalogue lists.
local function whole(fields)
  local answer = {}
  for _, field in ipairs(fields) do
    if field.type == "list" then
      answer[field.name] = json.array { field.fields and whole(field.fields)
        or field.of == "integer" and 1 or "one" }
    elseif field.type == "object" then
      answer[field.name] = whole(field.fields)
    else
      answer[field.name] = (field.type == "string" and "text") or 7
    end
  end
  return answer
end

-- Values that a field of this type must not have.
local function wrong_values(field)
  if field.type == "list" then
    local rows = json.array { field.fields and "row" or { a = 1 } }
    return { json.null, {}, { a = 1 }, "", "text", 5, true, rows, json.array { json.null },
      json.array { json.array() } }
  elseif field.type == "object" then
    return { json.null, {}, json.array(), "text", 5, true }
  elseif field.type == "string" then
    local values = { json.null, { a = 1 }, json.array(), true }
    values[#values + 1] = not field.may_be_empty and "" or nil
    values[#values + 1] = not field.digits and 5 or nil
    return values
  end
  local values = { json.null, {}, json.array(), "", "text", true, 1.5, "1.5" }
  if field.id then
    values[#values + 1], values[#values + 2] = 0, -3
    values[#values + 3], values[#values + 4] = "0", "-3"
  end
  return values
end

-- Calls f(path, holder, field) for every field without which the answer is short.
local function each_needed(fields, answer, path, f)
  for _, field in ipairs(fields) do
    local name = path .. field.name
    if field.must then
      f(name, answer, field)
    end
    local value = answer[field.name]
    if field.fields then
      each_needed(field.fields, field.type == "list" and value[1] or value, name .. ".", f)
    end
  end
end

local all = {}
for _, shelf in ipairs { catalogue, catalogue.component } do
  for _, entry in ipairs(shelf.list) do
    all[#all + 1] = entry
  end
end

describe("the answer to", function()
  for _, entry in ipairs(all) do
    local needed = 0
    each_needed(entry.result, whole(entry.result), "", function() needed = needed + 1 end)

    if needed > 0 then
      it(entry.name .. " is not believed on less than what the call is for", function()
        assert.is_table(read(entry, json.encode(whole(entry.result))))
        local answer = whole(entry.result)
        each_needed(entry.result, answer, "", function(path, holder, field)
          local good = holder[field.name]
          local values = wrong_values(field)
          for i = 0, #values do
            holder[field.name] = values[i]
            local body = json.encode(answer)
            local result, err = read(entry, body)
            assert.is_nil(result, body)
            assert.equal("bad_answer", err.name)
            assert.equal("decode", err.kind)
            assert.equal(1, (path == err.field or path == err.field:match("^(.*)%.")
              or err.field == path:match("^(.*)%.")) and 1 or 0, err.field .. " for " .. body)
            local is, is_not = err.message:match(" is (.+), not (.+)$")
            assert.is_true(is == nil or is ~= is_not, err.message)
            assert.is_truthy(err.message:find(field.name, 1, true)
              or err.message:find(path:match("^[^.]+"), 1, true), err.message)
          end
          holder[field.name] = good
        end)
      end)

      it(entry.name .. " is not {}, with or without an errcode", function()
        for _, body in ipairs { "{}", '{"errcode":0}', '{"errcode":"0","errmsg":"ok"}' } do
          local result, err = read(entry, body)
          assert.is_nil(result)
          assert.equal("bad_answer", err.name)
          assert.is_string(err.field)
        end
      end)
    elseif #entry.result == 0 then
      it(entry.name .. " has nothing to give and may be empty", function()
        assert.same({}, read(entry, "{}"))
        assert.same({}, read(entry, '{"errcode":0}'))
      end)
    end
  end
end)

describe("an answer", function()
  local function by_name(name, body)
    return read(catalogue.by_name[name], body)
  end

  it("may give ids as numbers or as digits, longer ones too", function()
    assert.equal(5, assert(by_name("create_room", '{"roomId":5}')).room_id)
    assert.equal(5, assert(by_name("create_room", '{"roomId":"5"}')).room_id)
    assert.equal("12345678901234567890",
      assert(by_name("create_room", '{"roomId":"12345678901234567890"}')).room_id)
    assert.equal(1500000001,
      assert(by_name("push_message", '{"message_id":1500000001}')).message_id)
  end)

  it("keeps what it does hold, but nothing of a token call", function()
    local _, err = by_name("goods_add", '{"goodsId":"7","auditId":{}}')
    assert.equal("audit_id", err.field)
    assert.equal(7, err.body.goods_id)
    _, err = by_name("get_stable_access_token", '{"access_token":"SECRET","expires_in":[]}')
    assert.equal("expires_in", err.field)
    assert.is_nil(err.body)
    assert.is_nil(tostring(err):find("SECRET", 1, true))
  end)

  it("may lack what platforms leave out", function()
    local rooms = assert(by_name("get_live_info", '{"room_info":[{"roomid":3}]}'))
    assert.equal("[]", json.encode(rooms.room_info[1].goods))
    assert.equal('{"dns":[],"ping":[{"ip":"1"}]}',
      json.encode(by_name("check_callback", '{"ping":[{"ip":"1"}]}')))
    assert.equal("", assert(by_name("get_sub_anchor", '{"username":""}')).username)
    assert.is_table(by_name("get_followers", '{"followers":[]}'))
    assert.is_table(by_name("upload_media", '{"type":"thumb","thumb_media_id":"x"}'))
    assert.is_nil((by_name("upload_media", '{"type":"image","media_id":5}')))
    assert.is_nil((by_name("check_callback", '{"dns":[]}')))
  end)

  it("has lists that print as lists, also where an errcode says that there is nothing", function()
    assert.equal('{"room_info":[],"total":0}',
      json.encode(by_name("get_live_info", '{"errcode":9410000}')))
    assert.equal('{"live_replay":[],"total":0}',
      json.encode(by_name("get_live_replay", '{"errcode":9410000}')))
    assert.equal('{"room_info":[]}', json.encode(by_name("get_live_info", '{"room_info":[]}')))
  end)

  it("says which row is wrong", function()
    local _, err = by_name("goods_list", '{"goods":[{"goodsId":1},{"goodsId":null,"name":"cup"}]}')
    assert.equal("goods.goods_id", err.field)
    assert.is_truthy(err.message:find("goods[2]: goods_id is missing", 1, true))
    _, err = by_name("goods_list", '{"goods":[{"goodsId":1},null,{"goodsId":3}]}')
    assert.equal("goods", err.field)
    assert.is_truthy(err.message:find("goods[2] is null, not an object", 1, true))
    _, err = by_name("goods_list", '{"total":{},"goods":[]}')
    assert.equal("total", err.field)
    _, err = by_name("goods_list", '{"goods":[{"goodsId":1},{},{}]}')
    assert.equal("goods", err.field)
    assert.is_truthy(err.message:find("goods[2] is empty, not an object", 1, true))
    _, err = by_name("get_live_info",
      '{"room_info":[{"roomid":1},{"roomid":2,"goods":[{},{"goods_id":"x"}]},{}]}')
    assert.equal("room_info.goods", err.field)
    assert.is_truthy(err.message:find("room_info[2]: goods[1] is empty, not an object", 1, true))
    _, err = by_name("get_live_info",
      '{"room_info":[{"roomid":1},{"roomid":2,"goods":[{"a":1},{"goods_id":"x"}]},{}]}')
    assert.equal("room_info.goods.goods_id", err.field)
    assert.is_truthy(err.message:find(
      "room_info[2]: goods[2]: goods_id is a text, not a whole number", 1, true))
    for body, problem in pairs {
      ['{"room_info":[{}]}'] = { "room_info[1] is empty, not an object",
        "room_info[1] 是空值，应为对象" },
      ['{"room_info":[[{}]]}'] = { "room_info[1] is a list, not an object",
        "room_info[1] 是数组，应为对象" },
    } do
      _, err = by_name("get_live_info", body)
      assert.equal("the answer is not complete: " .. problem[1], err.message)
      assert.equal("应答不完整：" .. problem[2], err.message_zh)
    end
    _, err = by_name("get_stable_access_token", '{"access_token":"text","expires_in":0}')
    assert.equal("the answer is not complete: expires_in is too small", err.message)
    assert.equal("应答不完整：expires_in 过小", err.message_zh)
  end)

  it("may give its fields in any order, spelling and number, row by row", function()
    local rows, more = {}, {}
    for i = 1, 60 do
      more[i] = ('"field%d":%d'):format(i, i)
    end
    for i = 1, 4 do
      rows[#rows + 1] = ('{"goodsId":"%d","name":"a"}'):format(i)
      rows[#rows + 1] = ('{"name":"b","goods_id":%d}'):format(i)
      rows[#rows + 1] = ('{"n\\u0061me":"c","n":1,%s,"goodsid":%d}'):format(
        table.concat(more, ","), i)
    end
    local body = '{"goods":[' .. table.concat(rows, ",") .. "]}"
    local goods = assert(by_name("goods_list", body)).goods
    for i, row in ipairs(goods) do
      assert.equal(math.floor((i - 1) / 3) + 1, row.goods_id)
      assert.equal(({ "a", "b", "c" })[(i - 1) % 3 + 1], row.name)
    end
    assert.equal(60, goods[3].field60)
  end)

  it("of a download is no empty file", function()
    local entry = catalogue.by_name.get_media
    for _, resp in ipairs {
      { status = 200, body = "" }, { status = 200, body = "", saved = "/tmp/x", size = 0 },
      { status = 200, body = "{}" }, { status = 200, body = '{"video_url":""}' },
      { status = 200, body = "null", content_type = "application/json" },
      { status = 200, body = "<html>log in</html>", content_type = "text/html" },
    } do
      local result, err = response.read(entry, resp)
      assert.is_nil(result)
      assert.equal("bad_answer", err.name)
    end
  end)
end)
