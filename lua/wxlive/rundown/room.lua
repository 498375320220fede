--- The room of a running show: found by id or name, waited for until it is live, followed through
--- pauses, an early end and an extension.
local Error = require "wxlive.error"
local compat = require "wxlive.base.compat"
local lists = require "wxlive.client.lists"
local outcomes = require "wxlive.errcodes.outcome"
local both = require("wxlive.text.sentence").both
local states = require "wxlive.catalogue.states"
local tables = require "wxlive.base.tables"

local M = {}

local paused = { [states.PAUSED] = true, [states.ABNORMAL] = true }

-- Seconds between two checks of the state while the start is far, near and late.
local FAR, NEAR, LATE = 60, 2, 10

-- "Near" begins BEFORE seconds before the planned start, and ends AFTER seconds behind it.
local BEFORE, AFTER = 120, 900

-- While the list of rooms cannot be read, it is read again, after pauses from 1 second to this
-- many.
local LONGEST_PAUSE = 16

-- Seconds that one reading of the list may take.
local READ_SECONDS = 8

local function several(name, ids)
  table.sort(ids)
  return Error.fail {
    kind = "usage", name = "several_rooms", sent = false,
    message = both("%d rooms are called %s: %s", "有 %d 个直播间名为 %s：%s"):format(#ids, name,
      both(table.concat(ids, ", "), table.concat(ids, "、"))),
    hint = "say which by its id", hint_zh = "请写明其 id",
  }
end

--- Finds a room by id or name. Among several rooms with the same name, it takes the one that is not
--- over.
---@param live wxlive.Broadcast
---@param wanted string|integer
---@return table? room   as the list shows it
---@return wxlive.Error? err
function M.find(live, wanted)
  local text = type(wanted) == "number" and compat.integer_text(wanted) or wanted
  local rooms, err = lists.rooms(live):all()
  if not rooms then
    return nil, err
  end
  local over, open = {}, {}
  for _, room in ipairs(rooms) do
    if compat.integer_text(room.room_id) == text then
      return room
    elseif room.name == text then
      table.insert(states.over[room.live_status] and over or open, room)
    end
  end
  local list = open[1] and open or over
  if #list > 1 then
    return several(text, tables.map(list, function(room)
      return compat.integer_text(room.room_id)
    end))
  elseif list[1] then
    return list[1]
  end
  return Error.fail {
    kind = "usage", name = "room_not_found", sent = false,
    message = both("there is no room with the id or name %s", "没有 id 或名称为 %s 的直播间")
      :format(text),
    hint = "wxlive rooms lists them", hint_zh = "wxlive rooms 可列出直播间",
  }
end

--- Finds a room as find does, and tries again for a while when the platform cannot be asked: a show
--- that is started again in the middle must not end there.
---@param live wxlive.Broadcast
---@param wanted string|integer
---@param wait fun(seconds: number)
---@return table? room
---@return wxlive.Error? err
function M.find_patiently(live, wanted, wait)
  local pause = 1
  while true do
    local room, err = M.find(live, wanted)
    if room or pause > LONGEST_PAUSE or err.kind == "usage" or not outcomes.passes(err) then
      return room, err
    end
    wait(pause)
    pause = pause * 2
  end
end

--- Reads a room's row of the list, once and quickly.
---@param live wxlive.Broadcast
---@param room_id integer
---@param seconds number?   for a page of the list
---@return table? room
---@return wxlive.Error? err
function M.read(live, room_id, seconds)
  local list = lists.rooms(live, nil, {
    timeout = function() return math.min(seconds or READ_SECONDS, READ_SECONDS) end, again = false,
  })
  local wanted = compat.integer_text(room_id)
  local room, err
  repeat
    room, err = list:next()
  until not room or compat.integer_text(room.room_id) == wanted
  if room or err then
    return room, err
  end
  return Error.fail {
    kind = "api", name = "room_not_found", sent = true,
    message = both("the list of rooms does not show room %s", "直播间列表中没有 %s"):format(wanted),
  }
end

--- Seconds until the next check of a room that is not live yet.
---@param now number
---@param planned number
---@return number
function M.pause(now, planned)
  if now < planned - BEFORE then
    return math.min(FAR, planned - BEFORE - now)
  end
  return now <= planned + AFTER and NEAR or LATE
end

local function not_live(polls)
  return Error.fail {
    kind = "partial", name = "not_live",
    message = both("the room is not live after %d looks", "查询 %d 次后直播间仍未开播"):format(polls),
    hint = "run it again once the room is live", hint_zh = "直播间开播后请再次运行",
  }
end

-- A room that has ended never becomes live again.
local function over(status)
  return Error.fail {
    kind = "partial", name = "room_over",
    message = both("the room is over: %s", "直播间已结束或不可用：%s"):format(
      states.words(states.room, status)),
    hint = "name a room that is still to come; wxlive rundown report shows what was done here",
    hint_zh = "请换一个未开播的直播间；wxlive rundown report 可查看本场已执行的动作",
  }
end

--- Waits until a room is live (or paused: it has begun then).
---@param show wxlive.rundown.Show
---@return boolean? seen_before   whether it was seen before it was live
---@return wxlive.Error? err   interrupted, not_live (the polls are spent), or room_over
function M.await(show)
  local seen_before, polls, planned = show.room.live_status == states.NOT_STARTED, 0, nil
  while true do
    local looked_at = show.clock.now()
    local room, err = show:read_room()
    polls = polls + 1
    if room then
      show.room = room
      if states.over[room.live_status] then
        return over(room.live_status)
      elseif room.live_status == states.LIVE or paused[room.live_status] then
        return seen_before
      end
      if planned ~= room.start_time then
        planned = room.start_time
        show:tell("waiting", { planned = planned })
      end
      seen_before, show.last_waiting = true, looked_at
    elseif outcomes.scope(err) == "account" and not outcomes.passes(err) then
      return nil, err
    end
    if polls >= show.options.polls then
      return not_live(polls)
    end
    local pause = M.pause(show.clock.now(), show.room.start_time)
    local stop = show.clock.now() + pause
    while show.clock.now() < stop do
      if show:wants_end() then
        return nil, show:wants_end()
      end
      show:rest(stop)
      show:look_at_file()
      show:beat()
    end
  end
end

local function state_of(room)
  return paused[room.live_status] and "paused" or states.over[room.live_status] and "over" or "live"
end

--- Acts on the room's state in the list: holds the show when the room is paused, continues it
--- afterwards, ends it when the room is over. "Over" counts only when two checks in a row say so.
---@param show wxlive.rundown.Show
---@param room table
---@return string state   "live", "paused" or "over"
function M.take(show, room)
  local state, before = state_of(room), show.room
  show.room = room
  show.stock:see_room(room)
  if state == "over" then
    show.over_looks = (show.over_looks or 0) + 1
    if show.over_looks >= 2 then
      show:room_is_over(room)
    end
    return state
  end
  show.over_looks = 0
  if state == "paused" then
    show:hold("room")
  elseif show.held_for == "room" then
    show:go_on()
  end
  local now = show.clock.now()
  if room.end_time ~= before.end_time then
    show:tell("extended", { end_time = room.end_time, before = before.end_time })
  elseif now > room.end_time and show.extended_over ~= room.end_time then
    show.extended_over = room.end_time
    show:tell("extended", { end_time = room.end_time })
  end
  return state
end

return M
