--- Times as people write them in sheets and on the command line, in Beijing time like the
--- platform's.
local compat = require "wxlive.base.compat"
local both = require("wxlive.text.sentence").both
local text_of = require "wxlive.text"

local M = {}

local BEIJING = 8 * 3600
local DAY = 86400

local units = { m = 60, h = 3600, d = DAY, w = 7 * DAY }

local accepted = both("write 2026-12-01 20:00 (Beijing time), +2d 20:00, +3h, or Unix seconds",
  "请写作 2026-12-01 20:00（北京时间）、+2d 20:00、+3h，或 Unix 秒数")
local accepted_absolute = both("write 2026-12-01 20:00 (Beijing time) or Unix seconds",
  "请写作 2026-12-01 20:00（北京时间）或 Unix 秒数")

local function form_of(now)
  return now and accepted or accepted_absolute
end

local function no_time(text, now)
  return both("%s is not a time; %s", "%s 不是时间；%s"):format(
    text == "" and both("nothing", "空值") or text_of.quote(text), form_of(now))
end

-- Days from 1970-01-01 to a date of the Gregorian calendar; nil when there is no such day.
local function days_from_civil(year, month, day)
  local lengths = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }
  if year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0) then
    lengths[2] = 29
  end
  if month < 1 or month > 12 or day < 1 or day > lengths[month] or year < 1970 then
    return nil
  end
  local y = month <= 2 and year - 1 or year
  local era = math.floor(y / 400)
  local of_era = y - era * 400
  local of_year = math.floor((153 * (month + (month > 2 and -3 or 9)) + 2) / 5) + day - 1
  local of_era_days = of_era * 365 + math.floor(of_era / 4) - math.floor(of_era / 100) + of_year
  return era * 146097 + of_era_days - 719468
end

local function clock(hour, minute, second)
  hour, minute, second = tonumber(hour), tonumber(minute), tonumber(second or 0)
  if hour < 24 and minute < 60 and second < 60 then
    return hour * 3600 + minute * 60 + second
  end
end

--- Reads a time.
---@param text string
---@param now number?     seconds since 1970, for relative times, which are refused without it
---@return integer? seconds
---@return wxlive.Sentence? wrong
function M.parse(text, now)
  local s = text_of.narrow(text)
  if s:find("^%d+$") then
    if #s > 11 then
      return nil, both("%s looks like milliseconds; %s", "%s 像是毫秒；%s"):format(s, form_of(now))
    end
    return math.floor(tonumber(s))
  end
  -- +2d 20:00 is a clock time so many days on; +3h is so long from now.
  local count, unit, rest = s:match("^%+(%d+)([mhdw])%s*(.*)$")
  if count and now then
    local ahead = tonumber(count) * units[unit]
    if rest == "" then
      return math.floor(now + ahead)
    end
    local hour, minute, second = rest:match("^(%d%d?):(%d%d):?(%d*)$")
    local of_day = hour and clock(hour, minute, second ~= "" and second or nil)
    if of_day and (unit == "d" or unit == "w") then
      local today = math.floor((now + BEIJING) / DAY) * DAY - BEIJING
      return math.floor(today + ahead + of_day)
    end
    return nil, no_time(s, now)
  end
  local plain = s:gsub("^(%d+)年(%d+)月(%d+)日%s*", "%1-%2-%3 ")
  local year, month, day, hour, minute, second =
    plain:match("^(%d%d%d%d)[-/.](%d%d?)[-/.](%d%d?)[T%s]+(%d%d?):(%d%d):?(%d*)$")
  if year then
    local days = days_from_civil(tonumber(year), tonumber(month), tonumber(day))
    local of_day = clock(hour, minute, second ~= "" and second or nil)
    if days and of_day then
      return math.floor(days * DAY + of_day - BEIJING)
    end
  end
  return nil, no_time(s, now)
end

-- The end of the year 9999.
local LAST = 253402300800

--- A time for people, in Beijing time: 2026-12-01 20:00
---@param seconds number
---@return string
function M.format(seconds)
  if not (seconds > -LAST and seconds < LAST) then
    return compat.text(seconds)
  end
  return os.date("!%Y-%m-%d %H:%M", math.floor(seconds) + BEIJING)
end

return M
