-- The file of a running show is edited.
local command = require "spec.support.command"
local rehearsal = require "wxlive.rundown.rehearsal"
local support = require "spec.support.rundown"

describe("a running show", function()
  local stage

  setup(function()
    stage = support.open()
  end)

  teardown(function()
    stage:close()
  end)

  describe("whose file is edited", function()
    it("goes on with the new rows, and says what is different", function()
      stage:room()
      local before = "+1m,push,11,,,,,,,\n+10m,push,12,,,,,,,\n+20m,push,13,60s,+22m,,,,,\n"
      stage:at(120, function()
        stage:sheet("+1m,push,11,,,,,,,\n+11m,push,13,,,,,,,\n+20m,push,13,30s,+21m,,,,,\n")
      end)
      local difference
      assert(stage:run(before, nil, function(event)
        difference = difference or event.name == "edited" and event
      end))
      assert.same({ "begun", "push 11 1 done", "edited", "push 13 1 done", "push 13 1 done",
        "push 13 2 done", "push 13 3 done" }, stage.events)
      assert.same({ 1, 1, 1 }, { #difference.added, #difference.removed, #difference.changed })
    end)

    it("knows rows that are written otherwise, or got a key", function()
      stage:room()
      local function rows(...)
        local lines = {}
        for i, row in ipairs { ... } do
          lines[i] = ("%s,%s,%s,,,do,,,,%s\n"):format(row[1], row[2], row[3], row[4] or "")
        end
        return table.concat(lines)
      end
      stage:at(120, function()
        stage:sheet(rows({ "+0:01:00", "mute", "" }, { "20:01:30", "push", "11", "b" },
          { "20分", "push", "12", "c" }))
      end)
      stage:at(600, function() -- what was done moves, what is to come moves
        stage:sheet(rows({ "+1m", "mute", "", "a" }, { "20:15", "push", "11", "b" },
          { "+25m", "push", "12", "c" }))
      end)
      assert(stage:run(rows({ "+1m", "mute", "" }, { "20:01:30", "push", "11" },
        { "+20m", "push", "12" })))
      assert.same({ "begun", "mute 1 done", "push 11 1 done", "edited", "push 12 1 done" },
        stage.events)
      assert.same({ 1, 1500 }, { stage:pushes(11), stage.cues[3].due - support.START })
    end)

    it("begins a row that repeats anew when its start was moved behind its next cue", function()
      stage:room()
      stage:at(150, function()
        stage:sheet("+10m,push,11,60s,+12m,,,,,a\n")
      end)
      assert(stage:run("+1m,push,11,60s,+5m,,,,,a\n"))
      local due = {}
      for i, cue in ipairs(stage.cues) do
        due[i] = cue.due - support.START
      end
      assert.same({ 60, 120, 600, 660, 720 }, due)
    end)

    it("while it is opened, too", function()
      stage:room()
      local live = assert(rehearsal.client(stage.box, stage.clock, { hooks = {
        request = function()
          stage:sheet("+1m,push,12,,,,,,,\n")
        end,
      } }))
      assert(stage:run("+1m,push,11,,,,,,,\n", { live = live }))
      assert.same({ "edited", "begun", "push 12 1 done" }, stage.events)
    end)

    it("between two runs, too", function()
      stage:room()
      assert(stage:run("+1m,mute,,,,,,,,\n+10m,push,12,,,,,,,\n", nil, function(event, show)
        if event.name == "cue" then
          show:command("quit")
        end
      end))
      assert(stage:run("1m,mute,,,,,,,,a\n+10m,push,12,,,,,,,b\n"))
      assert.same({ "begun", "push 12 1 done" }, stage.events)
    end)

    it("also before it begins", function()
      stage:room()
      stage:at(-5, function()
        stage:sheet("start,push,12,,,,,,,\n")
      end)
      assert(stage:run("start,push,11,,,,,,,\n"))
      assert.same({ "edited", "begun", "push 12 1 done" }, stage.events)
    end)

    it("checks the new rows", function()
      stage:room()
      stage:at(120, function()
        stage:sheet("+1m,push,11,,,,,,,\n+10m,push,nothing,,,,,,,\n")
      end)
      local problems
      assert(stage:run("+1m,push,11,,,,,,,\n+9m,note,,,,,,x,,\n", nil, function(event)
        problems = problems or event.name == "edited" and event.problems
      end))
      assert.equal(3, problems[1].line)
      assert.equal("push nothing 1 failed", stage.events[#stage.events])
    end)

    it("says once that the file is gone or empty, and goes on with the rows", function()
      for text, part in pairs { [""] = "no rows", gone = "No such file" } do
        stage:room()
        stage:at(120, function()
          if text == "gone" then
            os.remove(stage.home .. "/evening.csv")
          else
            command.write(stage.home .. "/evening.csv", text)
          end
        end)
        local refused
        assert(stage:run("+1m,push,11,,,,,,,\n+10m,push,12,,,,,,,\n", nil, function(event)
          refused = refused or event.name == "edit_refused" and event
        end))
        assert.same({ "begun", "push 11 1 done", "edit_refused", "push 12 1 done" }, stage.events)
        local said = refused.problems and refused.problems[1].message or tostring(refused.err)
        assert.truthy(said:find(part, 1, true), said)
      end
    end)

    it("keeps the old rows while the new ones are wrong", function()
      stage:room()
      stage:at(120, function()
        stage:sheet("+1m,push,11,,,,,,,\n+10m,dance,12,,,,,,,\n")
      end)
      local problems
      assert(stage:run("+1m,push,11,,,,,,,\n+10m,push,12,,,,,,,\n", nil, function(event)
        problems = problems or event.problems
      end))
      assert.same({ "begun", "push 11 1 done", "edit_refused", "push 12 1 done" }, stage.events)
      assert.equal(3, problems[1].line)
    end)
  end)
end)
