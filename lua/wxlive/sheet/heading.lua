--- The heading of a sheet: which column holds which field.
local both = require("wxlive.text.sentence").both
local suggest = require "wxlive.base.suggest"
local tables = require "wxlive.base.tables"
local text_of = require "wxlive.text"

local M = {}

-- How many unknown columns are named; the others are only counted.
local NAMED = 5

-- In how many rows a heading is looked for.
local ROWS = 6

local function column_names(entry, extra)
  local names = {}
  for _, field in ipairs(entry.params) do
    names[#names + 1] = field.name
    tables.append(names, field.aliases or {})
  end
  tables.append(names, tables.keys(extra))
  table.sort(names)
  return names
end

-- The column that a heading's cell names; nil when there is no such column.
local function column_of(entry, extra, name)
  local field = entry.known[name]
  return field and { field = field, name = field.name }
    or extra[name] and { field = extra[name], name = extra[name].column or name, extra = true }
    or name == "" and { name = "", blank = true }
    or nil
end

local function report_unknown(names, entry, extra, seen, report)
  for i = 1, math.min(#names, NAMED) do
    local near = suggest.nearest(names[i], column_names(entry, extra))
    report(both("there is no column called %s%s", "没有名为 %s 的列%s"):format(text_of.quote(names[i]),
      suggest.question(near)))
    -- A misspelt column is reported once: the field that was meant is not reported as missing, too.
    if near and entry.known[near] then
      seen[entry.known[near].name] = true
    end
  end
  if #names > NAMED then
    report(both("%d more columns are not known", "另有 %d 列无法识别"):format(#names - NAMED))
  end
end

-- A Chinese keyboard gives the full-width comma.
local function is_full_width(cells)
  return #cells == 1 and cells[1]:find("，", 1, true) ~= nil
end

--- Which column holds which field.
---@param cells string[]
---@param entry table                  of the catalogue
---@param extra table<string, table>   further columns: name -> field
---@param report fun(problem: wxlive.Sentence)
---@return table[] columns             { name=, field=, extra=, blank= }
function M.read(cells, entry, extra, report)
  local columns, seen, unknown, twice = {}, {}, {}, 0
  if is_full_width(cells) then
    report(both("full-width commas (，) stand between the columns; write ASCII commas",
      "各列之间用了全角逗号（，），请改为半角逗号"))
    return columns
  end
  for i, text in ipairs(cells) do
    local name = text_of.trim(text)
    local column = column_of(entry, extra, name)
    if not column then
      unknown[#unknown + 1] = name
    elseif seen[column.name] and not column.blank then
      twice = twice + 1
      if twice <= NAMED then
        report(both("the column %s is there twice", "列 %s 出现了两次"):format(column.name))
      end
    else
      seen[column.name] = true
    end
    columns[i] = column or { name = name, blank = true }
  end
  report_unknown(unknown, entry, extra, seen, report)
  for _, field in ipairs(entry.params) do
    if field.required and field.default == nil and not field.fill and not seen[field.name] then
      report(both("the column %s is missing: %s", "缺少列 %s：%s"):format(
        both(field.name, field.name_zh or field.name), both(field.desc, field.desc_zh)))
    end
  end
  return columns
end

local function count_known(cells, entry, extra)
  local n = 0
  for _, text in ipairs(cells) do
    local column = column_of(entry, extra, text_of.trim(text))
    n = n + (column and not column.blank and 1 or 0)
  end
  return n
end

--- The heading below a title: nil when `cells`, the first row, has any known column, or when no row
--- near it has two.
---@param source wxlive.sheet.Csv
---@return string[]? cells
---@return integer? line
function M.below_title(source, cells, entry, extra)
  if count_known(cells, entry, extra) > 0 then
    return nil
  end
  for _ = 2, ROWS do
    local below, line = source:read()
    if not below then
      return nil
    elseif count_known(below, entry, extra) >= 2 then
      return below, line
    end
  end
end

return M
