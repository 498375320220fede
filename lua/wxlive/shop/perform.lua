--- Performs the calls that one row needs. Each result is in the ledger before anything else
--- happens.
local catalogue = require "wxlive.catalogue"
local compat = require "wxlive.base.compat"
local Error = require "wxlive.error"
local json = require "wxlive.json"
local outcomes = require "wxlive.errcodes.outcome"
local rows = require "wxlive.shop.rows"
local both = require("wxlive.text.sentence").both
local states = require "wxlive.catalogue.states"
local tables = require "wxlive.base.tables"

local M = {}

local prices = { price_type = true, price = true, price2 = true }

-- Replaces the content hashes in picture fields by media ids. Returns the ids, too.
local function with_media(pictures, item, fields)
  local params, used = {}, {}
  for name, value in pairs(fields) do
    if item.wanted.images[name] then
      local media_id, err = pictures:media(value)
      if not media_id then
        return nil, err
      end
      used[value] = media_id
      value = media_id
    end
    params[name] = value
  end
  return params, used
end

-- Calls a method with media ids in place of pictures. When the platform no longer knows one of
-- them, the picture is uploaded and the call made once again.
local function call(context, item, method, fields, more)
  local again, answer, err
  repeat
    local params, used = with_media(context.pictures, item, fields)
    if not params then
      return nil, used
    end
    local held
    held, err = context.ledger:holds(item)
    if not held then
      return nil, err
    end
    answer, err = context.live[method](context.live, tables.put(params, more))
    if answer then
      return answer
    end
    local why
    again, why = context.pictures:drop(err, used)
    if why then
      return nil, why
    end
  until not again
  return nil, err
end

-- Equal values give equal JSON.
local function same(a, b)
  return json.encode(a) == json.encode(b)
end

-- The fields whose values on the platform differ from the wanted ones. The price fields are sent
-- together.
local function changed_fields(item)
  local old = item.applied and item.applied.params or {}
  local changed, priced, rest = {}, false, false
  for name, value in pairs(item.wanted.params) do
    if not same(old[name], value) then
      changed[name] = value
      priced, rest = priced or prices[name] or false, rest or not prices[name]
    end
  end
  for name in pairs(priced and prices or {}) do
    changed[name] = item.wanted.params[name]
  end
  return changed, rest
end

local function id_of(item)
  return compat.id(item.platform_id)
end

-- Each kind: its actions, as M.perform calls them, and the endpoint that deletes.
local goods, rooms = { delete = "goods_delete" }, { delete = "delete_room" }
local kinds = { goods = goods, rooms = rooms }

function goods.submit(context, item)
  local answer, err = context.live:goods_audit(id_of(item))
  if not answer and err.name == "audit_state_forbids" then
    -- A submission before this one had worked.
    answer = {}
  elseif not answer then
    return nil, err
  end
  return context.ledger:finish(item, {
    audit_id = answer.audit_id, audit_status = states.UNDER_AUDIT, applied = item.wanted_text,
  }, answer.adopted and "adopt" or "submit", answer)
end

function goods.create(context, item)
  local answer, err = call(context, item, "goods_add", item.wanted.params)
  local half = not answer and outcomes.of(err) == "partial" and type(err.body) == "table"
    and err.body.goods_id and err.body
  if not answer and not half then
    return nil, err
  end
  -- The goods were created, but could not be submitted for audit.
  local made, ok = answer or half
  ok, err = context.ledger:finish(item, {
    platform_id = made.goods_id, audit_id = made.audit_id, applied = item.wanted_text,
    audit_status = half and states.WITHDRAWN or states.UNDER_AUDIT, more = half and true,
  }, made.adopted and "adopt" or "create", made)
  if ok and half then
    return goods.submit(context, item)
  end
  return ok, err
end

function goods.change(context, item)
  local fields, beyond_prices = changed_fields(item)
  if beyond_prices and item.audit_status == states.APPROVED then
    return Error.fail {
      kind = "invalid", name = "goods_approved", sent = false,
      message = both("the goods are approved: the platform lets only their prices be changed",
        "商品已过审，平台只允许修改价格"),
      hint = "put the rest back as it was, or add them again under another key",
      hint_zh = "其余字段请还原，或以新的 key 重新添加",
    }
  end
  local ok, err = true, nil
  if next(fields) then
    ok, err = call(context, item, "goods_update", fields, { goods_id = id_of(item) })
  end
  local again = item.audit_status == states.WITHDRAWN or item.audit_status == states.REJECTED
  if ok then
    ok, err = context.ledger:finish(item, { applied = item.wanted_text, more = again }, "change",
      { fields = fields })
  end
  if ok and again then
    return goods.submit(context, item)
  end
  return ok, err
end

function rooms.create(context, item)
  local answer, err = call(context, item, "create_room", item.wanted.params)
  if not answer then
    return nil, err
  end
  -- The room exists, but not its assistants yet.
  local staffed = #(item.wanted.assistants or {}) > 0
  local ok
  ok, err = context.ledger:finish(item, {
    platform_id = answer.room_id, more = staffed,
    applied = staffed and rows.without_assistants(item.wanted) or item.wanted_text,
  }, answer.adopted and "adopt" or "create", answer)
  if ok and staffed then
    return rooms.change(context, item)
  end
  return ok, err
end

local function by_username(users)
  local out = {}
  for _, user in ipairs(users or {}) do
    out[user.username] = user.nickname
  end
  return out
end

-- Seats for assistants in a room of which the platform does not say how many it has.
local SEATS = 10

-- Changes the assistants of a room to those of the sheet. Assistants that a person added by hand
-- stay, unless an earlier sheet had named them. New ones come before others go, as far as there are
-- seats: the platform may refuse a misspelt one.
local function staff(context, item, room_id)
  local live = context.live
  local wanted, before = by_username(item.wanted.assistants), by_username(item.applied.assistants)
  local listed, err = live:get_assistant_list(room_id)
  if not listed then
    return nil, err
  end
  local there, missing = {}, {}
  for _, one in ipairs(listed.list) do
    there[one.alias or ""] = one.nickname
  end
  local ok = true
  for _, user in ipairs(item.wanted.assistants or {}) do
    if not there[user.username] then
      missing[#missing + 1] = user
    elseif ok and there[user.username] ~= user.nickname then
      ok, err = live:modify_assistant(room_id, user.username, user.nickname)
    end
  end
  local function add()
    if ok and missing[1] then
      ok, err = live:add_assistant(room_id, missing)
    end
  end
  local full = #listed.list + #missing > (listed.max_count or SEATS)
  if not full then
    add()
  end
  for username in pairs(before) do
    if ok and wanted[username] == nil and there[username] then
      ok, err = live:remove_assistant(room_id, username)
    end
  end
  if full then
    add()
  end
  return ok, err
end

-- An edit sends every field, except those that can never be changed.
function rooms.change(context, item)
  local known = catalogue.by_name.edit_room.known
  local fields = {}
  for name, value in pairs(item.wanted.params) do
    if known[name] then
      fields[name] = value
    elseif not item.applied or not same(item.applied.params[name], value) then
      return Error.fail {
        kind = "invalid", name = "fixed_field", field = name, sent = false,
        message = both("%s of a room cannot be changed once it is made",
          "直播间创建后不能修改 %s"):format(name),
        hint = "put it back as it was, or delete the room and schedule it again",
        hint_zh = "请还原，或删除后重新创建",
      }
    end
  end
  local room_id, old = id_of(item), item.applied or {}
  local ok, err = true, nil
  if not same(old.params, item.wanted.params) then
    ok, err = call(context, item, "edit_room", fields, { room_id = room_id })
  end
  -- No assistants, and a list of none, are the same.
  local before, wanted = old.assistants or {}, item.wanted.assistants or {}
  if ok and (before[1] or wanted[1]) and not same(before, wanted) then
    ok, err = staff(context, item, room_id)
  end
  if not ok then
    return nil, err
  end
  return context.ledger:finish(item, { applied = item.wanted_text }, "change", {
    room_id = room_id,
  })
end

local function remove(context, item)
  local delete = kinds[item.kind].delete
  local ok, err = context.live[delete](context.live, id_of(item))
  if not ok and err.code ~= catalogue.by_name[delete].gone then
    return nil, err
  end
  return context.ledger:forget(item)
end

goods.remove, rooms.remove = remove, remove

--- What a claimed row needs.
---@param item table
---@return "remove"|"create"|"change"|"submit" action
function M.action_of(item)
  return item.todo == "remove" and "remove" or not item.platform_id and "create"
    or item.applied_text ~= item.wanted_text and "change" or "submit"
end

--- Does what a claimed row needs.
---@param context { live: table, ledger: wxlive.Ledger, pictures: table }
---@param item table
---@return any? ok
---@return wxlive.Error? err
function M.perform(context, item)
  return kinds[item.kind][M.action_of(item)](context, item)
end

return M
