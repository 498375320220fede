-- Shows under faults and kills, in small: scripts/dev/shows, and that it sees what is wrong.
local command = require "spec.support.command"
local plan = require "scripts.dev.showing.plan"
local randoms = require "wxlive.sandbox.world.random"
local verify = require "scripts.dev.showing.verify"

local interpreter = rawget(_G, "jit") and "luajit" or "lua5.4"

local function shows(words)
  local all = { "scripts/dev/shows", "--lua", interpreter }
  for _, word in ipairs(words) do
    all[#all + 1] = word
  end
  return command.run(all, { env = { WXLIVE_BUILD = os.getenv("WXLIVE_BUILD") or "build" } })
end

describe("shows under faults and kills", function()
  it("do no cue twice and lose none", function()
    local ran = shows { "--shows", "6", "--seed", os.getenv("WXLIVE_SEED") or "20261129" }
    assert.equal(0, ran.status, ran.out .. ran.err)
    assert.truthy(ran.out:find("6 shows of seed", 1, true))
    assert.truthy(ran.out:find("less than 0.1 s +%d+ █"), ran.out)
    assert.truthy(ran.out:find("shows: ok\n", 1, true))
  end)

  it("are refused with options that are not known", function()
    assert.equal(2, shows({ "--hours", "1" }).status)
    assert.equal(2, shows({ "--shows", "few" }).status)
  end)

  it("are planned alike for the same seed, a third of them to be killed", function()
    local one = { plan.rundown(randoms.new(4), 30) }
    assert.same(one, { plan.rundown(randoms.new(4), 30) })
    assert.same(plan.faults(randoms.new(4)), plan.faults(randoms.new(4)))
    local killed = 0
    for number = 1, 300 do
      killed = killed + (plan.kills(randoms.new(number), number)[1] and 1 or 0)
    end
    assert.equal(100, killed)
  end)

  describe("are held against the platform", function()
    local csv = "heading\n+1m,push,101\n+5m,push,1;2\n"

    local function found(change, pushes)
      local list, complaints = { {
        key = "push|+1m|101|", n = 1, state = "done", action = "push", goods_id = "101",
      } }, {}
      for n = 1, 40 do
        list[n + 1] = { key = "push|+5m|1;2|", n = n, state = n == 3 and "unknown" or "done",
          action = "push", goods_id = "1" }
      end
      local shown = { ["101"] = 1, ["1"] = 39 }
      change(list, shown)
      for id, count in pairs(pushes or {}) do
        shown[id] = count
      end
      verify.show(list, shown, csv, plan, function(text)
        complaints[#complaints + 1] = text
      end)
      return table.concat(complaints, "\n")
    end

    it("and are fine when they agree", function()
      assert.equal("", found(function() end))
      assert.equal("", found(function() end, { ["1"] = 40 })) -- the unknown one was shown
    end)

    it("and are not when a card was shown twice, or is said to be and was not", function()
      assert.truthy(found(function() end, { ["101"] = 2 }):find("shown 2 times", 1, true))
      assert.truthy(found(function() end, { ["101"] = 0 }):find("and 0 were", 1, true))
      assert.truthy(found(function() end, { ["1"] = 41 }):find("at most 40", 1, true))
    end)

    it("and are not when a cue is lost, or left in doubt", function()
      assert.truthy(found(function(list) table.remove(list, 1) end):find("2 rows, and a word of 1"))
      assert.truthy(found(function(list)
        list[10].n = 100
      end):find("card 9 of the rotation was lost", 1, true))
      assert.truthy(found(function(list)
        list[1].state = "begun"
      end):find("was left in doubt", 1, true))
    end)
  end)
end)
