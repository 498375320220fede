#!/usr/bin/env lua5.4
-- The long-term subscribers as a sheet, page by page: memory does not grow with their number.
--   scripts/examples/export_followers.lua >followers.csv
local paths = loadfile((arg[0]:match("^.*/") or "") .. "../dev/paths.lua")
if paths then
  paths()
end
local broadcast = require "wxlive.broadcast"
local csv = require "wxlive.sheet.csv"
local times = require "wxlive.text.time"

local live = assert(broadcast.new())  -- WXLIVE_APPID, WXLIVE_SECRET
local followers = live:followers()

print(csv.line { "openid", "subscribed", "room_id" })
while true do
  local one, err = followers:next()
  if err then
    io.stderr:write("export_followers: ", tostring(err), "\n")
    os.exit(1, true)
  elseif not one then
    break
  end
  print(csv.line { one.openid, times.format(one.subscribe_time), one.room_id })
end
