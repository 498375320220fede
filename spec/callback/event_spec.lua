-- wxlive.callback.event: one reader for messages and envelopes, whatever their form.
local cjson = require "cjson"
local events = require "wxlive.callback.event"
local json = require "wxlive.json"

describe("the Encrypt text of an envelope", function()
  it("is found in any spelling that XML and JSON have for it", function()
    for _, body in ipairs {
      "<xml><ToUserName>a</ToUserName><Encrypt><![CDATA[AB+/=]]></Encrypt></xml>",
      " \n<xml><Encrypt>AB+/=</Encrypt></xml>",
      "\239\187\191<xml><Encrypt>AB+/=</Encrypt></xml>",
      "<?xml version='1.0'?><xml a='b'><!-- c --><Encrypt d='e'>AB&#43;/=</Encrypt ></xml>",
      "<xml><Encrypt>![CDATA[AB+/=]]</Encrypt></xml>",
      "<xml><a><![CDATA[<Encrypt>no</Encrypt>]]></a><Encrypt>AB+/=</Encrypt></xml>",
      '{"ToUserName":"a","Encrypt":"AB+/="}',
      '{"a":"Encrypt",\n"Encrypt" : "AB+\\/="}',
      '{"Encr\\u0079pt":"\\u0041B+/="}',
      '{"a":{"Encrypt":"no"},"Encrypt":"AB+/="}',
    } do
      assert.equal("AB+/=", (events.encrypt(body)), body)
    end
  end)

  it("is not there", function()
    for _, body in ipairs {
      "<xml></xml>", "<xml><Encrypt></Encrypt></xml>", "<xml><Encrypt><a>AB</a></Encrypt></xml>",
      "<xml><Encrypt>A</Encrypt><Encrypt>B</Encrypt></xml>",
      "<xml><a><Encrypt>A</Encrypt></a></xml>",
      "{}", "[]", '{"Encrypt":""}', '{"Encrypt":1}', '{"Encrypt":null}', '{"Encrypt":["A"]}',
      '{"a":{"Encrypt":"A"}}',
    } do
      assert.same({ false }, { events.encrypt(body) }, body)
    end
  end)

  it("is not looked for in what is neither XML nor JSON", function()
    for _, body in ipairs {
      "", " ", "x", "<", "<Encrypt", "<xml><Encrypt>AB", "<xml><Encrypt><![CDATA[AB]]",
      "<html><Encrypt>AB</Encrypt></html>", '{"Encrypt"', '{"Encrypt":"AB', '["Encrypt"]',
      '{"Encrypt":"A","Encrypt":"B"}', '{"Encrypt":"A","encrypt":"B"}', '"Encrypt"',
      "Encrypt=AB", '{"Encrypt":"A"}{"Encrypt":"B"}',
    } do
      local encrypt, reason = events.encrypt(body)
      assert.is_nil(encrypt, body)
      assert.is_truthy(reason, body)
    end
  end)
end)

describe("an event", function()
  local function element(name, value)
    if type(value) ~= "table" then
      return ("<%s>%s</%s>"):format(name, value, name)
    end
    local list = {}
    for inner, text in pairs(value) do
      list[#list + 1] = element(inner, text)
    end
    return ("<%s>%s</%s>"):format(name, table.concat(list), name)
  end

  it("is the same from JSON and XML, from text and numbers, nested and flat", function()
    local common = '"MsgType":"event","CreateTime":%s,"ToUserName":"gh_1","FromUserName":"o1",'
    local seven = common:format("7")
    local forms = {
      '{' .. seven .. '"Event":"wxalive_follow_notify","FollowNotify":{"room_id":12,"time":5}}',
      '{' .. common:format('"7"') .. '"Event":"wxalive_follow_notify","room_id":"12","time":" 5 "}',
      '{' .. seven .. '"event":"wxalive_follow_notify","follow_notify":{"RoomId":12,"Time":"5"}}',
      "\n" .. element("xml", { MsgType = "event", CreateTime = 7, ToUserName = "gh_1",
        FromUserName = "o1", Event = "<![CDATA[wxalive_follow_notify]]>",
        FollowNotify = { room_id = 12, time = "<![CDATA[5]]>" } }),
      element("xml", { MsgType = "event", CreateTime = "\n7 ", ToUserName = "gh_1",
        FromUserName = "o1", Event = "wxalive_follow_notify", RoomId = 12, time = 5 }),
    }
    for _, text in ipairs(forms) do
      local event = assert(events.read(text))
      assert.equal(text, event.raw)
      event.raw, event.wire_format = nil, nil
      assert.same({
        kind = "follow", event = "wxalive_follow_notify", msg_type = "event", create_time = 7,
        to_user_name = "gh_1", from_user_name = "o1", room_id = 12, time = 5,
      }, event, text)
    end
  end)

  it("keeps what is outside of its object when both have it", function()
    local event = assert(events.read('{"MsgType":"event","Event":"wxa_live_apply_event",'
      .. '"appid":"outer","ApplyLiveInfoNoitfy":{"appid":"inner","open_time":"3","MsgType":"x"}}'))
    assert.same({ "outer", 3, "event" }, { event.appid, event.open_time, event.msg_type })
  end)

  it("shows what should be a whole number and is not", function()
    for _, value in ipairs { "twelve", "1.5", "1e3", "0x10", "", "--1", "1 2" } do
      local event = assert(events.read('{"MsgType":"event","Event":"wxalive_follow_notify",'
        .. '"room_id":"' .. value .. '"}'))
      assert.equal(value, event.room_id)
    end
  end)

  it("is read although its text was cut within a character", function()
    for written, text in pairs {
      ["\\ud83d"] = "\239\191\189", ["a\\ude00b"] = "a\239\191\189b",
      ["\\ud83d\\ud83d\\ude00"] = "\239\191\189\240\159\152\128",
      ["\\ud83d\\n"] = "\239\191\189\n",
    } do
      local event = assert(events.read('{"MsgType":"text","Content":"' .. written .. '"}'))
      assert.equal(text, event.content)
    end
  end)

  it("is read behind a byte order mark, and with NULs or blanks after its end", function()
    local bom = "\239\187\191"
    for _, text in ipairs {
      bom .. '{"MsgType":"text"}', bom .. ' \r\n{"MsgType":"text"}', '{"MsgType":"text"}\0',
      bom .. '{"MsgType":"text"}\n\0\0 ', bom .. "<xml><MsgType>text</MsgType></xml>",
    } do
      local event = assert(events.read(text))
      assert.same({ "text", text:find("<") and "xml" or "json" },
        { event.msg_type, event.wire_format })
    end
    assert.equal("AB", (events.encrypt(bom .. '{"Encrypt":"AB"}\0')))
  end)

  it("keeps null in lists and empty lists, and knows itself by them", function()
    local form = [[{"MsgType":"text","FromUserName":"o","List":%s}]]
    local seen = {}
    for _, list in ipairs { "[null]", "[]", "{}", "[null,null]", '["null",null]',
      '{"1":"a"}', '["a"]', "[[[]],1]", "[[],1]", '{"1":[],"2":1}' } do
      local event = assert(events.read(form:format(list)))
      assert.equal(list, json.encode(event.list))
      assert.is_string(cjson.encode(event))
      local identity = assert(events.identity(event))
      assert.is_nil(seen[identity], list)
      seen[identity] = true
    end
  end)

  it("has ids as text, however long", function()
    for _, id in ipairs { "1", "12345678901234567890" } do
      local spoken = assert(events.read('{"MsgType":"text","MsgId":' .. id .. "}"))
      local xml = assert(events.read(
        "<xml><MsgType>text</MsgType><MsgId>" .. id .. "</MsgId></xml>"))
      assert.same({ id, id }, { spoken.msg_id, xml.msg_id })
    end
  end)
end)
