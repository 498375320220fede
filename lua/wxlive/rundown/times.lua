--- Times and spans of a rundown as people write them.
--
-- A time is counted from the real start (+5m, +0:12:30, or 5m: spreadsheet programs take a + for
-- the beginning of a formula), a time of day in Beijing (20:30), or a day and time. Pure.
local both = require("wxlive.text.sentence").both
local text_of = require "wxlive.text"
local times = require "wxlive.text.time"
local words = require "wxlive.rundown.words"

local M = {}

local BEIJING, DAY = 8 * 3600, 86400

-- The longest show that the platform allows, and the longest offset.
local LONGEST = 24 * 3600

-- A time of day belongs to the show when it comes this long before the planned start, or later.
local EARLY = 1800

---@class wxlive.rundown.Time
---@field kind "offset"|"clock"|"time"|"end"
---@field seconds number?   offset: from the start; clock: from midnight; time: Unix seconds

local units = {
  { "^hours?", 3600 }, { "^hr?s?", 3600 }, { "^小时", 3600 }, { "^时", 3600 },
  { "^minutes?", 60 }, { "^mins?", 60 }, { "^m", 60 }, { "^分钟", 60 }, { "^分", 60 },
  { "^seconds?", 1 }, { "^secs?", 1 }, { "^s", 1 }, { "^秒钟", 1 }, { "^秒", 1 },
}

-- 1h5m30s -> 3930; nil for anything else.
local function units_of(s)
  local sum, rest, last = 0, s, math.huge
  if rest == "" then
    return nil
  end
  while rest ~= "" do
    local number, behind = rest:match("^(%d+)%s*(.*)$")
    local unit
    for _, one in ipairs(number and units or {}) do
      local _, stop = behind:find(one[1])
      if stop then
        unit, rest = one[2], behind:sub(stop + 1):gsub("^%s+", "")
        break
      end
    end
    if not unit or unit >= last then
      return nil
    end
    sum, last = sum + tonumber(number) * unit, unit
  end
  return sum
end

local function clock_of(s)
  local hour, minute, second = s:match("^(%d%d?):(%d%d):?(%d*)$")
  if hour then
    hour, minute, second = tonumber(hour), tonumber(minute), tonumber(second) or 0
    if hour < 24 and minute < 60 and second < 60 then
      return hour * 3600 + minute * 60 + second
    elseif hour == 24 and minute == 0 and second == 0 then
      return 0
    end
  end
end

local halves = { ["上午"] = 0, ["下午"] = 12, a = 0, p = 12 }

-- A text with its 12-hour clock (下午8:05, 8:05 PM) in 24 hours; unchanged when it has none, or an
-- unclear one: 上午12:00 is noon for a person, and midnight for Excel.
local function in_24_hours(s)
  local before, hour, rest, half = s:match("^(.-)(%d%d?)(:%d%d:?%d*)%s*([ap])%.?m%.?$")
  for _, word in ipairs { "上午", "下午" } do
    if not half then
      before, hour, rest = s:match("^(.-)%s*" .. word .. "%s*(%d%d?)(:%d%d:?%d*)$")
      half = before and word
    end
  end
  hour = tonumber(hour)
  if not half or before:find("^%+") or hour < 1 or hour > 12 or half == "上午" and hour == 12 then
    return s
  end
  return ((before .. " " .. hour % 12 + halves[half] .. rest):gsub("^%s+", ""))
end

-- A text with a time of the clock that a spreadsheet program has written with characters (20时30分,
-- 20时30分15秒) in figures and colons; unchanged when it has none. +1时30分 is a span.
local function with_colons(s)
  if s:find("^%+") then
    return s
  end
  return (s:gsub("(%d)时(%d%d)分(%d%d)秒$", "%1:%2:%3"):gsub("(%d)时(%d%d)分$", "%1:%2"))
end

-- Whether a text is what a spreadsheet program writes for a time: a fraction of a day, with the
-- number of the day before it or not, or a 12-hour clock.
local function of_spreadsheet(s)
  return s:find("^%d*%.%d+$") or s:find("上午", 1, true) or s:find("下午", 1, true)
    or s:find("%d%s*[ap]%.?m%.?$")
end

--- Reads a span: 45s, 1m30s, 5分钟.
---@param text string
---@return number? seconds
---@return wxlive.Sentence? wrong
function M.span(text)
  local s = text_of.narrow(text):lower()
  local seconds = units_of(s) or s:find("^%d+$") and tonumber(s)
  if seconds and seconds <= LONGEST then
    return seconds
  end
  return nil, both("must be a span such as 45s or 1m30s, of 24 hours at most, not %s",
    "应为时长，如 45s、1m30s、90秒（不超过 24 小时），而不是 %s"):format(text_of.quote(text))
end

-- The words before a span ("every"), and between two spans ("to"). Each is a pattern of its own,
-- because a set in a Lua pattern holds bytes, not characters.
local each = { "^每隔", "^每", "^every%s+" }
local between = { "–", "—", "~", "至", "到" }

--- Reads what a row repeats by: 45s, or 45s-60s.
---@param text string
---@return { least: number, most: number }? every
---@return wxlive.Sentence? wrong
function M.every(text)
  local s = text_of.narrow(text):lower()
  for _, word in ipairs(each) do
    s = s:gsub(word, "")
  end
  for _, word in ipairs(between) do
    s = s:gsub(word, "-")
  end
  local first, second = s:match("^(.-)%s*%-+%s*(.+)$")
  first, second = first or s, second or s
  -- 45-60s
  if first:find("^%d+$") and second:find("^%d+%D+$") then
    first = first .. second:match("^%d+(%D+)$")
  end
  local least, most = M.span(first), M.span(second)
  if not least or not most or least > most or least < 1 then
    return nil, both("must be a span such as 45s, or two such as 45s-60s, from 1 second, not %s",
      "应为间隔，如 45s，或范围，如 45s-60s（至少 1 秒），而不是 %s"):format(text_of.quote(text))
  end
  return { least = least, most = most }
end

--- Reads a time.
---@param text string
---@return wxlive.rundown.Time? time
---@return wxlive.Sentence? wrong
function M.time(text)
  local s = in_24_hours(with_colons(text_of.narrow(text):lower()))
  local plain = words.plain(text)
  if words.starts[plain] then
    return { kind = "offset", seconds = 0 }
  elseif words.ends[plain] then
    return { kind = "end" }
  end
  local signed = s:match("^%+%s*(.*)$")
  local seconds = units_of(signed or s)
  local hour, minute, second = (signed or ""):match("^(%d+):(%d%d):(%d%d)$")
  if hour and tonumber(minute) < 60 and tonumber(second) < 60 then
    seconds = tonumber(hour) * 3600 + tonumber(minute) * 60 + tonumber(second)
  elseif signed == "0" then
    seconds = 0
  end
  if seconds then
    if seconds <= LONGEST then
      return { kind = "offset", seconds = seconds }
    end
  elseif signed and signed:find("^%d+:%d%d$") then
    return nil, both("is not clear: write +0:%s for minutes, or +%s:00 for hours",
      "不明确：按分秒请写 +0:%s，按时分请写 +%s:00"):format(signed, signed)
  elseif not signed then
    local of_day = clock_of(s)
    if of_day then
      return { kind = "clock", seconds = of_day }
    end
    local unix = (s:find("^%d%d%d%d[-/.]") or s:find("^%d%d%d%d年")) and times.parse(s, 0)
    if unix then
      return { kind = "time", seconds = unix }
    end
  end
  if of_spreadsheet(s) then
    return nil, both("is how a spreadsheet program writes a time, and not clear: give the "
      .. "column the cell format Text (20:05, 5m) or [h]:mm:ss (20:05:00), save it again; not %s",
      "是表格软件的时间写法，含义不明确：请将该列的单元格格式设为“文本”（20:05、5m）或自定义 [h]:mm:ss（20:05:00）后重新保存，而不是 %s")
      :format(text_of.quote(text))
  end
  return nil, both("must be +5m or +0:12:30 from the start (24 hours at most), a time such as "
    .. "20:30, or a day and time, not %s",
    "应为开播后的时间，如 +5m、5分、+0:12:30（不超过 24 小时），或钟点，如 20:30，或日期加钟点，而不是 %s"):format(text_of.quote(text))
end

--- A time in seconds from the real start, and whether a shift leaves it unchanged because it names
--- a time of day. nil for "end".
---@param time wxlive.rundown.Time
---@param show { zero: number, planned: number }   the real and the planned start
---@return number? from_start
---@return boolean fixed
function M.place(time, show)
  if time.kind == "offset" then
    return time.seconds, false
  elseif time.kind == "time" then
    return time.seconds - show.zero, true
  elseif time.kind == "clock" then
    local first = math.floor(show.planned) - EARLY
    local midnight = math.floor((first + BEIJING) / DAY) * DAY - BEIJING
    local at = midnight + time.seconds
    if at < first then
      at = at + DAY
    end
    return at - show.zero, true
  end
  return nil, false
end

--- Seconds as +h:mm:ss.
---@param seconds number
---@return string
function M.text(seconds)
  local sign = seconds < 0 and "-" or "+"
  seconds = math.floor(math.abs(seconds) + 0.5)
  return ("%s%d:%02d:%02d"):format(sign, math.floor(seconds / 3600),
    math.floor(seconds / 60) % 60, seconds % 60)
end

--- A time in one spelling, however a person wrote it: +0:05:00, 20:30:00, or Unix seconds.
---@param time wxlive.rundown.Time
---@return string
function M.plain(time)
  if time.kind == "offset" then
    return M.text(time.seconds)
  elseif time.kind == "clock" then
    return M.clock(time.seconds - BEIJING)
  end
  return time.seconds and ("%.0f"):format(time.seconds) or time.kind
end

--- A moment of the clock in Beijing: 20:30:00
---@param unix number
---@return string
function M.clock(unix)
  return os.date("!%H:%M:%S", math.floor(unix + 0.5) + BEIJING)
end

return M
