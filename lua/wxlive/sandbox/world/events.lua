--- The events that the platform pushes to a shop's callback URL, as they are on the wire.
local tables = require "wxlive.base.tables"

local M = {}

--- The original id that stands in ToUserName for an appid.
---@param appid string
---@return string
function M.original_id(appid)
  return "gh_" .. appid:gsub("^wx", ""):sub(1, 12)
end

local function event(appid, name, from, at, wrapper, fields)
  return {
    ToUserName = M.original_id(appid), FromUserName = from, CreateTime = at, MsgType = "event",
    Event = name, [wrapper] = fields,
  }
end

--- A user subscribed to a room's notices, or unsubscribed.
---@param appid string
---@param facts table  openid, room_id, live_status, action ("add_follow" or "del_follow"), at
---@return table
function M.follow(appid, facts)
  return event(appid, "wxalive_follow_notify", facts.openid, facts.at, "FollowNotify", {
    room_id = facts.room_id, user_openid = facts.openid, time = facts.at,
    live_status = facts.live_status, action = facts.action,
  })
end

--- The outcome of a push_message.
---@param appid string
---@param message table  as the sandbox keeps it
---@return table
function M.push_result(appid, message)
  local counts = {}
  for _, name in ipairs {
    "total_count", "success_count", "openid_error_count", "relation_error_count",
    "user_recv_limit_count", "internal_error_count",
  } do
    counts[name] = message[name] or 0
  end
  counts.message_id, counts.room_id = message.message_id, message.room_id
  return event(appid, "wxalive_push_message_notify", "oPlatform", message.at,
    "PushMessageApiNotify", counts)
end

--- Live was opened for a shop whose administrator agreed to an application of its third-party
--- platform.
---@param appid string
---@param at integer
---@return table
function M.live_opened(appid, at)
  -- "Noitfy" is the platform's own spelling.
  return event(appid, "wxa_live_apply_event", "oPlatform", at, "ApplyLiveInfoNoitfy", {
    appid = appid, open_time = at,
  })
end

--- The same event with the wrapped fields beside the others, as the documentation's table has them.
---@param message table
---@return table
function M.flat(message)
  local out = {}
  for name, value in pairs(message) do
    if type(value) == "table" then
      tables.put(out, value)
    else
      out[name] = value
    end
  end
  return out
end

--- XML as the documentation's sample prints it: CDATA sections that have lost their '<'.
---@param text string
---@return string
function M.break_cdata(text)
  return (text:gsub("<(!%[CDATA%[.-%]%])>", "%1"))
end

return M
