local times = require "wxlive.text.time"

-- 2026-11-23 15:30:00 in Beijing
local NOW = 1795419000

describe("a time", function()
  it("is read as people write it, in Beijing time", function()
    for text, wanted in pairs {
      ["2026-11-23 15:30"] = NOW, ["2026-11-23T15:30:00"] = NOW, ["2026/11/23 15:30"] = NOW,
      [" 2026-11-23  15:30 "] = NOW, ["2026-11-24 00:00"] = NOW + 8.5 * 3600,
      ["+3h"] = NOW + 3 * 3600, ["+90m"] = NOW + 5400, ["+2d"] = NOW + 2 * 86400,
      ["2026-11-23\194\16015:30"] = NOW, ["2026年11月23日 15:30"] = NOW,
      ["2026年11月23日15:30:00"] = NOW,
      ["\227\128\1282026-11-23\227\128\12815:30\226\128\139"] = NOW,
      ["2026-11-23 15：30"] = NOW, ["２０２６－１１－２３　１５：３０"] = NOW,
      ["+1w\226\128\13115:30\r"] = NOW + 604800,
      ["+0d 20:00"] = NOW + 4.5 * 3600, ["+1d 00:30"] = NOW + 9 * 3600,
      ["+1w 15:30"] = NOW + 7 * 86400,
      ["1795419000"] = NOW, ["2028-02-29 08:00"] = 1835395200, ["1970-01-01 08:00"] = 0,
    } do
      assert.equal(wanted, times.parse(text, NOW), text)
    end
  end)

  it("agrees with the C library on every day of ten years", function()
    for day = 0, 3652 do
      local seconds = 1735660800 + day * 86400
      assert.equal(seconds, times.parse(times.format(seconds), NOW))
    end
  end)

  it("counts from now only where that is allowed, and is offered only there", function()
    for _, text in ipairs { "+3h", "+1d 20:00", "tomorrow" } do
      local seconds, wrong = times.parse(text)
      assert.is_nil(seconds)
      assert.is_nil(wrong.message:find("+2d", 1, true))
      assert.is_nil(wrong.message_zh:find("+2d", 1, true))
    end
  end)

  it("that is none says what is accepted", function()
    for _, text in ipairs {
      "", "tomorrow", "2026-02-30 10:00", "2026-13-01 10:00", "2026-11-23 24:00", "2026-11-23",
      "20:00", "+2x", "+2h 20:00", "1795419000000", "2027-02-29 08:00", "+1d 25:00", "-3h",
    } do
      local seconds, wrong = times.parse(text, NOW)
      assert.is_nil(seconds, text)
      assert.is_truthy(wrong.message:find("Beijing time"))
    end
  end)

  it("is shown in Beijing time", function()
    assert.equal("2026-11-23 15:30", times.format(NOW))
  end)
end)
