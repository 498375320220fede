-- wxlive rundown: keys and lines, what is printed, and the samples of the guide.
local command = require "spec.support.command"
local events = require "wxlive.cli.rundown.events"
local keys = require "wxlive.cli.rundown.keys"

describe("keys of a running show", function()
  local function typed(...)
    local heard, reader = {}, keys.keys()
    for _, bytes in ipairs { ... } do
      reader:feed(bytes, function(name, argument)
        heard[#heard + 1] = argument and name .. " " .. argument or name
      end)
    end
    return table.concat(heard, ", "), reader.typed
  end

  it("are commands", function()
    assert.equal("next, skip, hold, go, quit, card 3, other", (typed "nsHgq3\t"))
    assert.equal("", (typed "xyz\27[A \1"))
  end)

  it("are not what other keys of a terminal send, nor what is pasted", function()
    -- F2, F4, Home twice, F5, Delete, Ctrl with an arrow, Alt with a letter
    assert.equal("", (typed "\27OQ\27OS\27[H\27OH\27[15~\27[3~\27[1;5C\27n"))
    assert.equal("next", (typed("\27", "[", "3", "~\27", "OQ", "n")))
    assert.equal("next, skip", (typed("\27", "n", "\27\27[Hs")))
    assert.same({ "skip", "" }, { typed("\27[200~new at 8", ":05, hq+3\n", "\27[201~s") })
    assert.same({ "", "" }, { typed "+3\27[A\n" })
  end)

  it("make a number behind + or -, over several reads, until Enter", function()
    assert.equal("shift 30, next", (typed("+3", "0\n", "n")))
    assert.equal("shift -5", (typed "-5\r"))
    assert.equal("shift 2", (typed "+3\1272\n"))
    assert.equal("next", (typed "+3xn"))
    assert.equal("", (typed "+\n"))
    assert.same({ "", "+12" }, { typed "+12" })
  end)

  it("as lines name a room where there are several", function()
    local heard, wrong, reader = {}, {}, keys.lines()
    for _, bytes in ipairs { "next\nsh", "ift -30\n12 card 3\n", "dance\n\n  hold  \nquit" } do
      reader:feed(bytes, function(name, argument, room)
        heard[#heard + 1] = ("%s %s %s"):format(name, argument or "-", room or "-")
      end, function(line)
        wrong[#wrong + 1] = line
      end)
    end
    assert.same({ "next - -", "shift -30 -", "card 3 12", "hold - -" }, heard)
    assert.same({ "dance" }, wrong)
    keys.lines():feed("shift\ncard\ncard 12\nshift -\nnext 5\nshift 100000\n", error, function(line)
      wrong[#wrong + 1] = line
    end)
    assert.same({ "dance", "shift", "card", "card 12", "shift -", "next 5", "shift 100000" },
      wrong)
  end)
end)

describe("how late cues were", function()
  it("is drawn", function()
    local list = {}
    for i, seconds in ipairs { 0, 0.05, 0.7, 3, 100 } do
      list[i] = { state = "done", due = 1000, begun_at = 1000 + seconds }
    end
    list[6] = { state = "late", due = 1000, begun_at = 1400 }
    local text = events.histogram(list)
    assert.truthy(text:find("less than 0.1 s +2 ████"))
    assert.truthy(text:find("60 s and more +1 ████"))
  end)
end)

describe("the screen of a running show", function()
  it("makes one line of many cues of a row that came too late", function()
    local printed = {}
    local one = { room = { name = "r" }, zero = 1000 }
    local screen = events.screen({ table = true }, {})
    function screen.print(_, text)
      printed[#printed + 1] = text:gsub("^%S+ %S+  ", "")
    end
    local rotation, row = { line = 8, every = {}, action = "push" }, { line = 3, action = "push" }
    local function cue(of, state, due)
      screen:event({ name = "cue", at = 2000, due = due, state = state, row = of, label = "push" },
        one)
    end
    for due = 1040, 1900, 45 do
      cue(rotation, "late", due)
    end
    cue(row, "late", 1900)
    cue(rotation, "done", 1990)
    cue(rotation, "late", 2000)
    screen:tell_late(one)
    screen:tell_late(one)
    assert.same({ "20 cues of line 8 came too late: 08:17:20 to 08:31:35",
      "too late  push (line 3)", "done  push (line 8)", "too late  push (line 8)" }, printed)
  end)
end)

describe("wxlive rundown", function()
  local function run(...)
    return command.lua("scripts/wxlive", { "rundown", ... }, { env = command.settings() })
  end

  it("names what is wrong with the file, and with the command line", function()
    local home = command.directory()
    command.write(home .. "/r.csv", "at,do\n+5m,dance\nnoon,mute\n")
    local got = run("run", home .. "/r.csv", "--rehearse")
    assert.equal(2, got.status)
    assert.truthy(got.err:find("r.csv:2: do is not an action", 1, true))
    assert.truthy(got.err:find("r.csv:3: at must be", 1, true))
    got = run("run", home .. "/r.csv")
    assert.equal(2, got.status)
    assert.truthy(got.err:find("--room is missing", 1, true))
    got = run("run", home .. "/a.csv", home .. "/b.csv", "--room", "1", "--room", "2", "--room",
      "3")
    assert.truthy(got.err:find("2 rundowns for 3 rooms", 1, true))
    got = run("run", home .. "/a.csv", "--room", "1", "--speed", "60")
    assert.truthy(got.err:find("--speed belongs to --rehearse", 1, true))
    for _, name in ipairs { "--svg", "--ics" } do
      got = run("check", home .. "/r.csv", "--room", "1", name, home .. "/./r.csv")
      assert.equal(2, got.status)
      assert.truthy(got.err:find(name .. " is the rundown itself", 1, true), got.err)
    end
    assert.truthy(command.read(home .. "/r.csv"):find("^at,do"))
    got = run("run", home .. "/a.csv", home .. "/b.csv", "--rehearse")
    assert.truthy(got.err:find("one rundown and one room", 1, true))
    command.remove(home)
  end)

  it("says what would have gone wrong", function()
    local home = command.directory()
    command.write(home .. "/r.csv", "at,do,goods\n5m,off sale,1\n6m,push,1\n")
    local got = run("run", home .. "/r.csv", "--rehearse", "--table")
    assert.equal(3, got.status)
    assert.truthy(got.out:find("What would have gone wrong:\n.*FAILED  push 1 %(line 3%)"))
    assert.truthy(got.err:find("r.csv:3: pushes goods 1, which line 2", 1, true))
    command.remove(home)
  end)
end)
