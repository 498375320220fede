-- A whole evening on the sandbox, in a moment.
local command = require "spec.support.command"
local rundown = require "wxlive.rundown"
local system = require("wxlive.core").system

describe("a rehearsal", function()
  local home

  before_each(function()
    home = command.directory()
  end)

  after_each(function()
    command.remove(home)
  end)

  local function sheet(text)
    command.write(home .. "/r.csv", text)
    return home .. "/r.csv"
  end

  it("makes a room up that fits, and says what would have gone wrong", function()
    local result = assert(rundown.rehearse {
      path = sheet [[
at,do,goods,every,until
20:05,on sale,茶杯,,
20:10,push,茶杯,,
+11m,push,77,,
+12m,off sale,77,,
+13m,push,77,,
]],
    })
    assert.equal("20:00:00", require("wxlive.rundown.times").clock(result.room.start_time))
    assert.same({ 4, 1 }, { result.summary.counts.done, result.summary.counts.failed })
    assert.equal(6, result.report.problems[1].line)
  end)

  it("makes up a room that goes on past midnight", function()
    for text, start in pairs {
      ["00:10,note,c\n23:30,note,a\n00:30,note,b\n"] = "23:00:00", ["20:30,note,a\n"] = "20:00:00",
      ["2026-12-02 00:30,note,a\n2026-12-01 23:50,note,b\n"] = "23:00:00",
    } do
      local result = assert(rundown.rehearse { path = sheet("at,do,note\n" .. text) })
      assert.equal(start, require("wxlive.rundown.times").clock(result.room.start_time))
      assert.same({}, result.report.problems)
    end
  end)

  it("takes a copy of a room", function()
    local heard = {}
    local result = assert(rundown.rehearse {
      path = sheet "at,do,goods\n+5m,push,12\n", room = {
        room_id = 345, name = "春茶", start_time = 1795953600, end_time = 1795957200,
        goods = { { goods_id = 12, name = "茶杯", url = "pages/a" } },
      },
      on_event = function(event) heard[#heard + 1] = event end,
    })
    assert.is_nil(result.summary.err)
    assert.equal(345, heard[1].room_id)
    assert.same({}, result.report.problems)
  end)

  it("reads the room and the library of a shop", function()
    local stage = require("spec.support.rundown").open()
    stage:room { name = "茶会" }
    local live = assert(require("wxlive.rundown.rehearsal").client(stage.box, stage.clock))
    local result = assert(rundown.rehearse {
      path = sheet "at,do,goods\n+5m,push,茶杯\n+6m,push,未导入\n+7m,push,驳回\n", live = live,
      room = "茶会",
    })
    assert.same({ 1, 2 }, { result.summary.counts.done, result.summary.counts.failed })
    assert.truthy(result.report.problems[1].message:find("15 (未导入) are not in the room", 1, true))
    assert.truthy(result.report.problems[2].message:find("16 (驳回) are rejected", 1, true))
    local none, err = rundown.rehearse { path = sheet "at,do\n+5m,mute\n", live = live, room = "x" }
    assert.is_nil(none)
    assert.equal("room_not_found", err.name)
    assert.equal(0, stage:pushes(11))
    stage:close()
  end)

  it("runs at any speed", function()
    local began = system.monotonic()
    assert(rundown.rehearse { path = sheet "at,do,note\n+1m,note,hello\n", speed = 600 })
    -- A minute and a half before the start, and one behind it.
    assert.is_true(system.monotonic() - began >= 0.2)
  end)

  it("does not begin without a rundown", function()
    local result, err = rundown.rehearse { path = home .. "/none.csv" }
    assert.is_nil(result)
    assert.equal("no_sheet", err.name)
    for _, given in ipairs {
      {}, { path = 5 }, { path = home .. "/r.csv", speed = 0 },
      { path = home .. "/r.csv", speed = 0 / 0 }, { path = home .. "/r.csv", room = 5 },
      { path = home .. "/r.csv", rooms = {} }, false,
    } do
      result, err = rundown.rehearse(given or "r.csv")
      assert.is_nil(result)
      assert.equal("invalid", err.kind)
    end
    result, err = rundown.read(nil)
    assert.is_nil(result)
    assert.equal("path", err.field)
  end)

  it("leaves no sandbox behind when a function that it was given raises", function()
    local pid
    assert.error_matches(function()
      rundown.rehearse {
        path = sheet "at,do,note\n+1m,note,hello\n",
        prepare = function(box)
          pid = box.pid
          error "in prepare"
        end,
      }
    end, "in prepare")
    local ended = command.run { "sh", "-c", "kill -0 " .. pid }
    assert.is_true(ended.status ~= 0)
  end)
end)
