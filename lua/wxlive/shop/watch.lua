--- Follows rooms and audits: each change is reported once, even across restarts.
--
-- The state in which a thing was last seen is in the ledger, and changes only after the listener
-- has accepted the change. A thing that is seen for the first time is not a change, unless this
-- ledger created it.
local compat = require "wxlive.base.compat"
local core = require "wxlive.core"
local pause = require "wxlive.shop.pause"
local recover = require "wxlive.client.recover"
local states = require "wxlive.catalogue.states"
local steps = require "wxlive.base.steps"

local M = {}

-- live_status, audit_status -> name of the event; room_changed for a status that is not here
local room_events = {
  [states.LIVE] = "room_started", [states.NOT_STARTED] = "room_planned",
  [states.ENDED] = "room_ended", [states.BANNED] = "room_banned",
  [states.PAUSED] = "room_paused", [states.ABNORMAL] = "room_abnormal",
  [states.EXPIRED] = "room_expired",
}
local goods_events = {
  [states.WITHDRAWN] = "goods_withdrawn", [states.UNDER_AUDIT] = "goods_submitted",
  [states.APPROVED] = "goods_approved", [states.REJECTED] = "goods_rejected",
}
local REPLAY_ON = 0

--- Names of all events, sorted.
function M.names()
  local names = { "replay_ready", "room_changed" }
  for _, list in ipairs { room_events, goods_events } do
    for _, name in pairs(list) do
      names[#names + 1] = name
    end
  end
  table.sort(names)
  return names
end

-- Reports a change, and records the new state when the listener has accepted it.
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

-- new: the room is seen for the first time.
local function look_at_replay(self, room, id, new)
  local seen, err = self.ledger:seen("replay", id)
  local rows
  if seen ~= "ready" and not err then
    rows, err = self.live:replays(room.room_id):all()
  end
  if not rows then
    return not err or nil, err
  elseif not rows[1] then
    -- No replay yet: when it appears, that is a change.
    return self.ledger:see("replay", id, "none")
  elseif seen == nil and new or self.tell {
    name = "replay_ready", room_id = room.room_id, room = room, segments = rows,
  } then
    return self.ledger:see("replay", id, "ready")
  end
  return true
end

local look_at = {}

function look_at.rooms(self, room)
  local id = compat.integer_text(room.room_id)
  local state, err = self.ledger:seen("room", id)
  local ok
  if not err then
    ok, err = changed(self, "room", id, tostring(room.live_status), {
      name = room_events[room.live_status] or "room_changed", room_id = room.room_id, room = room,
      state = room.live_status, state_name = states.word(states.room, room.live_status),
    })
  end
  if ok and room.live_status == states.ENDED and room.close_replay == REPLAY_ON then
    return look_at_replay(self, room, id, state == nil)
  end
  return ok, err
end

function look_at.goods(self, goods, status)
  local item, err = self.ledger:by_platform_id("goods", goods.goods_id)
  if err then
    return nil, err
  end
  local of = item or {}
  local ok, why = changed(self, "goods", compat.integer_text(goods.goods_id), tostring(status), {
    name = goods_events[status], goods_id = goods.goods_id, goods = goods, state = status,
    state_name = states.word(states.audit, status), key = of.key, sheet = of.sheet, line = of.line,
    audit_id = of.audit_id and compat.id(of.audit_id), reason = goods.reason,
  })
  if ok and item and item.audit_status ~= status then
    return self.ledger:set_audit(item, status)
  end
  return ok, why
end

-- Looks once at what is watched.
local function look(self, watched)
  return steps.each(look_at[watched] and { watched } or { "rooms", "goods" }, function(kind)
    return recover.each(self.live, kind, function(row, status)
      return look_at[kind](self, row, status)
    end)
  end)
end

local EVERY = 60

--- See wxlive.Shop: watch.
---@param shop wxlive.Shop
---@param options { on_event: (fun(event: table): boolean?), on_error: fun(err: wxlive.Error),
---  kind: string?, every: number?, once: boolean?, interrupted: (fun(): boolean),
---  sleep: fun(seconds: number) }
---@return true? ok
---@return wxlive.Error? err
function M.run(shop, options)
  local ok, err
  repeat
    ok, err = look({
      live = shop.live, ledger = shop.ledger, tell = function(event)
        event.at = math.floor(shop.live.clock.now())
        return options.on_event(event) ~= false
      end,
    }, options.kind)
    if not options.once then
      -- The watch goes on after a network failure.
      if not ok then
        options.on_error(err)
      end
      pause.till(core.system.monotonic() + (options.every or EVERY), core.system.monotonic,
        options)
    end
  until options.once or options.interrupted()
  if not options.once then
    return true
  end
  return ok, err
end

return M
