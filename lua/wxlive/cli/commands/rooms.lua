--- wxlive rooms: every room at a glance, states in words.
local client = require "wxlive.cli.client"
local json = require "wxlive.json"
local language = require "wxlive.text.language"
local room_order = require "wxlive.cli.output.room_order"
local sentence = require "wxlive.text.sentence"
local show = require "wxlive.cli.output.show"
local states = require "wxlive.catalogue.states"
local suggest = require "wxlive.base.suggest"
local Error = require "wxlive.error"

local M = {
  name = "rooms",
  summary = "list every room, soonest first",
  summary_zh = "列出全部直播间",
  accounts = "many",
}

local both, pick = sentence.both, language.pick

local COLUMNS = { "room_id", "name", "live_status", "start_time", "end_time", "anchor_name",
  "goods" }

function M.define(command)
  command:option("--state"):argname("<STATE>"):description(pick(
    "only those that are: live, not started, ended, banned, paused, abnormal, expired; or a number",
    "仅列出某状态：直播中、未开始、已结束、禁播、暂停、异常、已过期，或数字代码"))
  command:flag("--upcoming"):description(pick("only those that are not over", "仅列出未结束的"))
  client.define_output_options(command)
end

-- "live", "直播中" or 101 -> 101
local function state_of(text)
  local names, names_zh = {}, {}
  for code, words in pairs(states.room) do
    if text == tostring(code) or text:lower():gsub("_", " ") == words[1] or text == words[2] then
      return code
    end
    names[#names + 1], names_zh[#names_zh + 1] = words[1], words[2]
  end
  table.sort(names)
  table.sort(names_zh)
  local near = suggest.nearest(text, names)
  return Error.fail {
    kind = "usage", name = "usage",
    message = both("no state is called %s%s", "没有状态 %s%s"):format(text, suggest.question(near)),
    hint = "one of " .. table.concat(names, ", "), hint_zh = "可用：" .. table.concat(names_zh, "、"),
  }
end

function M.run(args)
  local live, err = client.open(args)
  local state
  if live and args.state then
    state, err = state_of(args.state)
  end
  if err then
    return nil, err
  end
  local rooms
  rooms, err = show.rows_of(live:rooms { live_status = state })
  if not rooms then
    return nil, err
  end
  local now, rows = live.clock.now(), json.array {}
  for _, room in ipairs(rooms) do
    local ended = type(room.end_time) == "number" and room.end_time <= now
    if not args.upcoming or not ended and room.live_status ~= 103 then
      rows[#rows + 1] = room
    end
  end
  table.sort(rows, room_order.is_before)
  show.list(rows, COLUMNS, args)
  return not err or nil, err
end

return M
