--- wxlive calendar: the coming weeks of shows.
local calendar = require "wxlive.cli.output.calendar"
local client = require "wxlive.cli.client"
local core = require "wxlive.core"
local files = require "wxlive.base.files"
local grid = require "wxlive.cli.output.grid"
local json = require "wxlive.json"
local pick = require("wxlive.text.language").pick
local show = require "wxlive.cli.output.show"
local usage = require("wxlive.cli.usage").fail

local M = {
  name = "calendar",
  summary = "draw the coming weeks of shows",
  summary_zh = "以日历显示近期直播安排",
  accounts = "many",
}

local WIDTH = 120

function M.define(command)
  client.define_number(command, "--weeks", "<N>", { 1, 30, whole = true, default = 4 },
    "how many weeks, this one first", "显示的周数，自本周起")
  command:option("--output"):argname("<FILE.svg>")
    :description(pick("write an SVG picture instead", "输出为 SVG 图片"))
  command:flag("--json"):description(pick("print the days and their rooms as JSON",
    "以 JSON 输出每日的直播间"))
end

local function days_of(weeks)
  local days = json.array {}
  for _, week in ipairs(weeks) do
    for _, day in ipairs(week) do
      local rooms = json.array {}
      for i, room in ipairs(day.rooms) do
        rooms[i] = {
          room_id = room.room_id, name = room.name, start_time = room.start_time,
          end_time = room.end_time, live_status = room.live_status, account = room.account,
        }
      end
      days[#days + 1] = { date = os.date("!%Y-%m-%d", day.time + 8 * 3600), rooms = rooms }
    end
  end
  return days
end

local function draw(rooms, args)
  local weeks = calendar.weeks(rooms, core.system.now(), args.weeks)
  if args.output then
    return files.write(args.output, calendar.svg(weeks))
  elseif args.json then
    return show.json(days_of(weeks))
  end
  io.stdout:write(calendar.text(weeks, {
    width = grid.drawing(20, WIDTH),
    colour = core.system.isatty(1) and not os.getenv("NO_COLOR"),
  }))
  return true
end

--- Draws the shows of several accounts in one calendar.
---@param merged wxlive.cli.Merge
---@param args table
---@return true? ok
---@return wxlive.Error? err
function M.print(merged, args)
  local rooms = merged:list()
  for _, room in ipairs(rooms) do
    room.name = args.json and room.name or room.account .. ": " .. tostring(room.name)
  end
  return draw(rooms, args)
end

-- Endings of files of another kind, such as a calendar: a picture under that name would not open.
local others = { csv = true, gif = true, htm = true, html = true, ical = true, ics = true,
  jpeg = true, jpg = true, json = true, pdf = true, png = true, webp = true, xlsx = true }

function M.run(args)
  local ending = args.output and args.output:match("%.(%w+)$")
  if ending and others[ending:lower()] then
    return usage(("--output writes an SVG picture: let its name end in .svg, not in .%s")
      :format(ending), ("--output 输出 SVG 图片，文件名应以 .svg 结尾，而不是 .%s"):format(ending))
  end
  local live = assert(client.open(args))
  local rooms, short = show.rows_of(live:rooms())
  assert(rooms, short)
  if args.sink then
    show.list(rooms, {}, args)
  else
    assert(draw(rooms, args))
  end
  return not short or nil, short
end

return M
