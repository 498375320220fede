--- What every store must do, run against each of them.
--
-- busted: { describe =, it =, before_each = }, which busted gives to spec files only
-- make(clock) gives a new, empty store that goes by that clock; one that goes by real time ignores
-- it, and then wait(seconds) lets that much time pass
local assert = require "luassert"

return function(busted, name, make, wait)
  local describe, it, before_each = busted.describe, busted.it, busted.before_each

  describe(name .. " keeps the contract of stores:", function()
    local now, store

    local function pass(seconds)
      now = now + seconds
      if wait then
        wait(seconds)
      end
    end

    before_each(function()
      now = 1800000000
      store = make(function() return now end)
    end)

    it("what was set is there until its time is over", function()
      assert.is_nil((store:get("a")))
      assert.is_true(store:set("a", "1", 2))
      assert.equal("1", store:get("a"))
      assert.is_true(store:set("a", "2", 2))
      assert.equal("2", store:get("a"))
      pass(2.1)
      local value, err = store:get("a")
      assert.is_nil(value)
      assert.is_nil(err)
    end)

    it("any bytes are a value, also none", function()
      local all = {}
      for i = 0, 255 do
        all[i + 1] = string.char(i)
      end
      for _, value in ipairs { "", table.concat(all), ("直播"):rep(500), "wxl1 1 1 1\n" } do
        assert.is_true(store:set("k", value, 10))
        assert.equal(value, store:get("k"))
      end
    end)

    it("add takes only what is free", function()
      assert.is_true(store:add("lock", "me", 2))
      assert.is_false(store:add("lock", "you", 2))
      assert.equal("me", store:get("lock"))
      pass(2.1)
      assert.is_true(store:add("lock", "you", 2))
      assert.equal("you", store:get("lock"))
    end)

    it("delete spares what somebody else holds", function()
      assert.is_false(store:delete("lock"))
      assert.is_true(store:add("lock", "me", 10))
      assert.is_false(store:delete("lock", "you"))
      assert.equal("me", store:get("lock"))
      assert.is_true(store:delete("lock", "me"))
      assert.is_nil((store:get("lock")))
      assert.is_true(store:set("b", "x", 10))
      assert.is_true(store:delete("b"))
      assert.is_false(store:delete("b"))
    end)

    it("incr counts from nothing and keeps its first end", function()
      assert.equal(1, store:incr("n", 1, 2))
      assert.equal(4, store:incr("n", 3, 100))
      assert.equal(2, store:incr("n", -2, 100))
      assert.equal("2", store:get("n"))
      pass(2.1)
      assert.equal(5, store:incr("n", 5, 2))
      for _, text in ipairs { "word", "1.5", "0x10", "", " 1", "1e3" } do
        assert.is_true(store:set("word", text, 10))
        local sum, err = store:incr("word", 1, 10)
        assert.is_nil(sum, text)
        assert.is_truthy(err)
        assert.equal(text, store:get("word"))
      end
    end)

    it("keys of one store do not meet", function()
      for i, key in ipairs { "a", "a.b", "a:b", "a-b", "A", ("k"):rep(180) } do
        assert.is_true(store:set(key, tostring(i), 10))
      end
      for i, key in ipairs { "a", "a.b", "a:b", "a-b", "A", ("k"):rep(180) } do
        assert.equal(tostring(i), store:get(key))
      end
    end)

    it("bad keys, values and times are refused with an error object", function()
      for _, key in ipairs { "", "a/b", "a b", "直", ("k"):rep(181), "a\0b", "../x" } do
        local ok, err = store:set(key, "v", 1)
        assert.is_nil(ok, key)
        assert.equal("invalid", err.kind)
      end
      for _, ttl in ipairs { 0, -1, 0 / 0, "1" } do
        assert.is_nil((store:set("a", "v", ttl)))
        assert.is_nil((store:add("a", "v", ttl)))
        assert.is_nil((store:incr("a", 1, ttl)))
      end
      for _, by in ipairs { 0.5, 0 / 0, 1 / 0, "one" } do
        assert.is_nil((store:incr("a", by, 10)))
      end
      assert.is_nil((store:set("a", "v")))
      for _, value in ipairs { 7, true } do
        local ok, err = store:set("a", value, 1)
        assert.is_nil(ok)
        assert.equal("invalid", err.kind)
        assert.is_nil((store:add("a", value, 1)))
      end
      assert.is_nil((store:get(7)))
      assert.is_nil((store:delete("a b")))
      assert.is_nil((store:delete("a", 7)))
      assert.is_nil((store:get("a")))
    end)

    it("part of a second is a time to live", function()
      assert.is_true(store:add("lock", "me", 0.5))
      assert.is_false(store:add("lock", "you", 0.5))
      pass(0.6)
      assert.is_true(store:add("lock", "you", 0.5))
    end)

    it("a dead lock is not its owner's any more", function()
      assert.is_true(store:add("lock", "me", 1))
      pass(1.1)
      assert.is_false(store:delete("lock", "me"))
      assert.is_true(store:add("lock", "you", 1))
      assert.is_false(store:delete("lock", "me"))
      assert.equal("you", store:get("lock"))
    end)
  end)
end
