--- Reads a sheet for an endpoint: every row checked, and every problem named, before anything is
--- sent.
--
-- The first line names the columns, in any spelling that the endpoint takes. A column of a picture
-- (cover_img, ...) holds a path, relative to the sheet's folder. Cells are read as their field's
-- type and then checked as the call itself would check them.
local catalogue = require "wxlive.catalogue"
local csv = require "wxlive.sheet.csv"
local Error = require "wxlive.error"
local image = require "wxlive.sheet.picture"
local request = require "wxlive.request"
local suggest = require "wxlive.suggest"
local typed = require "wxlive.sheet.cell"
local validate = require "wxlive.validate"

local M = {}

-- Stands for the media id that an upload will give, so that the rest can be checked before.
local MEDIA_ID = "media_id"

-- "add_assistant.users" -> the field of the catalogue
local function field_of(reference)
  local name, field = reference:match("^([%w_]+)%.([%w_]+)$")
  return catalogue.by_name[name].known[field]
end

local function column_names(entry, extra)
  local names = {}
  for _, field in ipairs(entry.params) do
    names[#names + 1] = field.name
    for _, alias in ipairs(field.aliases or {}) do
      names[#names + 1] = alias
    end
  end
  for name in pairs(extra) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

-- The heading: which column holds which field.
local function read_heading(cells, entry, extra, report)
  local columns, seen = {}, {}
  for i, cell in ipairs(cells) do
    local name = cell:gsub("^%s+", ""):gsub("%s+$", "")
    local field = entry.known[name]
    local column = field and { field = field, name = field.name }
      or extra[name] and { field = extra[name], name = extra[name].column or name, extra = true }
    if not column then
      local near = suggest.nearest(name, column_names(entry, extra))
      report(("there is no column called %q%s"):format(name,
        near and "; did you mean " .. near .. "?" or ""))
      -- One mistake is one problem: what was meant is not missing besides.
      seen[near and entry.known[near] and entry.known[near].name or name] = true
    elseif seen[column.name] then
      report(("the column %s is there twice"):format(column.name))
    else
      seen[column.name] = true
    end
    columns[i] = column or false
  end
  for _, field in ipairs(entry.params) do
    if field.required and field.default == nil and not field.fill and not seen[field.name] then
      report(("the column %s is missing: %s"):format(field.name, field.desc))
    end
  end
  return columns
end

local function read_cell(row, column, text, options, report)
  local field = column.field
  if options.absolute and field.type == "time" and text:find("^%s*%+") then
    report(column.name .. " must name a day, such as 2026-12-01 20:00: counted from now it would "
      .. "be another one in every run")
    row.doubtful[column.name] = true
    return nil
  end
  local value, wrong = typed.value(field, text, { now = options.now })
  if value ~= nil and column.extra then
    if field.fold then
      value = field.fold(value)
    end
    local _, refused = validate.field(field, value)
    wrong = refused
  elseif value ~= nil and field.image then
    local path = options.folder .. value
    local ok, err = image.check(path, field.image)
    if not ok then
      wrong = nil
      report(err.message .. (err.hint and "; " .. err.hint or ""))
    end
    row.images[#row.images + 1] = { field = field.name, path = path }
    value = MEDIA_ID
  end
  if wrong then
    report(column.name .. " " .. wrong)
    row.doubtful[column.name] = true
  end
  return value
end

-- One row: cells to parameters, then the checks of the call itself.
local function read_row(cells, line, columns, entry, options, report)
  local row = { line = line, params = {}, images = {}, extra = {}, doubtful = {} }
  if #cells ~= #columns then
    report(("the row has %d cells where the heading has %d; quote cells that hold a comma")
      :format(#cells, #columns))
    return row
  end
  for i, column in ipairs(columns) do
    local text = cells[i]
    if column and text:find("%S") then
      local value = read_cell(row, column, text, options, report)
      if column.extra then
        row.extra[column.name] = value
      else
        row.params[column.field.name] = value
      end
    end
  end
  local _, err = request.build(entry, row.params, options.context)
  for _, problem in ipairs(err and (err.problems or { err }) or {}) do
    if not row.doubtful[problem.field] then
      report((problem.field and problem.field .. " " or "") .. problem.message)
    end
  end
  return row
end

---@class wxlive.sheet.Reader
local Reader = {}
Reader.__index = Reader
Reader.__name = "wxlive.sheet.Reader"

local function failed(path, problems)
  return Error.fail {
    kind = "invalid", name = "bad_sheet", sent = false, problems = problems,
    message = ("%s: %d problems"):format(path, #problems),
  }
end

-- What the CSV reader says, as a problem. It says where as well; it is said once.
local function problem_of(path, err)
  local prefix = ("%s:%d: "):format(path, err.line or 1)
  local message = err.message:sub(1, #prefix) == prefix and err.message:sub(#prefix + 1)
    or err.message
  return { line = err.line, message = message .. (err.hint and "; " .. err.hint or "") }
end

--- Opens a sheet to be read row by row, in flat memory.
---@param path string
---@param endpoint string
---@param options { columns: table<string, string|table>?, now: number, absolute: boolean? }
---  columns: further ones, name -> "endpoint.field" or a field; absolute: times that count from now
---  are refused
---@return wxlive.sheet.Reader? reader
---@return wxlive.Error? err
function M.open(path, endpoint, options)
  local entry = catalogue.by_name[endpoint]
  local fields = {}
  for name, reference in pairs(options.columns or {}) do
    fields[name] = type(reference) == "table" and reference or field_of(reference)
  end
  local csv_reader, err = csv.open(path)
  if not csv_reader then
    return nil, err
  end
  local cells, line = csv_reader:read()
  if not cells then
    csv_reader:close()
    return failed(path, { line and problem_of(path, line)
      or { line = 1, message = "the sheet has no rows" } })
  end
  local problems = {}
  local columns = read_heading(cells, entry, fields, function(message)
    problems[#problems + 1] = { line = line, message = message }
  end)
  if problems[1] then
    csv_reader:close()
    return failed(path, problems)
  end
  return setmetatable({
    csv = csv_reader, path = path, entry = entry, columns = columns, heading = cells,
    options = {
      now = options.now, folder = path:match("^(.*/)") or "", absolute = options.absolute,
      context = { now = function() return options.now end, validate = true },
    },
  }, Reader)
end

--- The next row, with what is wrong with it; nil at the end; nil and a problem where the sheet
--- cannot be read any further.
---@return table? row  { line, params, images = { { field=, path= } }, extra, cells, problems }
---@return table? problem
function Reader:next()
  local cells, line = self.csv:read()
  if not cells then
    return nil, line and problem_of(self.path, line) or nil
  end
  local problems = {}
  local row = read_row(cells, line, self.columns, self.entry, self.options, function(message)
    problems[#problems + 1] = message
  end)
  row.cells, row.problems = cells, problems
  return row
end

function Reader:close()
  self.csv:close()
end

--- Reads a sheet whole.
---@param path string
---@param endpoint string             whose parameters a row holds
---@param extra table<string, string>?  further columns: name -> "endpoint.field"
---@param now number
---@return table[]? rows              { line, params, images = { { field=, path= } }, extra }
---@return wxlive.Error? err          with every problem in err.problems: { line=, message= }
function M.read(path, endpoint, extra, now)
  local reader, err = M.open(path, endpoint, { columns = extra, now = now })
  if not reader then
    return nil, err
  end
  local problems, rows = {}, {}
  while true do
    local row, problem = reader:next()
    if not row then
      problems[#problems + 1] = problem
      break
    end
    rows[#rows + 1] = row
    for _, message in ipairs(row.problems) do
      problems[#problems + 1] = { line = row.line, message = message }
    end
  end
  reader:close()
  if not problems[1] and not rows[1] then
    problems[1] = { line = 1, message = "the sheet has no rows" }
  end
  if problems[1] then
    return failed(path, problems)
  end
  return rows
end

return M
