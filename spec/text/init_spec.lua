local suggest = require "wxlive.base.suggest"
local textwidth = require "wxlive.text"

describe("width", function()
  it("counts wide characters twice", function()
    for text, width in pairs {
      [""] = 0, ["abc"] = 3, ["直播"] = 4, ["直播a"] = 5, ["é"] = 1, ["，。"] = 4, ["ＡＢ"] = 4,
      ["😀"] = 2, ["한글"] = 4, ["カナ"] = 4, ["e\204\129"] = 1, ["𠀀"] = 2,
      ["🫖"] = 2, ["🟢"] = 2, ["✨"] = 2, ["⭐"] = 2, ["✅"] = 2, ["🍵"] = 2, ["“—…·”"] = 5, ["⌚⏰"] = 4,
    } do
      assert.equal(width, textwidth.width(text), text)
    end
  end)

  it("is not the platform's count, which may be larger", function()
    for s, most in pairs {
      [""] = 0, abc = 3, ["直播"] = 4, ["“茶”"] = 6, ["🍵"] = 4, ["é·…—"] = 8, ["☕"] = 2,
    } do
      assert.same({ textwidth.width(s), most }, { textwidth.units(s) }, s)
    end
  end)

  it("refuses what is not UTF-8, and says where", function()
    for _, text in ipairs {
      "a\255", "\192\128", "\224\128\128", "\237\160\128", "\244\144\128\128", "\231\155",
      "\128", "\240\128\128\128", "ok\231",
    } do
      local width, reason = textwidth.width(text)
      assert.is_nil(width, text)
      assert.is_truthy(reason:find("byte %d"))
    end
    assert.equal("not UTF-8 at byte 4", select(2, textwidth.width("直\255")))
  end)

  it("cuts between characters", function()
    assert.same({ "直播", 4 }, { textwidth.cut("直播间", 5) })
    assert.same({ "直播间", 6 }, { textwidth.cut("直播间", 6) })
    assert.same({ "", 0 }, { textwidth.cut("直", 1) })
  end)
end)

describe("the nearest name", function()
  local names = { "room_id", "goods_id", "start_time", "end_time", "cover_img", "create_room" }

  it("is found through case, underscores and slips", function()
    for word, name in pairs {
      roomID = "room_id", roomId = "room_id", startTtime = "start_time", strat_time = "start_time",
      coverimage = "cover_img", creat_room = "create_room", gods_id = "goods_id",
    } do
      assert.equal(name, suggest.nearest(word, names), word)
    end
  end)

  it("is nothing when nothing is near", function()
    assert.is_nil(suggest.nearest("zzz", names))
    assert.is_nil(suggest.nearest(("x"):rep(1000), names))
    assert.is_nil(suggest.nearest("", { "abcdef" }))
  end)
end)
