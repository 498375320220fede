--- The coming weeks of shows, for a terminal and as a picture. Pure: rooms in, text out.
local compat = require "wxlive.base.compat"
local language = require "wxlive.text.language"
local room_order = require "wxlive.cli.output.room_order"
local states = require "wxlive.catalogue.states"
local textwidth = require "wxlive.text"

local M = {}

local escape, fit, pick = textwidth.xml, textwidth.fit, language.pick

local DAY, BEIJING = 86400, 8 * 3600

local day_names = {
  { "Mon", "一" }, { "Tue", "二" }, { "Wed", "三" }, { "Thu", "四" }, { "Fri", "五" },
  { "Sat", "六" }, { "Sun", "日" },
}

-- Escape sequences of a terminal and colours of a picture, by live_status; others are as planned.
local RED, GREY = "#d9363e", "#9aa0a6"
local terminal = {
  [states.LIVE] = "\27[1;31m", [states.ENDED] = "\27[2m", [states.EXPIRED] = "\27[2m",
}
local fills = { [states.LIVE] = RED, [states.ENDED] = GREY, [states.EXPIRED] = GREY }
local PLANNED = "#1f6feb"

-- Days since 1970 in Beijing.
local function day_of(time)
  return math.floor((time + BEIJING) / DAY)
end

-- 1970-01-01 was a Thursday.
local function monday_of(day)
  return day - (day + 3) % 7
end

local function format(pattern, time)
  return os.date(pattern, math.floor(time + BEIJING))
end

--- Lays rooms out by the day on which they start, in Beijing, weeks from Monday.
---@param rooms { room_id: integer, name: string, start_time: integer, live_status: integer }[]
---@param now number
---@param count integer   weeks
---@return table[] weeks  each of 7 days: { time, today, rooms }
function M.weeks(rooms, now, count)
  local today = day_of(now)
  local first = monday_of(today)
  local weeks, by_day = {}, {}
  for w = 1, count do
    weeks[w] = {}
    for d = 1, 7 do
      local day = first + (w - 1) * 7 + d - 1
      by_day[day] = { time = day * DAY - BEIJING, today = day == today, rooms = {} }
      weeks[w][d] = by_day[day]
    end
  end
  for _, room in ipairs(rooms) do
    local start = room_order.start(room)
    local day = start and by_day[day_of(start)]
    if day then
      table.insert(day.rooms, room)
    end
  end
  for _, day in pairs(by_day) do
    table.sort(day.rooms, room_order.is_before)
  end
  return weeks
end

local function entry(room)
  return format("!%H:%M ", room.start_time) .. (type(room.name) == "string" and room.name or "")
end

local function paint(text, sequence, colour)
  return colour and sequence and sequence .. text .. "\27[0m" or text
end

-- The lines of one week: the days, then as many rows as the fullest day has shows.
local function week_lines(week, width, colour, out)
  local cells, rows = {}, 0
  for d, day in ipairs(week) do
    local text = fit(" " .. format("!%m-%d", day.time), width)
    cells[d] = paint(text, day.today and "\27[7m" or "\27[1m", colour)
    if day.today and not colour then
      cells[d] = fit("*" .. format("!%m-%d", day.time), width)
    end
    rows = math.max(rows, #day.rooms)
  end
  out[#out + 1] = "│" .. table.concat(cells, "│") .. "│"
  for r = 1, math.max(rows, 1) do
    for d, day in ipairs(week) do
      local room = day.rooms[r]
      cells[d] = fit(room and entry(room) or "", width)
      if room then
        cells[d] = paint(cells[d], terminal[room.live_status], colour)
      end
    end
    out[#out + 1] = "│" .. table.concat(cells, "│") .. "│"
  end
end

--- Draws weeks with lines of text.
---@param weeks table[]
---@param options { width: integer, colour: boolean? }   columns of the screen
---@return string
function M.text(weeks, options)
  local width = math.max(8, math.floor((options.width - 8) / 7))
  local function rule(left, middle, right)
    return left .. (("─"):rep(width) .. middle):rep(6) .. ("─"):rep(width) .. right
  end
  local heads = {}
  for d, names in ipairs(day_names) do
    heads[d] = fit(" " .. pick(names[1], names[2]), width)
  end
  local out = { rule("┌", "┬", "┐"), "│" .. table.concat(heads, "│") .. "│" }
  for _, week in ipairs(weeks) do
    out[#out + 1] = rule("├", "┼", "┤")
    week_lines(week, width, options.colour, out)
  end
  out[#out + 1] = rule("└", "┴", "┘")
  return table.concat(out, "\n") .. "\n"
end

local CELL, HEAD, ROW, PAD = 170, 30, 20, 8

local function svg_day(day, x, y, height, out)
  out[#out + 1] = ('<rect x="%d" y="%d" width="%d" height="%d" fill="%s" stroke="#d0d7de"/>')
    :format(x, y, CELL, height, day.today and "#fff8c5" or "#ffffff")
  out[#out + 1] = ('<text x="%d" y="%d" fill="#57606a">%s</text>'):format(x + PAD, y + 18,
    format("!%m-%d", day.time))
  for i, room in ipairs(day.rooms) do
    local text = textwidth.cut(entry(room), 22)
    out[#out + 1] = ('<text x="%d" y="%d" fill="%s"><title>%s</title>%s</text>'):format(x + PAD,
      y + 18 + i * ROW, fills[room.live_status] or PLANNED,
      escape(("%s %s %s"):format(compat.text(room.room_id), entry(room),
        type(room.anchor_name) == "string" and room.anchor_name or "")), escape(text))
  end
end

--- Draws weeks as an SVG picture.
---@param weeks table[]
---@return string
function M.svg(weeks)
  local out, y = {}, HEAD
  for d, names in ipairs(day_names) do
    out[#out + 1] = ('<text x="%d" y="20" font-weight="bold" fill="#24292f">%s</text>'):format(
      (d - 1) * CELL + PAD, pick(names[1], names[2]))
  end
  for _, week in ipairs(weeks) do
    local rows = 2
    for _, day in ipairs(week) do
      rows = math.max(rows, #day.rooms)
    end
    local height = 28 + rows * ROW
    for d, day in ipairs(week) do
      svg_day(day, (d - 1) * CELL, y, height, out)
    end
    y = y + height
  end
  return ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" '
    .. 'font-family="sans-serif" font-size="13">\n<rect width="100%%" height="100%%" '
    .. 'fill="#f6f8fa"/>\n%s\n</svg>\n'):format(7 * CELL, y, 7 * CELL, y, table.concat(out, "\n"))
end

return M
