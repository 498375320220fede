--- A shop on the sandbox whose sheets put goods into rooms, and what its specs ask of it.
local shops = require "spec.support.shop"

local M = {
  ADD = "/wxaapi/broadcast/room/addgoods", TAKE_OUT = "/wxaapi/broadcast/goods/deleteInRoom",
}

--- t.shop and t.live are those of the last start.
function M.new()
  local t = {}
  local media

  function t.start(options)
    local shop = shops.open(options)
    t.shop = shop
    t.live = shop:client()
    media = assert(t.live:upload_media("scripts/samples/images/cup.png")).media_id
  end

  function t.room(name, from)
    local at = os.time() + (from or 7200)
    return math.floor(assert(t.live:create_room {
      name = name, cover_img = media, share_img = media, feeds_img = media, type = 0,
      start_time = at, end_time = at + 7200, anchor_name = "小王主播",
      anchor_wechat = "wang_live", close_like = 0, close_goods = 0, close_comment = 0,
    }).room_id)
  end

  function t.run(arguments, status)
    return t.shop:asked(arguments, status)
  end

  -- rooms: one text for each row
  function t.sheet(rooms)
    local lines = shops.goods_lines(1, #rooms)
    lines[1] = lines[1] .. ",rooms"
    for i, text in ipairs(rooms) do
      lines[i + 1] = lines[i + 1] .. ',"' .. text .. '"'
    end
    return t.shop:sheet("goods.csv", lines)
  end

  -- Which id goods got is not certain: rows are applied several at a time.
  function t.id_of(name)
    for _, goods in ipairs(t.shop:state().goods) do
      if goods.name == name then
        return goods.id
      end
    end
    error("there are no goods " .. name)
  end

  -- Names of what stands in a room, sorted.
  function t.standing(room_id)
    for _, one in ipairs(t.shop:state().room) do
      if one.id == room_id then
        local names, names_of = {}, {}
        for _, goods in ipairs(t.shop:state().goods) do
          names_of[goods.id] = goods.name
        end
        for i, item in ipairs(one.goods) do
          names[i] = names_of[item.goods_id]
        end
        table.sort(names)
        return names
      end
    end
  end

  function t.fault(on, kind, more)
    local fields = { on = on, kind = kind, times = 1000 }
    for name, value in pairs(more or {}) do
      fields[name] = value
    end
    assert(t.shop.box:control("fault", fields))
  end

  function t.actions(id)
    local list = {}
    local ledger = t.shop:ledger()
    for i, event in ipairs(assert(ledger:history("goods", "pages/goods/index?id=" .. id))) do
      list[i] = event.action
    end
    ledger:close()
    return table.concat(list, " ")
  end

  return t
end

return M
