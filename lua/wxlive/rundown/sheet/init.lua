--- Reads a rundown's file into rows: CSV or JSON lines, headings and words in English or Chinese.
--- Every problem is named with its line. Pure but for reading the file.
local compat = require "wxlive.base.compat"
local row_of = require("wxlive.rundown.sheet.row").read
local sheet_row = require "wxlive.sheet.row"
local sheets = require "wxlive.sheet.reader"
local sentence = require "wxlive.text.sentence"
local text_of = require "wxlive.text"
local words = require "wxlive.rundown.words"

local both = sentence.both

local M = {}

-- More rows than any show has; a larger file is another kind of sheet.
local ROWS_MAX = 5000

-- The most problems that are listed.
local LISTED = 200

---@class wxlive.rundown.Row
---@field line integer
---@field key string           identifies the row, also after the file was changed
---@field made_key string      the key that the row has if its cell `key` is empty
---@field action string        of wxlive.rundown.words
---@field at wxlive.rundown.Time?    nil: only by its digit
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
    desc_zh = column.desc_zh, name_zh = words.column_zh[column.name],
    required = column.name == "at" or column.name == "do",
  }
  entry.params[i] = field
  entry.known[field.name] = field
  for _, alias in ipairs(field.aliases) do
    entry.known[alias] = field
  end
end

-- Files -------------------------------------------------------------------------------------------

local function cells_of_csv(columns, record)
  local cells, problem = {}, nil
  if #record > #columns then
    problem = sheet_row.too_many_cells(#record, #columns)
  end
  for i, column in ipairs(columns) do
    local text = text_of.trim(record[i] or "")
    if text ~= "" and not column.blank then
      cells[column.name] = text
    end
  end
  return cells, problem
end

-- A number keeps its decimals; the reader of the column refuses those that it does not take.
local function text_of_value(value)
  return text_of.trim(type(value) == "number" and compat.number_text(value) or tostring(value))
end

-- The texts of a list, without empty ones; nil when something else is in it.
local function texts_of_list(list)
  local texts, count = {}, 0
  for _, part in pairs(list) do
    count = count + 1
    if type(part) == "table" or type(part) == "userdata" then
      return nil
    end
  end
  for _, part in ipairs(list) do
    local text = text_of_value(part)
    count = count - 1
    if text ~= "" then
      texts[#texts + 1] = text
    end
  end
  return count == 0 and texts or nil
end

local function cells_of_object(object)
  local cells, taken, problem = {}, {}, nil
  for name, value in pairs(object) do
    local field = entry.known[text_of.trim(tostring(name))]
    if not field then
      problem = sheet_row.unknown_field(tostring(name))
    elseif taken[field] then
      problem = both("the field %s is there twice", "字段 %s 出现了两次"):format(field.name)
    elseif type(value) == "table" then
      local texts = texts_of_list(value)
      if not texts then
        problem = both("the field %s may hold a text, a number or a list of them",
          "字段 %s 只能是文本、数字或其列表"):format(field.name)
      elseif texts[1] then
        -- In a list, a name may hold the separators of a cell.
        cells[field.name] = field.name == "goods" and texts or table.concat(texts, ";")
      end
    else
      local text = text_of_value(value)
      cells[field.name] = text ~= "" and text or nil
    end
    taken[field or ""] = true
  end
  return cells, problem
end

--- Reads a rundown.
---@param path string
---@return wxlive.rundown.Row[]? rows
---@return wxlive.Error? err     err.problems: { line=, message=, message_zh= } where the file is
---  wrong
function M.read(path)
  local reader, err = sheets.open(path, entry, {})
  if not reader then
    return nil, err
  end
  local rows, problems = {}, {}
  local function add(problem)
    problems[#problems + 1] = problem
  end
  local function tell(line, message)
    add(sentence.split { line = line, message = message })
  end
  local state = { keys = {}, digits = {} }
  while #problems < LISTED do
    local record, line = reader:next_record()
    if not record then
      add(line and line.problems[1])
      break
    end
    local cells, problem
    if not reader.is_lines then
      cells, problem = cells_of_csv(reader.columns, record)
    elseif record.object then
      cells, problem = cells_of_object(record.object)
    else
      problem = record.wrong
    end
    if problem then
      tell(line, problem)
    elseif #rows == ROWS_MAX and next(cells) then
      tell(line, both("a rundown has %d rows at most", "流程表最多 %d 行"):format(ROWS_MAX))
      break
    elseif next(cells) then
      rows[#rows + 1] = row_of(cells, line, state, tell)
    end
  end
  reader:close()
  if not problems[1] and not rows[1] then
    add(sheets.no_rows)
  end
  if problems[1] then
    return sheets.failed(path, problems)
  end
  return rows
end

return M
