--- Puts a sheet's goods into the rooms that it names, and takes out goods that it no longer names.
--
-- The platform's list of rooms is read before anything is sent: it has the ids of rooms that the
-- sheet names, and shows which goods are in which room. Therefore goods that a person added by hand
-- are recognised, and the outcome of a call whose answer was lost is known.
local compat = require "wxlive.base.compat"
local diff = require "wxlive.shop.diff"
local Error = require "wxlive.error"
local outcomes = require "wxlive.errcodes.outcome"
local parallel = require "wxlive.shop.parallel"
local room_goods = require "wxlive.ledger.room_goods"
local room_list = require "wxlive.shop.room_list"
local sentence = require "wxlive.text.sentence"
local states = require "wxlive.catalogue.states"
local tables = require "wxlive.base.tables"

local M = {}

local both = sentence.both

local closed = {
  [states.ENDED] = both("the room has ended", "直播间已结束"),
  [states.BANNED] = both("the room is forbidden to go on air", "直播间已被禁播"),
  [states.EXPIRED] = both("the room has expired without a show", "直播间未开播，已过期"),
}

local BATCH = room_goods.BATCH

local directions = {
  into = { fresh = "wanted", busy = "adding", refused = "failed", not_done = "not_placed" },
  out = { fresh = "unwanted", busy = "removing", refused = "unwanted", not_done = "not_taken_out" },
}

local function told(run, what, one, err)
  run:count(what, { line = one.line, key = one.key }, err)
end

-- action: the name in the history and in the counts.
local function settle(run, one, action, state, fields)
  fields = fields or {}
  fields.action = action
  local ok, err = room_goods.leave(run.ledger, one, state, fields)
  if not ok then
    return run:halt(err)
  elseif action == "placed" or action == "taken_out" then
    told(run, action, one)
  end
  return true
end

-- Records goods that were not put into a room or taken out of it. why: an error, or a sentence.
local function refuse(run, one, way, why)
  if settle(run, one, way.not_done, way.refused, { reason = why }) then
    told(run, "failed", one, Error.is(why) and why
      or both("room %s: %s", "直播间 %s：%s"):format(one.room, why))
  end
end

-- Decides what a refusal or a broken call means for the goods that were sent.
local function not_done(run, sent, way, err)
  local general = outcomes.scope(err) ~= "row"
  for _, one in ipairs(sent) do
    if err.doubtful then
      -- It may have been done: the next run looks.
      settle(run, one, "in_doubt", way.busy, { reason = err })
      if not general then
        told(run, "doubtful", one, err)
      end
    elseif general then
      settle(run, one, nil, way.fresh)
    else
      refuse(run, one, way, err)
    end
  end
  if general then
    run:halt(err)
  end
end

local function send(run, room, list)
  local ids = tables.map(list, function(one) return compat.id(one.item_id) end)
  local ok, err = run.live:add_goods(ids, compat.id(room.id))
  if ok then
    for _, one in ipairs(list) do
      settle(run, one, "placed", "in", { room_id = room.id, goods_id = one.item_id })
    end
  elseif #list == 1 or err.doubtful or outcomes.scope(err) ~= "row" then
    not_done(run, list, directions.into, err)
  else
    -- The platform refuses a call as a whole: sent one by one, each of the goods gets its own
    -- answer.
    for _, one in ipairs(list) do
      if run:is_over() then
        settle(run, one, nil, "wanted")
      else
        send(run, room, { one })
      end
    end
  end
end

-- Goods that stand in the room already, and were not sent in this run.
local function found(run, room, one)
  local where = { room_id = room.id, goods_id = one.item_id }
  if one.state == "adding" then
    return settle(run, one, "placed", "in", where)
  end
  local twin, err = room_goods.heir(run.ledger, one, room.id)
  if err then
    return run:halt(err)
  end
  -- They are ours under another spelling of the room, or another person added them.
  settle(run, one, nil, twin and twin.state == "in" and "in" or "theirs", where)
end

local function into(run, room, list)
  local batch = {}
  for i, one in ipairs(list) do
    if closed[room.status] then
      refuse(run, one, directions.into, closed[room.status])
    elseif run:is_over() then
      break
    elseif room.goods[one.item_id] then
      found(run, room, one)
    else
      local mine, err = room_goods.claim(run.ledger, one, "adding")
      run:halt(err)
      batch[#batch + 1] = mine and one or nil
    end
    if #batch == BATCH or batch[1] and i == #list and not run:is_over() then
      send(run, room, batch)
      batch = {}
    end
  end
  for _, one in ipairs(batch) do
    -- Claimed, and not sent.
    settle(run, one, nil, one.state)
  end
end

-- Removes goods from a room: wxlive put them there, and they are no longer wanted.
local function send_out(run, room, one, goods_id)
  local mine, err = room_goods.claim(run.ledger, one, "removing")
  if not mine then
    return run:halt(err)
  end
  local ok
  ok, err = run.live:goods_delete_in_room(compat.id(room.id), compat.id(goods_id))
  if ok or err.name == "goods_not_in_room" then
    room.goods[goods_id] = "out"
    settle(run, one, "taken_out", false)
  else
    not_done(run, { one }, directions.out, err)
  end
end

local function take_out(run, rooms, room, one)
  local goods_id = one.goods_id or one.item_id
  local there = room and room.goods[goods_id]
  if there ~= true then
    -- They were already taken out: by the last run, whose answer was lost; by other people; or a
    -- moment ago, because the row had named the room twice.
    local lost = one.state == "removing" and there ~= "out"
    return settle(run, one, lost and "taken_out" or "gone", false)
  elseif room_list.over[room.status] then
    -- The room sells nothing any more, and the platform would refuse the call now and in every
    -- later run.
    return settle(run, one, "room_ended", false)
  end
  local heir, err = room_goods.heir(run.ledger, one, room.id,
    room_list.is_only(rooms, room.name) and room.name or nil)
  if err then
    return run:halt(err)
  elseif not heir then
    return send_out(run, room, one, goods_id)
  elseif heir.state ~= "wanted" or settle(run, heir, "renamed", "in",
    { room_id = room.id, goods_id = goods_id }) then
    settle(run, one, nil, false)
  end
end

-- Groups entries by room. Those whose room does not exist fail, or are forgotten if they were to
-- be removed.
local function by_room(run, list, rooms, way)
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
      refuse(run, one, way, wrong)
    else
      take_out(run, rooms, nil, one)
    end
  end
  return order
end

-- Only approved goods can be in a room. Gives those that are, and how many others wait.
local function sift(list)
  local ready, waiting, counted = {}, 0, {}
  for _, one in ipairs(list) do
    if one.item_id and one.audit_status == states.APPROVED then
      ready[#ready + 1] = one
    elseif not counted[one.key] then
      -- Goods that wait are counted once, even if they are to go into several rooms.
      waiting, counted[one.key] = waiting + 1, true
    end
  end
  return ready, waiting
end

-- The entries that have to be worked on, and how many goods are not approved yet: of those the
-- platform is asked once.
local function collect(run, way)
  local list, err = room_goods.free_in(run.ledger, run.sheet, way.fresh, way.busy)
  if not list or way == directions.out then
    return list, list and 0 or err
  end
  local ready, waiting = sift(list)
  if waiting > 0 and run.audits ~= false then
    local seen
    seen, err = diff.compare(run.live, run.ledger, "goods")
    if seen then
      list, err = room_goods.free_in(run.ledger, run.sheet, way.fresh, way.busy)
    end
    if not (seen and list) then
      return nil, err
    end
    ready, waiting = sift(list)
  end
  return ready, waiting
end

-- Without goods whose row also names a room that there is not: a slip in a room's name takes
-- nothing out of the room that it was.
local function without_slips(run, list, rooms)
  local wanted, err = room_goods.free_in(run.ledger, run.sheet, directions.into.fresh,
    directions.into.busy)
  if not wanted then
    return nil, err
  end
  local slipped = {}
  for _, one in ipairs(wanted) do
    slipped[one.key] = slipped[one.key] or not room_list.has(rooms, one.room)
  end
  return tables.only(list, function(one) return not slipped[one.key] end)
end

--- Works on all entries of a sheet in one direction.
---@param run wxlive.shop.Apply
---@param direction "into"|"out"
---@return integer? waiting   goods that are not approved yet
---@return wxlive.Error? err
function M.run(run, direction)
  local way = directions[direction]
  local list, waiting = collect(run, way)
  if not list then
    return nil, waiting
  elseif not list[1] then
    return waiting
  end
  local rooms, err = room_list.read(run.live, list, way == directions.out)
  if rooms and way == directions.out then
    list, err = without_slips(run, list, rooms)
  end
  if not (rooms and list) then
    return nil, err
  end
  local groups, at = by_room(run, list, rooms, way), 0
  local ok
  ok, err = parallel.each(function()
    at = at + 1
    return not run:is_over() and groups[at] or nil
  end, function(group)
    if way == directions.into then
      into(run, group.room, group.list)
      return true
    end
    for _, one in ipairs(group.list) do
      if not run:is_over() then
        take_out(run, rooms, group.room, one)
      end
    end
    return true
  end, run.concurrency)
  return ok and waiting, err
end

return M
