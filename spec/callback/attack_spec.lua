-- What a stranger may send to a callback URL, and what must come of it.
local deliveries = require "spec.support.deliveries"
local foreign = require "spec.support.foreign"
local queries = require "wxlive.callback.query"
local memory = require "wxlive.store.memory"

local receiver, case_of, with = deliveries.receiver, deliveries.case, deliveries.with
local fixture = deliveries.fixture()

local function refused(name, one, query, body)
  local event, err = one:open(query, body)
  assert.is_nil(event)
  assert.same({ "callback", name }, { err.kind, err.name })
  return err
end

-- A delivery whose Encrypt is this text, signed as the platform would.
local function signed(encrypt, changes)
  local query = with({
    timestamp = ("%.0f"):format(fixture.time), nonce = "271828", encrypt_type = "aes",
  }, changes or {})
  query.msg_signature = foreign.sha1(fixture.token, query.timestamp, query.nonce, encrypt)
  return query, '{"ToUserName":"gh_1","Encrypt":"' .. encrypt .. '"}'
end

describe("callback, attacked:", function()
  local case = case_of("follow, XML, encrypted")
  local plain_case = case_of("follow, XML, plain")
  local encrypt = case.body:match("Encrypt><!%[CDATA%[(.-)%]%]>")

  describe("the mode is the configuration's:", function()
    for _, mode in ipairs { "encrypted", "compatible" } do
      it("an unencrypted body is refused in mode " .. mode, function()
        for _, name in ipairs { "follow, XML, plain", "follow, JSON, plain", "text, XML, plain" } do
          local plain = case_of(name)
          refused("not_encrypted", receiver(mode), plain.query, plain.body)
          for _, more in ipairs {
            { encrypt_type = "raw" }, { encrypt_type = "aes" },
            { msg_signature = plain.query.signature }, { msg_signature = "" },
          } do
            refused("not_encrypted", receiver(mode), with(plain.query, more), plain.body)
          end
        end
      end)

      it("the plain signature does not stand in for msg_signature in mode " .. mode, function()
        local query = with(case.query, {})
        query.msg_signature = nil
        refused("bad_query", receiver(mode), query, case.body)
        query.msg_signature = query.signature
        refused("bad_signature", receiver(mode), query, case.body)
      end)
    end

    it("an empty Encrypt beside plain fields is no encrypted message", function()
      for _, body in ipairs {
        plain_case.body:gsub("</xml>", "<Encrypt></Encrypt></xml>"),
        plain_case.body:gsub("</xml>", "<Encrypt><![CDATA[]]></Encrypt></xml>"),
        case_of("follow, JSON, plain").body:gsub("}$", ',"Encrypt":""}'),
        case_of("follow, JSON, plain").body:gsub("}$", ',"Encrypt":null}'),
        case_of("follow, JSON, plain").body:gsub("}$", ',"Encrypt":{"a":1}}'),
      } do
        if type(body) == "string" then
          refused("not_encrypted", receiver("encrypted"), plain_case.query, body)
        end
      end
    end)

    it("an encrypted body is refused in plain mode, though its query is in order", function()
      for _, name in ipairs { "follow, XML, encrypted", "follow, JSON, encrypted" } do
        refused("encrypted", receiver("plain"), case_of(name).query, case_of(name).body)
      end
    end)

    it("forged plain fields beside the encrypted ones count for nothing", function()
      for _, form in ipairs { "XML", "JSON" } do
        local both = case_of("follow, " .. form .. ", compatible")
        local body = both.body:gsub("add_follow", "del_follow"):gsub("gh_0123", "gh_evil")
        assert.not_equal(both.body, body)
        local event = assert(receiver("compatible"):open(both.query, body))
        assert.same({ "add_follow", "gh_0123456789ab" }, { event.action, event.to_user_name })
      end
    end)

    it("two Encrypt elements: the one that is opened is the one that was signed", function()
      local other = case_of("result, XML, encrypted").body:match("Encrypt><!%[CDATA%[(.-)%]%]>")
      local function body(first, second)
        return "<xml><Encrypt>" .. first .. "</Encrypt><Encrypt>" .. second .. "</Encrypt></xml>"
      end
      for _, text in ipairs { body(encrypt, other), body(other, encrypt) } do
        local event, err = receiver("encrypted"):open(case.query, text)
        assert.is_truthy(event and event.kind == "follow" or err.name == "bad_signature"
          or err.name == "not_encrypted")
      end
    end)
  end)

  describe("signatures:", function()
    it("one wrong digit anywhere is enough", function()
      local one = receiver("encrypted")
      local right = case.query.msg_signature
      for i = 1, 40 do
        local digit = right:sub(i, i) == "0" and "1" or "0"
        local wrong = right:sub(1, i - 1) .. digit .. right:sub(i + 1)
        refused("bad_signature", one, with(case.query, { msg_signature = wrong }), case.body)
      end
    end)

    it("other spellings of the right one are wrong", function()
      local one = receiver("encrypted")
      local right = case.query.msg_signature
      for _, wrong in ipairs {
        right:upper(), right .. "0", right:sub(1, 39), " " .. right, right .. "\0", right .. "\n",
        ("0"):rep(40), "x",
      } do
        refused("bad_signature", one, with(case.query, { msg_signature = wrong }), case.body)
      end
    end)

    it("every signed value is under it", function()
      local one = receiver("encrypted")
      refused("bad_signature", one, with(case.query, { nonce = case.query.nonce .. "1" }),
        case.body)
      refused("bad_signature", one, with(case.query, { timestamp = "1795406401" }), case.body)
      refused("bad_signature", receiver("encrypted", { token = "other" }), case.query, case.body)
    end)

    it("are checked on the URL check and in plain mode too", function()
      local one = receiver("plain")
      local query = one:echo_check("12345")
      assert.equal("12345", one:verify(query))
      local echo, err = one:verify(with(query, { signature = ("a"):rep(40) }))
      assert.same({ nil, "bad_signature" }, { echo, err.name })
      refused("bad_signature", one, with(plain_case.query, { nonce = "1" }), plain_case.body)
    end)

    it("queries that lack or repeat a value are refused", function()
      local one = receiver("encrypted")
      for _, name in ipairs { "msg_signature", "timestamp", "nonce" } do
        local query = with(case.query, {})
        query[name] = nil
        refused("bad_query", one, query, case.body)
        query[name] = { case.query[name], case.query[name] }
        refused("bad_query", one, query, case.body)
        query[name] = ("1"):rep(5000)
        refused("bad_query", one, query, case.body)
        local text = queries.text(case.query) .. "&" .. name .. "=1"
        refused("bad_query", one, text, case.body)
      end
      refused("bad_query", one, ("a=1&"):rep(10000), case.body)
      refused("bad_query", one, "", case.body)
      refused("bad_query", one, 7, case.body)
    end)
  end)

  describe("one answer for whatever is wrong with a ciphertext:", function()
    local first = refused("bad_ciphertext", receiver("encrypted"), signed("AAAA"))

    local function same_as_first(text)
      local err = refused("bad_ciphertext", receiver("encrypted"), signed(text))
      assert.same(first, err)
      assert.equal(tostring(first), tostring(err))
    end

    it("(a good one opens)", function()
      local good = foreign.seal_frame(foreign.frame(case.message))
      assert.equal("follow", receiver("encrypted"):open(signed(good)).kind)
    end)

    it("each byte flipped, and the message signed again", function()
      local one = receiver("encrypted")
      local mime = foreign.seal_frame(foreign.frame('{"Event":"x"}'))
      local raw_length = #mime / 4 * 3
      local opened = 0
      for i = 1, #mime do
        local c = mime:sub(i, i)
        local other = c == "A" and "B" or "A"
        local text = mime:sub(1, i - 1) .. other .. mime:sub(i + 1)
        if c ~= "=" then
          -- Signing with openssl for each would take minutes; it is not in question here.
          local query = {
            timestamp = ("%.0f"):format(fixture.time), nonce = "3",
            msg_signature = one.keys:sign(("%.0f"):format(fixture.time), "3", text),
          }
          local event, err = one:open(query, '{"Encrypt":"' .. text .. '"}')
          if event then
            opened = opened + 1
          elseif err.name ~= "bad_message" then
            assert.same(first, err)
          end
        end
      end
      -- CBC has no integrity of its own: a flip in the random head opens. That is why the
      -- signature is checked first, and over the whole text.
      assert.is_true(opened < 24 + 2 and raw_length > 0)
    end)

    it("truncated anywhere", function()
      for n = 0, #encrypt - 1, 37 do
        local query, body = signed(encrypt:sub(1, n))
        local event, err = receiver("encrypted"):open(query, body)
        assert.is_nil(event)
        assert.equal(n == 0 and "not_encrypted" or "bad_ciphertext", err.name)
      end
    end)

    it("bad base64", function()
      for _, text in ipairs {
        "####", encrypt .. "=", encrypt .. "!", encrypt:sub(1, -2), encrypt .. " ",
        (encrypt:gsub("+", "-"):gsub("/", "_")) .. "-", ("A"):rep(100),
      } do
        same_as_first(text)
      end
    end)

    it("wrong length field, appid or padding", function()
      local message = '{"MsgType":"event","Event":"x"}'
      for _, changes in ipairs {
        { length = 0xFFFFFFFF }, { length = 0x80000000 }, { length = #message + 1 },
        { length = #message - 1 }, { length = 0 }, { appid = "wx0123456789abcdeg" },
        { appid = "wx0123456789abcde" }, { appid = "" }, { appid = "wx0123456789abcdef0" },
        { padding = ("\0"):rep(32) },
      } do
        local frame = foreign.frame(message, changes)
        if #frame % 16 ~= 0 then
          frame = frame .. ("\1"):rep(16 - #frame % 16)
        end
        same_as_first(foreign.seal_frame(frame))
      end
      local frame = foreign.frame(message)
      local pad = frame:byte(-1)
      for _, last in ipairs { 0, 33, 64, 255, pad + 1, pad - 1 } do
        same_as_first(foreign.seal_frame(frame:sub(1, -2) .. string.char(last)))
      end
    end)

    it("another key", function()
      local other = receiver("encrypted", { aes_key = ("B"):rep(43) })
      local sent = other:delivery(case.message)
      local err = refused("bad_ciphertext", receiver("encrypted"), sent.query, sent.body)
      assert.same(first, err)
    end)

    it("over HTTP nothing tells a bad signature from a bad ciphertext", function()
      local one = receiver("encrypted")
      local query, body = signed("AAAA")
      local a = one:handle("POST", query, body)
      local b = one:handle("POST", with(query, { msg_signature = ("0"):rep(40) }), body)
      assert.same(a, b)
      assert.same({ 403, "refused" }, { a.status, a.body })
    end)
  end)

  describe("replays:", function()
    local now, one

    before_each(function()
      now = fixture.time
      local function clock()
        return now
      end
      one = receiver("encrypted", { now = clock, store = memory.new { clock = clock } })
    end)

    it("the same event comes through once, however it is wrapped", function()
      assert(one:open(case.query, case.body))
      local err = refused("duplicate", one, case.query, case.body)
      assert.truthy(err.hint:find("success", 1, true))
      -- The platform's second try: encrypted and signed anew.
      now = now + 5
      local again = one:delivery(case.message, { timestamp = now })
      refused("duplicate", one, again.query, again.body)
      local response, event = one:handle("POST", again.query, again.body)
      assert.same({ 200, "success", nil }, { response.status, response.body, event })
    end)

    it("the same event in another form is the same event", function()
      assert(one:open(case.query, case.body))
      for _, form in ipairs { "JSON, flat", "XML, all text" } do
        local other = case_of("follow, " .. form .. ", encrypted")
        refused("duplicate", one, other.query, other.body)
      end
    end)

    it("two events of one person at one time are two", function()
      assert(one:open(case.query, case.body))
      local other = one:delivery((case.message:gsub("add_follow", "del_follow")))
      assert.equal("del_follow", one:open(other.query, other.body).action)
      for _, id in ipairs { "1", "2" } do
        local text = one:delivery('{"MsgType":"text","CreateTime":1795406400,"MsgId":' .. id .. "}")
        assert.equal(id, one:open(text.query, text.body).msg_id)
      end
    end)

    it("an old or a future request is stale", function()
      for _, away in ipairs { 301, -301, 1e6 } do
        now = fixture.time + away
        refused("stale", one, case.query, case.body)
      end
      for _, away in ipairs { 299, -299 } do
        now = fixture.time + away
        one.store = nil
        assert(one:open(case.query, case.body))
      end
      for _, timestamp in ipairs { "soon", "-1", "1e9", "0x6", "99999999999999" } do
        local query, body = signed(encrypt, { timestamp = timestamp })
        refused("bad_query", one, query, body)
      end
      assert.equal(12, receiver("encrypted", { window = false, now = function()
        return 0
      end }):open(case.query, case.body).room_id)
    end)

    it("timestamp and nonce exchanged: signed as well, and of no use", function()
      -- A nonce that is a time in the future, as one in a hundred is.
      local later = fixture.time + 10 * 86400
      local sent = one:delivery(case.message, { nonce = ("%.0f"):format(later) })
      assert(one:open(sent.query, sent.body))
      local swapped = with(sent.query,
        { timestamp = sent.query.nonce, nonce = sent.query.timestamp })
      assert.is_truthy(one.keys:verify(swapped.msg_signature, swapped.timestamp, swapped.nonce,
        sent.body:match("Encrypt><!%[CDATA%[(.-)%]%]>")))
      now = later
      refused("stale", one, swapped, sent.body)
      -- Before the event is too old it is still remembered.
      local soon = fixture.time + 86000
      local second = one:delivery((case.message:gsub("add_follow", "del_follow")),
        { nonce = ("%.0f"):format(soon), timestamp = fixture.time })
      now = fixture.time
      assert(one:open(second.query, second.body))
      now = soon
      refused("duplicate", one, with(second.query,
        { timestamp = second.query.nonce, nonce = second.query.timestamp }), second.body)
    end)

    it("a store that fails lets nothing through", function()
      one.store = {
        add = function()
          return nil, { message = "away" }
        end,
      }
      local err = refused("store_failed", one, case.query, case.body)
      assert.equal("away", err.cause.message)
      assert.equal(500, one:handle("POST", case.query, case.body).status)
    end)

    it("what is not in order is not remembered", function()
      refused("bad_signature", one, with(case.query, { nonce = "1" }), case.body)
      assert(one:open(case.query, case.body))
    end)
  end)

  it("no error holds the token or a key", function()
    local texts = {}
    local function keep(_, err)
      texts[#texts + 1] = tostring(err)
      for _, value in pairs(err or {}) do
        texts[#texts + 1] = tostring(value)
      end
    end
    local one = receiver("encrypted")
    keep(one:open(with(case.query, { nonce = "1" }), case.body))
    keep(one:open(signed("AAAA")))
    keep(one:open({}, case.body))
    for _, step in ipairs(one:explain(with(case.query, { nonce = "1" }), case.body)) do
      texts[#texts + 1] = step.text
    end
    for _, step in ipairs(one:explain(case.query, case.body)) do
      texts[#texts + 1] = step.text
    end
    local all = table.concat(texts, "\n")
    assert.is_nil(all:find(fixture.token, 1, true))
    assert.is_nil(all:find(fixture.aes_key, 1, true))
  end)
end)
