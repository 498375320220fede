--- Comma-separated sheets (RFC 4180), read row by row in flat memory, and written.
--
-- The reader takes what spreadsheet programs save: byte order marks, LF, CRLF or CR, a semicolon or
-- tab in place of the comma, a first line "sep=;", quoted cells that hold separators, line breaks
-- and doubled quotes. Empty cells at the end of a row mean nothing and are left out. A mistake is
-- reported with its line.
local compat = require "wxlive.base.compat"
local files = require "wxlive.sheet.file"
local text_of = require "wxlive.text"

local M = {}

-- How a sheet is written: what is written beside it, for the same program, is written alike.
---@class wxlive.sheet.Style
---@field bom boolean         it begins with a byte order mark
---@field separator string
---@field line_end string
---@field sep_line boolean    its first line names the separator

---@class wxlive.sheet.Csv
---@field style wxlive.sheet.Style   known once a row has been read
local Reader = {}
Reader.__index = Reader
Reader.__name = "wxlive.sheet.Csv"

-- As many columns as Excel has.
local CELLS_MAX = 16384

-- The separator is looked for in so many bytes at the beginning.
local SNIFF = 4096

local QUOTE, CR, LF = 34, 13, 10

local function bad(self, line, message, hint, hint_zh)
  local _
  _, self.failed = files.bad(self.path, line, message, hint, hint_zh)
  return nil, self.failed
end

-- More bytes behind what is left; false at the end of the file.
local function fill(self)
  local more = self.source(files.CHUNK)
  if not more or more == "" then
    self.ended = true
    return false
  end
  self.text = self.text:sub(self.at) .. more
  self.at = 1
  return true
end

local separators = { ",", ";", "\t" }

-- The separator of a line that has any, and how many of them.
local function most_frequent(line)
  local best, most = nil, 0
  for _, separator in ipairs(separators) do
    local _, count = line:gsub(separator, "")
    if count > most then
      best, most = separator, count
    end
  end
  return best, most
end

-- The heading names the separator by using it. A title above it has none or few; one column alone
-- has none.
local function separator_of(head)
  local first = true
  for line in head:gsub('"[^"]*"', ""):gmatch("[^\r\n]+") do
    local separator, count = most_frequent(line)
    if separator and (first or count >= 3) then
      return separator
    end
    first = false
  end
  return ","
end

local function begin(self)
  while #self.text < SNIFF and fill(self) do -- luacheck: ignore 542
  end
  local what, what_zh = files.foreign(self.text)
  if what then
    return bad(self, 1, "the file is " .. what, "save it as CSV UTF-8",
      ("文件是 %s，请另存为“CSV UTF-8（逗号分隔）”"):format(what_zh))
  end
  local style = self.style
  self.at = files.behind_marks(self.text)
  style.bom = self.at > 1
  local head = self.text:sub(self.at, self.at + SNIFF - 1)
  local line, separator = head:match('^("?[sS][eE][pP]=([,;\t|])"?\r?\n?)')
  if line and (line:find("\n$") or #line == #head) then
    style.separator, style.sep_line = separator, true
    self.at, self.line = self.at + #line, 2
  else
    style.separator = separator_of(head)
  end
  self.stops = "[" .. style.separator .. '\r\n"]'
  self.begun = true
  return true
end

local function too_large(self)
  return bad(self, self.line, "a row of more than 1 MB; is a quote not closed?",
    "close the quote that is opened in this row", "请检查该行的引号是否闭合")
end

-- Moves behind the separator or line end at byte `at`. Gives which it was; "" at the end.
local function pass(self, at)
  local byte = self.text:byte(at)
  self.at = at + 1
  if byte == CR and self.text:byte(at + 1) == LF then
    self.at = at + 2
  end
  if not byte then
    return ""
  elseif byte ~= CR and byte ~= LF then
    return ","
  end
  self.style.line_end = self.style.line_end or (self.at == at + 2 and "\r\n" or "\n")
  return "\n"
end

-- Whether the byte at `at` may be the first half of a line end that the next chunk completes.
local function is_cut(self, at)
  return self.text:byte(at) == CR and at == #self.text and not self.ended
end

local function read_plain(self)
  local from = self.at
  while true do
    local stop = self.text:find(self.stops, from)
    if (stop or #self.text) - self.at > files.ROW_MAX then
      return too_large(self)
    elseif stop and self.text:byte(stop) == QUOTE then
      if self.text:sub(self.at, stop) == '="' then
        return bad(self, self.line, 'a formula (="...") in place of text',
          "save the sheet with values in place of formulas", "请将公式转为值后再保存")
      end
      return bad(self, self.line, "a quote in the middle of a cell",
        "put the whole cell in quotes and double the ones inside", "请将整格加引号，内部引号双写")
    elseif stop and not is_cut(self, stop) or self.ended then
      stop = stop or #self.text + 1
      local value = self.text:sub(self.at, stop - 1)
      return value, pass(self, stop)
    end
    local keep = (stop or #self.text + 1) - self.at
    fill(self)
    from = self.at + keep
  end
end

-- Where the quote that closes a cell is; the cell begins at self.at. nil and the error when there
-- is none.
local function closing_quote(self)
  local from = self.at + 1
  while true do
    local stop = self.text:find('"', from, true)
    local cut = not stop or stop == #self.text or is_cut(self, stop + 1)
    if not cut or (stop and self.ended) then
      if self.text:byte(stop + 1) ~= QUOTE then
        return stop
      end
      from = stop + 2
    elseif self.ended then
      return bad(self, self.line, "a quote is opened here and never closed",
        "close it, or double the quotes inside the cell", "请补上引号，或将内部引号双写")
    elseif #self.text - self.at > files.ROW_MAX then
      return too_large(self)
    else
      local keep = (stop or #self.text + 1) - self.at
      fill(self)
      from = self.at + keep
    end
  end
end

local function read_quoted(self)
  local stop, err = closing_quote(self)
  if not stop then
    return nil, err
  end
  local value = self.text:sub(self.at + 1, stop - 1):gsub('""', '"')
  if stop < #self.text and not self.text:find("^" .. self.stops, stop + 1) then
    return bad(self, self.line, "text behind the closing quote of a cell",
      "double the quotes inside a cell", "单元格内的引号请双写")
  end
  return value, pass(self, stop + 1)
end

-- One cell that begins at self.at. Gives its text and what follows: ",", "\n" or "" at the end.
local function read_cell(self)
  if self.at > #self.text and not self.ended then
    fill(self)
  end
  local value, after
  if self.text:byte(self.at) == QUOTE then
    value, after = read_quoted(self)
  else
    value, after = read_plain(self)
  end
  if not value then
    return nil, after
  elseif not text_of.width(value) then
    return bad(self, self.line, "the text is not UTF-8; the file seems to be GBK",
      "save it as CSV UTF-8", "文件似乎是 GBK 编码，请另存为“CSV UTF-8（逗号分隔）”")
  elseif value:find("%z") then
    return bad(self, self.line, "a NUL byte")
  end
  return value, after
end

local function lines_in(value)
  local _, n = value:gsub("\r\n", "\n"):gsub("[\r\n]", "")
  return n
end

-- One row, without the empty cells at its end.
local function read_row(self)
  local cells, count, filled, bytes = {}, 0, 0, 0
  repeat
    local value, after = read_cell(self)
    if not value then
      return nil, after
    end
    count, bytes = count + 1, bytes + #value
    if count > CELLS_MAX then
      return bad(self, self.line, ("a row of more than %d cells"):format(CELLS_MAX))
    elseif bytes > files.ROW_MAX then
      return too_large(self)
    end
    cells[count] = value
    if text_of.trim(value) ~= "" then
      filled = count
    end
    self.line = self.line + lines_in(value) + (after == "\n" and 1 or 0)
  until after ~= ","
  for i = count, filled + 1, -1 do
    cells[i] = nil
  end
  return cells
end

--- The next row and the line that it begins on; nil at the end; nil and the error.
--- Rows without any text are left out, and so are empty cells at the end of a row.
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
  while self.at <= #self.text or not self.ended and fill(self) do
    local line = self.line
    local cells, err = read_row(self)
    if not cells then
      return nil, err
    elseif cells[1] then
      return cells, line
    end
  end
  return nil
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
  return setmetatable({
    source = source, path = name, text = "", at = 1, line = 1, style = {},
  }, Reader)
end

--- Opens a sheet.
---@param path string
---@return wxlive.sheet.Csv? reader
---@return wxlive.Error? err
function M.open(path)
  local file, err = files.open(path)
  if not file then
    return nil, err
  end
  local reader = M.reader(function(n) return file:read(n) end, path)
  reader.file = file
  return reader
end

--- How a sheet is written, for a file that the same program shall open; plain CSV when it cannot be
--- read.
---@param path string
---@return wxlive.sheet.Style
function M.style_of(path)
  local reader = M.open(path)
  if not reader then
    return {}
  end
  reader:read()
  reader:close()
  return reader.style
end

--- What stands before the first row of a sheet of this style.
---@param style wxlive.sheet.Style?
---@return string
function M.head(style)
  style = style or {}
  return (style.bom and files.BOM or "")
    .. (style.sep_line and "sep=" .. style.separator .. (style.line_end or "\n") or "")
end

--- One row of a sheet with its line end.
---@param cells any[]
---@param style wxlive.sheet.Style?
---@return string
function M.row(cells, style)
  return M.line(cells, style) .. (style and style.line_end or "\n")
end

-- Whatever could be taken for a separator, or would not be seen, is put in quotes.
local function quoted(text)
  if text:find('[,;\t|"\r\n]') or text:find("^[sS][eE][pP]=") or text_of.trim(text) ~= text then
    return '"' .. text:gsub('"', '""') .. '"'
  end
  return text
end

--- One row of a sheet without its line end: cells are quoted where they must be.
---@param cells any[]
---@param style wxlive.sheet.Style?
---@return string
function M.line(cells, style)
  local out = {}
  for i = 1, #cells do
    out[i] = quoted(compat.text(cells[i]))
  end
  return table.concat(out, style and style.separator or ",")
end

return M
