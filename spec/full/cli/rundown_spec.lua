-- wxlive rundown on a sandbox in real time: a person at a terminal, a program at a pipe, kill -9.
local command = require "spec.support.command"
local json = require "wxlive.json"
local process = require "spec.support.process"
local shops = require "spec.support.shop"
local await = require "spec.support.await"

local interpreter = rawget(_G, "jit") and "luajit" or "lua5.4"

describe("wxlive rundown", function()
  local shop, now

  before_each(function()
    shop = shops.open()
    now = math.floor(os.time())
    assert(shop.box:control("plant", {
      goods = { { id = 11, name = "茶杯" }, { id = 12, name = "茶壶" } },
      rooms = {
        { id = 1, name = "first", start_time = now - 600, end_time = now + 3600, goods = {
          { goods_id = 11, on_sale = 1 }, { goods_id = 12, on_sale = 1 } } },
        { id = 2, name = "second", start_time = now - 600, end_time = now + 3600, goods = {
          { goods_id = 11, on_sale = 1 }, { goods_id = 12, on_sale = 1 } } },
      },
    }))
  end)

  after_each(function()
    shop:close()
  end)

  it("says what is wrong with a rundown that cannot be read", function()
    local path = shop:sheet("bad.csv", { "at,do,goods", "+5s,dance,11" })
    for _, words in ipairs { { "run", path, "--room", "1" }, { "check", path, "--room", "1" } } do
      local got = shop:run { "rundown", words[1], words[2], words[3], words[4] }
      assert.equal(2, got.status, got.err)
      assert.is_truthy(got.err:find("bad.csv:2: do is not an action", 1, true), got.err)
      assert.is_truthy(got.err:find("problems in the sheet: 1; nothing was sent", 1, true), got.err)
    end
  end)

  -- A rundown whose rows are so many seconds from now.
  local function sheet(name, rows)
    local lines = { "at,do,goods,digit,note,late" }
    for _, row in ipairs(rows) do
      local at = row[1] and ("+%ds"):format(600 + os.time() - now + row[1]) or ""
      lines[#lines + 1] = ("%s,%s,%s,%s,%s,%s"):format(at, row[2], row[3] or "", row.digit or "",
        row.note or "", row.late or "")
    end
    return shop:sheet(name, lines)
  end

  local function pushes(room, goods)
    for _, item in ipairs(shop:state().room[room].goods) do
      if item.goods_id == goods then
        return item.pushes or 0
      end
    end
  end

  local function events_of(text)
    local list = {}
    for line in text:gmatch("[^\n]+") do
      local event = json.decode(line)
      if event and event.event == "cue" then
        list[#list + 1] = ("%.0f %s %s"):format(event.room_id, event.label, event.state)
      end
    end
    table.sort(list)
    return list
  end

  it("rehearses the sample without an account, in both languages alike", function()
    local counts = {}
    for i, name in ipairs { "evening", "evening-zh" } do
      local got = command.lua("scripts/wxlive", { "rundown", "run", "scripts/samples/" .. name
        .. ".csv", "--rehearse", "--json" }, { env = command.settings() })
      assert.equal(0, got.status, got.err)
      assert.equal("", got.err)
      local cues = {}
      for line in got.out:gmatch("[^\n]+") do
        local event = assert(json.decode(line))
        if event.event == "cue" and event.line ~= 8 then
          assert.equal("done", event.state)
          cues[#cues + 1] = event.line .. " " .. event.action
        end
      end
      counts[i] = cues
    end
    assert.same(counts[1], counts[2])
    assert.equal(13, #counts[1])
  end)

  it("checks, runs two rooms at once, and reports", function()
    local path = sheet("r.csv", { { 2, "push", "茶杯" }, { 6, "push", "12" } })
    local got = shop:run { "rundown", "check", path, "--room", "first", "--json", "--svg",
      shop.home .. "/r.svg", "--ics", shop.home .. "/r.ics" }
    assert.equal(0, got.status, got.err)
    assert.equal(2, json.decode(got.out).cues)
    assert.truthy(command.read(shop.home .. "/r.svg"):find("^<svg"))
    assert.truthy(command.read(shop.home .. "/r.ics"):find("^BEGIN:VCALENDAR"))
    got = shop:run { "rundown", "run", path, "--room", "first", "--room", "2", "--json" }
    assert.equal(0, got.status, got.err)
    assert.same({ "1 push 12 done", "1 push 茶杯 done", "2 push 12 done", "2 push 茶杯 done" },
      events_of(got.out))
    assert.same({ 1, 1, 1, 1 }, { pushes(1, 11), pushes(1, 12), pushes(2, 11), pushes(2, 12) })
    got = shop:run { "rundown", "report", "--room", "second", "--table" }
    assert.truthy(got.out:find("push +11 +1 +done"))
    assert.truthy(got.out:find("less than 1 s", 1, true))
    assert(shop.box:control("fault", { on = "get_live_info", kind = "errcode_before",
      times = 1000 }))
    got = shop:run { "rundown", "report", "--room", "2", "--json" }
    assert.equal(0, got.status, got.err)
    assert.equal(2, #json.decode(got.out))
    shop.box:control("faults", { clear = true })
    -- Once more: what is done stays done.
    got = shop:run { "rundown", "run", path, "--room", "1", "--json" }
    assert.equal(0, got.status, got.err)
    assert.same({}, events_of(got.out))
  end)

  it("runs rooms of several accounts at once, and rehearses a copy of a room", function()
    local other = "wxfedcba9876543210"
    assert(shop.box:control("plant", {
      appid = other, goods = { { id = 11, name = "茶杯" } }, rooms = {
        { id = 9, name = "other", start_time = now - 600, end_time = now + 3600, goods = {
          { goods_id = 11, on_sale = 1 } } },
      },
    }))
    local settings = shop:sheet("config", {
      "base_url = " .. shop.box.base_url,
      "[mine]", "appid = " .. shop.box.appid, "secret = " .. shop.box.secret,
      "[other]", "appid = " .. other, "secret = " .. shop.box.secret,
    })
    os.execute("chmod 600 " .. settings)
    local path = sheet("r.csv", { { 2, "push", "茶杯" } })
    local none = { WXLIVE_APPID = false, WXLIVE_SECRET = false, WXLIVE_BASE_URL = false }
    local got = shop:run({ "rundown", "run", path, "--json", "--room", "1", "--account", "mine",
      "--room", "other", "--account", "other", "--config", settings }, none)
    assert.equal(0, got.status, got.err)
    assert.truthy(got.out:find('"account":"other"', 1, true), got.out)
    assert.same({ "1 push 茶杯 done", "9 push 茶杯 done" }, events_of(got.out))
    path = sheet("s.csv", { { 60, "push", "茶壶" }, { 70, "push", "茶盘" } })
    got = shop:run { "rundown", "run", path, "--room", "first", "--rehearse", "--json" }
    assert.equal(3, got.status, got.err)
    assert.same({ "1 push 茶壶 done", "1 push 茶盘 failed" }, events_of(got.out))
    assert.equal(0, pushes(1, 12))
  end)

  it("takes commands as lines", function()
    local path = sheet("r.csv", { { 900, "push", "茶杯" }, { 901, "note", nil, note = "x" },
      { nil, "push", "12", digit = 4 } })
    local got = command.lua("scripts/wxlive", { "rundown", "run", path, "--room", "1", "--lines",
      "--json" }, { env = shop:settings(), input = "card 4\nskip\nnext\nquit\n" })
    assert.equal(130, got.status, got.err)
    assert.same({ "1 note x done", "1 push 12 done", "1 push 茶杯 skipped" }, events_of(got.out))
  end)

  -- A shell at a terminal of its own: `line` is what it does, with @run@ for the command that runs
  -- the show and @home@ for the folder of the shop. Gives the file that types, and what the screen
  -- has shown.
  local function terminal(path, line)
    local out, keys = shop.home .. "/screen", shop.home .. "/keys"
    process.run("mkfifo " .. keys)
    local env = {}
    for name, value in pairs(shop:settings { TERM = "xterm", COLUMNS = "120" }) do
      env[#env + 1] = value and process.quote(name .. "=" .. value) or "-u " .. name
    end
    table.sort(env, function(a, b) return a > b end)
    local run = ("env %s %s scripts/wxlive rundown run %s --room 1"):format(table.concat(env, " "),
      interpreter, path)
    line = line:gsub("@(%w+)@", { home = shop.home, run = run })
    os.execute(("(script -qec %s /dev/null <%s >%s) &"):format(process.quote("bash -c "
      .. process.quote(line)), keys, out))
    -- Open for reading, too: a key that comes after the end would raise SIGPIPE.
    local typing = assert(io.open(keys, "r+"))
    typing:setvbuf("no")
    return typing, function()
      return process.read(out) or ""
    end
  end

  -- What the shell has written as the status of the show.
  local function status()
    return (process.read(shop.home .. "/status") or ""):match("^(%d+)\n")
  end

  it("takes keys from a terminal, and gives the terminal back as it was", function()
    local path = sheet("r.csv", { { 900, "push", "茶杯" }, { nil, "push", "12", digit = 4 } })
    local typing, screen = terminal(path,
      "stty -a >@home@/before; @run@; echo $? >@home@/status; stty -a >@home@/after")
    await(function() return screen():find("card q quit", 1, true) ~= nil end)
    typing:write("4")
    await(function() return screen():find("push 12 %(line 3, by hand%)") ~= nil end)
    typing:write("\27OQ\27[H\27[200~q\27[201~+30") -- F2, Home, and q in a paste are nothing
    await(function() return screen():find("shift by +30, Enter", 1, true) ~= nil end)
    typing:write("\n")
    await(function() return screen():find("the rest is shifted by 30 s", 1, true) ~= nil end)
    typing:write("q")
    assert.equal("130", await(status))
    typing:close()
    await(function()
      return process.read(shop.home .. "/after") == process.read(shop.home .. "/before")
    end)
    assert.equal(1, pushes(1, 12))
  end)

  it("goes on after kill -9, with the edits of its file", function()
    local path = sheet("r.csv", { { 1, "push", "茶杯" }, { 600, "push", "12" } })
    local child = shop:start { "rundown", "run", path, "--room", "1", "--json" }
    await(function() return pushes(1, 11) == 1 end)
    child:signal("KILL")
    child:finish()
    child = shop:start { "rundown", "run", path, "--room", "1", "--json" }
    await(function()
      return (process.read(child.out) or ""):find('"resumed":true', 1, true) ~= nil
    end)
    command.write(path, (command.read(path):gsub("(%+)(%d+)(s,push,12)", function(plus, _, rest)
      return ("%s%d%s"):format(plus, 600 + os.time() - now + 5, rest)
    end)))
    local got = child:finish()
    assert.equal(0, got.status, got.err)
    assert.same({ 1, 1 }, { pushes(1, 11), pushes(1, 12) })
    assert.truthy(got.out:find('"event":"edited"', 1, true))
  end)

  it("behind another process on its terminal is not stopped, and takes keys in front", function()
    local path = sheet("r.csv", { { 900, "push", "茶杯" } })
    local typing, screen = terminal(path, "set -m; @run@ & "
      .. "while [ ! -e @home@/front ]; do sleep 0.1; done; fg; echo $? >@home@/status")
    await(function() return screen():find("card q quit", 1, true) ~= nil end)
    command.write(shop.home .. "/front", "")
    assert.equal("130", await(function()
      typing:write("q")
      return status()
    end))
    typing:close()
  end)

  it("says that a rundown could not be checked", function()
    assert(shop.box:control("plant", { rooms = { { id = 3, name = "later",
      start_time = now + 3600, end_time = now + 7200 } } }))
    assert(shop.box:control("fault", { on = "goods_list", kind = "errcode_before", code = 48001,
      times = 100 }))
    local got = command.lua("scripts/wxlive", { "rundown", "run",
      sheet("r.csv", { { 1, "mute" } }), "--room", "3", "--lines" }, { env = shop:settings(),
      input = "quit" }) -- without the end of its line
    assert.equal(130, got.status, got.err)
    assert.truthy(got.err:find("r.csv: could not be checked, and runs unchecked: ", 1, true),
      got.err)
  end)

  it("is a short script, too, with the time in Beijing", function()
    local path = sheet("r.csv", { { 1, "push", "茶杯" }, { 2, "push", "99" } })
    assert(shop.box:control("fault", { on = "get_live_info", kind = "errcode_before", skip = 1,
      times = 9 }))
    local got = command.lua("scripts/run_show.lua", { path, "first" },
      { env = shop:settings { TZ = "America/New_York" } })
    assert.equal(3, got.status)
    local hour = got.out:match("^(%d%d):")
    assert.truthy(hour == os.date("!%H", os.time() + 28800)
      or hour == os.date("!%H", now + 28800), got.out)
    assert.truthy(got.out:find("done%s+push 茶杯"))
    assert.truthy(got.out:find("failed%s+push 99"))
    assert.truthy(got.out:find("poll_failed", 1, true), got.out)
    assert.truthy(got.err:find("run_show: 1 cues were not done", 1, true), got.err)
    local past = command.lua("scripts/wxlive", { "rundown", "report", "--room", "1", "--ledger",
      shop.location, "--json" }, { env = shop:settings() })
    assert.truthy(past.out:find('"failed"', 1, true), past.out .. past.err)
    got = command.lua("scripts/run_show.lua", { path }, { env = shop:settings() })
    assert.same({ 2, "usage: run_show.lua RUNDOWN ROOM [LEDGER]\n" }, { got.status, got.err })
  end)
end)
