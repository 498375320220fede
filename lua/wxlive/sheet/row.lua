--- One row of a sheet: its values are read as their field's type, and then checked as the call
--- itself would check them.
local cell = require "wxlive.sheet.cell"
local core = require "wxlive.core"
local picture = require "wxlive.sheet.picture"
local request = require "wxlive.client.request"
local sentence = require "wxlive.text.sentence"
local text_of = require "wxlive.text"
local validate = require "wxlive.client.validate"

local M = {}

local both, compose = sentence.both, sentence.compose

-- A placeholder for the media id of a later upload, so that the rest of the row can be checked
-- before.
local MEDIA_ID = "media_id"

-- How many problems of one kind are named; the others are only counted.
local NAMED = 5

-- How many judgements of pictures are kept in memory.
local JUDGED = 4096

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

--- Notes a problem of a row.
---@param row table
---@param message wxlive.Sentence
function M.report(row, message)
  row.problems[#row.problems + 1] = message
end

local function doubt(row, name, wrong)
  M.report(row, compose(name, " ", wrong))
  row.doubtful[name] = true
end

local function take_picture(self, row, field, value)
  if value:find("^%a[%w+.-]+://") then
    doubt(row, field.name, both("must be the path of a file, not a web address: %s; download it "
      .. "beside the sheet", "应为文件路径，而不是网址 %s，请下载到表格旁边"):format(
      text_of.quote(value)))
    return nil
  end
  value = value:gsub("\\", "/") -- as Windows writes paths
  local path = value:find("^/") and value or self.folder .. value
  local judged = judge(self, path, field.image)
  if not judged.image then
    local err = judged.err
    M.report(row, sentence.join { sentence.of(err), both(err.hint, err.hint_zh) })
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
    return doubt(row, name, both("must name a day, such as 2026-12-01 20:00: counted from now it "
      .. "would be another one in every run",
      "应写明日期，如 2026-12-01 20:00：从现在起算的时间每次运行都不同"))
  end
  local value, wrong = cell.value(field, text, { now = not self.absolute and self.now or nil })
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
        row.warnings[#row.warnings + 1] = both("%s may be too long: the platform may count %d, and "
          .. "takes %d (each character beyond ASCII 2, emoji more)",
          "%s 可能过长：平台可能计为 %d，上限为 %d（非 ASCII 字符计 2，emoji 更多）"):format(field.name,
          most, field.units[2])
      end
    end
  end
end

-- The checks of the call itself.
local function check_call(self, row)
  local _, err = request.build(self.entry, row.params, self.context)
  for _, problem in ipairs(err and (err.problems or { err }) or {}) do
    if not row.doubtful[problem.field] then
      M.report(row, sentence.listed { problem })
    end
  end
  warn_of_length(self, row)
end

--- The problem of a row with more cells than the heading.
---@param cells integer
---@param columns integer
---@return wxlive.Sentence
function M.too_many_cells(cells, columns)
  return both("the row has %d cells where the heading has %d; quote cells that hold a comma",
    "该行有 %d 格而表头有 %d 列，含逗号的格请加引号"):format(cells, columns)
end

--- The problem of a key that is not a field.
---@param name string
---@return wxlive.Sentence
function M.unknown_field(name)
  return both("there is no field called %s", "没有名为 %s 的字段"):format(text_of.quote(name))
end

--- Reads the cells of a row of CSV.
---@param self wxlive.sheet.Reader
---@param row table   see wxlive.sheet.Reader.next
function M.read_cells(self, row)
  if #row.cells > #self.columns then
    return M.report(row, M.too_many_cells(#row.cells, #self.columns))
  end
  for i, column in ipairs(self.columns) do
    local text = text_of.trim(row.cells[i] or "")
    if text ~= "" and column.blank then
      M.report(row, both("%s stands in column %d, which has no name", "%s 在第 %d 列，该列没有列名")
        :format(text_of.quote(text), i))
    elseif text ~= "" and not column.field.ignored then
      read_cell(self, row, column, text)
    end
  end
  check_call(self, row)
end

--- Reads the object of a JSON line.
---@param self wxlive.sheet.Reader
---@param row table   see wxlive.sheet.Reader.next
function M.read_object(self, row)
  local unknown = 0
  for key, value in pairs(row.object) do
    local name = text_of.trim(tostring(key))
    local field, extra = self.entry.known[name], self.extra[name]
    local own = extra and (extra.column or name) or field and field.name
    if not own then
      unknown = unknown + 1
      if unknown <= NAMED then
        M.report(row, M.unknown_field(name))
      end
    elseif (extra and row.extra or row.params)[own] ~= nil then
      doubt(row, own, both("is there twice", "出现了两次"))
    else
      take(self, row, own, extra or field, extra ~= nil, text_of.trimmed(value))
    end
  end
  if unknown > NAMED then
    M.report(row, both("%d more fields are not known", "另有 %d 个字段无法识别")
      :format(unknown - NAMED))
  end
  check_call(self, row)
end

return M
