--- Reads a sheet of JSON lines: each line an object whose keys are an endpoint's fields. Gives the
--- same rows as wxlive.sheet.reader.
local catalogue = require "wxlive.catalogue"
local Error = require "wxlive.error"
local image = require "wxlive.sheet.picture"
local json = require "wxlive.json"
local request = require "wxlive.request"
local validate = require "wxlive.validate"

local M = {}

---@class wxlive.sheet.LineReader
local Reader = {}
Reader.__index = Reader
Reader.__name = "wxlive.sheet.LineReader"

-- As in a sheet: stands for the media id that an upload will give.
local MEDIA_ID = "media_id"

--- Opens a file of JSON lines.
---@param path string
---@param endpoint string
---@param options { columns: table<string, table>?, now: number }
---@return wxlive.sheet.LineReader? reader
---@return wxlive.Error? err
function M.open(path, endpoint, options)
  local file, reason = io.open(path, "rb")
  if not file then
    return Error.fail {
      kind = "invalid", name = "no_sheet", file = path, sent = false,
      message = "the sheet cannot be opened: " .. tostring(reason),
      hint = "check the path", hint_zh = "请检查文件路径",
    }
  end
  return setmetatable({
    file = file, path = path, entry = catalogue.by_name[endpoint], line = 0,
    columns = options.columns or {}, folder = path:match("^(.*/)") or "",
    context = { now = function() return options.now end, validate = true },
  }, Reader)
end

local function take_picture(self, row, field, value, report)
  local path = self.folder .. tostring(value)
  local ok, err = image.check(path, field.image)
  if not ok then
    report(err.message .. (err.hint and "; " .. err.hint or ""))
  end
  row.images[#row.images + 1] = { field = field.name, path = path }
  return MEDIA_ID
end

-- A column beside the endpoint's own.
local function take_extra(row, name, field, value, report)
  if field.fold then
    value = field.fold(value)
  end
  local _, wrong = validate.field(field, value)
  if wrong then
    report(name .. " " .. wrong)
    row.doubtful[name] = true
  elseif row.extra[name] ~= nil then
    report(("the field %s is there twice"):format(name))
    row.doubtful[name] = true
  end
  row.extra[name] = value
end

local function read_object(self, object, row, report)
  for name, value in pairs(object) do
    local field, extra = self.entry.known[name], self.columns[name]
    if extra then
      take_extra(row, extra.column or name, extra, value, report)
    elseif not field then
      report(("there is no field called %q"):format(tostring(name)))
    elseif field.image then
      row.params[field.name] = take_picture(self, row, field, value, report)
    else
      row.params[field.name] = value
    end
  end
  local _, err = request.build(self.entry, row.params, self.context)
  for _, problem in ipairs(err and (err.problems or { err }) or {}) do
    report((problem.field and problem.field .. " " or "") .. problem.message)
  end
end

--- The next row; nil at the end.
---@return table? row  as of wxlive.sheet.reader, with the line's text in place of cells
function Reader:next()
  local text
  repeat
    text = self.file:read("*l")
    self.line = self.line + 1
  until not text or text:find("%S")
  if not text then
    return nil
  end
  local problems = {}
  local row = {
    line = self.line, params = {}, images = {}, extra = {}, doubtful = {}, text = text,
    problems = problems,
  }
  local function report(message)
    problems[#problems + 1] = message
  end
  local object, reason = json.decode(text)
  if type(object) ~= "table" or object[1] ~= nil then
    report("the line is not a JSON object" .. (reason and ": " .. reason or ""))
    return row
  end
  read_object(self, object, row, report)
  row.object = object
  return row
end

function Reader:close()
  self.file:close()
end

return M
