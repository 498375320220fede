--- Comma-separated sheets (RFC 4180), read row by row in flat memory and written.
--
-- Takes what spreadsheet programs save: a byte order mark, LF, CRLF or CR, quoted cells that hold
-- commas, line breaks and doubled quotes. What is wrong is said with its line.
local compat = require "wxlive.compat"
local core = require "wxlive.core"
local Error = require "wxlive.error"
local textwidth = require "wxlive.text"

local M = {}

---@class wxlive.sheet.Csv
local Reader = {}
Reader.__index = Reader
Reader.__name = "wxlive.sheet.Csv"

local CHUNK = 65536

-- A row larger than this is a quote that was never closed.
local ROW_MAX = 1048576

local function bad(self, line, message, hint, hint_zh)
  self.failed = Error.new {
    kind = "invalid", name = "bad_sheet", sent = false, line = line, file = self.path,
    message = ("%s:%d: %s"):format(self.path, line, message), hint = hint, hint_zh = hint_zh,
  }
  return nil, self.failed
end

-- More bytes behind what is left; false at the end of the file.
local function fill(self)
  local more = self.source(CHUNK)
  if not more or more == "" then
    self.ended = true
    return false
  end
  self.text = self.text:sub(self.at) .. more
  self.at = 1
  return true
end

local function begin(self)
  self.begun = true
  while #self.text < 4 and fill(self) do -- luacheck: ignore 542
  end
  local head = self.text
  self.text = core.text.without_bom(head)
  if head:find("^\255\254") or head:find("^\254\255") or head:find("^.%z") then
    return bad(self, 1, "the file is UTF-16", "save it as CSV UTF-8",
      "请另存为“CSV UTF-8（逗号分隔）”")
  end
  return true
end

-- One cell that begins at self.at. Gives its text and what follows: ",", "\n" or "" at the end.
local function cell(self, line)
  if self.at > #self.text and not self.ended then
    fill(self)
  end
  local text, at = self.text, self.at
  if text:byte(at) ~= 34 then
    while true do
      local stop = text:find('[,\r\n"]', at)
      if stop and text:byte(stop) == 34 then
        return bad(self, line, 'a quote in the middle of a cell',
          'put the whole cell in quotes and double the ones inside', "请将整格加引号，内部引号双写")
      elseif stop and not (text:byte(stop) == 13 and stop == #text and not self.ended) then
        local after = text:byte(stop)
        local value = text:sub(self.at, stop - 1)
        if after == 13 and text:byte(stop + 1) == 10 then
          stop = stop + 1
        end
        self.at = stop + 1
        return value, after == 44 and "," or "\n"
      elseif self.ended then
        self.at = #text + 1
        return text:sub(at), ""
      end
      fill(self)
      text, at = self.text, self.at
    end
  end
  local parts, from = {}, at + 1
  while true do
    local stop = text:find('"', from, true)
    if stop and (stop < #text or self.ended) then
      parts[#parts + 1] = text:sub(from, stop - 1)
      local after = text:byte(stop + 1)
      if after == 34 then
        parts[#parts + 1] = '"'
        from = stop + 2
      elseif after == 13 and stop + 1 == #text and not self.ended then
        -- whether a line feed belongs to it is in the next chunk
        parts[#parts] = nil
        local keep = from - self.at
        fill(self)
        text, from = self.text, self.at + keep
      else
        self.at = stop + 2
        if after == 44 then
          return table.concat(parts), ","
        elseif after == nil then
          return table.concat(parts), ""
        elseif after == 10 then
          return table.concat(parts), "\n"
        elseif after == 13 then
          if text:byte(self.at) == 10 then
            self.at = self.at + 1
          end
          return table.concat(parts), "\n"
        end
        return bad(self, line, "text behind the closing quote of a cell",
          "double the quotes inside a cell", "单元格内的引号请双写")
      end
    elseif self.ended then
      return bad(self, line, "a quote is opened here and never closed",
        "close it, or double the quotes inside the cell", "请补上引号，或将内部引号双写")
    elseif #text - self.at > ROW_MAX then
      return bad(self, line, "a cell of more than 1 MB; is a quote not closed?",
        "close the quote that is opened in this row", "请检查该行的引号是否闭合")
    else
      local keep = from - self.at
      fill(self)
      text, from = self.text, self.at + keep
    end
  end
end

local function lines_in(value)
  local n = 0
  for _ in value:gsub("\r\n", "\n"):gmatch("[\r\n]") do
    n = n + 1
  end
  return n
end

--- The next row and the line that it begins on; nil at the end; nil and the error.
--- Rows without any text are passed over.
---@return string[]? cells
---@return integer|wxlive.Error|nil line
function Reader:read()
  if self.failed then
    return nil, self.failed
  elseif not self.begun then
    local ok, err = begin(self)
    if not ok then
      return nil, err
    end
  end
  while true do
    if self.at > #self.text and (self.ended or not fill(self)) then
      return nil
    end
    local cells, line, empty = {}, self.line, true
    repeat
      local value, after = cell(self, self.line)
      if not value then
        return nil, after
      elseif not textwidth.width(value) then
        return bad(self, self.line, "the text is not UTF-8; the file seems to be GBK",
          "save it as CSV UTF-8", "文件似乎是 GBK 编码，请另存为“CSV UTF-8（逗号分隔）”")
      elseif value:find("%z") then
        return bad(self, self.line, "a NUL byte")
      end
      cells[#cells + 1] = value
      empty = empty and not value:find("%S")
      self.line = self.line + lines_in(value) + (after == "\n" and 1 or 0)
    until after ~= ","
    if not empty then
      return cells, line
    end
  end
end

--- Closes the file. Idempotent.
function Reader:close()
  if self.file then
    self.file:close()
    self.file = nil
  end
  self.ended, self.text, self.at = true, "", 1
end

--- Reads rows out of chunks of text that a function gives (as io.read does).
---@param source fun(n: integer): string?
---@param name string   for messages
---@return wxlive.sheet.Csv
function M.reader(source, name)
  return setmetatable({ source = source, path = name, text = "", at = 1, line = 1 }, Reader)
end

--- Opens a sheet.
---@param path string
---@return wxlive.sheet.Csv? reader
---@return wxlive.Error? err
function M.open(path)
  local file, reason = io.open(path, "rb")
  local ok = file and file:read(0)
  if file and not ok and file:seek("end") ~= 0 then
    file:close()
    file, reason = nil, path .. ": it is not a file"
  end
  if not file then
    return Error.fail {
      kind = "invalid", name = "no_sheet", file = path, sent = false,
      message = "the sheet cannot be opened: " .. tostring(reason),
      hint = "check the path", hint_zh = "请检查文件路径",
    }
  end
  local reader = M.reader(function(n) return file:read(n) end, path)
  reader.file = file
  return reader
end

--- One line of a sheet, without its line end: cells are quoted where they must be.
---@param cells any[]
---@return string
function M.line(cells)
  local out = {}
  for i = 1, #cells do
    local text = compat.text(cells[i])
    if text:find('[,"\r\n]') or text:find("^%s") or text:find("%s$") then
      text = '"' .. text:gsub('"', '""') .. '"'
    end
    out[i] = text
  end
  return table.concat(out, ",")
end

return M
