--- The reject file: the rows of a sheet that failed, each with the reason, in the format of the
--- sheet. After correction it can be applied like any sheet.
local core = require "wxlive.core"
local csv = require "wxlive.sheet.csv"
local files = require "wxlive.base.files"
local json = require "wxlive.json"
local room_goods = require "wxlive.ledger.room_goods"
local rows = require "wxlive.shop.rows"
local sentence = require "wxlive.text.sentence"
local tables = require "wxlive.base.tables"

local M = {}

local both = sentence.both

local function failure(path, reason)
  return files.cannot_write(path, reason, "give --rejects a path that you may write to",
    "请为 --rejects 指定可写的路径")
end

-- Why a row is rejected, as text or a sentence; nil when it is not.
local function reason_of(ledger, reader, row, sheet)
  local key, wanted = rows.identify(reader.kind, row)
  local item, err
  if key then
    item, err = ledger:item(reader.kind.name, key)
    if err then
      return nil, err
    end
  end
  local state = item and item.line == row.line and item.state
  local other = rows.of_other_sheet(sheet, row, item)
  if other then
    return other
  elseif state == "doubt" then
    return item.reason or both("the outcome is not known yet: apply the sheet again",
      "结果尚不明确，请重新执行该表格")
  elseif rows.has_mistakes(row, item, wanted) then
    return sentence.join(row.problems)
  elseif state == "failed" then
    return item.reason
  elseif key and item and item.line ~= row.line then
    return both("line %d has the same", "与第 %d 行相同"):format(item.line)
  elseif item and item.kind == "goods" then
    return room_goods.reason(ledger, key)
  end
end

-- A row of cells with the reason, or the heading, behind it.
local function row_of(reader, source, reason)
  local cells = {}
  for i, column in ipairs(reader.columns) do
    if column.name ~= "reason" then
      cells[#cells + 1] = source[i] or ""
    end
  end
  cells[#cells + 1] = reason
  return csv.row(cells, reader.style)
end

-- A row as text again, the reason behind it.
local function text_of(reader, row, reason)
  if not reader.is_lines then
    return row_of(reader, row.cells, reason)
  elseif not row.object then
    return row.text .. "\n"
  end
  return assert(json.encode(tables.merged(row.object, { reason = reason }))) .. "\n"
end

--- Whether the rejects of a sheet could be written, asked before anything is done.
---@param path string      of the sheet
---@param target string
---@param named boolean    a person has named the target: then it is not the sheet itself
---@return true? ok
---@return wxlive.Error? err
function M.check(path, target, named)
  if named and core.system.is_same_file(path, target) then
    return failure(target, both("it is the sheet itself", "它就是表格本身"))
  end
  local ok, reason = files.try(target)
  if not ok then
    return failure(target, reason)
  end
  return true
end

--- Writes the rejects of a sheet that was applied; no file when there are none.
---@param ledger wxlive.Ledger
---@param sheet { path: string, kind: string?, now: number, account: string|string[]|nil }
---@param target string
---@return integer? rejected
---@return wxlive.Error? err   beside a number: they are counted, and could not be written
function M.write(ledger, sheet, target)
  local reader, err = rows.open(sheet.path, sheet.kind, sheet.now, sheet.account)
  if not reader then
    return nil, err
  end
  local _
  local count, draft, why = 0, nil, nil
  for row in reader.next, reader do
    local reason
    reason, err = reason_of(ledger, reader, row, rows.sheet_name(sheet.path))
    if reason and not draft and not why then
      draft, why = files.begin(target)
      if draft and not reader.is_lines then
        draft:write(csv.head(reader.style), row_of(reader, reader.heading, "reason"))
      end
    end
    if err then
      break
    elseif reason then
      count = count + 1
      if draft then
        draft:write(text_of(reader, row, sentence.read(reason)))
      end
    end
  end
  reader:close()
  if err then
    if draft then
      draft:drop()
    end
    return nil, err
  elseif draft then
    _, why = draft:finish()
  end
  if why then
    _, err = failure(target, why)
    err.kind, err.sent = "output", true
  end
  return count, err
end

return M
