-- wxlive.callback, against deliveries of an independent implementation and the openssl command.
local callback = require "wxlive.callback"
local deliveries = require "spec.support.deliveries"
local foreign = require "spec.support.foreign"
local json = require "wxlive.json"
local queries = require "wxlive.callback.query"
local memory = require "wxlive.store.memory"

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

  describe("the URL check", function()
    it("is answered in every mode, as the documentation's sample has it", function()
      for _, mode in ipairs { "plain", "compatible", "encrypted" } do
        local one = assert(callback.new {
          token = "AAAAA", mode = mode, appid = "wxba5fad812f8e6fb9",
          aes_key = mode ~= "plain" and ("A"):rep(43) or nil,
          now = function()
            return 1714036510
          end,
        })
        local query = "signature=f464b24fc39322e44b38aa78f5edd27bd1441696&timestamp=1714036504"
          .. "&nonce=1514711492&echostr=4375120948345356249"
        assert.equal("4375120948345356249", one:verify(query))
        local response = one:handle("GET", query)
        assert.same({ 200, "4375120948345356249", "text/plain; charset=utf-8" },
          { response.status, response.body, response.content_type })
        local echo, err = one:verify((query:gsub("echostr=", "echostr=1")))
        assert.equal("14375120948345356249", echo) -- the platform does not sign it
        assert.is_nil(err)
        for name, changed in pairs { nonce = "2514711492", signature = ("f"):rep(40) } do
          echo, err = one:verify((query:gsub(name .. "=%w+", name .. "=" .. changed)))
          assert.is_nil(echo)
          assert.equal("bad_signature", err.name)
        end
      end
    end)

    it("the documentation's encrypted sample opens", function()
      local one = assert(callback.new {
        token = "AAAAA", aes_key = ("A"):rep(43), appid = "wxba5fad812f8e6fb9", window = false,
      })
      local event = assert(one:open("signature=6c5c811b55cc85e0e1b54100749188c20beb3f5d"
        .. "&timestamp=1714112445&nonce=415670741&encrypt_type=aes"
        .. "&msg_signature=046e02f8204d34f8ba5fa3b1db94908f3df2e9b3",
        '{"ToUserName":"gh_97417a04a28d","Encrypt":"+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q'
        .. "5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7v"
        .. "JVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8"
        .. "EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJG"
        .. 'j04="}'))
      assert.same({ "event", "debug_demo", "hello world" },
        { event.kind, event.event, event.debug_str })
    end)
  end)

  describe("replies", function()
    local answer = { MsgType = "text", Content = "谢谢 👋 ]]> <b>", CreateTime = 12 }

    it("success, when there is nothing to say", function()
      for _, mode in ipairs { "plain", "compatible", "encrypted" } do
        assert.equal("success", receiver(mode):reply())
        assert.equal("success", receiver(mode):reply({}, ""))
      end
    end)

    it("in the event's format, plain in plain mode", function()
      local one = receiver("plain")
      local text, content_type = one:reply({ wire_format = "json" }, answer)
      assert.same({ "谢谢 👋 ]]> <b>", 12 }, {
        json.decode(text).Content, json.decode(text).CreateTime,
      })
      assert.truthy(content_type:find("application/json", 1, true))
      text, content_type = one:reply({ wire_format = "xml" }, answer)
      assert.equal("<xml><Content><![CDATA[谢谢 👋 ]]]]><![CDATA[> <b>]]></Content>"
        .. "<CreateTime>12</CreateTime><MsgType><![CDATA[text]]></MsgType></xml>", text)
      assert.truthy(content_type:find("text/xml", 1, true))
      assert.equal("as it is", one:reply({ wire_format = "xml" }, "as it is"))
    end)

    it("encrypted, so that openssl opens them", function()
      for _, mode in ipairs { "compatible", "encrypted" } do
        for _, format in ipairs { "json", "xml" } do
          local one = receiver(mode)
          local text = one:reply({ wire_format = format }, answer)
          local fields = json.decode(text) or {}
          for name, value in text:gmatch("<(%w+)><!%[CDATA%[([^%]]*)%]") do
            fields[name] = value
          end
          fields.TimeStamp = fields.TimeStamp or text:match("<TimeStamp>(%d+)</TimeStamp>")
          local opened, appid = foreign.open(fields.Encrypt)
          assert.equal(one:reply({ wire_format = format }, opened) ~= nil, true)
          assert.equal(receiver("plain"):reply({ wire_format = format }, answer), opened)
          assert.equal(fixture.appid, appid)
          assert.equal(fields.MsgSignature, foreign.sha1(fixture.token,
            ("%.0f"):format(fields.TimeStamp), fields.Nonce, fields.Encrypt))
        end
      end
    end)

    it("the documentation's sample, byte for byte", function()
      local one = assert(callback.new {
        token = "AAAAA", aes_key = ("A"):rep(43), appid = "wxba5fad812f8e6fb9",
      })
      local text = one:reply({ wire_format = "json" }, '{"demo_resp":"good luck"}', {
        timestamp = 1713424427, nonce = "415670741", random = "707722b803182950",
      })
      assert.equal('{"Encrypt":"ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48'
        .. 'Y4hyRbtzve1L32tmxSQ==","MsgSignature":"1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1",'
        .. '"TimeStamp":1713424427,"Nonce":"415670741"}', text)
    end)

    it("not at all, when the message has no text form", function()
      local function refused(format, wrong)
        local text, err = receiver("plain"):reply({ wire_format = format }, wrong)
        assert.is_nil(text)
        assert.equal("bad_answer", err.name)
      end
      refused("json", { f = print })
      refused("xml", { f = print })
      refused("xml", { ["a b"] = 1, [print] = 2 })
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
        assert.truthy(message:find("callback_spec.lua:%d+: .*body must be a string"), message)
      end
    end)
  end)

  describe("handle", function()
    local case = case_of("follow, XML, encrypted")

    it("serves a delivery whole", function()
      local one, seen = receiver("encrypted"), nil
      one:on("follow", function(event)
        seen = event.user_openid
      end)
      local response, event, err = one:handle("POST", case.query, case.body)
      assert.same({ 200, "success", "oFollower-一号", 12 },
        { response.status, response.body, seen, event.room_id })
      assert.is_nil(err)
    end)

    it("sends a handler's answer, encrypted", function()
      local one = receiver("encrypted"):on("follow", function()
        return { Content = "hi" }
      end)
      local response = one:handle("POST", case.query, case.body)
      local opened = foreign.open(response.body:match("<Encrypt><!%[CDATA%[(.-)%]%]>"))
      assert.equal("<xml><Content><![CDATA[hi]]></Content></xml>", opened)
    end)

    it("a failed handler: 500, and the next try comes through", function()
      local broken = true
      local one = receiver("encrypted", { store = memory.new() }):on("follow", function()
        assert(not broken, "database is away")
      end)
      local response, _, err = one:handle("POST", case.query, case.body)
      assert.same({ 500, "refused", "handler_failed" },
        { response.status, response.body, err.name })
      assert.truthy(err.message:find("database is away", 1, true))
      broken = false
      assert.equal(200, one:handle("POST", case.query, case.body).status)
    end)

    it("an answer that has no text form: 500, and the event counts as handled", function()
      local one = receiver("encrypted"):on("follow", function()
        return { f = print }
      end)
      local response, event, err = one:handle("POST", case.query, case.body)
      assert.same({ 500, 12, "bad_answer" }, { response.status, event.room_id, err.name })
    end)

    it("other methods: 405", function()
      local response, event, err = receiver("encrypted"):handle("PUT", case.query, case.body)
      assert.same({ 405, "bad_method" }, { response.status, err.name })
      assert.is_nil(event)
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

  describe("new", function()
    it("names every problem", function()
      local function problems(options)
        local one, err = callback.new(options)
        assert.is_nil(one)
        assert.equal("invalid", err.kind)
        return err.message
      end
      assert.truthy(problems({ tokn = "x" }):find("did you mean token", 1, true))
      assert.truthy(problems({ token = 3 }):find("token must be a string", 1, true))
      local text = problems { mode = "safe", format = "yaml", window = 0, max_bytes = 0 }
      for _, field in ipairs { "token", "mode", "format", "window", "max_bytes" } do
        assert.truthy(text:find(field .. " ", 1, true), text)
      end
      assert.truthy(problems({ token = "x", mode = "encrypted" }):find("aes_key is required"))
      assert.truthy(problems({ token = "x", aes_key = ("A"):rep(43) }):find("appid is required"))
      text = problems { token = "x", aes_key = "secret-key", appid = "wx1" }
      assert.truthy(text:find("43", 1, true))
      assert.is_nil(text:find("secret-key", 1, true))
    end)

    it("does without what cannot be seen at the ends of what was pasted", function()
      local case = case_of("follow, XML, encrypted")
      for _, ends in ipairs {
        { "", "\r" }, { "", "\r\n" }, { " ", " \t" }, { "\239\187\191", "" },
        { "\194\160", "\227\128\128" }, { "\226\128\139", "\226\128\139" },
      } do
        local function around(text)
          return ends[1] .. text .. ends[2]
        end
        local given = {
          token = around(fixture.token), appid = around(fixture.appid), store = false,
          aes_key = around(fixture.aes_key), previous_aes_key = around(("A"):rep(43)),
          now = function() return time end,
        }
        local one = assert(callback.new(given))
        assert.equal("follow", assert(one:open(case.query, case.body)).kind)
        assert.equal(around(fixture.token), given.token) -- the caller's table is as it was
      end
    end)

    it("names what no token, key or appid has, and shows none of it", function()
      for _, wrong in ipairs {
        { '"%s"', "quotation mark" }, { "'%s'", "quotation mark" }, { "%s'", "quotation mark" },
        { "a %s", "blank" }, { "a\r%s", "blank" }, { "茶%s", "beyond ASCII" },
        { "a\0%s", "beyond ASCII" }, { "a\226\128\139%s", "beyond ASCII" }, { " \r\n", "empty" },
      } do
        for _, field in ipairs { "token", "aes_key", "previous_aes_key", "appid" } do
          local options = {
            token = fixture.token, appid = fixture.appid, aes_key = fixture.aes_key,
            previous_aes_key = fixture.aes_key,
          }
          options[field] = wrong[1]:gsub("%%s", options[field])
          local one, err = callback.new(options)
          assert.is_nil(one, field .. wrong[1])
          assert.truthy(err.message:find(field .. " [^;]*" .. wrong[2]), err.message)
          for _, secret in ipairs { fixture.token, fixture.aes_key } do
            assert.is_nil(err.message:find(secret, 1, true))
          end
        end
      end
    end)

    it("the mode follows from the key, when it is not given", function()
      assert.equal("plain", callback.new({ token = "x" }).mode)
      assert.equal("encrypted",
        callback.new({ token = "x", aes_key = ("A"):rep(43), appid = "wx1" }).mode)
    end)
  end)
end)
