--- Finds out what became of creates whose answer was lost: the process was killed, or the
--- platform answered that it failed and may have done it all the same.
--
-- One reading of the platform's list settles all that it shows; wxlive.client.recover says what is
-- the same. An id that another row holds is not this row's. "Not there" counts only when the
-- platform had its time, and when a second reading does not show it either.
local json = require "wxlive.json"
local recover = require "wxlive.client.recover"

local M = {}

local BATCH = 500

-- Rows that ask for the very same are a group: what is found is shared out among them.
local function groups_of(kind, items)
  local by_mark, groups = {}, {}
  for _, item in ipairs(items) do
    local mark = recover.mark(kind, item.wanted.params)
    if not by_mark[mark] then
      by_mark[mark] = { items = {}, found = {}, known = {} }
      groups[#groups + 1] = by_mark[mark]
    end
    table.insert(by_mark[mark].items, item)
  end
  return groups
end

-- Adds what one reading of the list shows of each group. Gives whether the list was read whole.
local function find(context, kind, groups)
  local wanted, failure = {}, nil
  for i, group in ipairs(groups) do
    wanted[i] = group.items[1].wanted.params
  end
  local found = recover.find(context.live, kind, wanted, {
    before = function(id)
      local owner, err = context.ledger:by_platform_id(kind, id)
      failure = failure or err
      return owner ~= nil
    end,
  })
  if failure then
    return nil, failure
  end
  for i, group in ipairs(groups) do
    for _, one in ipairs(found[i]) do
      if not group.known[one.id] then
        group.known[one.id] = true
        table.insert(group.found, one)
      end
    end
  end
  return found.whole, found.err
end

local function is_short(groups)
  for _, group in ipairs(groups) do
    if #group.found < #group.items then
      return true
    end
  end
  return false
end

local function too_many(group)
  local ids = {}
  for i, one in ipairs(group.found) do
    ids[i] = one.id
  end
  return ("the platform has %d that match this row: %s; delete those that should not be there, "
    .. "then apply again"):format(#ids, table.concat(ids, ", "))
end

-- absent: what was not found is not there.
local function settle_item(context, group, item, found, absent)
  if #group.found > #group.items then
    context.tell("ambiguous", item)
    return context.ledger:leave(item, "doubt", too_many(group))
  elseif found then
    context.tell("adopted", item)
    -- Of a room's assistants nothing is known: they are looked at next.
    local bare = item.wanted.assistants and assert(json.encode {
      params = item.wanted.params, images = item.wanted.images,
    })
    return context.ledger:finish(item, {
      platform_id = found.id, audit_status = found.audit_status, applied = bare or item.wanted_text,
    }, "adopt", { platform_id = found.id })
  elseif absent then
    context.tell("absent", item)
    return context.ledger:leave(item, "todo")
  end
  return context.ledger:release(item)
end

-- Waits until the platform had its time for the latest of the creates. Gives whether it had it.
local function await(context, items)
  local ready = 0
  for _, item in ipairs(items) do
    ready = math.max(ready, item.claimed_at + context.settle)
  end
  while not context.interrupted() and context.ledger.now() < ready do
    context.sleep(math.max(0.01, math.min(0.5, ready - context.ledger.now())))
  end
  return context.ledger.now() >= ready
end

-- Nothing is known: they stay in doubt, with the reason.
local function leave_all(context, items, err)
  for _, item in ipairs(items) do
    local ok, why = context.ledger:leave(item, "doubt", tostring(err))
    if not ok then
      return nil, why
    end
  end
  return nil, err
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
  local groups, settled = groups_of(kind, items), await(context, items)
  local whole
  whole, err = find(context, kind, groups)
  if whole and settled and is_short(groups) then
    whole, err = find(context, kind, groups)
  end
  if err then
    return leave_all(context, items, err)
  end
  local done = 0
  for _, group in ipairs(groups) do
    for i, item in ipairs(group.items) do
      local found = group.found[i]
      local ok, why = settle_item(context, group, item, found, settled and whole)
      if not ok then
        return nil, why
      end
      local clear = (found or settled and whole) and #group.found <= #group.items
      done = done + (clear and 1 or 0)
    end
  end
  return done
end

return M
