local catalogue = require "wxlive.catalogue"
local compat = require "wxlive.base.compat"
local json = require "wxlive.json"
local response = require "wxlive.client.response"

local function read(name, body, more)
  local resp = { status = 200, body = body, content_type = "application/json", size = #body }
  for key, value in pairs(more or {}) do
    resp[key] = value
  end
  return response.read(catalogue.by_name[name], resp)
end

describe("an answer", function()
  it("comes back in one spelling with whole numbers", function()
    local result = assert(read("get_live_info", [[{"errcode":0,"errmsg":"ok","total":"2",
      "room_info":[{"roomid":"7","name":"123","coverImg":"u",
      "goods":[{"goods_id":5,"price":9.5}]}]}]]))
    assert.same({
      total = 2,
      room_info = {
        { room_id = 7, name = "123", cover_img = "u", goods = { { goods_id = 5, price = 9.5 } } },
      },
    }, result)
    assert.equal("7", tostring(result.room_info[1].room_id))
  end)

  it("keeps every digit of ids and cursors, with or without quotes", function()
    for _, digits in ipairs { "9007199254740993", "6917529027641081856", "18446744073709551615" } do
      for _, form in ipairs { "%s", '"%s"' } do
        local wire = form:format(digits)
        local got = assert(read("get_followers",
          ([[{"followers":[{"openid":"o","room_id":%s}],"page_break":%s}]]):format(wire, wire)))
        assert.equal(digits, compat.integer_text(got.page_break))
        assert.equal(digits, compat.integer_text(got.followers[1].room_id))
        got = assert(read("push_message", ([[{"message_id":%s}]]):format(wire)))
        assert.equal(digits, compat.integer_text(got.message_id))
      end
    end
  end)

  it("is read although a nickname was cut within an emoji, or a relay pads it", function()
    local body = [[{"errcode":0,"total":1,"room_info":[{"name":"ok\ud83d","roomid":7}]}]]
    for _, relay in ipairs { "%s", "\239\187\191%s", "%s\n\0", "\239\187\191\r\n%s" } do
      local got = assert(read("get_live_info", (relay:gsub("%%s", (body:gsub("%%", "%%%%"))))))
      assert.equal("ok\239\191\189", got.room_info[1].name)
      local _, err = read("create_room", (relay:gsub("%%s", [[{"errcode":300002}]])))
      assert.equal(300002, err.code)
    end
  end)

  it("is no success when a gateway spells an error in its own way", function()
    for _, entry in ipairs(catalogue.list) do
      for _, body in ipairs { [[{"errCode":-1}]], [[{"ret":-1}]], [[{"code":500,"errmsg":"x"}]] } do
        local answer, err = read(entry.name, body)
        -- What get_media gives may be the file that was asked for.
        if entry.result_kind ~= "binary" then
          assert.is_nil(answer, entry.name)
          assert.same({ "bad_answer", "decode" }, { err.name, err.kind })
        end
      end
    end
    -- What the platform is known to send.
    for _, body in ipairs { "{}", [[{"errmsg":"ok"}]], [[{"errcode":0,"more":1}]] } do
      assert.same(body:find("more") and { more = 1 } or {}, (read("goods_push", body)))
    end
    assert.equal("open", read("apply_live_info", [[{"action":"open","more":1}]]).action)
  end)

  it("is an error when it says that there are no rows, and the call is for others", function()
    local answer, err = read("goods_video", [[{"errcode":300044}]])
    assert.is_nil(answer)
    assert.same({ "no_clip", "refused" }, { err.name, err.outcome })
    answer, err = read("goods_push", [[{"errcode":9410000}]])
    assert.is_nil(answer)
    assert.equal("unknown", err.outcome)
  end)

  it("counts as success without errcode or errmsg, and with an errcode of text", function()
    assert.same({ room_id = 9 }, read("create_room", [[{"roomId":9}]]))
    assert.same({ room_id = 9 }, read("create_room", [[{"roomId":"9","errcode":"0"}]]))
  end)

  it("keeps an empty list a list, so that it is written as [] again", function()
    local got = read("get_live_info",
      [[{"errcode":0,"room_info":[{"roomid":3,"goods":[]}],"total":1}]])
    assert.equal("[]", json.encode(got.room_info[1].goods))
  end)

  it("is an empty list where the platform has an errcode for that", function()
    assert.same({ total = 0, room_info = {} },
      read("get_live_info", [[{"errcode":9410000,"errmsg":"empty room list"}]]))
    assert.same({ total = 0, room_info = {} }, read("get_live_info", [[{"errcode":1}]]))
  end)

  it("keeps everything of an error", function()
    local result, err = read("create_room", [[{"errcode":"300036","errmsg":"anchor not verified
      rid: 61fbb8c7-4d3c2b1a-5e6f7a8b","qrcode_url":"https://mp.weixin.qq.com/qr"}]])
    assert.is_nil(result)
    assert.equal("api", err.kind)
    assert.equal(300036, err.code)
    assert.equal("61fbb8c7-4d3c2b1a-5e6f7a8b", err.rid)
    assert.equal("https://mp.weixin.qq.com/qr", err.body.qrcode_url)
    assert.equal("create_room", err.endpoint)
    assert.is_truthy(err.raw_body:find("qrcode_url"))
    assert.is_nil(tostring(err):find("\n"))
  end)

  it("quotes an errmsg in both languages: it may name what is to be changed", function()
    local _, err = read("get_live_info",
      [[{"errcode":40164,"errmsg":"invalid ip 203.0.113.9, not in whitelist rid: 61fb-8c7"}]])
    local quoted = "[invalid ip 203.0.113.9, not in whitelist]"
    assert.is_truthy(err.message:find(quoted, 1, true), err.message)
    assert.is_truthy(err.message_zh:find(quoted, 1, true), err.message_zh)
  end)

  it("tells quota and token errors by kind", function()
    local _, err = read("create_room", [[{"errcode":45009,"errmsg":"reach max api quota"}]])
    assert.equal("quota", err.kind)
    _, err = read("create_room", [[{"errcode":40001,"errmsg":"invalid credential"}]])
    assert.equal("token", err.kind)
  end)

  it("is a decode error when it cannot be read, and an http error with a bad status", function()
    for _, body in ipairs { "", "null", "[]", "7", '"x"', "{", "<html>", '{"errcode":"x"}' } do
      local result, err = read("create_room", body)
      assert.is_nil(result, body)
      assert.equal("decode", err.kind, body)
    end
    local _, err = read("create_room", "<html>Bad Gateway</html>", { status = 502 })
    assert.equal("http", err.kind)
    assert.equal(502, err.http_status)
    assert.equal("http_502", err.name)
    _, err = read("create_room", [[{"errcode":40001}]], { status = 401 })
    assert.equal(40001, err.code)
    _, err = read("create_room", [[{"ok":1}]], { status = 500 })
    assert.equal("http", err.kind)
  end)

  it("of the token call is never quoted", function()
    local _, err = read("get_access_token", [[{"access_token":"SECRETTOKEN", broken]])
    assert.is_nil(tostring(err):find("SECRETTOKEN"))
  end)

  it("of a download is the bytes, the file or the error", function()
    assert.same({ content = "\137PNG", size = 4, content_type = "image/png" },
      read("get_media", "\137PNG", { content_type = "image/png" }))
    assert.same({ path = "/tmp/x", size = 99, content_type = "image/png" },
      read("get_media", "", { saved = "/tmp/x", size = 99, content_type = "image/png" }))
    assert.equal("http://v", read("get_media", [[{"video_url":"http://v"}]]).video_url)
    local _, err = read("get_media", [[{"errcode":40007,"errmsg":"invalid media_id"}]])
    assert.equal(40007, err.code)
  end)

  it("gives up its rid in every form seen", function()
    local message, rid = response.split_rid("system error rid: 638ec9d8-1a2b3c4d-0e0f0a0b")
    assert.equal("system error", message)
    assert.equal("638ec9d8-1a2b3c4d-0e0f0a0b", rid)
    assert.equal("invalid", (response.split_rid("invalid hint: [abc123]")))
  end)
end)
