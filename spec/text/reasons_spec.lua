-- The Chinese of what the core, lua-cjson and nginx say in English.
local reasons = require "wxlive.text.reasons"
local sentence = require "wxlive.text.sentence"

describe("a reason that comes in English", function()
  for english, chinese in pairs {
    ["api.weixin.qq.com:443 did not answer in time (10 s)"] =
      "api.weixin.qq.com:443 未在规定时间内应答（10 秒）",
    -- What the system or libcurl says stays as it is.
    ["a:1 does not take the connection (Connection refused)"] = "无法连接 a:1（Connection refused）",
    ["a:443 was not reached: the proxy p:3128 refused the user or password (HTTP 407)"] =
      "未能连接 a:443：代理 p:3128 拒绝了用户名或密码（HTTP 407）",
    -- Parts are translated, too.
    ["a:443 was not reached: the proxy p:3128 did not relay (no such host name)"] =
      "未能连接 a:443：代理 p:3128 没有转发（域名无法解析）",
    ["cannot write /x y/z: the disk is full"] = "无法写入 /x y/z：磁盘已满",
    -- Names are not, although they are words of reasons.
    ["cannot write empty: the disk is full"] = "无法写入 empty：磁盘已满",
    ["ca_file value is not a file"] = "ca_file value 不是文件",
    ["100%s (a) broke the connection"] = "100%s (a) 断开了连接",
    ["expected value but found invalid token at byte 1"] = "应为值，却是无效的内容（第 1 字节）",
    ["the answer is larger than 8388608 bytes"] = "应答超过 8388608 字节",
    ["no memory for a request"] = "内存不足",
  } do
    it("has its Chinese: " .. english, function()
      local said = reasons.of(english)
      assert.equal(english, said.message)
      assert.equal(chinese, said.message_zh)
    end)
  end

  it("stays as it is when its Chinese is not known, or when it is a sentence already", function()
    for _, text in ipairs { "", "Connection refused", "a (b)", "100%", "%s", "x: y" } do
      assert.equal(text, reasons.of(text))
    end
    local said = sentence.both("a", "甲")
    assert.equal(said, reasons.of(said))
  end)
end)
