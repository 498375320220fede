-- The soak in small: scripts/dev/soak for seconds instead of hours, and that it sees what is wrong.
local command = require "spec.support.command"
local json = require "wxlive.json"
local meter = require "scripts.dev.soaking.meter"
local plan = require "scripts.dev.soaking.plan"
local randoms = require "wxlive.sandbox.world.random"
local shops = require "scripts.dev.soaking.shop"

local interpreter = rawget(_G, "jit") and "luajit" or "lua5.4"

local function soak(words)
  local all = { "scripts/dev/soak", "--lua", interpreter }
  for _, word in ipairs(words) do
    all[#all + 1] = word
  end
  -- The modules are built; under ASan freed memory waits in a quarantine, here of a single MB.
  return command.run(all, { env = {
    WXLIVE_BUILD = os.getenv("WXLIVE_BUILD") or "build",
    ASAN_OPTIONS = "quarantine_size_mb=1",
  } })
end

describe("the soak", function()
  it("makes 2 000 calls under faults and finds nothing wrong", function()
    local ran = soak { "--calls", "2000", "--seed", os.getenv("WXLIVE_SEED") or "20261123" }
    assert.equal(0, ran.status, ran.out .. ran.err)
    local calls, requests = ran.out:match("(%d+) calls in %d+ s, (%d+) HTTP requests")
    assert.is_true(tonumber(calls) >= 2000 and tonumber(requests) > 1000, ran.out)
    assert.truthy(ran.out:find("seed 20261123", 1, true) or os.getenv("WXLIVE_SEED"))
    assert.truthy(ran.out:find("\nclient +calls +RSS kB +Lua kB +descriptors +sockets +threads\n"))
    assert.truthy(ran.out:find("\nsandbox +calls"))
    assert.truthy(ran.out:find("soak: ok\n", 1, true))
  end)

  it("refuses what it does not know", function()
    for _, words in ipairs { { "--hours", "1" }, { "--calls" }, { "--calls", "few" } } do
      assert.equal(2, soak(words).status)
    end
  end)

  it("plans the same faults for the same seed", function()
    assert.equal(json.encode(plan.faults(randoms.new(4))), json.encode(plan.faults(randoms.new(4))))
    assert.is_true(plan.DELAY < plan.SETTLE)
  end)

  it("says which bound was passed", function()
    local function reading(more)
      return { rss_kb = 20000 + more, lua_kb = 900, fds = 70, sockets = 60, threads = 1 }
    end
    local first = { at = "1 %", client = reading(0), sandbox = reading(0) }
    local last = { at = "end", client = reading(1000000), sandbox = reading(0) }
    assert.same({}, meter.excess(first, first, "most", 1))
    assert.same(1, #meter.excess(first, last, "most", 1))
    assert.truthy(meter.excess(first, last, "most", 1)[1]:find(
      "RSS kB of the client grew by 1000000"))
    last.client = reading(0)
    last.sandbox.threads = 2
    assert.truthy(meter.excess(first, last, "late", 4)[1]:find("threads of the sandbox grew by 1"))
  end)

  describe("holds what the platform has against what the calls came to", function()
    local shop, found

    before_each(function()
      shop, found = shops.new { appid = "wx", connect = function() return {} end }, {}
    end)

    local function check(rooms)
      shop:check({ room = rooms, goods = {} }, function(text)
        found[#found + 1] = text
      end)
      return table.concat(found, "\n")
    end

    it("and is content when they agree", function()
      local record = shop:created("room", "a", 0, { room_id = 5 })
      shop:created("room", "b", 0, nil, { ambiguous = true })
      shop:created("room", "c", 0, nil, {})
      shop:changed(record, 1, nil) -- it failed, and may have been done
      assert.equal("", check { { name = "a", id = 5, close_like = 1 } })
    end)

    it("and finds a room that is there twice", function()
      shop:created("room", "a", 0, { room_id = 5 })
      assert.truthy(check { { name = "a", id = 5 }, { name = "a", id = 6 } }:find("holds 2 of it"))
    end)

    it("and finds one that is lost", function()
      shop:created("room", "a", 0, { room_id = 5 })
      assert.truthy(check({}):find("is made, and the platform holds 0 of it", 1, true))
    end)

    it("and finds one that was called refused, or that nobody asked for", function()
      shop:created("room", "a", 0, nil, {})
      local text = check { { name = "a", id = 5 }, { name = "z", id = 6 } }
      assert.truthy(text:find("is refused, and the platform holds 1 of it", 1, true))
      assert.truthy(text:find("room z: no call asked for it", 1, true))
    end)

    it("and finds a write that is lost, and a room that is still there", function()
      local record = shop:created("room", "a", 0, { room_id = 5 })
      local other = shop:created("room", "b", 0, { room_id = 6 })
      shop:changed(record, 1, {})
      shop:removed(other, {})
      local text = check { { name = "a", id = 5, close_like = 0 }, { name = "b", id = 6 } }
      assert.truthy(text:find("room a: close_like is 0", 1, true))
      assert.truthy(text:find("room b is gone, and the platform holds 1", 1, true))
    end)
  end)

  it("tells proper failures from others", function()
    local Error = require "wxlive.error"
    local fine = Error.new { kind = "api", name = "room_not_found", message = "no such room" }
    assert.is_nil(shops.improper(fine, "secret"))
    assert.truthy(shops.improper("a text", "secret"):find("not an error object", 1, true))
    assert.truthy(shops.improper(Error.new { kind = "api", message = "x" }, "secret"))
    local leaky = Error.new { kind = "api", name = "x", message = "it was 81_" .. ("a"):rep(133) }
    assert.equal("it shows a secret", shops.improper(leaky, "secret"))
    assert.equal("it shows a secret", shops.improper(fine, "such"))
  end)
end)
