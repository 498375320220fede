--- Compares the ledger with the platform: audit states, missing and different rows.
local both = require("wxlive.text.sentence").both
local compat = require "wxlive.base.compat"
local Error = require "wxlive.error"
local json = require "wxlive.json"
local recover = require "wxlive.client.recover"
local room_goods = require "wxlive.ledger.room_goods"
local steps = require "wxlive.base.steps"

local M = {}

local PAGE = 500

-- Calls f(item) for every row that the ledger has on the platform and that was not listed.
local function each_missing(ledger, kind, f)
  local after
  repeat
    local items, err = ledger:missing(kind, after, PAGE)
    if not items then
      return nil, err
    end
    for _, item in ipairs(items) do
      f(item)
    end
    after = items[PAGE] and items[PAGE].key
  until not after
  return true
end

local function id_of(row)
  return compat.integer_text(row.goods_id or row.room_id)
end

-- A row counts as missing only when two lists in a row do not show it.
local function look_again(live, ledger, kind)
  local first, err = ledger:missing(kind, nil, 1)
  if not first or not first[1] then
    return first, err
  end
  return recover.each(live, kind, function(row)
    return ledger:note_listed(id_of(row))
  end)
end

local GONE = { goods = "goods_not_found", rooms = "room_not_found" }

--- Whether a thing that is missing from the lists is gone, asked for by its id.
---@param live wxlive.Broadcast
---@param kind "rooms"|"goods"
---@param id string
---@return boolean? gone
---@return wxlive.Error? err
function M.is_gone(live, kind, id)
  local number = compat.id(id)
  local answer, err
  if kind == "goods" then
    answer, err = live:goods_info { goods_ids = { number } }
  else
    answer, err = live:get_assistant_list(number)
  end
  if not answer and err.name == GONE[kind] then
    return true
  elseif not answer then
    return nil, err
  end
  for _, goods in ipairs(kind == "goods" and answer.goods or {}) do
    if compat.integer_text(goods.goods_id) == id then
      return false
    end
  end
  return kind == "goods"
end

local function differences(kind, item, listed)
  local out = {}
  local params = item.applied and item.applied.params or {}
  for i, name in ipairs(recover.differences(kind, listed, params)) do
    out[i] = { field = name, ledger = params[name], platform = listed[name] }
  end
  return out
end

--- Compares the ledger with the platform, and brings the ledger's audit states up to date.
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
  local function take(row, audit_status)
    local id = id_of(row)
    counts.listed = counts.listed + 1
    local item
    local ok, err = ledger:note_listed(id)
    if ok then
      item, err = ledger:by_platform_id(kind, id)
    end
    if err then
      return nil, err
    elseif not item then
      return say("unknown", { id = id, name = row.name })
    elseif audit_status and audit_status ~= item.audit_status then
      ok, err = ledger:set_audit(item, audit_status)
      say("audit", { id = id, key = item.key, name = row.name, from = item.audit_status,
        to = audit_status })
    end
    local list = differences(kind, item, row)
    if list[1] then
      say("differs", { id = id, key = item.key, name = row.name, fields = list })
    end
    return ok, err
  end
  local function miss(item)
    say("missing", { id = item.platform_id, key = item.key, name = item.wanted.params.name,
      item = item })
  end
  local ok, err = steps.run {
    function() return ledger:begin_listing() end,
    function() return recover.each(live, kind, take) end,
    function() return look_again(live, ledger, kind) end,
    function() return each_missing(ledger, kind, miss) end,
  }
  return ok and counts, err
end

-- By room and goods, what the ledger holds; nil and why not.
local function all_held(ledger)
  local list, err = room_goods.held(ledger)
  local held = {}
  for _, one in ipairs(list or {}) do
    local room = held[one.room_id] or {}
    held[one.room_id] = room
    -- A row may name a room twice, by id and by name.
    room[one.goods_id] = room[one.goods_id] or {}
    table.insert(room[one.goods_id], one)
  end
  return list and held, err
end

local function is_short(held)
  for _, there in pairs(held) do
    if next(there) then
      return true
    end
  end
  return false
end

--- Reports goods that are in a room according to the ledger, but not on the platform; with `all`,
--- also goods that the platform has in a room, but the ledger has not.
---@param live wxlive.Broadcast
---@param ledger wxlive.Ledger
---@param tell fun(what: "not_in_room"|"in_room", found: table)
---@param all boolean?
---@return true? ok
---@return wxlive.Error? err
function M.rooms_of_goods(live, ledger, tell, all)
  local held, err = all_held(ledger)
  if not held or not all and not next(held) then
    return held and true, err
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
  local ok
  ok, err = look()
  if ok and is_short(held) then
    ok, err = look()
  end
  for room_id, there in pairs(ok and held or {}) do
    for goods_id, list in pairs(there) do
      tell("not_in_room", { id = goods_id, key = list[1].key, name = list[1].key,
        room_id = room_id, room_goods = list })
    end
  end
  return ok, err
end

-- Forgets missing rows, after the platform was asked for each by its id: the next run creates
-- forgotten rows again.
local function forget(shop, kind, what, found)
  if what == "missing" then
    local gone, err = M.is_gone(shop.live, kind, found.id)
    if gone == false then
      return Error.fail {
        kind = "decode", name = "contradiction", ambiguous = true,
        message = both("the platform does not list %s %s, and has it all the same",
          "平台列表中没有 %s %s，但按 id 可以查到"):format(kind, found.id),
        hint = "nothing more was forgotten; run it again later",
        hint_zh = "其余内容未移出台账，请稍后重试",
      }
    elseif not gone then
      return nil, err
    end
    return shop.ledger:forget(found.item, "forget")
  end
  return steps.each(what == "not_in_room" and found.room_goods or {}, function(one)
    return room_goods.leave(shop.ledger, one, false, { action = "forget" })
  end)
end

--- See wxlive.Shop: diff.
---@param shop wxlive.Shop
---@param options { kind: string?, all: boolean?, forget: boolean? }
---@return table[]? differences   { kind, what, id, name, key, from, to, fields, room_id }
---@return wxlive.Error? err
function M.run(shop, options)
  local found, failure = json.array {}, nil
  for _, kind in ipairs(options.kind and { options.kind } or { "rooms", "goods" }) do
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
    local ok, err = M.compare(shop.live, shop.ledger, kind, tell)
    if ok and kind == "goods" then
      ok, err = M.rooms_of_goods(shop.live, shop.ledger, tell, options.all)
    end
    if not ok or failure then
      return nil, failure or err
    end
  end
  return found
end

return M
