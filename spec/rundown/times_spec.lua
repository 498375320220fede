-- Times and spans as people write them.
local times = require "wxlive.rundown.times"

-- 2026-11-29 20:00:00 in Beijing
local START = 1795953600

describe("a time of a rundown", function()
  it("is counted from the start, with or without the plus that spreadsheets take for a formula",
    function()
      for text, seconds in pairs {
        ["+5m"] = 300, ["5m"] = 300, ["+0:12:30"] = 750, ["+1h5m30s"] = 3930, ["90s"] = 90,
        ["＋5分钟"] = 300, ["5分30秒"] = 330, ["1小时"] = 3600, ["+0"] = 0, start = 0, ["开播"] = 0,
        ["+ 12m"] = 720,
      } do
        assert.same({ kind = "offset", seconds = seconds }, times.time(text), text)
      end
    end)

  it("or is a time of the clock, or a day and a time", function()
    assert.same({ kind = "clock", seconds = 73800 }, times.time("20:30"))
    assert.same({ kind = "clock", seconds = 73815 }, times.time("20：30：15"))
    assert.same({ kind = "clock", seconds = 0 }, times.time("24:00"))
    assert.same({ kind = "time", seconds = START }, times.time("2026-11-29 20:00"))
    assert.same({ kind = "end" }, times.time("结束"))
  end)

  it("is a time of the clock also in the characters of a spreadsheet program", function()
    for text, seconds in pairs {
      ["20时30分"] = 73800, ["２０时30分15秒"] = 73815, ["下午8时30分"] = 73800, ["1时30分"] = 5400,
    } do
      assert.same({ kind = "clock", seconds = seconds }, times.time(text), text)
    end
    assert.same({ kind = "time", seconds = START }, times.time("2026-11-29 20时00分"))
    assert.same({ kind = "offset", seconds = 5400 }, times.time("+1时30分"))
  end)

  it("is read on a 12-hour clock where that is clear", function()
    for text, seconds in pairs {
      ["下午8:05"] = 72300, ["下午 8：05：30"] = 72330, ["上午8:05"] = 29100, ["下午12:30"] = 45000,
      ["8:05 PM"] = 72300, ["08:05:30pm"] = 72330, ["8:05 a.m."] = 29100, ["12:30 AM"] = 1800,
      ["12:30 PM"] = 45000, ["8:05\226\128\175PM"] = 72300,
    } do
      assert.same({ kind = "clock", seconds = seconds }, times.time(text), text)
    end
    for _, text in ipairs { "2026-11-29 8:00 PM", "2026/11/29 下午8:00", "2026/11/29下午8:00:00" } do
      assert.same({ kind = "time", seconds = START }, times.time(text), text)
    end
  end)

  it("names the cell format for what a spreadsheet program writes", function()
    for _, text in ipairs { "0.8333", "46355.8368055556", ".5", "上午12:00", "下午20:05", "13:05 PM",
      "0:05 AM", "8 PM", "+下午8:05", "下午8点" } do
      local time, wrong = times.time(text)
      assert.is_nil(time, text)
      for _, part in ipairs { "Text", "[h]:mm:ss", text } do
        assert.truthy(wrong.message:find(part, 1, true), wrong.message)
      end
      assert.truthy(wrong.message_zh:find("文本", 1, true), wrong.message_zh)
      assert.truthy(wrong.message_zh:find("[h]:mm:ss", 1, true), wrong.message_zh)
    end
  end)

  it("is named when it is not clear", function()
    for text, part in pairs {
      ["+12:30"] = "+0:12:30", ["+5"] = "+5m", soon = "+5m", ["25:00"] = "+5m", ["+30h"] = "24",
      ["5m1h"] = "+5m", [""] = "+5m",
    } do
      local time, wrong = times.time(text)
      assert.is_nil(time, text)
      assert.truthy(wrong.message:find(part, 1, true), wrong.message)
    end
  end)

  it("of the clock is that of the show, also past midnight and shortly before the start", function()
    local show = { zero = START + 30, planned = START }
    local function at(text)
      return times.place(times.time(text), show)
    end
    assert.same({ 1770, true }, { at("20:30") })
    assert.same({ 4 * 3600 + 600 - 30, true }, { at("00:10") })
    assert.same({ 4 * 3600 - 30, true }, { at("24:00:00") })
    assert.same({ -630, true }, { at("19:50") })
    assert.same({ 300, false }, { at("5m") })
    assert.same({ 570, true }, { at("2026-11-29 20:10") })
  end)

  it("is shown", function()
    assert.equal("+0:12:30", times.text(750))
    assert.equal("-1:00:05", times.text(-3605))
    assert.equal("20:00:01", times.clock(START + 1))
  end)
end)

describe("what a row repeats by", function()
  it("is a span, or a range of spans", function()
    for text, range in pairs {
      ["45s"] = { 45, 45 }, ["45s-60s"] = { 45, 60 }, ["45-60s"] = { 45, 60 },
      ["45～60秒"] = { 45, 60 }, ["1分钟"] = { 60, 60 }, ["每1分"] = { 60, 60 },
      ["45秒至1分钟"] = { 45, 60 }, ["1分到2分"] = { 60, 120 }, ["1小时"] = { 3600, 3600 },
      ["45s—60s"] = { 45, 60 }, ["45s–60s"] = { 45, 60 }, ["45s－60s"] = { 45, 60 },
      ["每隔45秒"] = { 45, 45 }, ["every 1m-1m30s"] = { 60, 90 }, ["45-60"] = { 45, 60 },
    } do
      assert.same({ least = range[1], most = range[2] }, times.every(text), text)
    end
    for _, text in ipairs { "60s-45s", "0s", "often", "" } do
      assert.is_nil((times.every(text)), text)
    end
  end)
end)
