--- Long-term subscribers, the message to them, and opening live for an account.
local events = require "wxlive.sandbox.world.events"
local json = require "wxlive.json"
local refuse = require("wxlive.sandbox.server.refusal").refuse
local room_state = require "wxlive.sandbox.world.room_state"
local states = require "wxlive.catalogue.states"
local tables = require "wxlive.base.tables"

local PAGE = 200
-- On the platform cursors look like times; here they are numbers from this one on.
local CURSOR = 1600000000

local M = {}

--- Oldest subscription first. The last page gives an empty list and the cursor that it was asked
--- with; a cursor that was never handed out asks for the first page.
function M.get_followers(account, params)
  local list = tables.sorted(account.follower, "subscribe_time", "openid")
  local cursor = tonumber(params.page_break)
  if cursor == 0 then
    refuse(-1, "page_break 0: the first page is asked for without it")
  end
  local from = cursor and cursor >= CURSOR and cursor - CURSOR or 0
  local to = math.min(from + (params.limit or PAGE), #list)
  local followers = json.array {}
  for i = from + 1, to do
    local one = list[i]
    followers[#followers + 1] = {
      openid = one.openid, subscribe_time = one.subscribe_time, room_id = one.room_id,
      room_status = one.room_status,
    }
  end
  return { followers = followers, page_break = CURSOR + math.max(to, from) }
end

--- The platform allows one room a day, and only while it is live. Errcode 0 means queued; an event
--- brings the counts later.
function M.push_message(account, params)
  local room = room_state.find(account, params.room_id)
  if not room then
    refuse(9410006, "the account has no room " .. params.room_id)
  elseif room.live_status ~= states.LIVE then
    refuse(9410006, ("room %d is %s"):format(room.id, states.room[room.live_status][1]))
  end
  local day = (account.platform:periods())
  local pushed = account:note_of("pushed")
  if pushed.day == day and pushed.room_id ~= room.id then
    refuse(9410005, ("room %d has pushed today"):format(pushed.room_id))
  end
  account:set_note("pushed", { day = day, room_id = room.id })
  local id = tostring(account:next_id("message", 1500000001))
  local total = #params.user_openid
  local reached = #tables.only(params.user_openid, function(one) return account.follower[one] end)
  local message = account:put("message", id, {
    message_id = id, room_id = room.id, total_count = total, success_count = reached,
    relation_error_count = total - reached, at = account.platform:now(),
  })
  account.platform.callbacks:announce(account.appid, events.push_result(account.appid, message))
  return { message_id = id }
end

function M.apply_live_info(account, params)
  local quirks = account.platform.quirks
  if quirks.live_maintenance then
    refuse(268489001, "no new live permission is given (a quirk that was switched on)")
  elseif quirks.no_payment then
    refuse(2, "no payment in 90 days (a quirk that was switched on)")
  end
  account:set_note("live_application", { at = account.platform:now() })
  return { action = params.action }
end

return M
