--- What a staging counts of a row: the work that it needs, and the rooms that its goods are wanted
--- in. `by` is 1, or -1 to take back what was counted.
local room_goods = require "wxlive.ledger.room_goods"

local M = {}

local function add(counts, name, n)
  counts[name] = (counts[name] or 0) + n
end

M.add = add

-- The work that a row needs; nil for none.
local function todo_of(item, wanted)
  if not item or not item.platform_id then
    return "create"
  elseif item.applied_text ~= wanted then
    return "change"
  elseif item.kind == "goods" and item.audit_status == 0 then
    return "submit"
  end
end

--- Counts the work of a row.
---@param staging table
---@param item table?      the row as the ledger has it
---@param wanted string?   what the sheet wants of it
---@param by 1|-1
---@return "create"|"change"|"submit"|nil todo
function M.work(staging, item, wanted, by)
  local todo = todo_of(item, wanted)
  add(staging.counts, todo or "unchanged", by)
  add(staging.counts, "doubt", item and item.state == "doubt" and by or 0)
  return todo
end

--- Counts the rooms that goods are wanted in, and keeps them in the ledger unless it is a plan.
---@param staging table
---@param names string[]?   nil: the sheet says nothing of rooms
---@param key string
---@param by 1|-1
---@return true? ok
---@return wxlive.Error? err
function M.rooms(staging, names, key, by)
  if not names then
    return true
  end
  local placed, err = room_goods.stage(staging.ledger, key, names, staging.dry or by < 0)
  if not placed then
    return nil, err
  end
  add(staging.counts, "to_add", by * #placed.add)
  add(staging.counts, "to_take_out", by * placed.remove)
  for _, room in ipairs(placed.add) do
    add(staging.counts.rooms, room, by)
  end
  if placed.add[1] and placed.remove > 0 then
    add(staging.counts.moves, table.concat(placed.add, "\n"), by * placed.remove)
  end
  return true
end

return M
