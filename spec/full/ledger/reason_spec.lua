-- Why something is in its state: kept by one process, read by another in its own language.
local both = require("wxlive.text.sentence").both
local cues = require "wxlive.ledger.cues"
local Error = require "wxlive.error"
local jobs = require "wxlive.ledger.jobs"
local language = require "wxlive.text.language"
local reason = require "wxlive.ledger.reason"
local room_goods = require "wxlive.ledger.room_goods"
local support = require "spec.support.ledger"

local REFUSED = Error.new {
  kind = "api", name = "name_width", code = 300003, message = "the name is too wide",
  message_zh = "名称过长", hint = "shorten it", hint_zh = "请缩短",
}
local IN_ENGLISH = "the name is too wide (name_width, errcode 300003); shorten it"
local IN_CHINESE = "名称过长（name_width，errcode 300003）；请缩短"

-- What read() gives in English, then in Chinese.
local function in_both(read)
  local texts = {}
  for _, name in ipairs { "en", "zh" } do
    language.prefer(name)
    texts[#texts + 1] = read()
  end
  return texts
end

after_each(function()
  language.prefer(nil)
end)

describe("a kept reason", function()
  it("is what was said, in the reader's language", function()
    for _, case in ipairs {
      { REFUSED, IN_ENGLISH, IN_CHINESE },
      { both("2 goods wait", "2 个商品等待审核"), "2 goods wait", "2 个商品等待审核" },
      { both("same", "same"), "same", "same" },
      { Error.new { kind = "api", name = "odd", message = "odd" }, "odd (odd)", "odd（odd）" },
      { "as an earlier version\nkept it", "as an earlier version\nkept it",
        "as an earlier version\nkept it" },
      { "", "", "" },
    } do
      local kept = reason.text(case[1])
      assert.same({ case[2], case[3] }, in_both(function() return reason.read(kept) end))
    end
    assert.is_nil(reason.text(nil))
    assert.is_nil(reason.read(nil))
  end)

  it("is the same whatever language its writer speaks", function()
    local kept = in_both(function() return reason.text(REFUSED) end)
    assert.equal(kept[1], kept[2])
  end)
end)

support.each({
  describe = describe, setup = setup, teardown = teardown, before_each = before_each,
  after_each = after_each,
}, function(world)
  it("gives the reason of a row, and one language to its history", function()
    world:put("a", 1)
    local item = assert(world.ledger:claim("goods", "goods.csv", 1))[1]
    assert(world.ledger:leave(item, "failed", REFUSED))
    assert.same({ IN_ENGLISH, IN_CHINESE }, in_both(function()
      return world.ledger:item("goods", "a").reason
    end))
    assert.same({ reason = IN_ENGLISH }, world.ledger:history("goods", "a")[1].answer)
  end)

  it("gives the reason why goods are not in a room", function()
    world:put("a", 1, { state = "done" })
    assert(room_goods.stage(world.ledger, "a", { "12" }))
    assert(room_goods.leave(world.ledger, { key = "a", room = "12" }, "failed", {
      reason = REFUSED, action = "not_placed",
    }))
    assert.same({ "room 12: " .. IN_ENGLISH, "直播间 12：" .. IN_CHINESE }, in_both(function()
      return room_goods.reason(world.ledger, "a")
    end))
    assert.equal(IN_ENGLISH, world.ledger:history("goods", "a")[1].answer.reason)
  end)

  it("gives the reason of a job, and of the rows of its sheet", function()
    world:put("a", 1)
    assert(jobs.submit(world.ledger, "goods", "goods.csv", false))
    local job = assert(jobs.due(world.ledger, false))[1]
    assert(jobs.take(world.ledger, job))
    assert(jobs.leave(world.ledger, job, { wait = 60, reason = REFUSED }))
    local item = assert(world.ledger:claim("goods", "goods.csv", 1))[1]
    assert(world.ledger:leave(item, "doubt", both("2 match", "2 个一致")))
    assert.same({ IN_ENGLISH, IN_CHINESE }, in_both(function()
      return jobs.list(world.ledger)[1].reason
    end))
    assert.same({ "2 match", "2 个一致" }, in_both(function()
      return jobs.problems(world.ledger, job)[1].reason
    end))
    assert(jobs.hold(world.ledger, "wx1", nil, world.now + 60, both("held", "暂停")))
    assert.same({ "held", "暂停" }, in_both(function()
      return jobs.list(world.ledger)[1].reason
    end))
    assert(jobs.finish(world.ledger, job, nil, REFUSED, true))
    assert.same({ IN_ENGLISH, IN_CHINESE }, in_both(function()
      return jobs.list(world.ledger)[1].reason
    end))
  end)

  it("gives the reason of a cue", function()
    local cue = { key = "k", n = 1, action = "push", from_start = 0, due = 0, begun_at = world.now }
    assert(cues.begin(world.ledger, 1, cue))
    assert(cues.finish(world.ledger, 1, "k", 1, "failed", REFUSED, world.now))
    assert.same({ IN_ENGLISH, IN_CHINESE }, in_both(function()
      return cues.list(world.ledger, 1)[1].reason
    end))
  end)
end)
