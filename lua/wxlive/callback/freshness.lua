--- Whether a request and its event are young enough, and how long they could be presented again.
local Error = require "wxlive.error"
local both = require("wxlive.text.sentence").both

local M = {}

local function stale(what)
  return Error.fail {
    kind = "callback", name = "stale", message = what,
    hint = "set the clock of this machine; a repeated old request is refused for good reason",
    hint_zh = "请校准本机时钟；过期的重放请求会被拒绝",
  }
end

-- The number that a timestamp is; nil when it is not one of at most 12 digits.
local function seconds(text)
  return #text <= 12 and text:find("^%d+$") and tonumber(text) or nil
end

--- Checks a timestamp against the clock. The signature was checked before: therefore the timestamp
--- is the platform's.
---@param self wxlive.Callback
---@param timestamp string
---@param now number
---@return boolean?
---@return wxlive.Error?
function M.check_time(self, timestamp, now)
  if not self.window then
    return true
  end
  local signed = seconds(timestamp)
  if not signed then
    return Error.fail {
      kind = "callback", name = "bad_query",
      message = both("timestamp is not a number of seconds", "timestamp 不是秒数"),
    }
  end
  local apart = now - signed
  if apart > self.window or apart < -self.window then
    return stale(both("the timestamp is %.0f s away from this clock",
      "timestamp 与本机时钟相差 %.0f 秒"):format(apart))
  end
  return true
end

--- Checks the event's own time. The signature joins sorted parts: a recorder of a request may
--- exchange timestamp and nonce, or shift digits between them, and wait until the new timestamp is
--- good. The event's own time is inside the encrypted part and cannot be changed.
---@param self wxlive.Callback
---@param event wxlive.Event
---@param now number
---@return boolean?
---@return wxlive.Error?
function M.check_age(self, event, now)
  local created = event.create_time
  if not self.window or type(created) ~= "number" then
    return true
  end
  local age = now - created
  if age > self.max_age or age < -self.window then
    return stale(both("the event is %.0f s old", "该事件已过去 %.0f 秒"):format(age))
  end
  return true
end

-- A Unix time has ten digits; a timestamp may have two zeros before them.
local SHORTEST, LONGEST = 10, 12

--- Seconds for which this request, or one that is made of its timestamp and nonce, would be
--- accepted again: mostly twice the window, and more only where their digits hold a later time.
---@param self wxlive.Callback
---@param request { timestamp: string, nonce: string }
---@param event wxlive.Event
---@param now number
---@return number
function M.replayable_for(self, request, event, now)
  local window = self.window
  if not window then
    return self.max_age
  end
  local created = event.create_time
  local oldest = (type(created) == "number" and created or now + window) + self.max_age
  local last = seconds(request.timestamp) + window
  local function consider(text)
    local time = seconds(text)
    if time and time - window <= oldest then
      last = math.max(last, math.min(time + window, oldest))
    end
  end
  for _, joined in ipairs {
    request.timestamp .. request.nonce, request.nonce .. request.timestamp,
  } do
    for n = SHORTEST, math.min(LONGEST, #joined - 1) do
      consider(joined:sub(1, n))
      consider(joined:sub(-n))
    end
  end
  -- The clocks of receivers that share the store may differ by as much as the clock of a request
  -- may.
  return last - now + window
end

return M
