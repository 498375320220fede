--- People of a room (assistants, the anchor's second account) and roles of the mini program.
local json = require "wxlive.json"
local people = require "wxlive.sandbox.world.people"
local refusal = require "wxlive.sandbox.server.refusal"
local room_state = require "wxlive.sandbox.world.room_state"

local refuse = refusal.refuse

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
      return refuse(600002, "no user has the WeChat id " .. user.username)
    elseif find_assistant(room, user.username) or fresh[user.username] then
      return refuse(600001, user.username .. " is an assistant already")
    end
    fresh[user.username] = true
  end
  if #room.assistants + #users > ASSISTANTS_MAX then
    return refuse(200002, ("users: the room would have more than %d assistants"):format(
      ASSISTANTS_MAX))
  end
  return true
end

--- All of them or none.
M.add_assistant = room_state.changing("change", function(room, params, account)
  local ok, refused = check_new(room, params.users)
  if not ok then
    return nil, refused
  end
  for _, user in ipairs(params.users) do
    room.assistants[#room.assistants + 1] = {
      alias = user.username, nickname = user.nickname, timestamp = account.platform:now(),
    }
  end
end)

local function no_assistant(params)
  return refuse(600002, params.username .. " is not an assistant of the room")
end

M.modify_assistant = room_state.changing("change", function(room, params, account)
  local _, assistant = find_assistant(room, params.username)
  if not assistant then
    return no_assistant(params)
  end
  assistant.nickname, assistant.timestamp = params.nickname, account.platform:now()
end)

M.remove_assistant = room_state.changing("change", function(room, params)
  local index = find_assistant(room, params.username)
  if not index then
    return no_assistant(params)
  end
  table.remove(room.assistants, index)
end)

M.get_assistant_list = room_state.with(nil, function(room)
  local list = json.array {}
  for i, one in ipairs(room.assistants) do
    list[i] = {
      timestamp = one.timestamp, nickname = one.nickname, alias = one.alias,
      openid = people.openid(one.alias), headimg = people.avatar(one.alias),
    }
  end
  return { list = list, count = #list, maxCount = ASSISTANTS_MAX }
end)

-- The second account ------------------------------------------------------------------------------

local function set_sub_anchor(room, username, replace)
  if room.sub_anchor == username then
    return refuse(500004, "this is the second account already")
  elseif room.anchor_wechat == username then
    return refuse(500005, "this is the anchor's main account")
  elseif room.sub_anchor and not replace then
    return refuse(500003, "the room has a second account already")
  elseif not people.is_wechat(username) or not people.exists(username) then
    return refuse(500001, "no user has the WeChat id " .. username)
  elseif not people.is_verified(username) then
    return refuse(500002, "the account has not passed the real-name check")
  end
  room.sub_anchor = username
end

M.add_sub_anchor = room_state.changing("change", function(room, params)
  return set_sub_anchor(room, params.username, false)
end)

M.modify_sub_anchor = room_state.changing("change", function(room, params)
  return set_sub_anchor(room, params.username, true)
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
  local count = 0
  for _, member in pairs(account.role) do
    if has_role(member, role) then
      count = count + 1
    end
  end
  return count
end

--- Gives a person a role; the seed data uses it, too.
function M.add_role(account, params)
  local username, role = params.username, params.role
  local member = account.role[username]
  if not people.is_wechat(username) then
    return refuse(400001, "username has not the form of a WeChat id")
  elseif has_role(member, 0) then
    return {} -- no effect on the super administrator
  elseif has_role(member, role) then
    return refuse(400004, "the person has the role already")
  elseif role == ANCHOR and not people.is_verified(username) then
    return refuse(400002, "the person has not passed the real-name check", {
      fields = { codeurl = "https://res.wx.qq.com/sandbox/realname.png" },
    })
  elseif holders(account, role) >= ROLE_MAX[role] then
    return refuse(400003, ("%d people have this role, the most there may be"):format(
      ROLE_MAX[role]))
  end
  member = member or { username = username, nickname = username, roles = {} }
  member.roles[#member.roles + 1] = role
  member.updated = account.platform:now()
  account:put("role", username, member)
  return {}
end

local function has_waiting_room(account, username)
  for id in pairs(account.room) do
    local room = room_state.find(account, id)
    if room and room.live_status == 102 and room.anchor_wechat == username then
      return id
    end
  end
  return nil
end

function M.delete_role(account, params)
  local username, role = params.username, params.role
  local member = account.role[username]
  if not people.is_wechat(username) then
    return refuse(400001, "username has not the form of a WeChat id")
  end
  local index = has_role(member, role)
  if not index then
    return {}
  end
  local waiting = role == ANCHOR and has_waiting_room(account, username)
  if waiting then
    return refuse(400005, ("room %d of this anchor has not started"):format(waiting))
  end
  table.remove(member.roles, index)
  member.updated = account.platform:now()
  if #member.roles == 0 then
    account:remove("role", username)
  else
    account:put("role", username, member)
  end
  return {}
end

local function matches(member, role, keyword)
  if role ~= -1 and not has_role(member, role) then
    return false
  end
  return keyword == nil or keyword == "" or member.username:find(keyword, 1, true) ~= nil
    or member.nickname:find(keyword, 1, true) ~= nil
end

--- In random order, as the platform gives it: pages may repeat and miss people.
function M.get_role_list(account, params)
  local found = {}
  for _, member in ipairs(account:sorted("role")) do
    if matches(member, params.role, params.keyword) then
      found[#found + 1] = member
    end
  end
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
