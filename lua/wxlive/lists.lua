--- The methods that page through lists: rooms, replays, goods, roles, followers.
local Error = require "wxlive.error"
local pages = require "wxlive.pages"

local M = {}

local function key_of(name)
  return function(row)
    return row[name]
  end
end

--- Every room. `for room in live:rooms() do ... end`, or `live:rooms():all()`.
---@param filter { live_status: integer? }?
---@return wxlive.Pages
function M.rooms(self, filter)
  local status = filter and filter.live_status
  return pages.by_offset(function(start, limit)
    return self:call("get_live_info", { start = start, limit = limit })
  end, {
    limit = 50, rows = "room_info", key = key_of("room_id"),
    wanted = status and function(room) return room.live_status == status end,
  })
end

--- The room with this id, looked for in the list; nil when there is none.
---@param room_id integer
---@return table? room
---@return wxlive.Error? err
function M.find_room(self, room_id)
  local list = M.rooms(self)
  while true do
    local room, err = list:next()
    if err then
      return nil, err
    elseif not room then
      return Error.fail {
        kind = "api", name = "room_not_found", code = 300022, endpoint = "find_room",
        message = ("no room %s in the list of this account"):format(tostring(room_id)),
        hint = "check the room id, and that appid is the room's own",
        hint_zh = "请核对直播间 id，以及 appid 是否为该直播间所属小程序",
      }
    elseif tostring(room.room_id) == tostring(room_id) then
      return room
    end
  end
end

--- Every replay segment of a room.
---@param room_id integer
---@return wxlive.Pages
function M.replays(self, room_id)
  return pages.by_offset(function(start, limit)
    return self:call("get_live_replay", { room_id = room_id, start = start, limit = limit })
  end, { limit = 50, rows = "live_replay", key = key_of("media_url") })
end

--- Every goods of the library in one audit state (default 2, approved).
---@param filter { status: integer? }?
---@return wxlive.Pages
function M.goods(self, filter)
  local status = filter and filter.status or 2
  return pages.by_offset(function(offset, limit)
    return self:call("goods_list", { offset = offset, limit = limit, status = status })
  end, { limit = 100, rows = "goods", key = key_of("goods_id") })
end

--- Every member with a role (default: all roles).
---@param filter { role: integer?, keyword: string? }?
---@return wxlive.Pages
function M.roles(self, filter)
  filter = filter or {}
  return pages.by_offset(function(offset, limit)
    return self:call("get_role_list", {
      role = filter.role, keyword = filter.keyword, offset = offset, limit = limit,
    })
  end, { limit = 30, rows = "list", key = key_of("openid"), random_order = true })
end

--- Every long-term subscriber.
---@param filter { limit: integer? }?  rows a page; large pages have failed on the platform
---@return wxlive.Pages
function M.followers(self, filter)
  local limit = filter and filter.limit or 200
  return pages.by_cursor(function(cursor)
    return self:call("get_followers", { limit = limit, page_break = cursor })
  end, { rows = "followers", key = function(row)
    return tostring(row.openid) .. "@" .. tostring(row.room_id)
  end })
end

return M
