-- What a receiver answers: the URL check, replies, failures.
local callback = require "wxlive.callback"
local deliveries = require "spec.support.deliveries"
local foreign = require "spec.support.foreign"
local json = require "wxlive.json"
local memory = require "wxlive.store.memory"

local receiver, case_of = deliveries.receiver, deliveries.case
local fixture = deliveries.fixture()

describe("callback", function()
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
end)
