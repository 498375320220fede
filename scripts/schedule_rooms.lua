#!/usr/bin/env lua5.4
-- Schedules the live rooms of a sheet: uploads their pictures, creates them, assigns assistants.
--   scripts/schedule_rooms.lua rooms.csv [--dry-run]
-- One row is one room. The columns are create_room's fields; cover_img, share_img and feeds_img
-- hold paths of pictures; assistants holds username:nickname, several with commas.
local paths = loadfile((arg[0]:match("^.*/") or "") .. "dev/paths.lua")
local _ = paths and paths()  -- a checkout finds its own modules
local pick = require("wxlive.text.language").pick
local workflow = require "wxlive.workflow"

local function schedule(job)
  local live, rows = job.live, job.rows
  job:upload(rows)
  job:each(pick("creating rooms", "创建直播间"), rows, function(row)
    local room, err = live:create_room(row.params)
    if not room then
      return nil, err
    end
    row.room_id, row.state = room.room_id, "created"
    return true
  end)
  job:each(pick("assigning assistants", "设置小助手"), rows, function(row)
    if not row.extra.assistants then
      return true
    end
    row.assistants = #row.extra.assistants
    return live:add_assistant(row.room_id, row.extra.assistants)
  end)
  job:table(rows, { "room_id", "name", "start_time", "anchor_name", "assistants", "state" })
end

os.exit(workflow.main(arg, {
  name = "schedule_rooms",
  summary = "Schedules the live rooms of a sheet.",
  summary_zh = "按表格批量创建直播间。",
  endpoint = "create_room",
  columns = { assistants = "add_assistant.users" },
}, schedule), true)
