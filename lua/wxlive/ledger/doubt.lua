--- Finds out what became of creates whose answer nobody got: the process was killed, or the
--- platform answered that it failed and may have done it all the same.
--
-- One listing of the platform settles all that it shows. What was made is found by what was asked
-- for; an id that another row holds is not it. "Not there" counts only when the platform had its
-- time, and when a second listing does not show it either.
local compat = require "wxlive.compat"
local json = require "wxlive.json"
local price = require "wxlive.catalogue.price"

local M = {}

local BATCH = 500

local sides = {
  goods = {
    mark = function(p) return p.name .. "\n" .. p.url end,
    same = function(listed, wanted) return price.same(listed.price, wanted.price) end,
    id = function(listed) return listed.goods_id end,
    each = function(live, f, only)
      for status = only or 0, only or 3 do
        local list = live:goods { status = status }
        while true do
          local row, err = list:next()
          if err then
            return nil, err
          elseif not row then
            break
          end
          f(row, status)
        end
      end
      return true
    end,
  },
  rooms = {
    mark = function(p) return ("%s\n%.0f\n%.0f"):format(p.name, p.start_time, p.end_time) end,
    same = function(listed, wanted) return listed.anchor_name == wanted.anchor_name end,
    id = function(listed) return listed.room_id end,
    each = function(live, f)
      local list = live:rooms()
      while true do
        local row, err = list:next()
        if err or not row then
          return not err or nil, err
        end
        f(row)
      end
    end,
  },
}

--- Calls f(row, audit_status) for everything of a kind that the platform lists.
---@param only integer?   of goods: this audit state
---@return true? ok
---@return wxlive.Error? err
function M.each_listed(live, kind, f, only)
  return sides[kind].each(live, f, only)
end

-- Rows that ask for the very same are a group.
local function group_of(kind, items)
  local side, groups = sides[kind], {}
  for _, item in ipairs(items) do
    local mark = side.mark(item.wanted.params)
    local group = groups[mark] or { items = {}, found = {}, known = {} }
    groups[mark] = group
    table.insert(group.items, item)
  end
  return groups
end

-- Whether a group asks for more than was found.
local function is_short(groups)
  for _, group in pairs(groups) do
    if #group.found < #group.items then
      return true
    end
  end
  return false
end

-- Adds to each group what the platform has of it.
local function find(context, kind, groups)
  local side = sides[kind]
  local failure
  local ok, err = side.each(context.live, function(listed, audit_status)
    local group = listed.name and groups[side.mark(listed)]
    if group and side.same(listed, group.items[1].wanted.params) then
      local id = compat.integer_text(side.id(listed))
      local owner, why = context.ledger:by_platform_id(kind, id)
      failure = failure or why
      if not owner and not group.known[id] then
        group.known[id] = true
        table.insert(group.found, { id = id, audit_status = audit_status })
      end
    end
  end)
  if not ok or failure then
    return nil, err or failure
  end
  return true
end

local function settle_group(context, group, settled)
  local ledger = context.ledger
  local many = #group.found > #group.items
  for i, item in ipairs(group.items) do
    local found = group.found[i]
    local ok, err
    if many then
      local ids = {}
      for j, one in ipairs(group.found) do
        ids[j] = one.id
      end
      ok, err = ledger:leave(item, "doubt", "the platform has " .. #ids
        .. " that match this row: " .. table.concat(ids, ", ")
        .. "; delete those that should not be there, then apply again")
      context.tell("ambiguous", item)
    elseif found then
      -- Of a room's assistants nothing is known: they are looked at next.
      local bare = item.wanted.assistants and assert(json.encode {
        params = item.wanted.params, images = item.wanted.images,
      })
      ok, err = ledger:finish(item, {
        platform_id = found.id, audit_status = found.audit_status,
        applied = bare or item.wanted_text,
      }, "adopt", { platform_id = found.id })
      context.tell("adopted", item)
    elseif settled then
      ok, err = ledger:leave(item, "todo")
      context.tell("absent", item)
    else
      ok, err = ledger.db:change("UPDATE item SET state = 'doubt', owner = NULL WHERE appid = ?"
        .. " AND kind = ? AND key = ?", ledger.appid, item.kind, item.key)
    end
    if not ok then
      return nil, err
    end
  end
  return true
end

--- Settles the rows in doubt of a sheet.
---@param context { live: table, ledger: wxlive.Ledger, settle: number, sleep: function,
---  tell: fun(what: string, item: table), interrupted: fun(): boolean }
---@param kind string
---@param sheet string
---@return integer? settled   rows that are now done or to be done
---@return wxlive.Error? err
function M.resolve(context, kind, sheet)
  local items, err = context.ledger:claim(kind, sheet, BATCH, "doubt")
  if not items or not items[1] then
    return items and 0, err
  end
  local ready = 0
  for _, item in ipairs(items) do
    ready = math.max(ready, item.claimed_at + context.settle)
  end
  while not context.interrupted() and context.ledger.now() < ready do
    context.sleep(math.max(0.01, math.min(0.5, ready - context.ledger.now())))
  end
  local settled = context.ledger.now() >= ready
  local groups = group_of(kind, items)
  local found
  found, err = find(context, kind, groups)
  if found and settled and is_short(groups) then
    found, err = find(context, kind, groups)
  end
  if not found then
    -- Nothing is known: they stay in doubt.
    for _, item in ipairs(items) do
      local left, why = context.ledger:leave(item, "doubt", tostring(err))
      if not left then
        return nil, why
      end
    end
    return nil, err
  end
  local done = 0
  for _, group in pairs(groups) do
    local ok
    ok, err = settle_group(context, group, settled)
    if not ok then
      return nil, err
    end
    done = done + (settled and #group.found <= #group.items and #group.items or 0)
  end
  return done
end

return M
