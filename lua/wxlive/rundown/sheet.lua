--- Reads a rundown's file into rows: CSV or JSON lines, headings and words in English or Chinese.
--- Every problem is named with its line. Pure but for reading the file.
local csv = require "wxlive.sheet.csv"
local Error = require "wxlive.error"
local heading = require "wxlive.sheet.heading"
local jsonl = require "wxlive.sheet.jsonl"
local language = require "wxlive.text.language"
local row_of = require("wxlive.rundown.row").read
local text_of = require "wxlive.text"
local words = require "wxlive.rundown.words"

local M = {}

local pick = language.pick

-- More rows than any show has; a larger file is another kind of sheet.
local ROWS_MAX = 5000

-- As many problems are listed.
local LISTED = 200

---@class wxlive.rundown.Row
---@field line integer
---@field key string           tells the row from others, and finds it again when the file changes
---@field action string        of wxlive.rundown.words
---@field at wxlive.rundown.Time?    nil: only by its digit
---@field at_text string
---@field every { least: number, most: number }?
---@field until_at wxlive.rundown.Time?
---@field shuffled boolean
---@field goods string[]       as they are written
---@field note string?
---@field late number|"skip"|"do"
---@field digit string?
---@field deadline number
---@field hook string?

-- The columns as the reader of headings wants them.
local entry = { params = {}, known = {} }
for i, column in ipairs(words.columns) do
  local field = {
    name = column.name, aliases = column.aliases, desc = column.desc,
    required = column.name == "at" or column.name == "do",
  }
  entry.params[i] = field
  entry.known[field.name] = field
  for _, alias in ipairs(field.aliases) do
    entry.known[alias] = field
  end
end

-- Files -------------------------------------------------------------------------------------------

local function cells_of_csv(source, columns, record)
  local cells, problem = {}, nil
  if #record > #columns then
    problem = pick("the row has %d cells where the heading has %d; quote cells that hold a comma",
      "该行有 %d 格而表头有 %d 列；含逗号的格请加引号"):format(#record, #columns)
  end
  for i, column in ipairs(columns) do
    local text = text_of.trim(record[i] or "")
    if text ~= "" and not column.blank then
      cells[column.name] = text
    end
  end
  return cells, problem, source
end

local function cells_of_object(object)
  local cells, problem = {}, nil
  for name, value in pairs(object) do
    local field = entry.known[text_of.trim(tostring(name))]
    if not field then
      problem = pick("there is no field called %s", "没有名为 %s 的字段"):format(
        text_of.quote(tostring(name)))
    elseif type(value) == "table" then
      local parts = {}
      for i, part in ipairs(value) do
        parts[i] = text_of.trim(type(part) == "number" and ("%.0f"):format(part) or tostring(part))
      end
      -- A name in a list may hold what separates names in a cell.
      cells[field.name] = field.name == "goods" and parts or table.concat(parts, ";")
    else
      local text = type(value) == "number" and ("%.0f"):format(value) or tostring(value)
      text = text_of.trim(text)
      cells[field.name] = text ~= "" and text or nil
    end
  end
  return cells, problem
end

local function take_heading(source, tell)
  local first, line = source:read()
  if not first then
    tell(type(line) == "table" and line.line or 1, type(line) == "table" and line.message
      or pick("the sheet has no rows", "表格没有内容"))
    return nil
  end
  local below, its_line = heading.below_title(source, first, entry, {})
  if below then
    tell(line, pick("the first row must be the heading, which is in line %d; delete what stands "
      .. "above it", "首行必须是表头，而表头在第 %d 行，请删除其上的内容"):format(its_line))
    return nil
  end
  local fine = true
  local columns = heading.read(first, entry, {}, function(message)
    fine = false
    tell(line, message)
  end)
  return fine and columns or nil
end

--- Reads a rundown.
---@param path string
---@return wxlive.rundown.Row[]? rows
---@return wxlive.Error? err     err.problems: { line=, message= } where the file is wrong
function M.read(path)
  local is_lines = path:find("%.jsonl$") ~= nil or path:find("%.ndjson$") ~= nil
  local source, err = (is_lines and jsonl or csv).open(path)
  if not source then
    return nil, err
  end
  local rows, problems = {}, {}
  local function tell(line, message)
    problems[#problems + 1] = { line = line, message = message }
  end
  local columns = not is_lines and take_heading(source, tell)
  local state = { keys = {}, digits = {} }
  while (is_lines or columns) and #problems < LISTED and #rows < ROWS_MAX do
    local record, line = source:read()
    if not record then
      if line then
        tell(line.line or 1, line.message)
      end
      break
    end
    local cells, problem
    if is_lines then
      problem = record.wrong
      if record.object then
        cells, problem = cells_of_object(record.object)
      end
    else
      cells, problem = cells_of_csv(source, columns, record)
    end
    if problem then
      tell(line, problem)
    elseif next(cells) then
      local row = row_of(cells, line, state, tell)
      rows[#rows + 1] = row
    end
  end
  source:close()
  if not problems[1] and not rows[1] then
    tell(1, pick("the sheet has no rows", "表格没有内容"))
  end
  if problems[1] then
    return Error.fail {
      kind = "invalid", name = "bad_sheet", sent = false, problems = problems, file = path,
      message = ("%s: %d problems"):format(path, #problems),
    }
  end
  return rows
end

return M
