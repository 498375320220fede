local broadcast = require "wxlive.broadcast"
local Error = require "wxlive.error"
local loops = require "wxlive.concurrent.loop"
local memory = require "wxlive.store.memory"
local monotonic = require("wxlive.core").system.monotonic
local sandbox = require "wxlive.sandbox"
local wxlive = require "wxlive"

local function range(n)
  local out = {}
  for i = 1, n do
    out[i] = i
  end
  return out
end

local function sleep(seconds)
  (loops.current() or loops.default()):sleep(seconds)
end

describe("wxlive.map", function()
  it("gives results in order, whatever the order of ending", function()
    local ended = {}
    local results, errors, failed = wxlive.map(range(20), function(n)
      while #ended < 20 - n do  -- the last item ends first
        sleep(0.001)
      end
      ended[#ended + 1] = n
      return n * n
    end, { concurrency = 20 })
    assert.equal(20, ended[1])
    assert.equal(0, failed)
    assert.same({}, errors)
    for i = 1, 20 do
      assert.equal(i * i, results[i])
    end
  end)

  it("keeps one item's failure to itself, returned or raised", function()
    local boom = Error.new { kind = "api", name = "x", message = "x" }
    local results, errors, failed = wxlive.map(range(6), function(n)
      if n == 2 then
        return nil, boom
      elseif n == 3 then
        error("broken", 0)
      elseif n == 4 then
        error(boom, 0)
      elseif n == 5 then
        return false, "not an error"
      end
    end)
    assert.equal(3, failed)
    assert.same({ [1] = true, [5] = false, [6] = true }, results)
    assert.equal(boom, errors[2])
    assert.equal("raised", errors[3].name)
    assert.is_truthy(errors[3].message:find("broken"))
    assert.equal(boom, errors[4])
  end)

  it("never has more at work than it may", function()
    local now, most = 0, 0
    wxlive.map(range(50), function()
      now = now + 1
      most = math.max(most, now)
      sleep(0.001)
      now = now - 1
    end, { concurrency = 7 })
    assert.equal(7, most)
  end)

  it("asks an iterator only for what it can work on", function()
    local given, done, ahead = 0, 0, 0
    local results = wxlive.map(function()
      if given < 1000 then
        given = given + 1
        ahead = math.max(ahead, given - done)
        return given
      end
    end, function(n)
      sleep(0)
      done = done + 1
      return n
    end, { concurrency = 10 })
    assert.equal(1000, #results)
    assert.is_true(ahead <= 10, ahead)
  end)

  it("holds no more of a hundred thousand rows than it works on", function()
    local alive, most, n = setmetatable({}, { __mode = "k" }), 0, 0
    collectgarbage()
    local before = collectgarbage("count")
    local results, _, failed = wxlive.map(function()
      if n < 100000 then
        n = n + 1
        local row = { n, ("x"):rep(200) .. n }
        alive[row] = true
        return row
      end
    end, function(row)
      if row[1] % 10000 == 0 then
        sleep(0)
        collectgarbage()
        local count = 0
        for _ in pairs(alive) do
          count = count + 1
        end
        most = math.max(most, count)
      end
      return row[1]
    end, { concurrency = 16 })
    assert.equal(0, failed)
    assert.equal(100000, results[100000])
    assert.is_true(most <= 32, most)
    -- The results themselves, and nothing else: the rows would be 25 MB. The table that counts
    -- rows is large on a busy machine, where others run on while the one that collects waits.
    alive = nil -- luacheck: ignore 311
    collectgarbage()
    assert.is_true(collectgarbage("count") - before < 5000)
  end)

  it("takes an iterator that itself waits, and one that raises", function()
    local n = 0
    local results = wxlive.map(function()
      sleep(0.001)
      n = n + 1
      return n <= 10 and n or nil
    end, function(i) return i end, { concurrency = 4 })
    assert.same(range(10), results)
    assert.error_matches(function()
      wxlive.map(function() error("no more rows", 0) end, print)
    end, "no more rows")
  end)

  it("stops after the first error when asked to", function()
    local seen = 0
    local _, errors, failed = wxlive.map(range(100), function(n)
      seen = seen + 1
      sleep(0.001)
      if n == 3 then
        return nil, "enough"
      end
    end, { concurrency = 4, stop_on_error = true })
    assert.equal("enough", errors[3])
    assert.equal(1, failed)
    assert.is_true(seen <= 8, seen)
  end)

  it("tells of progress", function()
    local seen = {}
    wxlive.map(range(3), function(n)
      return n ~= 2 and n or nil, n == 2 and "bad" or nil
    end, { concurrency = 1, progress = function(done, total, failed)
      seen[#seen + 1] = ("%d/%d/%d"):format(done, total, failed)
    end })
    assert.same({ "1/3/0", "2/3/1", "3/3/1" }, seen)
  end)

  it("may be nested", function()
    local results = wxlive.map(range(5), function(a)
      local inner = wxlive.map(range(5), function(b)
        sleep(0.001)
        return a * b
      end)
      local sum = 0
      for _, value in ipairs(inner) do
        sum = sum + value
      end
      return sum
    end)
    assert.same({ 15, 30, 45, 60, 75 }, results)
  end)

  it("of nothing is nothing", function()
    assert.same({}, (wxlive.map({}, error)))
    assert.same({}, (wxlive.map(function() end, error)))
  end)

  it("refuses options that it does not know", function()
    assert.error_matches(function()
      wxlive.map({}, print, { concurency = 3 })
    end, "did you mean concurrency")
    for _, few in ipairs { 0, -1, 0 / 0 } do
      assert.error_matches(function()
        wxlive.map({ 1 }, print, { concurrency = few })
      end, "at least 1")
    end
  end)
end)

describe("spawn and wait", function()
  it("run unlike tasks side by side", function()
    local order = {}
    local a = wxlive.spawn(function(x)
      sleep(0.02)
      order[#order + 1] = "a"
      return x, "extra"
    end, "given")
    local b = wxlive.spawn(function()
      order[#order + 1] = "b"
    end)
    assert.same({ "given", "extra" }, { wxlive.wait(a) })
    wxlive.wait(b)
    assert.same({ "b", "a" }, order)
    assert.same({ "given", "extra" }, { wxlive.wait(a) })
  end)

  it("raise what the task raised", function()
    local task = wxlive.spawn(function() error("boom", 0) end)
    assert.error_matches(function() wxlive.wait(task) end, "boom")
  end)

  it("go on after a coroutine.yield of their own, when the others had their turn", function()
    local order = {}
    local function step(name)
      return function()
        for i = 1, 2 do
          order[#order + 1] = name .. i
          coroutine.yield("nothing that the loop knows")
        end
        return name
      end
    end
    local a, b = wxlive.spawn(step "a"), wxlive.spawn(step "b")
    assert.same({ "a", "b" }, { wxlive.wait(a), wxlive.wait(b) })
    assert.same({ "a1", "b1", "a2", "b2" }, order)
  end)

  it("sleep in the order of their times", function()
    local order, tasks = {}, {}
    -- Times of one clock, far enough ahead that all tasks are asleep before the first of them.
    local first = monotonic() + 0.5
    for _, ms in ipairs { 9, 1, 5, 3, 7, 2, 8, 4, 6 } do
      tasks[#tasks + 1] = wxlive.spawn(function()
        sleep(first + ms / 250 - monotonic())
        order[#order + 1] = ms
      end)
    end
    for _, task in ipairs(tasks) do
      wxlive.wait(task)
    end
    assert.same(range(9), order)
  end)
end)

describe("clients under wxlive.map", function()
  local box
  local function client(options)
    local given = {
      appid = box.appid, secret = box.secret, base_url = box.base_url,
      token_store = memory.new(), retry = { base = 0.01, max = 0.05 },
    }
    for key, value in pairs(options or {}) do
      given[key] = value
    end
    return assert(broadcast.new(given))
  end

  setup(function() box = assert(sandbox.start { seed = "demo" }) end)
  teardown(function() box:stop() end)
  before_each(function() assert(box:control("reset")) end)

  it("need no change, wait together, and fetch one token", function()
    local waiting, most = 0, 0
    local live = client { hooks = {
      request = function()
        waiting = waiting + 1
        most = math.max(most, waiting)
      end,
      response = function() waiting = waiting - 1 end,
    } }
    assert(box:control("fault", { on = "get_live_info", kind = "delay", seconds = 0.05,
      times = 100 }))
    local results, errors = wxlive.map(range(100), function()
      return live:get_live_info(0, 10)
    end, { concurrency = 50 })
    assert.same({}, errors)
    assert.equal(100, #results)
    assert.equal(50, most)
    assert.equal(1, assert(box:control("tokens"))[box.appid].stable)
  end)

  it("retry without holding the others up, several clients in one map", function()
    local a, b = client(), client()
    assert(box:control("fault", { on = "get_live_info", kind = "errcode_before", times = 3 }))
    local results, errors = wxlive.map(range(40), function(n)
      return (n % 2 == 0 and a or b):get_live_info(0, 10)
    end, { concurrency = 20 })
    assert.same({}, errors)
    assert.equal(40, #results)
  end)

  it("page, upload and download there too", function()
    local live = client()
    local results, errors = wxlive.map(range(8), function()
      local media = assert(live:upload_media("scripts/samples/images/cup.png"))
      local file = assert(live:get_media(media.media_id))
      local rooms = assert(live:rooms():all())
      return #rooms > 0 and #file.content
    end)
    assert.same({}, errors)
    local f = assert(io.open("scripts/samples/images/cup.png", "rb"))
    assert.equal(f:seek("end"), results[8])
    f:close()
  end)

  it("get errors of their own when the platform is gone", function()
    local live = client { base_url = "http://127.0.0.1:1", retry = { attempts = 1 } }
    local results, errors, failed = wxlive.map(range(5), function()
      return live:get_live_info(0, 10)
    end)
    assert.same({}, results)
    assert.equal(5, failed)
    for i = 1, 5 do
      assert.equal("connect_failed", errors[i].name)
      assert.is_false(errors[i].sent)
    end
  end)

end)
