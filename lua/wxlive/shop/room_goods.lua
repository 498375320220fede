--- Puts a sheet's goods into the rooms that it names, and takes out what it names no more.
--
-- The platform's list of rooms is read before anything is sent: it has the ids of rooms that the
-- sheet calls by name, and tells what stands where already. Therefore goods that a person put there
-- by hand are known, and so is what became of a call whose answer was lost.
local compat = require "wxlive.base.compat"
local outcomes = require "wxlive.errcodes.outcome"
local parallel = require "wxlive.shop.parallel"
local placements = require "wxlive.ledger.placements"
local refresh = require "wxlive.shop.diff"
local room_list = require "wxlive.shop.room_list"
local workers = require "wxlive.ledger.workers"

local M = {}

local APPROVED = 2
local closed = {
  [103] = "the room has ended", [104] = "the room is forbidden to go on air",
  [107] = "the room has expired without a show",
}
-- The goods are not in the room: that is what was wanted.
local NOT_THERE = 300053

local BATCH = placements.BATCH
local PAGE = 500

local directions = {
  into = { fresh = "wanted", busy = "adding", refused = "failed" },
  out = { fresh = "unwanted", busy = "removing", refused = "unwanted" },
}

-- Every placement that has to be worked on: no other process is at it.
local function collect(context, way)
  local list, after = {}, nil
  local dead = {}
  while true do
    local page, err = placements.page(context.ledger, context.sheet, way.fresh, way.busy, after,
      PAGE)
    if not page then
      return nil, err
    end
    for _, one in ipairs(page) do
      local owner = one.owner
      if owner and dead[owner] == nil then
        local gone, why = owner == context.ledger.worker, nil
        if not gone then
          gone, why = workers.is_dead(context.ledger, owner)
        end
        if why then
          return nil, why
        end
        dead[owner] = gone
      end
      if not owner or dead[owner] then
        list[#list + 1] = one
      end
    end
    if #page < PAGE then
      return list
    end
    after = page[#page]
  end
end

local function told(context, what, one, err)
  context.tell(what, { line = one.line, key = one.key }, err)
end

-- Nothing more is begun after this.
local function give_up(context, err)
  context.halt(err)
  return nil
end

-- action: what the history is told, and what is counted.
local function settle(context, one, action, state, fields)
  fields = fields or {}
  fields.action = action
  local ok, err = placements.leave(context.ledger, one, state, fields)
  if not ok then
    return give_up(context, err)
  end
  if action == "placed" or action == "taken_out" then
    told(context, action, one)
  end
  return true
end

local function refuse(context, one, way, reason, err)
  if settle(context, one, way == directions.into and "not_placed" or "not_taken_out", way.refused,
    { reason = reason }) then
    told(context, "failed", one, err or ("room %s: %s"):format(one.room, reason))
  end
end

-- What a refusal or a broken call means for those that were sent.
local function not_done(context, sent, way, err)
  local general = outcomes.scope(err) ~= "row"
  for _, one in ipairs(sent) do
    if err.doubtful then
      -- It may have been done: the next run looks.
      settle(context, one, "in_doubt", way.busy, { reason = tostring(err) })
      if not general then
        told(context, "doubtful", one, err)
      end
    elseif general then
      settle(context, one, nil, way.fresh)
    else
      refuse(context, one, way, tostring(err), err)
    end
  end
  if general then
    give_up(context, err)
  end
end

local function ids_of(list)
  local ids = {}
  for i, one in ipairs(list) do
    ids[i] = compat.fold(tonumber(one.item_id))
  end
  return ids
end

local function send(context, room, list)
  local ok, err = context.live:add_goods(ids_of(list), compat.fold(tonumber(room.id)))
  if ok then
    for _, one in ipairs(list) do
      settle(context, one, "placed", "in", { room_id = room.id, goods_id = one.item_id })
    end
  elseif #list == 1 or err.doubtful or outcomes.scope(err) ~= "row" then
    not_done(context, list, directions.into, err)
  else
    -- The platform refuses a call as a whole: alone, each says what is wrong with it.
    for _, one in ipairs(list) do
      if context.stopped() then
        settle(context, one, nil, "wanted")
      else
        send(context, room, { one })
      end
    end
  end
end

-- Goods that stand in the room already, and were not sent in this run.
local function found(context, room, one)
  local where = { room_id = room.id, goods_id = one.item_id }
  if one.state == "adding" then
    return settle(context, one, "placed", "in", where)
  end
  local twin, err = placements.heir(context.ledger, one, room.id)
  if err then
    return give_up(context, err)
  end
  -- Ours under another spelling of the room, or not ours.
  settle(context, one, nil, twin and twin.state == "in" and "in" or "theirs", where)
end

local function into(context, room, list)
  if closed[room.status] then
    for _, one in ipairs(list) do
      refuse(context, one, directions.into, closed[room.status])
    end
    return
  end
  local batch = {}
  for _, one in ipairs(list) do
    if context.stopped() then
      break
    elseif room.goods[one.item_id] then
      found(context, room, one)
    else
      local mine, err = placements.claim(context.ledger, one, "adding")
      if err then
        give_up(context, err)
        break
      end
      batch[#batch + 1] = mine and one or nil
      if #batch == BATCH then
        send(context, room, batch)
        batch = {}
      end
    end
  end
  if not batch[1] then
    return
  elseif context.stopped() then
    -- Claimed, and not sent.
    for _, one in ipairs(batch) do
      settle(context, one, nil, one.state)
    end
  else
    send(context, room, batch)
  end
end

-- Goods of ours that stand in a room, and are to go.
local function send_out(context, room, one, goods_id)
  local mine, err = placements.claim(context.ledger, one, "removing")
  if not mine then
    return err and give_up(context, err)
  end
  local ok
  ok, err = context.live:goods_delete_in_room(compat.fold(tonumber(room.id)),
    compat.fold(tonumber(goods_id)))
  if ok or err.code == NOT_THERE then
    room.goods[goods_id] = "out"
    settle(context, one, "taken_out", false)
  else
    not_done(context, { one }, directions.out, err)
  end
end

local function take_out(context, rooms, room, one)
  local goods_id = one.goods_id or one.item_id
  local there = room and room.goods[goods_id]
  if there ~= true then
    -- Taken out by the run before, whose answer got lost; by others; or a moment ago, for the row
    -- had named the room twice.
    local lost = one.state == "removing" and there ~= "out"
    return settle(context, one, lost and "taken_out" or "gone", false)
  elseif room_list.over[room.status] then
    -- No sale happens there any more, and the platform would refuse it, now and in every later run.
    return settle(context, one, "room_ended", false)
  end
  local heir, err = placements.heir(context.ledger, one, room.id,
    rooms.bearers[room.name] == 1 and room.name or nil)
  if err then
    return give_up(context, err)
  elseif not heir then
    return send_out(context, room, one, goods_id)
  elseif heir.state ~= "wanted" or settle(context, heir, "renamed", "in",
    { room_id = room.id, goods_id = goods_id }) then
    settle(context, one, nil, false)
  end
end

-- Placements by room; those without one are refused, or forgotten when they were to go.
local function by_room(context, list, rooms, way)
  local groups, order = {}, {}
  for _, one in ipairs(list) do
    local room, wrong = room_list.find(rooms, one)
    if room then
      if not groups[room.id] then
        groups[room.id] = { room = room, list = {} }
        order[#order + 1] = groups[room.id]
      end
      table.insert(groups[room.id].list, one)
    elseif way == directions.into then
      refuse(context, one, way, wrong)
    else
      take_out(context, rooms, nil, one)
    end
  end
  return order
end

-- Only approved goods can be in a room. Those that are not wait; the platform is asked once.
local function sift(list)
  local ready, waiting, counted = {}, 0, {}
  for _, one in ipairs(list) do
    if one.item_id and one.audit_status == APPROVED then
      ready[#ready + 1] = one
    elseif not counted[one.key] then
      -- Goods wait once, into however many rooms they are to go.
      waiting, counted[one.key] = waiting + 1, true
    end
  end
  return ready, waiting
end

--- Works on all placements of a sheet in one direction.
---@param context { live: table, ledger: wxlive.Ledger, sheet: string, concurrency: integer,
---  tell: fun(what: string, row: table, err: any), halt: fun(err: wxlive.Error),
---  stopped: fun(): boolean }
---@param direction "into"|"out"
---@return integer? waiting   goods that are not approved yet
---@return wxlive.Error? err
function M.run(context, direction)
  local way = directions[direction]
  local list, err = collect(context, way)
  if not list or not list[1] then
    return list and 0, err
  end
  local waiting = 0
  if way == directions.into then
    list, waiting = sift(list)
    if waiting > 0 then
      local seen
      seen, err = refresh.audits(context.live, context.ledger, "goods")
      if seen then
        list, err = collect(context, way)
      end
      if not seen or not list then
        return nil, err
      end
      list, waiting = sift(list)
    end
    if not list[1] then
      return waiting
    end
  end
  local rooms
  rooms, err = room_list.read(context.live, list, way == directions.out)
  if not rooms then
    return nil, err
  end
  local groups, at = by_room(context, list, rooms, way), 0
  local ok
  ok, err = parallel.each(function()
    at = at + 1
    return not context.stopped() and groups[at] or nil
  end, function(group)
    if way == directions.into then
      into(context, group.room, group.list)
      return true
    end
    for _, one in ipairs(group.list) do
      if not context.stopped() then
        take_out(context, rooms, group.room, one)
      end
    end
    return true
  end, context.concurrency)
  if not ok then
    return nil, err
  end
  return waiting
end

return M
