--- Goods inside a room: import, shelf, push, order, clips; and the names of the pendant's keys.
local json = require "wxlive.json"
local goods_state = require "wxlive.sandbox.world.goods_state"
local refuse = require("wxlive.sandbox.server.refusal").refuse
local room_state = require "wxlive.sandbox.world.room_state"
local states = require "wxlive.catalogue.states"
local tables = require "wxlive.base.tables"
local video = require "wxlive.sandbox.world.video"

-- The platform does not document this number.
local GOODS_MAX = 200
-- How long a pushed card stays, and how long the clip of an explanation takes to be made.
local CARD_SECONDS = 3
local CLIP_SECONDS = 60

local M = {}

-- Makes `handle` one that also gets the goods that the call names, in the room: the item and its
-- place.
local function with_item(handle)
  return function(room, params, account)
    if not account.goods[params.goods_id] then
      refuse(300024, "the library has no goods " .. params.goods_id)
    end
    for place, item in ipairs(room.goods) do
      if item.goods_id == params.goods_id then
        return handle(item, room, account, params, place)
      end
    end
    refuse(300053, ("goods %d are not in room %d"):format(params.goods_id, room.id))
  end
end

-- The goods whose card is on the viewers' screens now.
local function showing(account, room)
  local card = room.card
  if card and account.platform:exact_now() < card.at + CARD_SECONDS then
    return card.goods_id
  end
  return nil
end

local function check_import(account, ids)
  for _, id in ipairs(ids) do
    local goods = goods_state.find(account, id)
    if not goods then
      refuse(300024, "the library has no goods " .. id)
    elseif goods.audit_status ~= states.APPROVED then
      refuse(300025, ("goods %d are %s"):format(id,
        states.audit[goods.audit_status][1]))
    end
  end
end

--- Goods that are there already are skipped.
M.add_goods = room_state.changing("change", function(room, params, account)
  check_import(account, params.goods_ids)
  local there, fresh = tables.index(room.goods, "goods_id"), {}
  for _, id in ipairs(params.goods_ids) do
    if not there[id] then
      there[id] = true
      fresh[#fresh + 1] = {
        goods_id = id, on_sale = 0, added_live = room.live_status == states.LIVE,
      }
    end
  end
  local cap = account.platform.options.goods_cap or GOODS_MAX
  if #fresh > 0 and #room.goods >= cap then
    refuse(300026, ("the room holds %d goods, the most it may"):format(cap))
  elseif #room.goods + #fresh > cap then
    refuse(300033, ("the room would hold more than %d goods"):format(cap))
  end
  tables.append(room.goods, fresh)
end)

M.goods_sale = room_state.changing("change", with_item(function(item, room, account, params)
  if showing(account, room) == item.goods_id then
    refuse(300049, "its card is being shown")
  end
  item.on_sale = params.on_sale
end))

M.goods_delete_in_room = room_state.changing("change",
  with_item(function(item, room, account, _, place)
    if showing(account, room) == item.goods_id then
      refuse(300047, "its card is being shown")
    end
    table.remove(room.goods, place)
  end))

--- Shows the card for a few seconds, and starts the clip of the explanation.
M.goods_push = room_state.changing("show_goods", with_item(function(item, room, account)
  if item.on_sale ~= 1 then
    refuse(300052, "the goods are off the shelf")
  elseif showing(account, room) then
    refuse(300047, ("the card of goods %d is being shown"):format(room.card.goods_id))
  end
  room.card = { goods_id = item.goods_id, at = account.platform:exact_now() }
  room.pushes, item.pushes = (room.pushes or 0) + 1, (item.pushes or 0) + 1
  item.clip_at = account.platform:now() + CLIP_SECONDS
end))

--- Goods that the list leaves out follow the named ones, in their former order.
M.goods_sort = room_state.changing("change", function(room, params)
  local by_id, sorted = tables.index(room.goods, "goods_id"), {}
  for _, named in ipairs(params.goods) do
    local item = by_id[named.goods_id]
    if not item then
      refuse(300053, ("goods %d are not in the room, or named twice"):format(named.goods_id))
    end
    by_id[named.goods_id] = nil
    sorted[#sorted + 1] = item
  end
  room.goods = tables.append(sorted, tables.only(room.goods, function(item)
    return by_id[item.goods_id]
  end))
end)

M.goods_video = room_state.with("clip", with_item(function(item, room, account)
  if not item.clip_at then
    refuse(300044, "the goods were not explained (pushed) in this room")
  elseif account.platform:now() < item.clip_at then
    refuse(300045, ("the clip will be ready in %d s"):format(
      item.clip_at - account.platform:now()))
  end
  return { url = video.url(account, room.id, ("goods-%d.mp4"):format(item.goods_id)) }
end))

-- Keys of the pendant -----------------------------------------------------------------------------

function M.goods_set_key(account, params)
  account:set_note("goods_key", { names = params.goods_key })
  return {}
end

function M.goods_get_key(account)
  return { vendorGoodsKey = json.array(account:note_of("goods_key").names or {}) }
end

return M
