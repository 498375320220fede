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

-- Adds the rooms that the platform lists to by_id; those that are named, with the ids of their
-- goods.
local function read(live, named, by_id)
  return recover.each(live, "rooms", function(row)
    local id = compat.integer_text(row.room_id)
    local room = by_id[id] or { id = id, goods = {} }
    room.name, room.status = row.name, row.live_status
    for _, goods in ipairs((named[id] or named[row.name]) and row.goods or {}) do
      room.goods[compat.integer_text(goods.goods_id)] = true
    end
    by_id[id] = room
  end)
end

--- The rooms of the platform; those that entries of the ledger name, with their goods. Goods that
--- are to be removed from a room, but are not in it in two readings, are forgotten.
---@param live wxlive.Broadcast
---@param list table[]     see wxlive.ledger.room_goods
---@param twice boolean    read once more when some of them are not in their rooms
---@return { by_id: table, by_name: table }? rooms   by_name: name -> rooms that are not over
---@return wxlive.Error? err
function M.read(live, list, twice)
  local named, by_id, by_name = {}, {}, {}
  for _, one in ipairs(list) do
    named[one.room], named[one.room_id or one.room] = true, true
  end
  local ok, err = read(live, named, by_id)
  if ok and twice and tables.find(list, function(one)
    local room = by_id[one.room_id or one.room]
    return not (room and room.goods[one.goods_id or one.item_id])
  end) then
    ok, err = read(live, named, by_id)
  end
  for _, room in pairs(by_id) do
    if room.name and not over[room.status] then
      by_name[room.name] = by_name[room.name] or {}
      table.insert(by_name[room.name], room)
    end
  end
  return ok and { by_id = by_id, by_name = by_name }, err
end

--- Whether one room that is not over has a name, and no other one has it.
---@param rooms table   of M.read
---@param name string?
---@return boolean
function M.is_only(rooms, name)
  return #(rooms.by_name[name] or {}) == 1
end

--- Whether a sheet names a room that there is: by an id, or by the name of one room that has not
--- ended.
---@param rooms table   of M.read
---@param room string
---@return boolean
function M.has(rooms, room)
  return rooms.by_id[room] ~= nil or M.is_only(rooms, room)
end

--- The room that an entry names; nil and the reason when there is none.
---@return table? room
---@return wxlive.Sentence? wrong
function M.find(rooms, one)
  local room, named = rooms.by_id[one.room_id or one.room], rooms.by_name[one.room] or {}
  if room then
    return room
  elseif #named > 1 then
    local ids = tables.column(named, "id")
    table.sort(ids, function(a, b) return tonumber(a) < tonumber(b) end)
    return nil, both("%d rooms have this name: write the id of one of them, %s",
      "有 %d 个直播间同名：请写其中之一的 id（%s）"):format(#named,
      both(table.concat(ids, " or "), table.concat(ids, "、")))
  end
  return named[1], both("there is no such room that has not ended; write its id, or its name as it "
    .. "is", "没有这个未结束的直播间，请填写 id 或完整名称")
end

return M
