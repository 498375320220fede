--- People of a room (assistants, the anchor's second account) and roles of the mini program.
local json = require "wxlive.json"
local people = require "wxlive.sandbox.world.people"
local refuse = require("wxlive.sandbox.server.refusal").refuse
local room_state = require "wxlive.sandbox.world.room_state"
local states = require "wxlive.catalogue.states"
local tables = require "wxlive.base.tables"

local ASSISTANTS_MAX = 10
local ANCHOR = 2
local ROLE_MAX = { 10, 500, 500 } -- administrators, anchors, operators
local ROLE_PAGE = 10              -- where the caller names none

local M = {}

-- Assistants --------------------------------------------------------------------------------------

local function find_assistant(room, username)
  for i, one in ipairs(room.assistants) do
    if one.alias == username then
      return i, one
    end
  end
  return nil
end

local function check_new(room, users)
  local fresh = {}
  for _, user in ipairs(users) do
    if not people.is_wechat(user.username) or not people.exists(user.username) then
      refuse(600002, "no user has the WeChat id " .. user.username)
    elseif find_assistant(room, user.username) or fresh[user.username] then
      refuse(600001, user.username .. " is an assistant already")
    end
    fresh[user.username] = true
  end
  if #room.assistants + #users > ASSISTANTS_MAX then
    refuse(200002, ("users: the room would have more than %d assistants"):format(
      ASSISTANTS_MAX))
  end
end

--- All of them or none.
M.add_assistant = room_state.changing("change", function(room, params, account)
  check_new(room, params.users)
  for _, user in ipairs(params.users) do
    room.assistants[#room.assistants + 1] = {
      alias = user.username, nickname = user.nickname, timestamp = account.platform:now(),
    }
  end
end)

-- A handler that changes one assistant of a room.
local function of_assistant(handle)
  return room_state.changing("change", function(room, params, account)
    local index, assistant = find_assistant(room, params.username)
    if not index then
      refuse(600002, params.username .. " is not an assistant of the room")
    end
    handle(room, index, assistant, params, account)
  end)
end

M.modify_assistant = of_assistant(function(_, _, assistant, params, account)
  assistant.nickname, assistant.timestamp = params.nickname, account.platform:now()
end)

M.remove_assistant = of_assistant(function(room, index)
  table.remove(room.assistants, index)
end)

M.get_assistant_list = room_state.with(nil, function(room)
  local list = tables.map(room.assistants, function(one)
    return {
      timestamp = one.timestamp, nickname = one.nickname, alias = one.alias,
      openid = people.openid(one.alias), headimg = people.avatar(one.alias),
    }
  end)
  return { list = json.array(list), count = #list, maxCount = ASSISTANTS_MAX }
end)

-- The second account ------------------------------------------------------------------------------

local function set_sub_anchor(room, username, replace)
  if room.sub_anchor == username then
    refuse(500004, "this is the second account already")
  elseif room.anchor_wechat == username then
    refuse(500005, "this is the anchor's main account")
  elseif room.sub_anchor and not replace then
    refuse(500003, "the room has a second account already")
  elseif not people.is_wechat(username) or not people.exists(username) then
    refuse(500001, "no user has the WeChat id " .. username)
  elseif not people.is_verified(username) then
    refuse(500002, "the account has not passed the real-name check")
  end
  room.sub_anchor = username
end

M.add_sub_anchor = room_state.changing("change", function(room, params)
  set_sub_anchor(room, params.username, false)
end)

M.modify_sub_anchor = room_state.changing("change", function(room, params)
  set_sub_anchor(room, params.username, true)
end)

M.delete_sub_anchor = room_state.changing("change", function(room)
  room.sub_anchor = nil
end)

M.get_sub_anchor = room_state.with(nil, function(room)
  return { username = room.sub_anchor or "" }
end)

-- Roles -------------------------------------------------------------------------------------------

local function has_role(member, role)
  for i, held in ipairs(member and member.roles or {}) do
    if held == role then
      return i
    end
  end
  return nil
end

local function holders(account, role)
  return #tables.only(account:sorted("role"), function(member) return has_role(member, role) end)
end

-- A handler that changes the roles of a person, who may not have any yet.
local function of_member(handle)
  return function(account, params)
    local username = params.username
    if not people.is_wechat(username) then
      refuse(400001, "username has not the form of a WeChat id")
    end
    local member = account.role[username]
      or { username = username, nickname = username, roles = {} }
    if handle(account, member, params.role, has_role(member, params.role)) then
      member.updated = account.platform:now()
      account:put("role", username, member.roles[1] and member or nil)
    end
    return {}
  end
end

--- Gives a person a role; the seed data uses it, too.
M.add_role = of_member(function(account, member, role, index)
  if has_role(member, 0) then
    return false -- no effect on the super administrator
  elseif index then
    refuse(400004, "the person has the role already")
  elseif role == ANCHOR and not people.is_verified(member.username) then
    refuse(400002, "the person has not passed the real-name check", {
      fields = { codeurl = "https://res.wx.qq.com/sandbox/realname.png" },
    })
  elseif holders(account, role) >= ROLE_MAX[role] then
    refuse(400003, ("%d people have this role, the most there may be"):format(
      ROLE_MAX[role]))
  end
  table.insert(member.roles, role)
  return true
end)

local function has_waiting_room(account, username)
  for id in pairs(account.room) do
    local room = room_state.find(account, id)
    if room and room.live_status == states.NOT_STARTED and room.anchor_wechat == username then
      return id
    end
  end
  return nil
end

M.delete_role = of_member(function(account, member, role, index)
  local waiting = index and role == ANCHOR and has_waiting_room(account, member.username)
  if not index then
    return false
  elseif waiting then
    refuse(400005, ("room %d of this anchor has not started"):format(waiting))
  end
  table.remove(member.roles, index)
  return true
end)

local function matches(member, role, keyword)
  if role ~= -1 and not has_role(member, role) then
    return false
  end
  return keyword == nil or keyword == "" or member.username:find(keyword, 1, true) ~= nil
    or member.nickname:find(keyword, 1, true) ~= nil
end

--- In random order, as the platform gives it: pages may repeat and miss people.
function M.get_role_list(account, params)
  local found = tables.only(account:sorted("role"), function(member)
    return matches(member, params.role, params.keyword)
  end)
  local shuffled, list = account.platform.random:shuffled(found), json.array {}
  local offset = params.offset or 0
  for i = offset + 1, math.min(offset + (params.limit or ROLE_PAGE), #shuffled) do
    local member = shuffled[i]
    list[#list + 1] = {
      headingimg = people.avatar(member.username), nickname = member.nickname,
      openid = people.openid(member.username), roleList = json.array(member.roles),
      updateTimestamp = tostring(member.updated), username = people.masked(member.username),
    }
  end
  return { total = #found, list = list }
end

return M
