--- Reads a sheet for an endpoint: every row checked, and every problem named, before anything is
--- sent. CSV and JSON lines (.jsonl, .ndjson) give the same rows.
--
-- The columns of a CSV sheet, or the keys of a JSON line, are an endpoint's fields in any spelling
-- that it takes. A column of a picture (cover_img, ...) holds a path, relative to the sheet's
-- folder. Values are read as their field's type and then checked as the call itself would check
-- them. Text that differs only in blanks at its ends is one text.
local catalogue = require "wxlive.catalogue"
local cell = require "wxlive.sheet.cell"
local core = require "wxlive.core"
local csv = require "wxlive.sheet.csv"
local Error = require "wxlive.error"
local heading = require "wxlive.sheet.heading"
local jsonl = require "wxlive.sheet.jsonl"
local picture = require "wxlive.sheet.picture"
local request = require "wxlive.client.request"
local text_of = require "wxlive.text"
local validate = require "wxlive.client.validate"

local M = {}

local no_rows = { line = 1, message = "the sheet has no rows", message_zh = "表格没有任何数据行" }

-- A placeholder for the media id of a later upload, so that the rest of the row can be checked
-- before.
local MEDIA_ID = "media_id"

-- How many problems of one kind are named; the others are only counted.
local NAMED = 5

-- How many problems are listed when a sheet is read whole.
local LISTED = 200

-- How many judgements of pictures are kept in memory.
local JUDGED = 4096

---@class wxlive.sheet.Reader
---@field path string
---@field entry table          the endpoint's, of the catalogue
---@field is_lines boolean     JSON lines
---@field columns table[]      of CSV: { name=, field=, extra=, blank= }
---@field heading string[]?    of CSV: its cells as they are
---@field style wxlive.sheet.Style
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

-- Values ------------------------------------------------------------------------------------------

-- Many rows share a picture: each is read once, of a sheet with a hundred thousand as well.
local function judge(self, path, use)
  local key = use .. " " .. path
  if not self.judged[key] then
    if self.judged_count >= JUDGED then
      self.judged, self.judged_count = {}, 0
    end
    local image, err = picture.check(path, use)
    self.judged[key] = { image = image, err = err, digest = core.process.digest(path) }
    self.judged_count = self.judged_count + 1
  end
  return self.judged[key]
end

local function report(row, message)
  row.problems[#row.problems + 1] = message
end

local function doubt(row, name, wrong)
  report(row, name .. " " .. wrong)
  row.doubtful[name] = true
end

local function take_picture(self, row, field, value)
  if value:find("^%a[%w+.-]+://") then
    doubt(row, field.name, "must be the path of a file, not a web address: "
      .. text_of.quote(value) .. "; download it beside the sheet")
    return nil
  end
  value = value:gsub("\\", "/") -- as Windows writes paths
  local path = value:find("^/") and value or self.folder .. value
  local judged = judge(self, path, field.image)
  if not judged.image then
    report(row, judged.err.message .. (judged.err.hint and "; " .. judged.err.hint or ""))
  elseif judged.image.advice then
    row.advice[#row.advice + 1] = judged.image.advice
  end
  row.images[#row.images + 1] = { field = field.name, path = path, digest = judged.digest }
  return MEDIA_ID
end

-- A value of one of the endpoint's own fields, or of a column beside them.
local function take(self, row, name, field, is_extra, value)
  if not is_extra then
    row.params[name] = field.image and type(value) == "string"
      and take_picture(self, row, field, value) or value
    return
  elseif field.fold then
    value = field.fold(value)
  end
  local _, wrong = validate.field(field, value)
  if wrong then
    doubt(row, name, wrong)
  end
  row.extra[name] = value
end

local function read_cell(self, row, column, text)
  local field, name = column.field, column.name
  if self.absolute and field.type == "time" and text_of.narrow(text):find("^%+") then
    return doubt(row, name, "must name a day, such as 2026-12-01 20:00: counted from now it would "
      .. "be another one in every run")
  end
  local value, wrong = cell.value(field, text, { now = self.now })
  if value == nil then
    return doubt(row, name, wrong)
  end
  take(self, row, name, field, column.extra, value)
end

-- Only bounds are known for the length that the platform counts: a text that is too long by the
-- larger one gets a warning.
local function warn_of_length(self, row)
  for _, field in ipairs(self.entry.params) do
    local value = row.params[field.name]
    if field.units and type(value) == "string" then
      local least, most = text_of.units(value)
      if most > field.units[2] and least <= field.units[2] then
        row.warnings[#row.warnings + 1] = ("%s may be too long: the platform may count %d, and "
          .. "takes %d (each character beyond ASCII 2, emoji more)"):format(field.name, most,
          field.units[2])
      end
    end
  end
end

-- The checks of the call itself.
local function check_call(self, row)
  local _, err = request.build(self.entry, row.params, self.context)
  for _, problem in ipairs(err and (err.problems or { err }) or {}) do
    if not row.doubtful[problem.field] then
      report(row, (problem.field and problem.field .. " " or "") .. problem.message)
    end
  end
  warn_of_length(self, row)
end

local function read_cells(self, row)
  if #row.cells > #self.columns then
    return report(row, ("the row has %d cells where the heading has %d; quote cells that hold a "
      .. "comma"):format(#row.cells, #self.columns))
  end
  for i, column in ipairs(self.columns) do
    local text = text_of.trim(row.cells[i] or "")
    if text ~= "" and column.blank then
      report(row, ("%s stands in column %d, which has no name"):format(text_of.quote(text), i))
    elseif text ~= "" then
      read_cell(self, row, column, text)
    end
  end
  check_call(self, row)
end

local function read_object(self, row)
  local unknown = 0
  for key, value in pairs(row.object) do
    local name = text_of.trim(tostring(key))
    local field, extra = self.entry.known[name], self.extra[name]
    local own = extra and (extra.column or name) or field and field.name
    if not own then
      unknown = unknown + 1
      if unknown <= NAMED then
        report(row, ("there is no field called %s"):format(text_of.quote(name)))
      end
    elseif (extra and row.extra or row.params)[own] ~= nil then
      doubt(row, own, "is there twice")
    else
      take(self, row, own, extra or field, extra ~= nil, text_of.trimmed(value))
    end
  end
  if unknown > NAMED then
    report(row, ("%d more fields are not known"):format(unknown - NAMED))
  end
  check_call(self, row)
end

-- The sheet ---------------------------------------------------------------------------------------

local function failed(path, problems)
  return Error.fail {
    kind = "invalid", name = "bad_sheet", sent = false, problems = problems,
    message = ("%s: %d problems"):format(path, #problems),
  }
end

-- An error of the file as a problem; the line, which both name, is named once. What the error says
-- in Chinese is in its hint.
local function problem_of(path, err)
  local prefix = ("%s:%d: "):format(path, err.line or 1)
  local message = err.message:sub(1, #prefix) == prefix and err.message:sub(#prefix + 1)
    or err.message
  return { line = err.line, message = message .. (err.hint and "; " .. err.hint or ""),
    message_zh = err.hint_zh }
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
    return failed(self.path, { line and problem_of(self.path, line) or no_rows })
  end
  local problems = {}
  local function problem(message)
    problems[#problems + 1] = { line = line, message = message }
  end
  local below, its_line = heading.below_title(self.source, cells, self.entry, self.extra)
  if below then
    problem(("the first row must be the heading, which is in line %d; delete what stands above it: "
      .. "%s"):format(its_line, text_of.quote(text_of.trim(cells[1]))))
  else
    self.columns = heading.read(cells, self.entry, self.extra, problem)
  end
  if problems[1] then
    return failed(self.path, problems)
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
    return failed(self.path, { line and problem_of(self.path, line) or no_rows })
  end
  self.first = { record, line }
  return self
end

--- Opens a sheet to be read row by row, in flat memory. The file is opened once.
---@param path string
---@param endpoint string|fun(names: table<string, boolean>): string, table<string, string|table>?
---  the endpoint's name; or a function that gets the set of the sheet's columns (JSON lines: of the
---  first object's keys) and returns the endpoint's name and the further columns
---@param options { columns: table<string, string|table>?, now: number, absolute: boolean? }
---  columns: further ones, name -> "endpoint.field" or a field; absolute: times that count from now
---  are refused
---@return wxlive.sheet.Reader? reader
---@return wxlive.Error? err
function M.open(path, endpoint, options)
  local ending = path:lower():match("%.(%w+)$")
  local is_lines = ending == "jsonl" or ending == "ndjson"
  local source, err = (is_lines and jsonl or csv).open(path)
  if not source then
    return nil, err
  end
  local first, line = source:read()
  local columns = options.columns
  if type(endpoint) == "function" then
    endpoint, columns = endpoint(names_of(first, is_lines))
  end
  local self = setmetatable({
    source = source, path = path, is_lines = is_lines, entry = catalogue.by_name[endpoint],
    extra = {}, columns = {}, style = {},
    judged = {}, judged_count = 0, folder = path:match("^(.*/)") or "", now = options.now,
    absolute = options.absolute and not is_lines,
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
  if not ok then
    source:close()
    return nil, err
  end
  return self
end

--- The next row, with what is wrong with it; nil at the end; nil and a problem where the sheet
--- cannot be read any further.
---@return table? row  { line, params, images = { { field=, path=, digest= } }, extra, problems,
---  advice (on pictures), warnings (on lengths), doubtful, cells (of CSV), object and text (of JSON
---  lines) }
---@return table? problem
function Reader:next()
  local record, line
  if self.first then
    record, line = self.first[1], self.first[2]
    self.first = nil
  else
    record, line = self.source:read()
  end
  if not record then
    return nil, line and problem_of(self.path, line) or nil
  end
  local row = {
    line = line, params = {}, images = {}, extra = {}, doubtful = {}, problems = {}, advice = {},
    warnings = {},
  }
  if not self.is_lines then
    row.cells = record
    read_cells(self, row)
    return row
  end
  row.text, row.object = record.text, record.object
  if record.object then
    read_object(self, row)
  else
    report(row, record.wrong)
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
      problems[#problems + 1] = { line = row.line, message = message }
    end
    if #problems > LISTED and row then
      problems[#problems + 1] = {
        line = row.line, message = "the rest of the sheet was not read: too many problems",
      }
      break
    end
  until not row
  reader:close()
  if problems[1] then
    return failed(path, problems)
  end
  return rows
end

return M
