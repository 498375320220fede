--- Settles creates whose outcome is unknown: the process was killed, or the platform answered with
--- a failure although it may have done the work.
--
-- One reading of the platform's list settles many rows; wxlive.client.recover decides which listed
-- row matches. What was sent is searched for, not what the sheet wants by now. An id that another
-- row holds is not this row's. A row counts as absent only after the platform had time to settle,
-- and when two readings do not show it.
local diff = require "wxlive.shop.diff"
local pause = require "wxlive.shop.pause"
local recover = require "wxlive.client.recover"
local rows = require "wxlive.shop.rows"
local sentence = require "wxlive.text.sentence"
local steps = require "wxlive.base.steps"
local tables = require "wxlive.base.tables"

local M = {}

local BATCH = 500

-- What was sent for a row, and the same as text. A ledger of an earlier version did not keep it.
local function sent_of(item)
  return item.applied or item.wanted, item.applied_text or item.wanted_text
end

-- Rows that ask for the same thing are a group: the matches are distributed among them. A row whose
-- answer named an id stands alone: only what has that id is its match, and no other row's.
local function groups_of(kind, items)
  local by_mark, groups = {}, {}
  for _, item in ipairs(items) do
    local named = item.named_id
    local mark = named or recover.kinds[kind].mark(sent_of(item).params)
    if not by_mark[mark] then
      by_mark[mark] = { items = {}, found = {}, known = {}, named = named }
      groups[#groups + 1] = by_mark[mark]
    end
    table.insert(by_mark[mark].items, item)
  end
  return groups, by_mark
end

-- Adds what one reading of the list shows of each group. Gives whether the list was read whole, and
-- whether it shows less than was asked for.
local function find(run, groups, by_mark)
  local short = false
  local wanted = tables.map(groups, function(group) return sent_of(group.items[1]).params end)
  local found = recover.find(run.live, run.kind, wanted, {
    before = function(id)
      return run.ledger:by_platform_id(run.kind, id)
    end,
  })
  for i, group in ipairs(groups) do
    for _, one in ipairs(found[i]) do
      if not group.known[one.id] and (by_mark[one.id] or group) == group
        and (group.named or one.id) == one.id then
        group.known[one.id] = true
        table.insert(group.found, one)
      end
    end
    short = short or #group.found < #group.items
  end
  return found, short
end

local function too_many(group)
  local ids = tables.column(group.found, "id")
  return sentence.both("the platform has %d that match this row: %s; delete those "
    .. "that should not be there, then apply again",
    "平台上有 %d 个与该行一致：%s；请删除多余的，再重新执行"):format(#ids, table.concat(ids, ", "))
end

-- absent: rows without a match do not exist on the platform. Gives whether the row is settled.
local function settle_item(run, group, item, found, absent)
  local ok, err
  if #group.found > #group.items then
    run:count("ambiguous", item)
    ok, err = run.ledger:leave(item, "doubt", too_many(group))
    return ok and false, err
  elseif found then
    run:count("adopted", item)
    -- The assistants of an adopted room are unknown: they are compared next.
    local sent, text = sent_of(item)
    return run.ledger:finish(item, {
      platform_id = found.id, audit_status = found.audit_status,
      applied = sent.assistants and rows.without_assistants(sent) or text,
    }, "adopt", { platform_id = found.id })
  elseif absent then
    run:count("absent", item)
    return run.ledger:leave(item, "todo")
  end
  ok, err = run.ledger:release(item)
  return ok and false, err
end

-- Waits until the platform has had time to settle the latest create. Returns whether the wait was
-- completed.
local function await(run, items)
  local ready = 0
  for _, item in ipairs(items) do
    ready = math.max(ready, item.claimed_at + run.settle)
  end
  return pause.till(ready, run.ledger.now, run)
end

-- The outcome is still unknown: the rows stay in doubt, with the reason.
local function leave_all(run, items, err)
  local ok, why = steps.each(items, function(item)
    return run.ledger:leave(item, "doubt", err)
  end)
  return nil, ok and err or why
end

local function resolve(run, items)
  local groups, by_mark = groups_of(run.kind, items)
  local late = await(run, items)
  local found, short = find(run, groups, by_mark)
  if found.whole and late and short then
    found = find(run, groups, by_mark)
  end
  if found.err then
    return leave_all(run, items, found.err)
  end
  local done = 0
  for _, group in ipairs(groups) do
    -- A list that does not show what has an id proves nothing: the platform is asked for it.
    local absent = late and found.whole and (not group.named
      or not group.found[1] and diff.is_gone(run.live, run.kind, group.named))
    for i, item in ipairs(group.items) do
      local settled, why = settle_item(run, group, item, group.found[i], absent)
      if settled == nil then
        return nil, why
      end
      done = done + (settled and 1 or 0)
    end
  end
  return done
end

--- Settles the rows in doubt of a sheet.
---@param run wxlive.shop.Apply   its `settle`: how long a write may take to show up
---@return integer? settled   rows that are now done or to be done
---@return wxlive.Error? err
function M.resolve(run)
  local items, err = run.ledger:claim(run.kind, run.sheet, BATCH, "doubt")
  if not items or not items[1] then
    return items and 0, err
  end
  local done
  done, err = resolve(run, items)
  run:tally_unsure(items)
  return done, err
end

return M
