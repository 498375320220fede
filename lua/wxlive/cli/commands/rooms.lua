--- wxlive rooms: every room at a glance, states in words.
local client = require "wxlive.cli.client"
local json = require "wxlive.json"
local pick = require("wxlive.text.language").pick
local room_order = require "wxlive.cli.output.room_order"
local show = require "wxlive.cli.output.show"
local state_option = require "wxlive.cli.state"
local states = require "wxlive.catalogue.states"

local M = {
  name = "rooms",
  summary = "list every room, soonest first",
  summary_zh = "列出全部直播间",
  accounts = "many",
}

local COLUMNS = { "room_id", "name", "live_status", "start_time", "end_time", "anchor_name",
  "goods" }

function M.define(command)
  state_option.define(command, states.room)
  command:flag("--upcoming"):description(pick("only those that are not over", "仅列出未结束的"))
  client.define_output_options(command)
end

M.run = client.over(function(live, args)
  local state = args.state and assert(state_option.read(states.room, args.state))
  local rooms, short = show.rows_of(live:rooms { live_status = state })
  assert(rooms, short)
  local now, rows = live.clock.now(), json.array {}
  for _, room in ipairs(rooms) do
    local ended = type(room.end_time) == "number" and room.end_time <= now
    if not args.upcoming or not ended and not states.over[room.live_status] then
      rows[#rows + 1] = room
    end
  end
  table.sort(rows, room_order.is_before)
  show.list(rows, COLUMNS, args)
  return not short or nil, short
end)

return M
