-- Signed and encrypted calls over HTTP: the sandbox opens what the client seals, and the client
-- believes an answer only when it verifies.
local broadcast = require "wxlive.broadcast"
local crypto = require("wxlive.core").signature
local sandbox = require "wxlive.sandbox"

local KEYS = "core/test/data/keys/"

local function read(name)
  local file = assert(io.open(KEYS .. name, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

local key = crypto.encode(("k"):rep(32))

describe("api_signature", function()
  local box

  setup(function()
    box = assert(sandbox.start { seed = "demo" })
  end)

  teardown(function()
    box:stop()
  end)

  local function platform(more)
    local params = {
      key = key, key_number = "sn1", public_key = read("rsa.pub.pem"),
      private_key = read("other.pem"), serial = "platform-2",
    }
    for name, value in pairs(more or {}) do
      params[name] = value
    end
    box:control("api_signature", params)
  end

  before_each(function()
    box:control("faults", { clear = true })
    platform()
  end)

  local function options(more)
    local given = {
      calls = { "goods_sale", "clear_quota", "create_room", "goods_add" },
      key = key, key_number = "sn1", private_key = read("rsa.pem"),
      certificates = { ["platform-2"] = read("other.pub.pem") },
    }
    for name, value in pairs(more or {}) do
      given[name] = value
    end
    return given
  end

  local function client(more, hooks)
    return assert(broadcast.new {
      appid = box.appid, secret = box.secret, base_url = box.base_url, hooks = hooks,
      token_store = require("wxlive.store.memory").new(), api_signature = options(more),
      retry = { attempts = 3, base = 0.01, max = 0.02 }, lookup = { settle = 0.05 },
    })
  end

  -- The sandbox's log of one endpoint behind entry `after`.
  local function log(endpoint, after)
    local list = {}
    for _, entry in ipairs(box:control("log", { after = after }).entries) do
      if entry.endpoint == endpoint then
        list[#list + 1] = entry
      end
    end
    return list
  end

  local function mark()
    return box:control("log").last
  end

  it("signs the calls that are listed, and those only", function()
    local live, from = client(), mark()
    local ok, err = live:goods_sale { room_id = 2, goods_id = 1, on_sale = 1 }
    assert.is_truthy(ok, tostring(err))
    assert.is_nil(ok._n)
    assert.is_truthy(live:get_live_info())
    assert.is_true(log("goods_sale", from)[1].signed)
    assert.is_nil(log("get_live_info", from)[1].signed)
  end)

  it("takes paths as well; without a list it signs what the official pages offer it for", function()
    local from = mark()
    assert(client { calls = { "/wxaapi/broadcast/goods/onsale" } }:goods_sale(2, 1, 1))
    local given = options()
    given.calls = nil
    local live = assert(broadcast.new {
      appid = box.appid, secret = box.secret, base_url = box.base_url, api_signature = given,
      token_store = require("wxlive.store.memory").new(),
    })
    assert(live:clear_quota())
    assert(live:goods_sale(2, 1, 1))
    assert.is_true(log("clear_quota", from)[1].signed)
    local pushes = log("goods_sale", from)
    assert.is_true(pushes[1].signed)
    assert.is_nil(pushes[2].signed)
  end)

  it("carries wrapped bodies, Chinese text and refusals through", function()
    local live, from = client(), mark()
    local media = assert(live:upload_media {
      type = "image", media = "scripts/samples/images/cup.png",
    })
    local goods = assert(live:goods_add {
      cover_img_url = media.media_id, name = "青瓷茶杯二", price_type = 1, price = 9950,
      url = "pages/goods/index?id=77",
    })
    assert.is_truthy(goods.goods_id)
    assert.is_true(log("goods_add", from)[1].signed)
    local ok, err = live:goods_sale { room_id = 999999, goods_id = 1, on_sale = 1 }
    assert.is_nil(ok)
    assert.equal("room_not_found", err.name)
    assert.is_truthy(err.rid)
  end)

  it("takes keys as text, files and functions", function()
    local asked = {}
    local live = client {
      key = function() return key end,
      private_key = function() return KEYS .. "rsa.pkcs1.pem" end,
      certificates = function(number)
        asked[#asked + 1] = number
        return number == "platform-2" and KEYS .. "other.pub.pem" or nil
      end,
    }
    assert(live:goods_sale(2, 1, 1))
    assert(live:goods_sale(2, 1, 1))
    assert.same({ "platform-2" }, asked)
    assert(client { private_key = KEYS .. "rsa.pem",
      certificates = { ["platform-2"] = KEYS .. "other.pub.pem" } }:goods_sale(2, 1, 1))
  end)

  it("signs each attempt anew: the platform refuses a nonce that it has seen", function()
    local live, from = client(), mark()
    box:control("fault", { on = "goods_sale", kind = "errcode_after", times = 2 })
    assert(live:goods_sale(2, 1, 1))
    local tries = log("goods_sale", from)
    assert.equal(3, #tries)
    for _, try in ipairs(tries) do
      assert.is_true(try.signed)
    end
  end)

  it("refreshes a refused token and signs again", function()
    local live, from = client(), mark()
    assert(live:goods_sale(2, 1, 1))
    box:control("fault", { on = "goods_sale", kind = "expire_token" })
    assert(live:goods_sale(2, 1, 1))
    assert.is_true(#log("goods_sale", from) >= 3)
  end)

  describe("refuses an answer", function()
    local function wrong(how, name, pattern, more)
      platform { wrong = how }
      local live = client(more)
      local ok, err = live:goods_sale(2, 1, 1)
      assert.is_nil(ok)
      assert.equal(name, err.name)
      assert.is_truthy(tostring(err):find(pattern), tostring(err))
      assert.equal("decode", err.kind)
      assert.is_true(err.sent)
      return err
    end

    it("whose signature is another's", function()
      wrong("signature", "answer_not_verified", "signature does not match")
    end)

    it("whose body was changed", function()
      wrong("body", "answer_not_verified", "signature does not match")
    end)

    it("of another time or appid", function()
      wrong("time", "answer_stale", "600 s")
      wrong("appid", "answer_not_verified", "appid")
    end)

    it("that is not signed although it says that all went well", function()
      wrong("unsigned", "answer_unsigned", "not signed")
    end)

    it("under a certificate that is not held", function()
      wrong(nil, "certificate_unknown", "no certificate",
        { certificates = { ["platform-1"] = read("rsa.pub.pem") } })
      wrong(nil, "answer_not_verified", "signature",
        { certificates = { ["platform-2"] = read("rsa.pub.pem") } })
    end)

    it("encrypted under another key", function()
      platform { key = crypto.encode(("x"):rep(32)) }
      local ok, err = client():goods_sale(2, 1, 1)
      assert.is_nil(ok)
      assert.equal("sign_decrypt_failed", err.name)
    end)
  end)

  it("never takes an unverified answer for the end of a create: it looks", function()
    platform { wrong = "signature" }
    local live = client()
    local start = os.time() + 24 * 3600
    local media = assert(live:upload_media {
      type = "image", media = "scripts/samples/images/cup.png",
    })
    local room, err = live:create_room {
      name = "签名直播间", start_time = start, end_time = start + 7200, anchor_name = "小叶老师",
      anchor_wechat = "xiaoye_tea", cover_img = media.media_id, share_img = media.media_id,
      feeds_img = media.media_id, type = 0, close_like = 0, close_goods = 0, close_comment = 0,
    }
    assert.is_truthy(room, tostring(err))
    assert.is_true(room.adopted)
    local count = 0
    for found in live:rooms {} do
      count = count + (found.name == "签名直播间" and 1 or 0)
    end
    assert.equal(1, count)
  end)

  it("goes by the deprecated signature while certificates rotate, and says so", function()
    local told = {}
    local hooks = { certificate = function(event) told[#told + 1] = event end }
    platform {
      private_key = read("rsa.pem"), serial = "platform-3",
      old_private_key = read("other.pem"), old_serial = "platform-2",
    }
    assert(client(nil, hooks):goods_sale(2, 1, 1))
    assert.same({ { endpoint = "goods_sale", number = "platform-3" } }, told)
    assert(client({ certificates = { ["platform-2"] = read("other.pub.pem"),
      ["platform-3"] = read("rsa.pub.pem") } }, hooks):goods_sale(2, 1, 1))
    assert.equal(1, #told)
  end)

  it("works with SM2 keys, bound to their numbers", function()
    platform { public_key = read("sm2.pub.pem"), public_key_number = "caller-1" }
    local from = mark()
    assert(client { private_key = read("sm2.pem"), private_key_number = "caller-1" }
      :goods_sale(2, 1, 1))
    assert.is_true(log("goods_sale", from)[1].signed)
    local ok, err = client { private_key = read("sm2.pem"), private_key_number = "caller-2" }
      :goods_sale(2, 1, 1)
    assert.is_nil(ok)
    assert.equal("sign_mismatch", err.name)
  end)

  it("is refused by the platform for what it is", function()
    box:control("api_signature", {})
    local ok, err = client():goods_sale(2, 1, 1)
    assert.is_nil(ok)
    assert.equal("sign_no_symmetric_key", err.name)
    platform { required = true }
    local plain = assert(broadcast.new {
      appid = box.appid, secret = box.secret, base_url = box.base_url,
    })
    ok, err = plain:goods_sale(2, 1, 1)
    assert.is_nil(ok)
    assert.equal("sign_signature_missing", err.name)
    platform { public_key = read("other.pub.pem") }
    ok, err = client():goods_sale(2, 1, 1)
    assert.is_nil(ok)
    assert.equal("sign_mismatch", err.name)
  end)

  it("is refused by the platform when this machine's clock is far off", function()
    local live = assert(broadcast.new {
      appid = box.appid, secret = box.secret, base_url = box.base_url, api_signature = options(),
      token_store = require("wxlive.store.memory").new(),
      clock = function() return os.time() - 1000 end,
    })
    local ok, err = live:goods_sale(2, 1, 1)
    assert.is_nil(ok)
    assert.equal("sign_timestamp_old", err.name)
  end)

  describe("options", function()
    local function bad(pattern, more, without)
      local given = options(more)
      if without then
        given[without] = nil
      end
      local live, err = broadcast.new {
        appid = box.appid, secret = box.secret, base_url = box.base_url, api_signature = given,
      }
      assert.is_nil(live)
      assert.equal("invalid", err.kind)
      assert.is_truthy(tostring(err):find(pattern), tostring(err))
      assert.is_nil(tostring(err):find(key, 1, true))
      assert.is_nil(tostring(err):find("-----", 1, true))
    end

    it("that are wrong are named, all at once", function()
      bad("key is missing", nil, "key")
      bad("private_key is missing", nil, "private_key")
      bad("certificates is missing", nil, "certificates")
      bad("certificates holds none", { certificates = {} })
      bad("base64", { key = "no base64!" })
      bad("32 bytes", { key = crypto.encode("short") })
      bad("neither PEM text nor a file", { private_key = "/nowhere/key.pem" })
      bad("unencrypted private key", { private_key = KEYS .. "locked.pem" })
      bad("too weak", { private_key = KEYS .. "weak.pem" })
      bad("neither RSA nor SM2", { private_key = KEYS .. "p256.pem" })
      bad("gave no text", { private_key = function() error("no") end })
      bad("certificates%.x", { certificates = { x = "/nowhere" } })
      bad("goods_sale%?", { calls = { "goods_sal" } })
      bad("only calls that post JSON", { calls = { "upload_media" } })
      bad("suite must be", { suite = "AES128" })
      bad("did you mean private_key%?", { privat_key = "x" })
      bad("its number", { private_key = KEYS .. "sm2.pem" })
    end)

    it("name a suite that this OpenSSL does not have", function()
      if crypto.offers("SM4_GCM") then
        assert.is_truthy(client { suite = "SM4_GCM", key = crypto.encode(("k"):rep(16)) })
      else
        bad("has no SM4%-GCM", { suite = "SM4_GCM", key = crypto.encode(("k"):rep(16)) })
      end
    end)
  end)
end)
