--- Takes the platform's word on what the ledger holds: audit states, what is missing, what differs.
local compat = require "wxlive.base.compat"
local Error = require "wxlive.error"
local json = require "wxlive.json"
local recover = require "wxlive.client.recover"
local placements = require "wxlive.ledger.placements"
local price = require "wxlive.catalogue.price"

local M = {}

local PAGE = 500

-- Calls f(item) for every row that the ledger has on the platform and that was not listed.
local function each_missing(ledger, kind, f)
  local after
  while true do
    local items, err = ledger:missing(kind, after, PAGE)
    if not items then
      return nil, err
    end
    for _, item in ipairs(items) do
      f(item)
    end
    if #items < PAGE then
      return true
    end
    after = items[#items].key
  end
end

local function id_of(row)
  return compat.integer_text(row.goods_id or row.room_id)
end

-- What one list does not show is missing only when the next one does not show it either.
local function look_again(live, ledger, kind)
  local first, err = ledger:missing(kind, nil, 1)
  if not first or not first[1] then
    return first ~= nil or nil, err
  end
  local failure
  local ok
  ok, err = recover.each(live, kind, function(row)
    local fine, why = ledger:note_listed(id_of(row))
    failure = failure or not fine and why or nil
  end)
  if not ok or failure then
    return nil, failure or err
  end
  return true
end

local GONE = { goods = "goods_not_found", rooms = "room_not_found" }

--- Whether a thing that is missing from the lists is gone, asked for by its id.
---@param live wxlive.Broadcast
---@param kind "rooms"|"goods"
---@param id string
---@return boolean? gone
---@return wxlive.Error? err
function M.is_gone(live, kind, id)
  local number = compat.fold(tonumber(id))
  local answer, err
  if kind == "goods" then
    answer, err = live:goods_info { goods_ids = { number } }
  else
    answer, err = live:get_assistant_list(number)
  end
  if not answer then
    if err.name == GONE[kind] then
      return true
    end
    return nil, err
  end
  for _, goods in ipairs(kind == "goods" and answer.goods or {}) do
    if compat.integer_text(goods.goods_id) == id then
      return false
    end
  end
  return kind == "goods"
end

-- What a listing says about a thing and the sheet asked for too.
local compared = {
  goods = { "name", "url", "price_type" },
  rooms = { "name", "start_time", "end_time", "anchor_name" },
}

local function differences(kind, item, listed)
  local out = {}
  local params = item.applied and item.applied.params or {}
  for _, name in ipairs(compared[kind]) do
    if params[name] ~= nil and listed[name] ~= nil and params[name] ~= listed[name] then
      out[#out + 1] = { field = name, ledger = params[name], platform = listed[name] }
    end
  end
  if kind == "goods" and type(params.price) == "number" and type(listed.price) == "number"
    and not price.same(listed.price, params.price) then
    out[#out + 1] = { field = "price", ledger = params.price, platform = listed.price }
  end
  return out
end

--- Compares the ledger with the platform.
---@param live wxlive.Broadcast
---@param ledger wxlive.Ledger
---@param kind "rooms"|"goods"
---@param tell (fun(what: "missing"|"unknown"|"differs"|"audit", found: table))?
---@return table? counts  { listed, missing, unknown, differs, audit }
---@return wxlive.Error? err
function M.compare(live, ledger, kind, tell)
  local counts = { listed = 0, missing = 0, unknown = 0, differs = 0, audit = 0 }
  local function say(what, found)
    counts[what] = counts[what] + 1
    if tell then
      tell(what, found)
    end
  end
  local ok, err = ledger:begin_listing()
  if not ok then
    return nil, err
  end
  local failure
  ok, err = recover.each(live, kind, function(row, audit_status)
    local id = id_of(row)
    counts.listed = counts.listed + 1
    local fine, why = ledger:note_listed(id)
    local item
    if fine then
      item, why = ledger:by_platform_id(kind, id)
    end
    if why then
      failure = failure or why
    elseif not item then
      say("unknown", { id = id, name = row.name })
    else
      if audit_status and audit_status ~= item.audit_status then
        fine, why = ledger:set_audit(item, audit_status)
        failure = failure or not fine and why or nil
        say("audit", { id = id, key = item.key, name = row.name, from = item.audit_status,
          to = audit_status })
      end
      local list = differences(kind, item, row)
      if list[1] then
        say("differs", { id = id, key = item.key, name = row.name, fields = list })
      end
    end
  end)
  if not ok or failure then
    return nil, failure or err
  end
  ok, err = look_again(live, ledger, kind)
  if not ok then
    return nil, err
  end
  ok, err = each_missing(ledger, kind, function(item)
    say("missing", { id = item.platform_id, key = item.key, name = item.wanted.params.name,
      item = item })
  end)
  if not ok then
    return nil, err
  end
  return counts
end

-- By room and goods, what the ledger holds; nil and why not.
local function all_held(ledger)
  local held, after = {}, nil
  repeat
    local page, err = placements.held(ledger, after, PAGE)
    if not page then
      return nil, err
    end
    for _, one in ipairs(page) do
      held[one.room_id] = held[one.room_id] or {}
      -- A row may name a room twice, by id and by name.
      local list = held[one.room_id][one.goods_id] or {}
      held[one.room_id][one.goods_id] = list
      list[#list + 1] = one
    end
    after = page[#page]
  until not after or #page < PAGE
  return held
end

--- Reports goods that stand in a room by the ledger, and do not by the platform; with `all` also
--- of those that the platform has in a room, and the ledger does not.
---@param live wxlive.Broadcast
---@param ledger wxlive.Ledger
---@param tell fun(what: "not_in_room"|"in_room", found: table)
---@param all boolean?
---@return integer? missing
---@return wxlive.Error? err
function M.rooms_of_goods(live, ledger, tell, all)
  local held, err = all_held(ledger)
  if not held then
    return nil, err
  elseif not all and not next(held) then
    return 0
  end
  local told = {}
  local function look()
    return recover.each(live, "rooms", function(row)
      local room_id = compat.integer_text(row.room_id)
      local there = held[room_id] or {}
      for _, goods in ipairs(row.goods or {}) do
        local id = compat.integer_text(goods.goods_id)
        local mark = room_id .. " " .. id
        if all and not there[id] and not told[mark] then
          tell("in_room", { id = id, name = goods.name, room_id = room_id })
        end
        told[mark], there[id] = true, nil
      end
    end)
  end
  local function is_short()
    for _, there in pairs(held) do
      if next(there) then
        return true
      end
    end
    return false
  end
  local ok
  ok, err = look()
  if ok and is_short() then
    ok, err = look()
  end
  if not ok then
    return nil, err
  end
  local missing = 0
  for room_id, there in pairs(held) do
    for goods_id, list in pairs(there) do
      missing = missing + 1
      tell("not_in_room", { id = goods_id, key = list[1].key, name = list[1].key,
        room_id = room_id, placements = list })
    end
  end
  return missing
end

--- Brings the ledger's audit states up to date.
function M.audits(live, ledger, kind)
  return M.compare(live, ledger, kind)
end

-- Forgets what is missing. The platform is asked by its id, too: what is forgotten is made anew.
local function forget(shop, kind, what, found)
  if what == "missing" then
    local gone, err = M.is_gone(shop.live, kind, found.id)
    if gone == false then
      return Error.fail {
        kind = "decode", name = "contradiction", ambiguous = true,
        message = ("the platform does not list %s %s, and has it all the same"):format(kind,
          found.id),
        message_zh = ("平台列表中没有 %s %s，但按 id 可以查到"):format(kind, found.id),
        hint = "nothing more was forgotten; run it again later",
        hint_zh = "其余内容未移出台账，请稍后重试",
      }
    elseif not gone then
      return nil, err
    end
    return shop.ledger:forget(found.item, "forget")
  end
  for _, one in ipairs(what == "not_in_room" and found.placements or {}) do
    local ok, err = placements.leave(shop.ledger, one, false, { action = "forget" })
    if not ok then
      return nil, err
    end
  end
  return true
end

--- See wxlive.Shop: diff.
---@param shop wxlive.Shop
---@param options { kind: string?, all: boolean?, forget: boolean? }
---@return table[]? differences   { kind, what, id, name, key, from, to, fields, room_id }
---@return wxlive.Error? err
function M.run(shop, options)
  local found = json.array {}
  for _, kind in ipairs { "rooms", "goods" } do
    local failure
    local function tell(what, one)
      if what == "unknown" and not options.all then
        return
      end
      found[#found + 1] = {
        kind = kind, what = what, id = one.id, name = one.name, key = one.key, from = one.from,
        to = one.to, fields = one.fields, room_id = one.room_id,
      }
      if options.forget and not failure then
        local _, err = forget(shop, kind, what, one)
        failure = err
      end
    end
    if not options.kind or options.kind == kind then
      local counts, err = M.compare(shop.live, shop.ledger, kind, tell)
      if counts and kind == "goods" then
        counts, err = M.rooms_of_goods(shop.live, shop.ledger, tell, options.all)
      end
      if not counts or failure then
        return nil, failure or err
      end
    end
  end
  return found
end

return M
