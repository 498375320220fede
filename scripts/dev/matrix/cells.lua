--- The cells of the fault matrix: which fault strikes which request of which workflow.
local catalogue = require "wxlive.catalogue"
local shortfall = require "wxlive.sandbox.server.shortfall"

local M = {}

-- Fields that may be empty: an answer with such a one does not fall short.
local may_be_empty = {}
for _, entry in ipairs(catalogue.list) do
  for _, field in ipairs(entry.result) do
    may_be_empty[entry.name .. "." .. field.name] = field.may_be_empty or field.type == "list"
  end
end

-- Lists that say how many rows there are.
local with_total = { get_live_info = true, get_live_replay = true, goods_list = true,
  get_role_list = true }

-- What strikes a list only, and does nothing to the work.
local of_list = { wrong_total = true, empty_field = true }

-- An answer that holds one of several fields may lack this one.
local function may_be_absent(entry, main)
  local any = entry.result_any
  return any and any[2] and may_be_empty[entry.name .. "." .. main] or false
end

-- Endpoint -> the faults that can strike its answers, by kind.
---@param entry table
---@return table[]
function M.of(entry)
  local out, main = {}, shortfall.main(entry.name)
  if not main or entry.result_kind == "binary" then
    return out
  end
  local kinds = { "wrong_field" }
  if not may_be_absent(entry, main) then
    kinds = { "wrong_field", "no_field", "null_field" }
  end
  if not may_be_empty[entry.name .. "." .. main] then
    kinds[#kinds + 1] = "empty_field"
  end
  if entry.list then
    kinds[#kinds + 1] = "wrong_rows"
    if with_total[entry.name] then
      kinds[#kinds + 1] = "wrong_total"
    end
    -- A list that is empty, where the total or the cursor says that it is not.
    if with_total[entry.name] or entry.name == "get_followers" then
      kinds[#kinds + 1] = "empty_field"
    end
  end
  for _, kind in ipairs(kinds) do
    for _, when in ipairs { "after", "before" } do
      if not of_list[kind] or not entry.list or when == "after" then
        out[#out + 1] = { on = entry.name, kind = kind, when = when }
      end
    end
  end
  return out
end

--- The cells for a row of requests, as a clean run makes them.
---@param requests string[]   endpoint names in their order
---@return table[]            faults, with `skip` and `times`
function M.along(requests)
  local out, nth = {}, {}
  for _, name in ipairs(requests) do
    nth[name] = (nth[name] or 0) + 1
    for _, fault in ipairs(M.of(catalogue.by_name[name])) do
      for _, times in ipairs { 1, 100000 } do
        local cell = { skip = nth[name] - 1, times = times }
        for key, value in pairs(fault) do
          cell[key] = value
        end
        out[#out + 1] = cell
      end
    end
  end
  return out
end

--- A cell in words.
function M.title(cell)
  return ("%s %s at request %d of %s, %s the work"):format(cell.kind,
    cell.times == 1 and "once" or "every time", (cell.skip or 0) + 1, cell.on, cell.when or "after")
end

return M
