--- The cues of a rundown as a calendar (iCalendar, RFC 5545): one event for each row. Pure.
local compat = require "wxlive.base.compat"
local pictures = require "wxlive.rundown.picture"
local text_of = require "wxlive.text"

local M = {}

local LINE_MAX = 75

-- A cue lasts a moment; calendars show nothing shorter than this.
local SECONDS = 60

local function utc(unix)
  return os.date("!%Y%m%dT%H%M%SZ", math.floor(unix + 0.5))
end

local function escape(text)
  return (text_of.plain(text):gsub("[\\;,]", "\\%0"))
end

-- A line of more than 75 bytes goes on in the next, never inside a character.
local function fold(line)
  local out, rest, room = {}, line, LINE_MAX
  while #rest > room do
    local stop = room
    while stop > 1 and rest:byte(stop + 1) >= 0x80 and rest:byte(stop + 1) < 0xC0 do
      stop = stop - 1
    end
    out[#out + 1] = rest:sub(1, stop)
    rest, room = rest:sub(stop + 1), LINE_MAX - 1
  end
  out[#out + 1] = rest
  return table.concat(out, "\r\n ")
end

--- Writes the calendar.
---@param rows wxlive.rundown.Row[]
---@param room { room_id: integer, name: string?, start_time: number, end_time: number }
---@param now number
---@return string
function M.text(rows, room, now)
  local id = compat.integer_text(room.room_id)
  local out = { "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//wxlive//rundown//EN",
    "X-WR-CALNAME:" .. escape(room.name or id) }
  for _, line in ipairs(pictures.layout(rows, room).lines) do
    if line.cues[1] then
      local last = line.cues[#line.cues]
      out[#out + 1] = "BEGIN:VEVENT"
      out[#out + 1] = ("UID:%s-%s@wxlive"):format(id, (line.row.key:gsub("[^%w]", function(c)
        return ("%02x"):format(c:byte())
      end)))
      out[#out + 1] = "DTSTAMP:" .. utc(now)
      out[#out + 1] = "DTSTART:" .. utc(line.cues[1])
      out[#out + 1] = "DTEND:" .. utc(last + SECONDS)
      out[#out + 1] = "SUMMARY:" .. escape(line.label)
      local about = { room.name or id }
      if line.row.note and line.row.action ~= "note" then
        about[2] = line.row.note
      end
      if #line.cues > 1 then
        about[#about + 1] = ("%d x"):format(#line.cues)
      end
      out[#out + 1] = "DESCRIPTION:" .. escape(table.concat(about, " - "))
      out[#out + 1] = "END:VEVENT"
    end
  end
  out[#out + 1] = "END:VCALENDAR"
  for i, line in ipairs(out) do
    out[i] = fold(line)
  end
  return table.concat(out, "\r\n") .. "\r\n"
end

return M
