--- The methods that page through lists: rooms, replays, goods, roles, followers.
local compat = require "wxlive.base.compat"
local Error = require "wxlive.error"
local options = require "wxlive.base.options"
local pages = require "wxlive.client.pages"
local policy = require "wxlive.client.policy"
local both = require("wxlive.text.sentence").both
local tables = require "wxlive.base.tables"
local validate = require "wxlive.client.validate"

local M = {}

-- How a look-up of the client itself reads a list (`how`): timeout gives the seconds for a page;
-- again = false: a list that contradicts itself is not read again, because the look-up itself reads
-- it again later; sure: see wxlive.client.pages.

-- A list that contradicts itself is read again as often as a failed call is repeated, and after the
-- same pauses.
local function again(self, how)
  if how and how.again == false then
    return nil
  end
  return function(round)
    if round >= self.retry.attempts then
      return false
    end
    self.transport:sleep(policy.delay(self.retry, round, nil, self.random()))
    return true
  end
end

local function key_of(name)
  return function(row)
    return row[name]
  end
end

-- A list that is paged by offset, under the name that the endpoint gives it.
local function by_offset(self, name, offset_name, params, list, how)
  list.again, list.sure = again(self, how), how and how.sure
  return pages.by_offset(function(offset, limit)
    return self:call(name, tables.merged(params, { [offset_name] = offset, limit = limit }),
      how and how.timeout and { timeout = how.timeout() } or nil)
  end, list)
end

-- A filter that is a table of known names; anything else is a mistake in the program.
local function filter_of(method, filter, known)
  if filter == nil then
    return {}
  end
  local ok, err = options.check("live:" .. method, filter, known)
  if not ok then
    error(tostring(err), 3)
  end
  return filter
end

--- Every room. `for room in live:rooms() do ... end`, or `live:rooms():all()`.
---@param filter { live_status: integer? }?
---@param how table?   see above; none of a caller's
---@return wxlive.Pages
function M.rooms(self, filter, how)
  local status = filter_of("rooms", filter, { live_status = "number|string" }).live_status
  return by_offset(self, "get_live_info", "start", nil, {
    limit = 50, rows = "room_info", key = key_of("room_id"),
    wanted = status and function(room)
      return tostring(room.live_status) == tostring(status)
    end,
  }, how)
end

--- The room with this id, looked for in the list; nil and `room_not_found` when the whole list was
--- read and does not hold it, another error when the list could not be read whole.
---@param room_id integer
---@return table? room
---@return wxlive.Error? err
function M.find_room(self, room_id)
  local id, wrong = validate.room_id(room_id)
  if not id then
    return nil, wrong
  end
  local list = M.rooms(self)
  local room, err
  repeat
    room, err = list:next()
  until not room or compat.text(room.room_id) == compat.text(id)
  if room or err then
    return room, err
  end
  return Error.fail {
    kind = "api", name = "room_not_found", code = 300022, endpoint = "find_room",
    message = both("no room %s in the list of this account", "该账号的列表中没有直播间 %s"):format(
      compat.text(id)),
    hint = "check the room id, and that appid is the room's own",
    hint_zh = "请核对直播间 id，以及 appid 是否为该直播间所属小程序",
  }
end

--- Every replay segment of a room.
---@param room_id integer
---@return wxlive.Pages
function M.replays(self, room_id)
  return by_offset(self, "get_live_replay", "start", { room_id = room_id },
    { limit = 50, rows = "live_replay", key = key_of("media_url") })
end

--- Every goods of the library in one audit state (default 2, approved).
---@param filter { status: integer? }?
---@param how table?   see above; none of a caller's
---@return wxlive.Pages
function M.goods(self, filter, how)
  local status = filter_of("goods", filter, { status = "number|string" }).status or 2
  return by_offset(self, "goods_list", "offset", { status = status },
    { limit = 100, rows = "goods", key = key_of("goods_id") }, how)
end

--- Every member with a role (default: all roles).
---@param filter { role: integer?, keyword: string? }?
---@return wxlive.Pages
function M.roles(self, filter)
  filter = filter_of("roles", filter, { role = "number|string", keyword = "string" })
  return by_offset(self, "get_role_list", "offset", filter,
    { limit = 30, rows = "list", key = key_of("openid"), random_order = true })
end

--- Every long-term subscriber.
---@param filter { limit: integer? }?  rows a page; large pages have failed on the platform
---@return wxlive.Pages
function M.followers(self, filter)
  local limit = filter_of("followers", filter, { limit = "number|string" }).limit or 200
  return pages.by_cursor(function(cursor, rows)
    return self:call("get_followers", { limit = rows, page_break = cursor })
  end, {
    limit = limit, most = 2000, rows = "followers", again = again(self),
    key = function(row)
      return tostring(row.openid) .. "@" .. tostring(row.room_id)
    end,
  })
end

return M
