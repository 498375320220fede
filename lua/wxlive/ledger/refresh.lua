--- Takes the platform's word on what the ledger holds: audit states, what is missing, what differs.
local compat = require "wxlive.compat"
local doubt = require "wxlive.ledger.doubt"
local placements = require "wxlive.ledger.placements"
local price = require "wxlive.catalogue.price"

local M = {}

local PAGE = 500

-- What the platform lists goes into a table of this connection only: memory stays flat.
local function begin(ledger)
  local ok, err = ledger.db:temporary_table("CREATE TEMPORARY TABLE IF NOT EXISTS listed"
    .. " (id TEXT PRIMARY KEY, name TEXT, state TEXT)")
  if ok then
    ok, err = ledger.db:run("DELETE FROM listed")
  end
  return ok, err
end

-- Calls f(item) for every row of a kind that is on the platform by the ledger.
local function each_held(ledger, kind, f)
  local after
  while true do
    local items, err = ledger:page(kind, after, PAGE)
    if not items then
      return nil, err
    elseif not items[1] then
      return true
    end
    for _, item in ipairs(items) do
      if item.platform_id then
        local ok, why = f(item)
        if not ok then
          return nil, why
        end
      end
    end
    after = items[#items].key
  end
end

-- How many rows that the ledger has on the platform were not listed.
local function count_missing(ledger, kind)
  local n, err = ledger.db:one("SELECT COUNT(*) FROM item WHERE appid = ? AND kind = ?"
    .. " AND platform_id IS NOT NULL"
    .. " AND NOT EXISTS (SELECT 1 FROM listed WHERE listed.id = item.platform_id)", ledger.appid,
    kind)
  if not n then
    return nil, err
  end
  return math.floor(tonumber(n))
end

local function note_listed(ledger, id, name)
  return ledger.db:change("INSERT INTO listed (id, name, state) VALUES (?, ?, NULL)"
    .. " ON CONFLICT (id) DO NOTHING", id, name)
end

local function id_of(row)
  return compat.integer_text(row.goods_id or row.room_id)
end

-- What one listing does not show is missing only when the next one does not show it either.
local function look_again(live, ledger, kind)
  local missing, err = count_missing(ledger, kind)
  if missing == 0 or err then
    return not err or nil, err
  end
  local failure
  local ok
  ok, err = doubt.each_listed(live, kind, function(row)
    local fine, why = note_listed(ledger, id_of(row), row.name)
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

-- What a listing tells of a thing and the sheet asked for too.
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
  local ok, err = begin(ledger)
  if not ok then
    return nil, err
  end
  local failure
  ok, err = doubt.each_listed(live, kind, function(row, audit_status)
    local id = id_of(row)
    counts.listed = counts.listed + 1
    local fine, why = note_listed(ledger, id, row.name)
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
  ok, err = each_held(ledger, kind, function(item)
    local found, why = ledger.db:one("SELECT 1 FROM listed WHERE id = ?", item.platform_id)
    if not found and not why then
      say("missing", { id = item.platform_id, key = item.key, name = item.wanted.params.name,
        item = item })
    end
    return not why, why
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

--- Tells of goods that stand in a room by the ledger, and do not by the platform; with `all` also
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
    return doubt.each_listed(live, "rooms", function(row)
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

return M
