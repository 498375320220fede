--- The reject file: the rows of a sheet that did not get through, each with the reason, in the
--- sheet's own form. Corrected, it can be applied like any sheet.
local csv = require "wxlive.sheet.csv"
local Error = require "wxlive.error"
local json = require "wxlive.json"
local placements = require "wxlive.ledger.placements"
local rows = require "wxlive.shop.rows"

local M = {}

local function failure(path, reason)
  return Error.fail {
    kind = "usage", name = "cannot_write",
    message = ("%s cannot be written: %s"):format(path, tostring(reason)),
    hint = "give --rejects a path that you may write to", hint_zh = "请为 --rejects 指定可写的路径",
  }
end

-- Why a row is rejected; nil when it is not.
local function reason_of(ledger, reader, row)
  local key = rows.identify(reader.kind, row)
  local item, err
  if key then
    item, err = ledger:item(reader.kind.name, key)
    if err then
      return nil, err
    end
  end
  if item and item.line == row.line and (item.state == "failed" or item.state == "doubt") then
    return item.reason or "the outcome is not known yet: apply the sheet again"
  elseif row.problems[1] and not rows.is_settled(row,
    item and item.platform_id and item.state == "done") then
    return table.concat(row.problems, "; ")
  elseif key and item and item.line ~= row.line then
    return "the same stand in line " .. item.line
  elseif item and item.kind == "goods" then
    return placements.reason(ledger, key)
  end
end

-- A row as text again, the reason behind it.
local function text_of(reader, row, reason)
  if reader.is_lines then
    if not row.object then
      return row.text .. "\n"
    end
    local copy = {}
    for name, value in pairs(row.object) do
      copy[name] = value
    end
    copy.reason = reason
    return assert(json.encode(copy)) .. "\n"
  end
  local cells = {}
  for i, column in ipairs(reader.columns) do
    if column.name ~= "reason" then
      cells[#cells + 1] = row.cells[i] or ""
    end
  end
  cells[#cells + 1] = reason
  return csv.row(cells, reader.style)
end

local function heading_of(reader)
  local cells = {}
  for i, column in ipairs(reader.columns) do
    if column.name ~= "reason" then
      cells[#cells + 1] = reader.heading[i]
    end
  end
  cells[#cells + 1] = "reason"
  return csv.head(reader.style) .. csv.row(cells, reader.style)
end

--- Writes the rejects of a sheet that was applied; no file when there are none.
---@param ledger wxlive.Ledger
---@param sheet { path: string, kind: string?, now: number }
---@param target string
---@return integer? rejected
---@return wxlive.Error? err
function M.write(ledger, sheet, target)
  local reader, err = rows.open(sheet.path, sheet.kind, sheet.now)
  if not reader then
    return nil, err
  end
  local draft, count, file, why = target .. ".part", 0, nil, nil
  while true do
    local row = reader:next()
    if not row then
      break
    end
    local reason
    reason, why = reason_of(ledger, reader, row)
    if reason and not file then
      file, why = io.open(draft, "wb")
      if file and not reader.is_lines then
        file:write(heading_of(reader))
      end
    end
    if why then
      break
    elseif reason then
      count = count + 1
      file:write(text_of(reader, row, reason))
    end
  end
  reader:close()
  local closed = not file or file:close()
  if why or not closed then
    return failure(target, why or "no space")
  elseif count > 0 and not os.rename(draft, target) then
    return failure(target, "it cannot be replaced")
  end
  return count
end

return M
