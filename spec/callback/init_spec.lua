-- wxlive.callback, against deliveries of an independent implementation and the openssl command.
local deliveries = require "spec.support.deliveries"
local foreign = require "spec.support.foreign"
local json = require "wxlive.json"
local queries = require "wxlive.callback.query"

local receiver, case_of, with = deliveries.receiver, deliveries.case, deliveries.with
local fixture = deliveries.fixture()
local time = fixture.time

-- What each kind of event must come out as, whatever the wire had.
local expected = {
  follow = {
    event = "wxalive_follow_notify", room_id = 12, user_openid = "oFollower-一号", time = time - 3,
    live_status = 101, action = "add_follow", from_user_name = "oFollower-一号",
  },
  push_result = {
    event = "wxalive_push_message_notify", message_id = "1500000001", room_id = 12,
    total_count = 10, success_count = 4, openid_error_count = 3, relation_error_count = 2,
    user_recv_limit_count = 1, internal_error_count = 0, from_user_name = "oSender",
  },
  apply_result = {
    event = "wxa_live_apply_event", appid = "wx0123456789abcdef", open_time = time - 60,
    from_user_name = "oSender",
  },
  message = {
    msg_type = "text", content = "你好 👋🏽 <直播> & \"co\" ]]> end",
    msg_id = "12345678901234567890", from_user_name = "oSender",
  },
}
for kind, fields in pairs(expected) do
  fields.kind = kind
  fields.msg_type = fields.msg_type or "event"
  fields.create_time = time
  fields.to_user_name = "gh_0123456789ab"
end

describe("callback", function()
  describe("opens what another implementation made:", function()
    for _, case in ipairs(fixture.cases) do
      it(case.name, function()
        local event, err = receiver(case.mode):open(case.query, case.body)
        assert.is_nil(err)
        assert.equal(case.mode == "plain" and case.body or case.message, event.raw)
        assert.equal(case.message:sub(1, 1) == "{" and "json" or "xml", event.wire_format)
        for field, value in pairs(expected[case.kind]) do
          assert.equal(value, event[field], field)
        end
        local allowed = with(expected[case.kind], { raw = 1, wire_format = 1 })
        for field in pairs(event) do
          assert.is_truthy(allowed[field], field)
        end
      end)
    end

    it("with the query as text, too", function()
      local case = case_of("follow, XML, encrypted")
      local text = queries.text(case.query)
      for _, query in ipairs { text, "/push?" .. text, "https://a.example/?" .. text .. "#x" } do
        assert.equal(12, receiver("encrypted"):open(query, case.body).room_id)
      end
    end)

    it("half an emoji, a byte order mark and a NUL at the end, in every mode", function()
      for _, mode in ipairs { "plain", "compatible", "encrypted" } do
        local one = receiver(mode)
        local sent = assert(one:delivery(('{"MsgType":"text","CreateTime":%d,"Content":"茶\\ud83d"}')
          :format(time)))
        for _, body in ipairs { sent.body, "\239\187\191" .. sent.body, sent.body .. "\0" } do
          assert.equal("茶\239\191\189", assert(one:open(sent.query, body)).content)
        end
      end
    end)

    it("with the key before, while keys change", function()
      local case = case_of("follow, JSON, encrypted")
      local one = receiver("encrypted", {
        aes_key = ("A"):rep(43), previous_aes_key = fixture.aes_key,
      })
      assert.equal("follow", one:open(case.query, case.body).kind)
    end)
  end)

  it("integers are integers", function()
    local kind = rawget(math, "type") or function() -- LuaJIT has one kind of number
      return "integer"
    end
    for _, name in ipairs { "follow, XML, plain", "follow, JSON, all text, plain" } do
      local case = case_of(name)
      local event = receiver("plain"):open(case.query, case.body)
      for _, field in ipairs { "room_id", "time", "live_status", "create_time" } do
        assert.equal("integer", kind(event[field]))
      end
    end
  end)

  describe("passes on what it does not know:", function()
    local one = receiver("plain", { window = false })

    local function open(text)
      local query = one:echo_check("")
      return one:open(query, text)
    end

    it("names in snake_case, values as they came, lists as lists", function()
      local event = assert(open("<xml><MsgType>event</MsgType><Event>new_thing</Event>"
        .. "<SomeURLPath><![CDATA[a b]]></SomeURLPath><Item>1</Item><Item>2</Item>"
        .. "<Nested><InnerField>007</InnerField></Nested></xml>"))
      assert.same({ "event", "new_thing", "a b" }, { event.kind, event.event, event.some_url_path })
      assert.same({ "1", "2" }, event.item)
      assert.equal("007", event.nested.inner_field)
    end)

    it("what would hide a field of ours gets another name", function()
      local event = assert(open('{"MsgType":"event","Event":"x","kind":"follow","raw":1}'))
      assert.same({ "event", "follow", 1 }, { event.kind, event.kind_, event.raw_ })
    end)

    it("a text field is text, whatever JSON made of it", function()
      local event = assert(open('{"MsgType":"event","Event":true,"FromUserName":12}'))
      assert.same({ "true", "12" }, { event.event, event.from_user_name })
    end)

    it("a number that is none stays as it came", function()
      local case = case_of("follow, JSON, plain")
      local text = case.message:gsub('"room_id":12', '"room_id":"twelve"')
      assert.equal("twelve", open(text).room_id)
    end)
  end)

  describe("dispatch", function()
    local case = case_of("follow, XML, encrypted")
    local seen

    before_each(function()
      seen = {}
    end)

    local function note(name, answer)
      return function(event)
        seen[#seen + 1] = name .. ":" .. tostring(event.room_id)
        return answer
      end
    end

    it("calls the event's handlers in order; the first answer counts", function()
      local one = receiver("encrypted"):on("follow", note("a"))
        :on("wxalive_follow_notify", note("b", "hello")):on("follow", note("c", "later"))
        :on("push_result", note("d")):on("*", note("e"))
      local called, answer = one:dispatch(one:open(case.query, case.body))
      assert.same({ 3, "hello" }, { called, answer })
      assert.same({ "a:12", "b:12", "c:12" }, seen)
    end)

    it("what nobody takes goes to *, or to nobody", function()
      local one = receiver("encrypted")
      assert.equal(0, (one:dispatch(one:open(case.query, case.body))))
      one:on("*", note("rest"))
      assert.equal(1, (one:dispatch(one:open(case.query, case.body))))
      assert.same({ "rest:12" }, seen)
    end)

    it("a message goes by its type", function()
      local text = case_of("text, JSON, encrypted")
      local one = receiver("encrypted"):on("text", note("text"))
      assert.equal(1, (one:dispatch(one:open(text.query, text.body))))
    end)

    it("raises on a call that makes no sense", function()
      local one = receiver("plain")
      assert.has_error(function()
        one:on("follow")
      end)
      for _, mode in ipairs { "plain", "encrypted" } do
        local _, message = pcall(function()
          local event = receiver(mode):open({}, nil)
          return event
        end)
        -- where the caller is, not where it was noticed
        assert.truthy(message:find("init_spec.lua:%d+: .*body must be a string"), message)
      end
    end)
  end)

  describe("deliveries of ours", function()
    it("open again, in every mode and form", function()
      for _, mode in ipairs { "plain", "compatible", "encrypted" } do
        for _, format in ipairs { "xml", "json" } do
          local one = receiver(mode)
          local sent = assert(one:delivery({ MsgType = "event", Event = "x", Deep = { A = "爱" } },
            { format = format, openid = "o1" }))
          assert.equal("o1", sent.query.openid)
          local event = assert(one:open(sent.query, sent.body))
          assert.same({ "x", "爱", format }, { event.event, event.deep.a, event.wire_format })
          if mode ~= "plain" then
            assert.equal(mode == "compatible", sent.body:find("爱", 1, true) ~= nil)
          end
        end
      end
    end)

    it("open with openssl", function()
      local sent = receiver("encrypted"):delivery(case_of("follow, JSON, plain").message)
      local opened, appid = foreign.open(json.decode(sent.body).Encrypt)
      assert.same({ case_of("follow, JSON, plain").message, fixture.appid }, { opened, appid })
      assert.equal(sent.query.msg_signature, foreign.sha1(fixture.token, sent.query.timestamp,
        sent.query.nonce, json.decode(sent.body).Encrypt))
    end)
  end)
end)
