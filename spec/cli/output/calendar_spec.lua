local calendar = require "wxlive.cli.output.calendar"
local command = require "spec.support.command"
local room_order = require "wxlive.cli.output.room_order"
local shops = require "spec.support.shop"
local show = require "wxlive.cli.output.show"
local times = require "wxlive.text.time"

-- 2026-11-23 12:00 in Beijing, a Monday.
local NOW = 1795406400

describe("the calendar", function()
  local function room(id, start_time, name, live_status)
    return { room_id = id, start_time = start_time, name = name, live_status = live_status or 102 }
  end

  it("puts shows on their day in Beijing, weeks from Monday", function()
    local weeks = calendar.weeks({
      room(2, NOW + 3600, "later"), room(1, NOW, "now"),
      room(3, NOW + 12 * 3600 - 1, "the last second"), room(4, NOW + 12 * 3600, "tomorrow"),
      room(5, NOW + 13 * 86400, "the last Sunday"), room(6, NOW + 14 * 86400, "too late"),
      room(7, NOW - 86400, "yesterday"),
    }, NOW, 2)
    assert.equal(2, #weeks)
    local function names(week, day)
      local list = {}
      for i, one in ipairs(weeks[week][day].rooms) do
        list[i] = one.name
      end
      return list
    end
    assert.is_true(weeks[1][1].today)
    assert.same({ "now", "later", "the last second" }, names(1, 1))
    assert.same({ "tomorrow" }, names(1, 2))
    assert.same({ "the last Sunday" }, names(2, 7))
  end)

  it("shows what it can of rows whose fields are not what they should be", function()
    local rows = {
      room(("9"):rep(25), NOW, "long id"), room(3, nil, "no start"), room(4, "soon", "no time"),
      room(5, 1e300, "never"), room(6, {}, "a table"), room(2, NOW, nil), room(7, NOW, {}),
      { room_id = 8, start_time = NOW, name = "x", live_status = {}, anchor_name = {} },
    }
    local weeks = calendar.weeks(rows, NOW, 1)
    local ids = {}
    for i, one in ipairs(weeks[1][1].rooms) do
      ids[i] = tostring(one.room_id)
    end
    assert.same({ "2", "7", "8", ("9"):rep(25) }, ids)
    assert.is_string(calendar.text(weeks, { width = 80 }))
    assert.is_string(calendar.svg(weeks))
    table.sort(rows, room_order.is_before)
    assert.equal(2, rows[1].room_id)
    assert.equal("1e+300", times.format(1e300))
    assert.same({ a = "1e+300", b = { 1, "inf" }, c = true },
      show.printable { a = 1e300, b = { 1, math.huge }, c = true })
  end)

  it("draws lines of one width, whatever the names", function()
    local textwidth = require "wxlive.text"
    local weeks = calendar.weeks({
      room(1, NOW, "春茶上新专场一二三四五六七八九十"), room(2, NOW, "a\27[31mb"), room(3, NOW, "c", 101),
    }, NOW, 3)
    local text = calendar.text(weeks, { width = 80 })
    local width
    for line in text:gmatch("[^\n]+") do
      width = width or textwidth.width(line)
      assert.equal(width, textwidth.width(line))
    end
    assert.is_true(width <= 80)
    assert.is_nil(text:find("\27", 1, true))
    assert.is_truthy(calendar.text(weeks, { width = 80, colour = true }):find("\27[1;31m", 1, true))
  end)

  it("draws a picture in which names are only text", function()
    local svg = calendar.svg(calendar.weeks({ room(1, NOW, '<b>"&') }, NOW, 1))
    assert.is_truthy(svg:find("12:00 &lt;b&gt;&quot;&amp;</text>", 1, true))
    assert.is_nil(svg:find("<b>", 1, true))
  end)

  it("is a command", function()
    local shop = shops.open { seed = "demo" }
    local got = shop:run { "calendar", "--weeks", "6" }
    assert.equal(0, got.status, got.err)
    assert.is_truthy(got.out:find("^┌─"))
    local path = shop.home .. "/calendar.svg"
    assert.equal(0, shop:run({ "calendar", "--output", path }).status)
    assert.is_truthy(command.read(path):find("^<svg "))
    assert.equal(28, select(2, shop:run({ "calendar", "--json" }).out:gsub('"date"', "")))
    assert.equal(0, shop:run({ "calendar", "--help" }).status)
    shop:close()
  end)
end)
