-- What comes when, the same after every restart.
local agendas = require "wxlive.rundown.agenda"
local times = require "wxlive.rundown.times"

-- 2026-11-29 20:00:00 in Beijing
local START = 1795953600

local function row(fields)
  local r = { line = 2, action = "push", goods = {}, key = fields.at, shuffled = false }
  for name, value in pairs(fields) do
    r[name] = value
  end
  r.at = times.time(fields.at)
  r.until_at = fields.until_at and times.time(fields.until_at)
  r.every = fields.every and times.every(fields.every)
  for i = 1, fields.count or 1 do
    r.goods[i] = tostring(i)
  end
  return r
end

local function agenda(rows, options)
  options = options or {}
  options.seed = options.seed or "7"
  return agendas.new(rows, { zero = START, planned = START }, options)
end

-- Takes everything; gives the cues.
local function drain(one, most)
  local list = {}
  for i = 1, most or 1e9 do
    local cue = one:next()
    if not cue then
      return list
    end
    one:take(cue)
    list[i] = cue
  end
  return list
end

describe("an agenda", function()
  it("gives cues in the order of their times, of rows in the order of the file", function()
    local list = drain(agenda {
      row { at = "+9m", key = "a" }, row { at = "+5m", key = "b" }, row { at = "20:05", key = "c" },
      row { at = "+4m", every = "150s", until_at = "+9m", key = "d" },
    })
    local text = {}
    for i, cue in ipairs(list) do
      text[i] = cue.key .. cue.n .. "@" .. math.floor(cue.due - START)
    end
    assert.equal("d1@240 b1@300 c1@300 d2@390 a1@540 d3@540", table.concat(text, " "))
  end)

  it("draws times within the span, evenly, and the same for the same seed", function()
    local one = row { at = "start", every = "45s-60s", until_at = "+12h", count = 3 }
    local list, again = drain(agenda { one }), drain(agenda { one })
    local other = drain(agenda({ one }, { seed = "8" }))
    assert.is_true(#list > 720 and #list < 960)
    local sum, least, most = 0, 99, 0
    for i = 2, #list do
      local gap = list[i].due - list[i - 1].due
      sum, least, most = sum + gap, math.min(least, gap), math.max(most, gap)
      assert.equal(list[i].due, again[i].due)
    end
    assert.is_true(least >= 45 and least < 46 and most <= 60 and most > 59)
    assert.is_true(math.abs(sum / (#list - 1) - 52.5) < 0.5)
    assert.is_true(other[9].due ~= list[9].due)
  end)

  it("shows every one of the goods in each round, in order or shuffled, never one twice in a row",
    function()
      local list = drain(agenda { row { at = "start", every = "10s", until_at = "+1m",
        count = 3 } })
      for i, cue in ipairs(list) do
        assert.same({ (i - 1) % 3 + 1 }, cue.goods)
      end
      list = drain(agenda { row { at = "start", every = "10s", until_at = "+2h", count = 7,
        shuffled = true } })
      local orders = {}
      for round = 0, math.floor(#list / 7) - 1 do
        local seen, order = {}, {}
        for i = 1, 7 do
          local goods = list[round * 7 + i].goods[1]
          seen[goods], order[i] = true, goods
        end
        assert.equal(7, #seen)
        orders[table.concat(order)] = true
      end
      local different = 0
      for _ in pairs(orders) do
        different = different + 1
      end
      assert.is_true(different > 80)
      for i = 2, #list do
        assert.is_true(list[i].goods[1] ~= list[i - 1].goods[1])
      end
    end)

  it("goes on behind what was done; goods whose cue was too late keep their turn", function()
    local one = row { at = "start", every = "45s-60s", until_at = "+1h", count = 5 }
    local whole = drain(agenda { one })
    local rest = drain(agenda({ one, row { at = "+1m", key = "gone" } }, {
      past = {
        start = { n = 10, from_start = whole[10].from_start, turns = 7 },
        gone = { n = 1, from_start = 60, turns = 1 },
      },
    }))
    assert.equal(#whole - 10, #rest)
    assert.equal(whole[11].due, rest[1].due)
    assert.same({ 3 }, rest[1].goods)
  end)

  it("shifts what is to come, but not what names a time of the clock", function()
    local one = agenda { row { at = "+5m", key = "a" }, row { at = "20:05", key = "b" } }
    one.shift = 90
    local list = drain(one)
    assert.same({ "b", 300, "a", 390 }, { list[1].key, list[1].due - START, list[2].key,
      list[2].due - START })
  end)

  it("ends where it is told, and shows what is coming without moving on", function()
    local one = agenda({ row { at = "start", every = "10s" } }, { last = START + 35 })
    assert.equal(3, #one:coming(3))
    assert.equal(4, #drain(one))
    assert.is_nil(one:next())
  end)
end)
