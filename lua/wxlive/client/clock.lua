--- The platform's clock, from the Date header of its answers.
--
-- Days of quotas and starts of rooms are the platform's. A machine with a wrong clock would wait
-- for its own midnight. Therefore the difference of the two clocks is measured from an answer once
-- a minute, and from each answer that refuses a call.
local times = require "wxlive.text.time"

local M = {}

-- Smaller differences count as none: a header has whole seconds, and an answer takes time to
-- arrive.
local AGREE = 3

-- Seconds between two measurements, because parsing the headers costs time.
local EVERY, SOON = 60, 1

local BEIJING = 8 * 3600

local names = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" }
local days = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" }
local months = {}
for i, name in ipairs(names) do
  months[name] = i
end

--- Reads a Date header.
---@param text any
---@return number? seconds   since 1970
function M.parse(text)
  if type(text) ~= "string" then
    return nil
  end
  local day, month, year, clock =
    text:match("^%a+, (%d%d) (%a%a%a) (%d%d%d%d) (%d%d:%d%d:%d%d) GMT$")
  if not months[month] then
    return nil
  end
  local seconds = times.parse(("%s-%02d-%s %s"):format(year, months[month], day, clock), 0)
  return seconds and seconds + BEIJING
end

--- Writes a Date header; its names of days and months are always English.
---@param seconds number
---@return string
function M.format(seconds)
  local t = os.date("!*t", math.floor(seconds))
  return ("%s, %02d %s %04d %02d:%02d:%02d GMT"):format(days[t.wday], t.day, names[t.month], t.year,
    t.hour, t.min, t.sec)
end

---@class wxlive.client.Clock
---@field now fun(): number   seconds since 1970 by the platform's clock, as far as it is known
local Clock = {}
Clock.__index = Clock

--- A clock that agrees with the machine's until an answer says otherwise.
---@param now fun(): number         of the machine
---@param monotonic fun(): number
---@return wxlive.client.Clock
function M.new(now, monotonic)
  local self = setmetatable({ skew = 0, machine = now, monotonic = monotonic, due = nil }, Clock)
  function self.now()
    return self.machine() + self.skew
  end
  return self
end

--- Takes the time from an answer, when it is due.
---@param response table    of the transport
---@param at_once boolean?  due or not
function Clock:hear(response, at_once)
  local monotonic = self.monotonic()
  if not at_once and self.due and monotonic < self.due then
    return
  end
  local seconds = M.parse(response.headers and response.headers.date)
  self.due = monotonic + (seconds and EVERY or SOON)
  if seconds then
    local skew = seconds + 0.5 - self.machine()
    self.skew = math.abs(skew) > AGREE and skew or 0
  end
end

return M
