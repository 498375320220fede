--- Accepts each event once among all receivers that share the store.
--
-- An entry of the store says "done", or names the receiver whose handlers are running. While they
-- run, a second delivery is neither accepted nor answered success; if they fail, or their process
-- is killed, the next delivery is accepted.
local Error = require "wxlive.error"
local events = require "wxlive.callback.event"
local random = require "wxlive.base.random"
local both = require("wxlive.text.sentence").both

local M = {}

local DONE = "done"

--- Seconds without a renewed lease after which another receiver may take the event over. The
--- platform delivers an event three times within about fifteen seconds: the lease must end before
--- the last of them.
M.LEASE = 8

local function fail(name, message, hint, hint_zh, cause)
  return Error.fail {
    kind = "callback", name = name, message = message, hint = hint, hint_zh = hint_zh,
    cause = cause,
  }
end

local function store_failed(err)
  return fail("store_failed", both("the duplicate filter's store does not answer",
    "去重所用的存储没有应答"), err and err.hint, err and err.hint_zh, err)
end

local function undecided()
  return fail("undecided", both("this event came before, and its handlers are still running",
    "该事件已收到过，处理函数仍在运行"),
    "answer anything but success: the platform delivers it again",
    "请勿回复 success：平台会再次推送")
end

-- A mark that no other receiver uses: a store that repeats `add` after a lost answer recognises by
-- it whose entry is there.
local function new_mark(lease)
  return (lease and "by:" or DONE .. ":") .. assert(random.hex(8))
end

-- Why an event that has an entry is not accepted. nil when the entry has disappeared meanwhile.
local function why_not(self, key)
  local value, err = self.store:get(key)
  if err then
    return store_failed(err)
  elseif value and value:find("^by:") then
    return undecided()
  elseif value then
    return fail("duplicate", both("this event came before", "该事件已收到过"),
      "the event was handled before: answer success", "该事件已处理过：直接回复 success")
  end
  return nil
end

--- Takes an event. With `lease` it is to be settled within so many seconds (see M.settle), else it
--- counts as done. nil and an error when it came before or the store does not answer. If the store
--- is full, the event is accepted all the same, and the error is returned beside true: the event
--- may come again.
---@param self wxlive.Callback
---@param event wxlive.Event
---@param life number    seconds for which it is remembered
---@param lease number?
---@return boolean?
---@return wxlive.Error?
function M.take(self, event, life, lease)
  local key = ("callback:%s:%s"):format(self.appid or "any", events.identity(event))
  local mark = new_mark(lease)
  for _ = 1, 2 do
    local added, err = self.store:add(key, mark, lease or life)
    if added then
      self.taken[event] = { key = key, mark = mark, life = life }
      return true
    elseif added == nil and err and err.full then
      local _, warning = fail("store_full", both("the store has no room to remember this event: "
        .. "it may be handled again", "存储空间不足，未能记录该事件，可能会重复处理"), err.hint, err.hint_zh, err)
      return true, warning
    elseif added == nil then
      return store_failed(err)
    end
    local _, why = why_not(self, key)
    if why then
      return nil, why
    end
  end
  return undecided()
end

-- Writes to the entry of an event that was taken.
local function write(self, event, mark, life)
  local entry = self.taken[event]
  if not entry then
    return true
  end
  local ok, err = self.store:set(entry.key, mark or entry.mark, life or entry.life)
  if not ok then
    return store_failed(err)
  end
  entry.mark = mark or entry.mark
  return true
end

--- Remembers that an event is done.
---@param self wxlive.Callback
---@param event wxlive.Event
---@return boolean?
---@return wxlive.Error?
function M.settle(self, event)
  return write(self, event, DONE)
end

--- Renews the lease of an event: its handlers are still running.
---@param self wxlive.Callback
---@param event wxlive.Event
---@return boolean?
---@return wxlive.Error?
function M.renew(self, event)
  return write(self, event, nil, M.LEASE)
end

--- Forgets an event, unless another receiver has taken it meanwhile.
---@param self wxlive.Callback
---@param event wxlive.Event
function M.forget(self, event)
  local entry = self.taken[event]
  if entry then
    self.store:delete(entry.key, entry.mark)
    self.taken[event] = nil
  end
end

return M
