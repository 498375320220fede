#!/usr/bin/env lua5.4
-- For cron, in the evening: what is missing in the live rooms of the next day.
--   0 20 * * *  /opt/shop/evening_check.lua
-- Says nothing and exits with 0 when all is ready. Else it prints one line for each finding, which
-- cron mails, and exits with 1; with 2 when the platform cannot be asked.
local paths = loadfile((arg[0]:match("^.*/") or "") .. "../dev/paths.lua")
if paths then
  paths()
end
local broadcast = require "wxlive.broadcast"
local wxlive = require "wxlive"

local HOURS = tonumber(arg[1]) or 26  -- until tomorrow at ten

local function give_up(err)
  io.stderr:write("evening_check: ", tostring(err), "\n")
  os.exit(2, true)
end

local live, err = broadcast.new()  -- WXLIVE_APPID, WXLIVE_SECRET
if not live then
  give_up(err)
end

local rooms, failure = live:rooms { live_status = 102 }:all()
if not rooms then
  give_up(failure)
end

-- The findings of one room.
local function look(room)
  if room.start_time > os.time() + HOURS * 3600 then
    return {}
  end
  local found = {}
  if #room.goods == 0 then
    found[#found + 1] = "no goods on the shelf"
  end
  if room.close_goods == 1 then
    found[#found + 1] = "the shelf is closed"
  end
  local staff, why = live:get_assistant_list(room.room_id)
  if not staff then
    return nil, why
  elseif #staff.list == 0 then
    found[#found + 1] = "no assistant"
  end
  return found
end

local findings, errors = wxlive.map(rooms, look)
local status = 0
for i, room in ipairs(rooms) do
  for _, finding in ipairs(findings[i] or { tostring(errors[i]) }) do
    print(("%s  room %d %s: %s"):format(os.date("%m-%d %H:%M", room.start_time), room.room_id,
      room.name, finding))
    status = errors[i] and 2 or math.max(status, 1)
  end
end
os.exit(status, true)
