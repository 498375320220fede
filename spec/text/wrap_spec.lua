-- Lines for a terminal, of English and of Chinese.
local text = require "wxlive.text"
local wrap = require "wxlive.text.wrap"

describe("wrapping", function()
  it("breaks English between words", function()
    assert.same({ "one two", "three" }, wrap.lines("one two three", 9))
    assert.same({ "one two three" }, wrap.lines("one two three", 13))
    assert.same({ "" }, wrap.lines("", 9))
  end)

  it("breaks Chinese between characters, and fills the lines", function()
    assert.same({ "直播间列", "表" }, wrap.lines("直播间列表", 9))
    assert.same({ "用", "goods_add", "添加商品" }, wrap.lines("用 goods_add 添加商品", 9))
  end)

  it("begins no line with a closing mark and ends none with an opening one", function()
    assert.same({ "直播", "间，列", "表" }, wrap.lines("直播间，列表", 6))
    assert.same({ "直播", "（间）" }, wrap.lines("直播（间）", 6))
    assert.same({ "直播间", "id)" }, wrap.lines("直播间 id)", 6))
  end)

  it("keeps a part whole that is longer than a line, and blanks within one", function()
    assert.same({ "a", "https://example.com", "b" }, wrap.lines("a https://example.com b", 5))
    assert.same({ "bash:  x" }, wrap.lines("bash:  x", 20))
  end)

  it("loses no character", function()
    local line = "文件名按直播间、时间排序，如 12-20261201T1200-01.mp4、12-goods-7.mp4。已有文件不会重复下载。"
    for columns = 1, 120 do
      local lines = wrap.lines(line, columns)
      assert.equal((line:gsub(" ", "")), (table.concat(lines):gsub(" ", "")))
      for _, one in ipairs(lines) do
        assert.is_true(text.width(one) <= math.max(columns, 26), one)
      end
    end
  end)
end)
