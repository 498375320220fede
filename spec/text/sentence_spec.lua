-- Sentences in both languages, and how they are put together.
local Error = require "wxlive.error"
local sentence = require "wxlive.text.sentence"

local both = sentence.both

describe("a sentence", function()
  it("is put together in both languages at once", function()
    local price = both("a price", "价格")
    local wrong = sentence.compose(both("must be %s, not %s", "应为%s，而不是 %s"):format(price, "x"),
      both("!", "！"))
    assert.same({ "must be a price, not x!", "应为价格，而不是 x！" },
      { wrong.message, wrong.message_zh })
    local named = sentence.compose("price ", wrong)
    assert.equal("price 应为价格，而不是 x！", named.message_zh)
    assert.equal("price must be a price, not x!", tostring(named))
    local row = sentence.compose("row ", 3, ": ", price)
    assert.same({ "row 3: a price", "row 3: 价格" }, { row.message, row.message_zh })
    assert.equal("a; 价格", sentence.join({ "a", "价格" }).message)
    assert.equal("a；价格", sentence.join({ "a", price }).message_zh)
  end)

  it("is put together although a part is missing, as a text is", function()
    local said = both("%s: %s", "%s：%s")
    assert.same({ "nil: a", "nil：nil" }, { said:format(nil, "a").message,
      said:format(nil, nil).message_zh })
  end)

  it("is English in an error for programs and logs, and Chinese for a Chinese reader", function()
    local _, err = Error.fail { kind = "invalid", name = "bad", message = both("wrong", "错误") }
    assert.equal("wrong", err.message)
    assert.equal("wrong (bad)", tostring(err))
    assert.equal("错误（bad）", Error.line(err, true))
  end)

  it("lists the problems of fields", function()
    local problems = {
      sentence.split { field = "a", message = both("is missing", "未填写") },
      sentence.split { message = both("2 more are wrong", "另有 2 个有误") },
    }
    local all = sentence.listed(problems)
    assert.equal("a is missing; 2 more are wrong", all.message)
    assert.equal("a 未填写；另有 2 个有误", all.message_zh)
  end)
end)
