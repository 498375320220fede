--- Follows rooms and audits: each change is told once, over restarts too.
--
-- The state in which a thing was last seen is in the ledger, and moves on only when the listener
-- has taken the change. What is seen for the first time is not a change, unless this ledger made
-- it.
local compat = require "wxlive.base.compat"
local core = require "wxlive.core"
local recover = require "wxlive.client.recover"
local states = require "wxlive.catalogue.states"

local M = {}

-- live_status, audit_status -> name of the event
local room_events = {
  [101] = "room_started", [102] = "room_planned", [103] = "room_ended", [104] = "room_banned",
  [105] = "room_paused", [106] = "room_abnormal", [107] = "room_expired",
}
local goods_events = {
  [0] = "goods_withdrawn", [1] = "goods_submitted", [2] = "goods_approved", [3] = "goods_rejected",
}
local ENDED, REPLAY_ON = 103, 0

--- Names of all events, sorted.
function M.names()
  local names = { "replay_ready", "room_gone" }
  for _, list in ipairs { room_events, goods_events } do
    for _, name in pairs(list) do
      names[#names + 1] = name
    end
  end
  table.sort(names)
  return names
end

-- Tells a change, and moves the state on when it was taken.
local function changed(self, kind, id, state, event)
  local before, err = self.ledger:seen(kind, id)
  if err then
    return nil, err
  elseif before == state then
    return true
  elseif before ~= nil then
    event.before = tonumber(before) and compat.fold(tonumber(before)) or nil
    if event.name and not self.tell(event) then
      return true
    end
  end
  return self.ledger:see(kind, id, state)
end

local function look_at_replay(self, room, id)
  local seen, err = self.ledger:seen("replay", id)
  if seen == "ready" or err then
    return not err or nil, err
  end
  local rows
  rows, err = self.live:replays(room.room_id):all()
  if not rows then
    return nil, err
  elseif not rows[1] then
    -- From now on its coming is a change.
    return seen ~= nil or self.ledger:see("replay", id, "none")
  end
  local known
  known, err = self.ledger:seen("room", id)
  if err then
    return nil, err
  elseif seen == nil and known == tostring(ENDED) and self.first[id] then
    return self.ledger:see("replay", id, "ready")
  end
  return not self.tell {
    name = "replay_ready", room_id = room.room_id, room = room, segments = rows,
  } or self.ledger:see("replay", id, "ready")
end

local function look_at_rooms(self)
  local failure
  local ok, err = recover.each(self.live, "rooms", function(room)
    local id = compat.integer_text(room.room_id)
    self.first[id] = self.ledger:seen("room", id) == nil
    local fine, why = changed(self, "room", id, tostring(room.live_status), {
      name = room_events[room.live_status] or "room_changed", room_id = room.room_id, room = room,
      state = room.live_status, state_name = states.word(states.room, room.live_status),
    })
    if fine and room.live_status == ENDED and room.close_replay == REPLAY_ON then
      fine, why = look_at_replay(self, room, id)
    end
    failure = failure or not fine and why or nil
  end)
  return ok and not failure or nil, failure or err
end

local function look_at_goods(self)
  local failure
  local ok, err = recover.each(self.live, "goods", function(goods, status)
    local item, why = self.ledger:by_platform_id("goods", goods.goods_id)
    local fine = not why
    if fine then
      fine, why = changed(self, "goods", compat.integer_text(goods.goods_id), tostring(status), {
        name = goods_events[status], goods_id = goods.goods_id, goods = goods, state = status,
        state_name = states.word(states.audit, status), key = item and item.key,
        sheet = item and item.sheet, line = item and item.line,
        audit_id = item and tonumber(item.audit_id), reason = goods.reason,
      })
    end
    if fine and item and item.audit_status ~= status then
      fine, why = self.ledger:set_audit(item, status)
    end
    failure = failure or not fine and why or nil
  end)
  return ok and not failure or nil, failure or err
end

--- Looks once. tell(event) is called for each change, and says true when it has been taken.
---@param o { live: table, ledger: wxlive.Ledger, tell: fun(event: table): boolean,
---  rooms: boolean, goods: boolean }
---@return true? ok
---@return wxlive.Error? err
function M.look(o)
  local self = { live = o.live, ledger = o.ledger, tell = o.tell, first = {} }
  local ok, err = true, nil
  if o.rooms then
    ok, err = look_at_rooms(self)
  end
  if ok and o.goods then
    ok, err = look_at_goods(self)
  end
  return ok, err
end

local EVERY = 60

-- Sleeps until the next look, or until a stop is asked for.
local function pause(options, interrupted)
  local sleep = options.sleep or core.system.sleep
  local wake = core.system.monotonic() + (options.every or EVERY)
  while not interrupted() and core.system.monotonic() < wake do
    sleep(math.max(0.01, math.min(0.5, wake - core.system.monotonic())))
  end
end

--- See wxlive.Shop: watch.
---@param shop wxlive.Shop
---@param options { on_event: (fun(event: table): boolean?)?, on_error: fun(err: wxlive.Error)?,
---  kind: string?, every: number?, once: boolean?, interrupted: (fun(): boolean)?,
---  sleep: fun(seconds: number)? }
---@return true? ok
---@return wxlive.Error? err
function M.run(shop, options)
  local interrupted = options.interrupted or function() return false end
  local ok, err
  repeat
    ok, err = M.look {
      live = shop.live, ledger = shop.ledger, rooms = options.kind ~= "goods",
      goods = options.kind ~= "rooms", tell = function(event)
        event.at = math.floor(shop.live.clock.now())
        return not options.on_event or options.on_event(event) ~= false
      end,
    }
    if not options.once then
      -- The network comes back; a watch that has ended does not.
      if not ok and options.on_error then
        options.on_error(err)
      end
      pause(options, interrupted)
    end
  until options.once or interrupted()
  if not options.once then
    return true
  end
  return ok, err
end

return M
