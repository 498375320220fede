--- The single calls of the fault matrix: each endpoint that has something to give, on the demo
--- account. A fault that strikes once is made good or honestly told; one that stays is an error.
local broadcast = require "wxlive.broadcast"
local catalogue = require "wxlive.catalogue"
local cells = require "scripts.dev.matrix.cells"
local memory = require "wxlive.store.memory"

local M = {}

M.PICTURE = "scripts/samples/images/cup.png"

--- The parameters of a room.
---@param media string   media id of its pictures
function M.room(media)
  local start = os.time() + 7200
  return {
    name = "矩阵测试专场", cover_img = media, share_img = media, feeds_img = media,
    start_time = start, end_time = start + 3600, anchor_name = "小王主播",
    anchor_wechat = "wang_live", type = 1, close_like = 0, close_goods = 0, close_comment = 0,
  }
end

-- What each call takes on the demo account; { } where the defaults are enough.
local arguments = {
  create_room = function(live) return M.room(assert(live:upload_media(M.PICTURE)).media_id) end,
  get_live_replay = { room_id = 1 }, get_push_url = { room_id = 2 },
  get_shared_code = { room_id = 2 }, get_assistant_list = { room_id = 2 },
  get_sub_anchor = { room_id = 2 }, goods_video = { room_id = 1, goods_id = 1 },
  goods_add = function(live)
    return { cover_img_url = assert(live:upload_media(M.PICTURE)).media_id, name = "矩阵商品",
      price_type = 1, price = 19.9, url = "pages/goods/index?id=9" }
  end,
  goods_audit = { goods_id = 3 }, goods_info = { goods_ids = { 1, 2 } },
  goods_list = { status = 2 }, push_message = { room_id = 2, user_openid = { "o1" } },
  upload_media = { media = M.PICTURE },
  get_api_quota = { cgi_path = "/wxaapi/broadcast/room/create" },
  get_rid_info = function(live)
    local _, err = live:get_push_url(99)
    return { rid = err.rid }
  end,
}

--- A client that gives up soon.
---@param box table   a sandbox
---@return wxlive.Broadcast
function M.client(box)
  return assert(broadcast.new {
    appid = box.appid, secret = box.secret, base_url = box.base_url, token_store = memory.new(),
    retry = { attempts = 3, base = 0.005, max = 0.01 }, lookup = { settle = 0.05 }, timeout = 4,
  })
end

-- Rooms and goods that the account has, and submissions that it made today.
local function counted(box)
  local counts = assert(box:control("state")).counts
  return counts.room, counts.goods, counts.message
end

local function problem(entry, cell, result, err, before, box)
  local rooms, goods, messages = counted(box)
  local made = rooms - before[1] + goods - before[2] + messages - before[3]
  if made > 1 then
    return "made twice"
  elseif result then
    local create = entry.retry == "create" and entry.lookup ~= "audit"
    if create and made ~= 1 then
      return "success without what was asked for"
    end
    if entry.retry == "read" and cell.times > 1 then
      return "success although no answer was whole"
    end
    return nil
  elseif err.kind ~= "decode" and err.kind ~= "token" and not err.ambiguous then
    return "an error of another kind: " .. tostring(err)
  elseif made > 0 and not err.ambiguous then
    return "it was done, and the error does not say that it may have been"
  elseif cell.times == 1 and entry.retry ~= "create" and entry.retry ~= "once" then
    return "a single fault was not made good: " .. tostring(err)
  end
end

-- Calls that read whole lists: a single page does not show whether rows are missing.
local iterators = {
  get_live_info = function(live) return live:rooms() end,
  get_live_replay = function(live) return live:replays(1) end,
  goods_list = function(live) return live:goods() end,
  get_role_list = function(live) return live:roles() end,
  get_followers = function(live) return live:followers() end,
}

local function list_problem(box, cell, live, read)
  local there = #assert(read(live):all())
  assert(box:control("fault", cell))
  local fine, rows, err = pcall(function() return read(live):all() end)
  if not fine then
    return "internal error: " .. tostring(rows)
  elseif not rows then
    return cell.times == 1 and "a single fault was not made good: " .. tostring(err)
      or err.name ~= "list_not_whole" and "an error of another kind: " .. tostring(err) or nil
  elseif #rows ~= there and not (cell.on == "get_followers" and cell.times > 1) then
    -- Followers have no total: those that are never shown cannot be missed.
    return ("%d of %d rows, and no error"):format(#rows, there)
  elseif cell.kind == "wrong_total" and cell.times > 1 then
    return "success although the total was never reached"
  end
end

--- Runs the cells of the single calls.
---@param box table          a sandbox with the demo seed
---@param wanted fun(): boolean          whether the next cell is to be run
---@param told fun(title: string, problem: string?)
function M.run(box, wanted, told)
  for _, entry in ipairs(catalogue.list) do
    for _, cell in ipairs(cells.along { entry.name }) do
      if wanted() then
        assert(box:control("reset"))
        local live = M.client(box)
        local params = arguments[entry.name] or {}
        if type(params) == "function" then
          params = params(live)
        end
        local before = { counted(box) }
        local read = iterators[entry.name]
        if read and (cell.kind == "wrong_total" or cell.kind == "empty_field") then
          told(cells.title(cell), list_problem(box, cell, live, read))
        else
          assert(box:control("fault", cell))
          local fine, result, err = pcall(live.call, live, entry.name, params)
          local struck = assert(box:control("faults")).faults[1].fired > 0
          told(cells.title(cell), not fine and "internal error: " .. tostring(result)
            or not struck and "the fault struck nothing"
            or problem(entry, cell, result, err, before, box))
        end
      end
    end
  end
end

return M
