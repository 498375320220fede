--- The platform's rooms as a sheet of goods names them, by id or by name, each with its goods.
local compat = require "wxlive.base.compat"
local recover = require "wxlive.client.recover"
local both = require("wxlive.text.sentence").both
local states = require "wxlive.catalogue.states"
local tables = require "wxlive.base.tables"

local M = {}

--- States in which a room sells nothing any more.
M.over = { [states.ENDED] = true, [states.EXPIRED] = true }
local over = M.over

-- Adds the rooms that are named to by_id, each with the ids of its goods; to names, for each name,
-- the ids of the rooms that have it; and to ids those of all rooms.
local function read(live, list, by_id, names, ids)
  local named = {}
  for _, one in ipairs(list) do
    named[one.room] = true
    named[one.room_id or one.room] = true
  end
  return recover.each(live, "rooms", function(row)
    local id = compat.integer_text(row.room_id)
    ids[id] = true
    if row.name and not over[row.live_status] then
      names[row.name] = names[row.name] or {}
      names[row.name][id] = true
    end
    if not named[id] and not named[row.name] then
      return
    end
    local room = by_id[id] or { id = id, goods = {} }
    room.name, room.status = row.name, row.live_status
    for _, goods in ipairs(row.goods or {}) do
      room.goods[compat.integer_text(goods.goods_id)] = true
    end
    by_id[id] = room
  end)
end

--- The rooms that entries of the ledger name. Goods that are to be removed from a room, but are not
--- in it in two readings, are forgotten.
---@param live wxlive.Broadcast
---@param list table[]     see wxlive.ledger.room_goods
---@param twice boolean    read once more when some of them are not in their rooms
---@return { by_id: table, by_name: table, bearers: table, ids: table }? rooms   bearers: name ->
---  how many; ids: of all rooms, as keys
---@return wxlive.Error? err
function M.read(live, list, twice)
  local by_id, names, all = {}, {}, {}
  local ok, err = read(live, list, by_id, names, all)
  if ok and twice then
    for _, one in ipairs(list) do
      local room = by_id[one.room_id or one.room]
      if not (room and room.goods[one.goods_id or one.item_id]) then
        ok, err = read(live, list, by_id, names, all)
        break
      end
    end
  end
  if not ok then
    return nil, err
  end
  local by_name, bearers = {}, {}
  for name, ids in pairs(names) do
    by_name[name], bearers[name] = {}, 0
    for id in pairs(ids) do
      bearers[name] = bearers[name] + 1
      if by_id[id] then
        table.insert(by_name[name], by_id[id])
      end
    end
    table.sort(by_name[name], function(a, b) return tonumber(a.id) < tonumber(b.id) end)
  end
  return { by_id = by_id, by_name = by_name, bearers = bearers, ids = all }
end

--- Whether a sheet names a room that there is: by an id, or by the name of one room that has not
--- ended.
---@param rooms table   of M.read
---@param room string
---@return boolean
function M.has(rooms, room)
  return rooms.ids[room] ~= nil or rooms.bearers[room] == 1
end

--- The room that an entry names; nil and the reason when there is none.
---@return table? room
---@return wxlive.Sentence? wrong
function M.find(rooms, one)
  local room = rooms.by_id[one.room_id or one.room]
  if room then
    return room
  end
  local named = rooms.by_name[one.room] or {}
  if #named > 1 then
    local ids = tables.column(named, "id")
    return nil, both("%d rooms have this name: write the id of one of them, %s",
      "有 %d 个直播间同名：请写其中之一的 id（%s）"):format(#named,
      both(table.concat(ids, " or "), table.concat(ids, "、")))
  end
  return named[1], both("there is no such room that has not ended; write its id, or its name as it "
    .. "is", "没有这个未结束的直播间，请填写 id 或完整名称")
end

return M
