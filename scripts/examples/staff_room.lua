#!/usr/bin/env lua5.4
-- Staffs a room from a roster: its assistants become those of the sheet, no more and no fewer.
--   scripts/examples/staff_room.lua ROOM roster.csv
-- The roster has two columns, username and nickname.
local paths = loadfile((arg[0]:match("^.*/") or "") .. "../dev/paths.lua")
if paths then
  paths()
end
local broadcast = require "wxlive.broadcast"
local csv = require "wxlive.sheet.csv"

local room_id, path = tonumber(arg[1]), arg[2]
if not (room_id and path) then
  io.stderr:write("usage: staff_room.lua ROOM roster.csv\n")
  os.exit(2)
end

local function must(value, err)
  if value == nil then
    io.stderr:write("staff_room: ", tostring(err), "\n")
    os.exit(1, true)
  end
  return value
end

local roster, wanted = {}, {}
local reader = must(csv.open(path))
for cells in function() return reader:read() end do
  if cells[1] ~= "username" then
    wanted[cells[1]] = cells[2]
    roster[#roster + 1] = { username = cells[1], nickname = cells[2] }
  end
end

local live = must(broadcast.new())  -- WXLIVE_APPID, WXLIVE_SECRET
local there, missing = {}, {}
for _, one in ipairs(must(live:get_assistant_list(room_id)).list or {}) do
  there[one.alias] = one.nickname
  if not wanted[one.alias] then
    must(live:remove_assistant(room_id, one.alias))
  elseif wanted[one.alias] ~= one.nickname then
    must(live:modify_assistant(room_id, one.alias, wanted[one.alias]))
  end
end
for _, user in ipairs(roster) do
  if not there[user.username] then
    missing[#missing + 1] = user
  end
end
if missing[1] then
  must(live:add_assistant(room_id, missing))
end
print(("room %d: %d assistants, %d of them new"):format(room_id, #roster, #missing))
