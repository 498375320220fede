--- The states of a room, the time at which it changes state, and which calls each state refuses.
--
-- The platform documents the error codes only; which state refuses which call is inferred from
-- them.
local refuse = require("wxlive.sandbox.server.refusal").refuse
local states = require "wxlive.catalogue.states"

local M = {}

local LIVE, WAITING, ENDED = states.LIVE, states.NOT_STARTED, states.ENDED
local PAUSED, ABNORMAL, EXPIRED = states.PAUSED, states.ABNORMAL, states.EXPIRED

-- Seconds within which an anchor who dropped out may return.
local ABNORMAL_SECONDS = 900

local running = { [LIVE] = true, [PAUSED] = true, [ABNORMAL] = true }
local open = { [LIVE] = true, [WAITING] = true, [PAUSED] = true, [ABNORMAL] = true }

-- The states that each kind of call needs.
local needs = {
  edit = { [WAITING] = true },
  delete = { [WAITING] = true, [ENDED] = true, [EXPIRED] = true },
  change = open,                     -- goods, order, people, comments, push address
  share = { [LIVE] = true, [WAITING] = true, [PAUSED] = true, [ABNORMAL] = true, [ENDED] = true },
  show_goods = { [LIVE] = true },
  clip = { [LIVE] = true, [PAUSED] = true, [ABNORMAL] = true, [ENDED] = true },
}

local function finish(room, at)
  room.live_status, room.ended_at = ENDED, at
end

--- Brings a room up to the present. A phone room starts automatically at its planned time (the
--- emulated anchor is punctual); a push-stream room starts only by a control call.
---@return boolean changed
function M.settle(room, now)
  local before = room.live_status
  if before == WAITING and room.type == 0 and now >= room.start_time then
    room.live_status, room.started_at = LIVE, room.start_time
  elseif before == WAITING and now >= room.end_time then
    room.live_status = EXPIRED
  end
  if room.live_status == ABNORMAL and now >= room.since + ABNORMAL_SECONDS then
    finish(room, room.since + ABNORMAL_SECONDS)
  elseif running[room.live_status] and now >= (room.runs_until or room.end_time) then
    finish(room, room.runs_until or room.end_time)
  end
  return room.live_status ~= before
end

--- Puts a room into a state, as the anchor, the stream or the console would.
function M.set(room, status, now)
  room.live_status, room.since = status, now
  if status == LIVE then
    room.started_at = room.started_at or now
    -- A show that a control call starts runs for a while, even after its planned end.
    room.runs_until = math.max(room.end_time, now + 1800)
  elseif status == ENDED then
    room.ended_at = now
  end
end

--- A room of the account, up to date; nil where there is none.
function M.find(account, id)
  local room = account.room[id]
  if not room or room.deleted then
    return nil
  end
  if M.settle(room, account.platform:now()) then
    account:put("room", id, room)
  end
  return room
end

--- The room, when it is there and in a state that allows `what`.
---@return table room
function M.need(account, id, what)
  local room = M.find(account, id)
  if not room then
    refuse(300022, "the account has no room " .. tostring(id))
  end
  if what and not needs[what][room.live_status] then
    local code = what == "edit" and running[room.live_status] and 300042 or 300023
    refuse(code, ("room %d is %s (%d)"):format(id, states.room[room.live_status][1],
      room.live_status))
  end
  return room
end

---@alias wxlive.sandbox.InRoom fun(room: table, params: table, account: table): table?

--- Makes a handler of `handle`, which gets the room that the call names.
---@param what string?   as for M.need
---@param handle wxlive.sandbox.InRoom
function M.with(what, handle)
  return function(account, params)
    return handle(M.need(account, params.room_id, what), params, account)
  end
end

--- The same of a function that changes the room: the room is saved unless it refuses.
---@param what string
---@param handle wxlive.sandbox.InRoom   returns nothing where the answer says "ok" only
function M.changing(what, handle)
  return M.with(what, function(room, params, account)
    local answer = handle(room, params, account)
    account:put("room", room.id, room)
    return answer or {}
  end)
end

return M
