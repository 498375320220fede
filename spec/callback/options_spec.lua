-- The options of a receiver: what is missing, what is wrong, what follows from the others.
local callback = require "wxlive.callback"
local deliveries = require "spec.support.deliveries"

local case_of = deliveries.case
local fixture = deliveries.fixture()
local time = fixture.time

describe("callback.new", function()
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

  it("says in both languages what is wrong with a key", function()
    local one, err = callback.new { token = "x", aes_key = "short", appid = "wx1" }
    assert.is_nil(one)
    assert.truthy(err.message:find("43 characters of base64", 1, true))
    assert.truthy(err.message_zh:find("应为 43 个 base64 字符", 1, true))
  end)

  it("the mode follows from the key, when it is not given", function()
    assert.equal("plain", callback.new({ token = "x" }).mode)
    assert.equal("encrypted",
      callback.new({ token = "x", aes_key = ("A"):rep(43), appid = "wx1" }).mode)
  end)
end)
