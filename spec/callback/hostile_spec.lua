-- Documents made to hurt whoever parses them, rightly signed: bounded time, a clear error.
local deliveries = require "spec.support.deliveries"

local receiver = deliveries.receiver
local case = deliveries.case("follow, XML, encrypted")

local function refused(name, one, query, body)
  local event, err = one:open(query, body)
  assert.is_nil(event)
  assert.equal(name, err.name)
  return err
end

describe("callback, hostile documents:", function()
  local one = receiver("plain", { window = false })
  local query = one:echo_check("")

  -- Time is that of the processor: a busy machine adds none.
  local function bad(text, pattern)
    local started = os.clock()
    local err = refused("bad_message", one, query, text)
    assert.is_true(os.clock() - started < 2, "took too long")
    assert.truthy(err.message:find(pattern), err.message)
    assert.is_true(#err.message < 300)
  end

  it("XML: no DTD, no entity, no depth, no broken text", function()
    for _, doctype in ipairs {
      'xml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]', 'xml SYSTEM "http://127.0.0.1:1/x.dtd"',
      'xml [<!ENTITY b SYSTEM "file:///etc/passwd">]', "xml",
      "xml [<!ENTITY % p SYSTEM 'file:///x'> %p;]",
    } do
      bad("<!DOCTYPE " .. doctype .. "><xml><A>&b;</A></xml>", "DOCTYPE")
      bad("<?xml version='1.0'?>\n<!DOCTYPE " .. doctype .. "><xml><A>1</A></xml>", "DOCTYPE")
    end
    bad("<xml><A>&undefined;</A></xml>", "XML")
    bad(("<xml>"):rep(10000) .. ("</xml>"):rep(10000), "nested")
    bad("<xml><A>a\0b</A></xml>", "XML")
    bad("<xml><A>\255\254</A></xml>", "XML")
    bad("<xml><A>\192\128</A></xml>", "XML")
    bad("<xml><A>1</A>", "XML")
    bad("<xml>" .. ("<A/>"):rep(5000) .. "</xml>", "too many")
    bad("<html><A>1</A></html>", "root")
    bad("", "XML")
    bad("hello", "XML")
  end)

  it("JSON: no depth, no broken text, nothing but an object", function()
    bad(("["):rep(10000), "JSON")
    bad('{"a":' .. ("["):rep(10000) .. ("]"):rep(10000) .. "}", "JSON")
    bad(('{"a":'):rep(10000) .. "1" .. ("}"):rep(10000), "JSON")
    bad('{"a":"\\u0000"}', "NUL")
    bad('{"a":"\0"}', "JSON")
    bad('{"a":"\255\254"}', "UTF")
    bad('{"a":"\237\160\128"}', "UTF")
    bad('{"a":[' .. ("[],"):rep(340000) .. "1]}", "too many values")
    local fields = {}
    for i = 1, 10001 do
      fields[i] = ('"k%d":1'):format(i)
    end
    bad("{" .. table.concat(fields, ",") .. "}", "too many values")
    bad('{"a":NaN}', "JSON")
    bad('{"a":1', "JSON")
    bad('{"a":1} {"b":2}', "JSON")
    bad("[1]", "JSON")
    bad('{"Event":{"a":1},"MsgType":"event"}', "event")
    bad('{"Event":["a","b"]}', "event")
  end)

  it("nothing that two readers could read in two ways", function()
    bad('{"Event":"wxalive_follow_notify","RoomId":1,"room_id":2}', "room_id is there twice")
    bad('{"a":{"b":{"RoomId":1,"room_id":2}}}', "room_id is there twice")
    bad('{"a":{"b":1,"b":2}}', "b is there twice")
    bad('{"Event":"wxalive_follow_notify","user_openid":{"a":1}}', "user_openid .*holds others")
    bad("<xml><Event>wxalive_follow_notify</Event><FollowNotify><user_openid>a</user_openid>"
      .. "<user_openid>b</user_openid></FollowNotify></xml>", "user_openid is there more than once")
    bad("<xml><Event>a</Event><Event>b</Event></xml>", "event is there more than once")
    bad("<xml><Event>wxalive_follow_notify</Event><FollowNotify><MsgType>a</MsgType>"
      .. "<MsgType>b</MsgType></FollowNotify></xml>", "msg_type is there more than once")
  end)

  it("as deep as is allowed", function()
    local text = '{"MsgType":"x","a":' .. ("["):rep(15) .. ("]"):rep(15) .. "}"
    assert(one:open(query, text))
    assert(one:open(query, "<xml><MsgType>x</MsgType>" .. ("<A>"):rep(15) .. ("</A>"):rep(15)
      .. "</xml>"))
  end)

  it("50 MB: refused before anything looks at it", function()
    local huge = ("<xml>aaa"):rep(50 * 1024 * 128)
    for _, mode in ipairs { "plain", "compatible", "encrypted" } do
      local started = os.clock()
      refused("too_large", receiver(mode), query, huge)
      assert.is_true(os.clock() - started < 0.1)
    end
    assert.equal(413, one:handle("POST", query, huge).status)
  end)

  it("a delivery that is a byte longer than max_bytes, however well it is signed", function()
    for _, mode in ipairs { "plain", "encrypted" } do
      local sent = receiver(mode, { store = false }):delivery(case.message)
      local fits = receiver(mode, { window = false, store = false, max_bytes = #sent.body })
      assert(fits:open(sent.query, sent.body))
      local less = receiver(mode, { window = false, store = false, max_bytes = #sent.body - 1 })
      refused("too_large", less, sent.query, sent.body)
    end
  end)

  it("a megabyte of nearly anything costs bounded time, before the signature too", function()
    local sealed = receiver("encrypted")
    local n = 1024 * 1024 - 64
    for _, text in ipairs {
      "<", "<Encrypt>", "![CDATA[", "]]", "<a ", "&", " ", '{"Encrypt":', "{", "[", '"', "\\",
      '{"a":', "<!--", "<?x ", "\0", "<Encrypt><![CDATA[", '"Encrypt":"',
    } do
      for _, head in ipairs { "", "<xml>", "{" } do
        local body = head .. text:rep(math.floor(n / #text))
        local started = os.clock()
        local event = sealed:open(case.query, body)
        assert.is_nil(event)
        event = one:open(query, body)
        assert.is_nil(event)
        assert.is_true(os.clock() - started < 10, head .. text)
      end
    end
  end)
end)
