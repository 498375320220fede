local core = require "wxlive.core"
local events = require "wxlive.callback.event"
local json = require "wxlive.json"

-- A message that the short way leaves to the general one and that says the same: the first name is
-- spelt with an escape, the first tag with a blank.
local function the_long_way(text)
  local head, letter, rest = text:match('^(%s*{%s*")(%a)(.*)$')
  if head then
    return ("%s\\u00%02x%s"):format(head, letter:byte(), rest)
  end
  local xml, changed = text:gsub("^(%s*)<xml>", "%1<xml >")
  return changed == 1 and xml or nil
end

local function read_without_raw(text)
  local event, reason = events.read(text)
  if event then
    assert.equal(text, event.raw)
    event.raw = nil
  end
  return event, reason
end

-- The builders of an event for both forms, out of one.
local function for_both(make)
  return {
    json = function(...)
      return make("json", ...)
    end,
    xml = function(...)
      return make("xml", ...)
    end,
  }
end

describe("the short way to an event", function()
  local reader = core.event.reader {
    names = setmetatable({}, { __index = function(_, name) return name:lower() end }),
    fields = {
      { spellings = { "event", "Event" } },
      { integer = true, spellings = { "n", "N" } },
      { spellings = { "s", "S" } },
      { spellings = { "other" } },
    },
    events = {
      { event = "first", wrappers = { "Inner", "inner" }, fields = { 1, 2, 3 },
        build = for_both(function(form, raw, event, n, s)
          return { form = form, raw = raw, event = event, n = n, s = s }
        end) },
      { event = "second", wrappers = { "Other" }, fields = { 1, 4 },
        build = for_both(function(form, raw, event, other)
          return { form = form, raw = raw, event = event, other = other }
        end) },
    },
  }

  local function is(expected, text)
    local event = reader(text)
    assert.is_table(event, text)
    assert.equal(text, event.raw)
    assert.equal(text:find("<", 1, true) and "xml" or "json", event.form)
    event.raw, event.form = nil, nil
    assert.same(expected, event, text)
  end

  it("gives the fields their names, types and one shape", function()
    is({ event = "first" }, '{"event":"first"}')
    is({ event = "first", n = 12, s = "茶" }, ' { "Event" : "first" , "n" : 12 , "S":"茶" } ')
    is({ event = "first", n = 12, s = "34" }, '{"Inner":{"n":"12","s":34},"Event":"first"}')
    is({ event = "first", n = -12 }, '{"Event":"first","inner":{"N":-12}}')
    is({ event = "first", n = 0, s = "0" }, '{"Event":"first","n":"0","s":0}')
    is({ event = "first", n = 999999999999999 }, '{"Event":"first","n":"999999999999999"}')
    is({ event = "first", s = "" }, '{"Event":"first","n":null,"s":"","Inner":{"n":null}}')
    is({ event = "second", other = "x" }, '{"other":"x","event":"second"}')
    is({ event = "first", more = "x", yes = true, no = false, num = -1 },
      '{"Event":"first","More":"x","yes":true,"Inner":{"no":false,"num":-1}}')
    local event = reader '{"event":"first","n":"7","num":8}'
    assert.equal("7 8", event.n .. " " .. event.num)  -- integers, where there are any
  end)

  it("gives them alike when they come as XML", function()
    is({ event = "first" }, "<xml><event>first</event></xml>")
    is({ event = "first", n = 12, s = "茶" },
      "\n<xml>\n <Event><![CDATA[first]]></Event><n>12</n>\t<S><![CDATA[茶]]></S>\n</xml> ")
    is({ event = "first", n = 12, s = "34", more = "1" },
      "<xml><Inner><n>12</n><s>34</s><More>1</More></Inner><Event>first</Event></xml>")
    is({ event = "second", other = "<n>]]&gt;" },
      "<xml><other><![CDATA[<n>]]&gt;]]></other><event>second</event></xml>")
    is({ event = "first", s = "" }, "<xml><event>first</event><s></s></xml>")
    assert.equal("7", tostring(reader("<xml><event>first</event><n>7</n></xml>").n))
  end)

  it("leaves alone what is not plain", function()
    for _, text in ipairs {
      "", " ", "null", "[]", "{}", '"event"', "<xml/>", '{"event":"third"}', '{"event":1}',
      '{"n":1}', '{"event":null}', '{"Inner":{"event":"first"}}',
      -- no JSON
      '{"event":"first"', '{"event":"first",}', '{"event":"first"}x', '{"event" "first"}',
      '{"event":"first" "n":1}', '{"event":"first","n":}', '{"event":"first","n":01}', '{:1}',
      '{"event":"first","Inner":{}', '{"event":"first","Inner":{"n":1,}}',
      '{"event":"first","s":"\255"}', '{"event":"first","s":"\0"}', '{"event":"first","s":"a}',
      -- twice
      '{"event":"first","n":1,"n":1}', '{"event":"first","n":1,"N":1}',
      '{"event":"first","n":1,"n":null}', '{"event":"first","n":1,"Inner":{"n":1}}',
      '{"event":"first","x":1,"X":1}', '{"event":"first","x":1,"Inner":{"X":1}}',
      '{"event":"first","Inner":{},"inner":{}}', '{"event":"first","event":"first"}',
      -- another type than it should have, and numbers that need a closer look
      '{"event":"first","n":"x"}', '{"event":"first","n":""}', '{"event":"first","n":" 1"}',
      '{"event":"first","n":"01"}', '{"event":"first","n":"1e3"}', '{"event":"first","n":1.5}',
      '{"event":"first","n":"1234567890123456"}', '{"event":"first","n":1234567890123456}',
      '{"event":"first","n":"-1"}', '{"event":"first","n":true}', '{"event":"first","s":true}',
      '{"event":"first","s":1.5}', '{"event":"first","s":-1}', '{"event":"first","s":[]}',
      '{"event":"first","n":{}}', '{"event":"first","x":1.5}', '{"event":"first","x":[1]}',
      '{"event":"first","x":{}}', '{"event":"first","x":null}',
      '{"event":"first","Inner":1}', '{"event":"first","Inner":[]}',
      -- escapes
      '{"event":"fir\\u0073t"}', '{"event":"first","s":"\\n"}', '{"event":"first","x":"\\n"}',
      '{"event":"first","\\u0073":"x"}',
      -- of another event
      '{"event":"first","other":"x"}', '{"event":"first","Other":{}}', '{"event":"second","n":1}',
      '{"event":"first","Inner":{"Inner":{}}}', '{"event":"first","Inner":{"Other":{}}}',
      -- called like a known field, once it has its name on the event
      '{"event":"first","OTHER":"x"}', '{"event":"first","":"x"}',
      "<xml><event>first</event><OTHER>x</OTHER></xml>",
      "<xml><event>first</event><x>1</x><X>1</X></xml>",
      "<xml><event>first</event><raw>x</raw></xml>",
      -- XML that is not plain: core/test/test_event.c has all of its kinds
      "<xml/>", "<xml ><event>first</event></xml>", "<xml><event>first</event><s>&amp;</s></xml>",
      "<xml><event>first</event><s>![CDATA[x]]</s></xml>", "<xml><event>third</event></xml>",
      "<xml><event>first</event><s>\255</s></xml>", "<xml><event>first</event><s>\1</s></xml>",
      "<xml><event>first</event><s>x</s><s>x</s></xml>",
    } do
      assert.is_nil(reader(text), text)
    end
    local many = {}
    for i = 1, 17 do
      many[i] = ('"x%d":1'):format(i)
    end
    assert.is_nil(reader('{"event":"first",' .. table.concat(many, ",") .. "}"))
    assert.is_table(reader('{"event":"first",' .. table.concat(many, ",", 1, 16) .. "}"))
    assert.is_nil(reader('{"event":"first","s":"' .. ("\0"):rep(100) .. '"}'))
  end)

  it("is not made of what it cannot hold", function()
    local function refused(reason, change)
      local options = {
        names = {}, fields = { { spellings = { "event" } } },
        events = { { event = "e", wrappers = {}, fields = { 1 }, build = for_both(print) } },
      }
      change(options)
      assert.error_matches(function() core.event.reader(options) end, reason)
    end
    refused("an event's name", function(o) o.fields[1].integer = true end)
    refused("a field must be", function(o) o.fields[2] = 1 end)
    refused("an event must be", function(o) o.events[2] = 1 end)
    refused("there twice", function(o) o.events[1].wrappers = { "event" } end)
    refused("must be lists", function(o) o.fields[1].spellings = nil end)
    refused("too long", function(o) o.fields[1].spellings = { ("x"):rep(47) } end)
    refused("missing", function(o) o.events[1].event = nil end)
    refused("no such field", function(o) o.events[1].fields = { 2 } end)
    refused("no such field", function(o) o.events[1].fields = { 33 } end)
    refused("build must be a table", function(o) o.events[1].build = print end)
    refused("must have json and xml", function(o) o.events[1].build.xml = nil end)
    local function fill(list, count, make)
      for i = 1, count do
        list[i] = make(i)
      end
    end
    refused("more than 32 fields", function(o)
      fill(o.fields, 33, function(i) return { spellings = { "f" .. i } } end)
    end)
    refused("too many fields", function(o)
      fill(o.events[1].fields, 33, function() return 1 end)
    end)
    refused("too many events", function(o)
      fill(o.events, 9, function()
        return { event = "e", wrappers = {}, fields = {}, build = for_both(print) }
      end)
    end)
    refused("more than 64 spellings", function(o)
      fill(o.fields[1].spellings, 65, function(i) return "f" .. i end)
    end)
  end)

  it("is taken by the documented events, in both shapes", function()
    -- Whether it was: the general way takes a name apart that the short way does not.
    local names = require "wxlive.callback.names"
    local index = getmetatable(names.map).__index
    local documented = {
      { ToUserName = "gh_1", FromUserName = "o1", CreateTime = 1, MsgType = "event",
        Event = "wxalive_follow_notify", FollowNotify = { room_id = 1, user_openid = "o1",
          time = 2, live_status = 101, action = "add_follow" } },
      { ToUserName = "gh_1", FromUserName = "o1", CreateTime = "1", MsgType = "event",
        Event = "wxalive_push_message_notify", message_id = "1", room_id = "2" },
      { ToUserName = "gh_1", FromUserName = "o1", CreateTime = 1, MsgType = "event",
        Event = "wxa_live_apply_event", ApplyLiveInfoNoitfy = { appid = "wx1", open_time = 1 } },
    }
    local asked = 0
    getmetatable(names.map).__index = function(map, name)
      asked = asked + 1
      return index(map, name)
    end
    finally(function()
      getmetatable(names.map).__index = index
    end)
    local known = {}
    for name in pairs(names.map) do
      known[name], names.map[name] = names.map[name], nil
    end
    local function elements(t)
      local list = {}
      for name, value in pairs(t) do
        value = type(value) == "table" and elements(value)
          or type(value) == "string" and ("<![CDATA[%s]]>"):format(value) or tostring(value)
        list[#list + 1] = ("<%s>%s</%s>"):format(name, value, name)
      end
      return table.concat(list)
    end
    for _, message in ipairs(documented) do
      local form = { json = (assert(json.encode(message))),
        xml = "<xml>" .. elements(message) .. "</xml>" }
      for name, text in pairs(form) do
        local event = assert(events.read(text))
        assert.equal(1, event.create_time)
        assert.equal(name, event.wire_format)
        assert.not_equal("event", event.kind)
      end
    end
    assert.equal(0, asked)
    for name, snake in pairs(known) do
      names.map[name] = snake
    end
  end)
end)

describe("the short and the general way to an event", function()
  local state = 20261123
  local function random(n)
    state = state * 16807 % 2147483647  -- exact in a double
    return state % n + 1
  end
  local function one_of(list)
    return list[random(#list)]
  end

  local names = {
    "ToUserName", "to_user_name", "toUserName", "FromUserName", "CreateTime", "create_time",
    "MsgType", "MsgId", "Event", "event", "room_id", "RoomId", "user_openid", "time",
    "live_status", "action", "message_id", "total_count", "appid", "open_time", "Note", "kind",
    "raw", "wire_format", "Encrypt", "x", "",
  }
  local values = {
    '"a"', '"茶"', '""', "1", "0", "-1", "-0", "1.5", "1e3", "12345678901234567", '"12"', '"012"',
    '" 12 "', '"12345678901234567"', '"-5"', "true", "false", "null", "[]", "{}", "[1]",
    '{"x":1}', '"\\u8336"', '"\\""', "01", "nul", '"\255"', "",
  }
  local kinds = {
    '"wxalive_follow_notify"', '"wxalive_push_message_notify"', '"wxa_live_apply_event"',
  }
  local wrappers = {
    "FollowNotify", "follow_notify", "PushMessageApiNotify", "ApplyLiveInfoNoitfy",
    "ApplyLiveInfoNotify",
  }

  local function members(count)
    local list = {}
    for i = 1, count do
      list[i] = ('"%s":%s'):format(one_of(names), values[random(random(2) == 1 and 6 or #values)])
    end
    return list
  end

  local function json_message()
    local list = members(random(5))
    if random(8) > 1 then
      table.insert(list, random(#list + 1), '"Event":' .. one_of(kinds))
    end
    for _ = 1, random(3) - 1 do
      table.insert(list, random(#list + 1), ('"%s":{%s}'):format(one_of(wrappers),
        table.concat(members(random(5) - 1), ",")))
    end
    return "{" .. table.concat(list, ",") .. "}"
  end

  -- The first ones are plain.
  local texts = {
    "a", "<![CDATA[a]]>", "<![CDATA[茶]]>", "1", "0", "<![CDATA[12]]>", "", "<![CDATA[]]>",
    "<![CDATA[]]]]>", "<![CDATA[a>&b</x>]]>", "a>b", " 12\n", "012", "-5", "12345678901234567",
    "&amp;", "&#65;", "&no;", "a!", "![CDATA[a]]", "![CDATA[a]]>", "<![CDATA[![CDATA[a]]>",
    "<![CDATA[a]]>b", "<![CDATA[a]]><![CDATA[b]]>", "]]>", "]", "a\r\nb", "<![CDATA[a\rb]]>",
    "\255", "\1", "\239\191\190", "\239\188\140", "<!-- x -->", "<x>1</x>", "<x/>", "<![CDATA[a",
    "<",
  }
  local spaces = { "", "", "", "", "\n", " ", "\t", "\r\n", "x" }

  local function element(name, text)
    local shape = random(60)
    if shape == 1 then
      return "<" .. name .. ' a="b">' .. text .. "</" .. name .. ">"
    elseif shape == 2 then
      return "<" .. name .. "/>"
    elseif shape == 3 then
      return "<" .. name .. ">" .. text .. "</" .. name .. " >"
    end
    return "<" .. name .. ">" .. text .. "</" .. name .. ">"
  end

  local function elements(count)
    local list = {}
    for i = 1, count do
      list[i] = element(one_of(names), texts[random(random(3) > 1 and 6 or #texts)])
    end
    return list
  end

  local function xml_message()
    local list = elements(random(5))
    if random(8) > 1 then
      table.insert(list, random(#list + 1), element("Event", (one_of(kinds):gsub('"', ""))))
    end
    for _ = 1, random(3) - 1 do
      table.insert(list, random(#list + 1), element(one_of(wrappers),
        table.concat(elements(random(5) - 1), spaces[random(random(4) == 1 and #spaces or 4)])))
    end
    local space = spaces[random(random(4) == 1 and #spaces or 4)]
    return "<xml>" .. table.concat(list, space) .. "</xml>"
  end

  -- Whether it made an event, and a known one.
  local function compare(text)
    local long = the_long_way(text)
    if not long then
      return false, false
    end
    local event, reason = read_without_raw(text)
    local expected, why = read_without_raw(long)
    if event and expected then
      assert.same(expected, event, text)
      return true, event.kind ~= "event" and event.kind ~= "message"
    end
    assert.equal(expected, event, text)
    assert.equal(why:gsub(" at byte.*", ""), reason:gsub(" at byte.*", ""), text)
    return false, false
  end

  local function make_the_same(message)
    local good, known = 0, 0
    for _ = 1, 20000 do
      local is_good, is_known = compare(message())
      good = good + (is_good and 1 or 0)
      known = known + (is_known and 1 or 0)
    end
    assert.is_true(good > 1000 and known > 500, good .. " " .. known)
  end

  it("make the same of any JSON", function()
    make_the_same(json_message)
  end)

  it("make the same of any XML", function()
    make_the_same(xml_message)
  end)

  it("make the same of a message with one byte changed, left out or put in", function()
    local whole = "<xml><ToUserName><![CDATA[gh_1]]></ToUserName><CreateTime>12</CreateTime>"
      .. "<Event><![CDATA[wxalive_follow_notify]]></Event><FollowNotify><room_id>7</room_id>\n"
      .. "<action><![CDATA[add_follow]]></action></FollowNotify><Note>a b</Note></xml>"
    local bytes = { "<", ">", "/", "!", "[", "]", "&", " ", "\r", "\0", "a", "0", "\200", "茶" }
    assert.is_true(compare(whole))
    for at = 1, #whole do
      local head, tail = whole:sub(1, at - 1), whole:sub(at + 1)
      compare(head .. tail)
      for _, byte in ipairs(bytes) do
        compare(head .. byte .. tail)
        compare(head .. byte .. whole:sub(at))
      end
    end
  end)
end)
