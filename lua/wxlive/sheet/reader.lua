--- Reads a sheet for an endpoint: every row checked, and every problem named, before anything is
--- sent. CSV and JSON lines (.jsonl, .ndjson) give the same rows.
--
-- The columns of a CSV sheet, or the keys of a JSON line, are an endpoint's fields in any spelling
-- that it takes. A column of a picture (cover_img, ...) holds a path, relative to the sheet's
-- folder. Values are read as their field's type and then checked as the call itself would check
-- them. Text that differs only in blanks at its ends is one text.
local catalogue = require "wxlive.catalogue"
local csv = require "wxlive.sheet.csv"
local Error = require "wxlive.error"
local heading = require "wxlive.sheet.heading"
local jsonl = require "wxlive.sheet.jsonl"
local options_of = require "wxlive.base.options"
local row_of = require "wxlive.sheet.row"
local sentence = require "wxlive.text.sentence"
local tables = require "wxlive.base.tables"
local text_of = require "wxlive.text"

local M = {}

local both, split = sentence.both, sentence.split

--- The problem of a sheet without rows.
M.no_rows = split { line = 1, message = both("the sheet has no rows", "表格没有任何数据行") }

-- How many problems are listed when a sheet is read whole.
local LISTED = 200

---@class wxlive.sheet.Reader
---@field path string
---@field entry table          the endpoint's, of the catalogue
---@field is_lines boolean     JSON lines
---@field columns table[]      of CSV: { name=, field=, extra=, blank= }
---@field heading string[]?    of CSV: its cells as they are
---@field style wxlive.sheet.Style
---@field has_only boolean?    whether it has the column that decides which rows are read
local Reader = {}
Reader.__index = Reader
Reader.__name = "wxlive.sheet.Reader"

-- "add_assistant.users" -> the field of the catalogue
local function field_of(reference)
  if type(reference) == "table" then
    return reference
  end
  local name, field = reference:match("^([%w_]+)%.([%w_]+)$")
  return catalogue.by_name[name].known[field]
end

--- The error of a sheet with mistakes.
---@param path string
---@param problems { line: integer?, message: string, message_zh: string }[]
---@return nil
---@return wxlive.Error err
function M.failed(path, problems)
  return Error.fail {
    kind = "invalid", name = "bad_sheet", sent = false, file = path, problems = problems,
    message = both("%s: %d problems", "%s：%d 处问题"):format(path, #problems),
  }
end

local function names_of(record, is_lines)
  local names = {}
  for key, value in pairs(record and (is_lines and (record.object or {}) or record) or {}) do
    names[text_of.trim(tostring(is_lines and key or value))] = true
  end
  return names
end

-- Reads the heading, of which the first row is `cells`.
local function take_heading(self, cells, line)
  if not cells then
    return M.failed(self.path, line and line.problems or { M.no_rows })
  end
  local problems = {}
  local function problem(message)
    problems[#problems + 1] = split { line = line, message = message }
  end
  local below, its_line = heading.below_title(self.source, cells, self.entry, self.extra)
  if below then
    problem(both("the first row must be the heading, which is in line %d; delete what stands "
      .. "above it: %s", "首行必须是表头，而表头在第 %d 行，请删除其上的内容：%s"):format(its_line,
      text_of.quote(text_of.trim(cells[1]))))
  else
    self.columns = heading.read(cells, self.entry, self.extra, problem)
  end
  if problems[1] then
    return M.failed(self.path, problems)
  end
  self.heading, self.style = cells, self.source.style
  return self
end

-- Reads the first row, which is there already of JSON lines: a sheet without any is a mistake, not
-- a wish to have nothing.
local function take_first(self, record, line)
  if not self.is_lines then
    record, line = self.source:read()
  end
  if not record then
    return M.failed(self.path, line and line.problems or { M.no_rows })
  end
  self.first = { record, line }
  return self
end

-- Finds the column that decides which rows are read: its place, and its names in JSON lines.
local function find_only(self)
  self.only_names = tables.only(tables.keys(self.extra), function(name)
    return self.extra[name].column == self.only.column
  end)
  for i, column in ipairs(self.columns) do
    if column.name == self.only.column then
      self.only_at = i
    end
  end
  self.has_only = self.only_at ~= nil
    or self.is_lines and self:only_value(self.first[1]) ~= nil
end

--- Opens a sheet to be read row by row, in flat memory. The file is opened once.
---@param path string
---@param endpoint string|table|fun(names: table<string, boolean>): string, table?
---  the endpoint's name; its entry, or a table with `params` and `known` like one; or a function
---  that gets the set of the sheet's columns (JSON lines: of the first object's keys) and returns
---  the endpoint's name and the further columns
---@param options { columns: table<string, string|table>?, now: number, absolute: boolean?,
---  only: { column: string, none: boolean?,
---  test: fun(value: any, there: boolean): boolean?, any }? }
---  columns: further ones, name -> "endpoint.field" or a field; absolute: times that count from now
---  are refused; only: rows whose value in a column passes a test (there: whether the sheet has the
---  column); others are left out, unread, or have the mistake that the test returns beside nil;
---  none: no row passes
---@return wxlive.sheet.Reader? reader
---@return wxlive.Error? err
function M.open(path, endpoint, options)
  local fits, err = options_of.argument("wxlive.sheet", "path", "string", path)
  if not fits then
    return nil, err
  end
  local ending = path:lower():match("%.(%w+)$")
  local is_lines = ending == "jsonl" or ending == "ndjson"
  local source
  source, err = (is_lines and jsonl or csv).open(path)
  if not source then
    return nil, err
  end
  local first, line = source:read()
  local columns = options.columns
  if type(endpoint) == "function" then
    endpoint, columns = endpoint(names_of(first, is_lines))
  end
  local self = setmetatable({
    source = source, path = path, is_lines = is_lines,
    entry = type(endpoint) == "table" and endpoint or catalogue.by_name[endpoint],
    extra = {}, columns = {}, style = {},
    judged = {}, judged_count = 0, folder = path:match("^(.*/)") or "", now = options.now,
    absolute = options.absolute and not is_lines, only = options.only,
    context = { now = function() return options.now end, validate = true },
  }, Reader)
  for name, reference in pairs(columns or {}) do
    self.extra[name] = field_of(reference)
  end
  local ok = true
  if not is_lines then
    ok, err = take_heading(self, first, line)
  end
  if ok then
    ok, err = take_first(self, first, line)
  end
  if ok and self.only then
    find_only(self)
  end
  if not ok then
    source:close()
    return nil, err
  end
  return self
end

--- The value of the column that decides which rows are read.
---@param record table   of the source
---@return any value     nil: it has none
function Reader:only_value(record)
  if not self.is_lines then
    return self.only_at and text_of.trim(record[self.only_at] or "") or nil
  end
  for _, name in ipairs(self.only_names) do
    if record.object and record.object[name] ~= nil then
      return record.object[name]
    end
  end
end

--- The next record of the source, unchecked; nil at the end; nil and an error where the sheet
--- cannot be read any further.
function Reader:next_record()
  if self.first then
    local record, line = self.first[1], self.first[2]
    self.first = nil
    return record, line
  end
  return self.source:read()
end

--- The next line with its value of the column that decides which rows are read; nothing of the row
--- is checked.
---@return integer? line
---@return any value
function Reader:next_value()
  local record, line = self:next_record()
  if not record then
    return nil
  end
  return line, self:only_value(record)
end

-- The next record whose row is to be read, and what is wrong with that.
local function next_wanted(self)
  if self.only and self.only.none and self.has_only then
    return nil
  end
  while true do
    local record, line = self:next_record()
    if not record or not self.only or not self.is_lines and not self.only_at then
      return record, line
    end
    local wanted, wrong = self.only.test(self:only_value(record), self.has_only)
    if wanted ~= false then
      return record, line, not wanted and wrong or nil
    end
  end
end

--- The next row, with what is wrong with it; nil at the end; nil and a problem where the sheet
--- cannot be read any further.
---@return table? row  { line, params, images = { { field=, path=, digest= } }, extra, problems,
---  advice (on pictures), warnings (on lengths), doubtful, cells (of CSV), object and text (of JSON
---  lines) }
---@return table? problem
function Reader:next()
  local record, line, wrong = next_wanted(self)
  if not record then
    return nil, line and line.problems[1]
  end
  local row = {
    line = line, params = {}, images = {}, extra = {}, doubtful = {}, problems = {}, advice = {},
    warnings = {},
  }
  if wrong then
    row_of.report(row, wrong)
  end
  if not self.is_lines then
    row.cells = record
    row_of.read_cells(self, row)
    return row
  end
  row.text, row.object = record.text, record.object
  if record.object then
    row_of.read_object(self, row)
  else
    row_of.report(row, record.wrong)
  end
  return row
end

function Reader:close()
  self.source:close()
end

--- Reads a sheet whole.
---@param path string
---@param endpoint string             whose parameters a row holds
---@param extra table<string, string>?  further columns: name -> "endpoint.field"
---@param now number
---@return table[]? rows              see wxlive.sheet.Reader.next
---@return wxlive.Error? err          with the problems in err.problems: { line=, message=,
---  message_zh= }
function M.read(path, endpoint, extra, now)
  local reader, err = M.open(path, endpoint, { columns = extra, now = now })
  if not reader then
    return nil, err
  end
  local problems, rows = {}, {}
  repeat
    local row, problem = reader:next()
    problems[#problems + 1] = problem
    rows[#rows + 1] = row
    for _, message in ipairs(row and row.problems or {}) do
      problems[#problems + 1] = split { line = row.line, message = message }
    end
    if #problems > LISTED and row then
      problems[#problems + 1] = split {
        line = row.line, message = both("the rest of the sheet was not read: too many problems",
          "问题过多，其余行未读取"),
      }
      break
    end
  until not row
  reader:close()
  if problems[1] then
    return M.failed(path, problems)
  end
  return rows
end

return M
