-- What is done from the desk: when it looks done, and what a running show is asked.
local Error = require "wxlive.error"
local broadcast = require "wxlive.broadcast"
local json = require "wxlive.json"
local memory = require "wxlive.store.memory"
local sandbox = require "wxlive.sandbox"
local support = require "spec.support.desk.requests"

describe("on the desk", function()
  local box, page

  setup(function()
    box = assert(sandbox.start { seed = "demo", audit_seconds = false })
  end)

  teardown(function()
    box:stop()
  end)

  before_each(function()
    box:control("reset")
    page = support.open(box)
  end)

  describe("an action", function()
    it("looks done when the platform has answered, and not before", function()
      local answered = false
      local task
      rawset(page.live, "goods_push", function()
        coroutine.yield()
        answered = true
        return {}
      end)
      local outcome
      task = coroutine.create(function()
        outcome = page:act { op = "push", room_id = "2", goods_id = "1" }
      end)
      assert(coroutine.resume(task))
      assert.is_nil(outcome)
      assert.same({}, page:view().done)
      assert(coroutine.resume(task))
      assert.is_true(answered)
      assert.equal("done", outcome.state)
      local done = page:view().done
      assert.same({ "push", "done", "1", "2" },
        { done[1].action, done[1].state, done[1].goods_id, done[1].room_id })
    end)

    it("pushes a card of the room", function()
      assert.equal("done", page:act({ op = "push", room_id = "2", goods_id = "2" }).state)
      assert.equal(1, page:room_goods(2)[2].pushes)
    end)

    it("that is refused says why, and what to do", function()
      local outcome = page:act { op = "push", room_id = "2", goods_id = "99" }
      assert.equal("failed", outcome.state)
      assert.equal("goods_not_found", outcome.error.name)
      assert.truthy(#outcome.error.hint_en > 5 and #outcome.error.hint_zh > 5)
      assert.same({ "failed", "99" }, { page:view().done[1].state, page:view().done[1].goods_id })
    end)

    it("whose outcome is not known is not called done", function()
      box:control("fault", { on = "goods_push", kind = "errcode_after", code = -1 })
      local outcome = page:act { op = "push", room_id = "2", goods_id = "1" }
      assert.equal("unknown", outcome.state)
      assert.truthy(outcome.error.en)
      assert.equal("unknown", page:view().done[1].state)
    end)

    it("asks the platform for the quotas", function()
      local function used()
        for _, quota in ipairs(page:view().quotas) do
          if quota.name == "goods_push" then
            return quota.used
          end
        end
      end
      assert.equal("done", page:act({ op = "quotas" }).state)
      local before = used()
      assert(assert(broadcast.new {
        appid = box.appid, secret = box.secret, base_url = box.base_url,
        token_store = memory.new(),
      }):goods_push(2, 1))
      assert.equal(before, used())
      assert.equal("done", page:act({ op = "quotas" }).state)
      assert.equal(before + 1, used())
    end)

    it("that it does not know, or that lacks something, does nothing", function()
      for _, asked in ipairs {
        {}, { op = "delete_room", room_id = "2" }, { op = "push" }, { op = {} },
        { op = "push", room_id = "2" }, { op = "push", room_id = 2, goods_id = "1" },
        { op = "push", room_id = "2 ", goods_id = "1" }, { op = "hold" },
        { op = "push", room_id = "2", goods_id = "1e9" }, { op = "shift", room_id = "2" },
        { op = "shift", room_id = "2", seconds = 1e9 }, { op = "card", room_id = "2", digit = 3 },
        { op = "next", room_id = "2", key = "a" }, { op = "next", room_id = "2", key = {}, n = 1 },
      } do
        assert.equal(400, (page:post("act", asked)), json.encode(asked))
      end
      assert.is_nil(page:room_goods(2)[1].pushes)
    end)
  end)

  describe("a running show", function()
    local asked, outcome, show

    -- A show that answers when its clock has been waited for.
    local function new_show(appid)
      local answers = {}
      show = { room_id = 2, room = { room_id = 2, name = "茶器上新直播", goods = {}, live_status = 101,
        start_time = 50, end_time = 500 }, live = { appid = appid }, path = "/home/me/evening.csv" }
      function show.command(_, name, argument, answer)
        asked[#asked + 1] = { name, argument }
        answers[#answers + 1] = answer
        return true
      end
      show.clock = { wait = function()
        show.waited = (show.waited or 0) + 1
        if show.waited % 3 == 0 then
          table.remove(answers, 1)(outcome)
        end
      end }
      show.phase = "running"
      function show.state()
        return {
          phase = show.phase, now = 100, zero = 60, shift = 5, room = show.room,
          counts = { done = 2 }, cards = { { digit = "3", label = "push 青瓷茶杯" } },
          coming = { { key = "a", n = 4, due = 130, label = "push 真丝围巾", line = 7,
            action = "push", note = "hold it up" } },
        }
      end
      return show
    end

    before_each(function()
      asked, outcome = {}, { state = "done", label = "push 真丝围巾" }
      page = support.open(box, { shows = { new_show(box.appid) } })
    end)

    it("is shown with what comes next, in seconds from now", function()
      local shown = page:view().shows[1]
      assert.same({ "2", "evening.csv", "running", 40, 400, 2 }, { shown.room_id, shown.file,
        shown.phase, shown.begun, shown.ends, shown.counts.done })
      assert.same({ "a", 4, 30, 7, "push", "真丝围巾", "hold it up" }, { shown.coming[1].key,
        shown.coming[1].n, shown.coming[1].left, shown.coming[1].line, shown.coming[1].action,
        shown.coming[1].target, shown.coming[1].note })
      assert.same({ "3", "青瓷茶杯" }, { shown.cards[1].digit, shown.cards[1].target })
      assert.is_nil(json.encode(shown):find("/home", 1, true))
    end)

    it("is asked by its commands, and answers for them", function()
      for _, one in ipairs {
        { { op = "next", key = "a", n = 4 }, "next", { key = "a", n = 4 } },
        { { op = "skip", key = "a", n = 4 }, "skip", { key = "a", n = 4 } },
        { { op = "next" }, "next" }, { { op = "hold" }, "hold", true }, { { op = "go" }, "go" },
        { { op = "shift", seconds = -30 }, "shift", -30 }, { { op = "card", digit = "3" }, "card",
          "3" }, { { op = "push", goods_id = "12" }, "push", "12" },
      } do
        asked, show.waited = {}, 0
        one[1].room_id = "2"
        local answer = page:act(one[1])
        assert.same({ { one[2], one[3] } }, asked)
        assert.equal("done", answer.state)
        assert.equal(3, show.waited) -- not before the show had answered
      end
      outcome = { state = "failed", err = Error.new { kind = "api", name = "goods_not_found",
        code = 300024, message = "goods do not exist", hint = "h", hint_zh = "提示" } }
      local answer = page:act { op = "next", room_id = "2" }
      assert.same({ "failed", "提示" }, { answer.state, answer.error.hint_zh })
      outcome = { state = "passed" }
      assert.equal("passed", page:act({ op = "skip", room_id = "2", key = "a", n = 4 }).state)
    end)

    it("that has not begun, or is over, leaves cards to the platform", function()
      for i, phase in ipairs { "waiting", "over" } do
        show.phase = phase
        box:control("clock", { advance = 60 }) -- the card before is gone by then
        assert.same({ state = "done" }, page:act { op = "push", room_id = "2", goods_id = "1" })
        assert.equal(i, page:room_goods(2)[1].pushes)
      end
      assert.same({}, asked)
      assert.equal("over", page:act({ op = "hold", room_id = "3" }).state)
    end)

    it("of another account is not asked for this one", function()
      page = support.open(box, { shows = { new_show("wxfedcba9876543210") } })
      assert.equal("done", page:act({ op = "push", room_id = "2", goods_id = "1" }).state)
      assert.equal("over", page:act({ op = "hold", room_id = "2" }).state)
      assert.same({}, asked)
    end)
  end)
end)
