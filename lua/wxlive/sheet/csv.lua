--- Comma-separated sheets (RFC 4180), read row by row in flat memory, and written.
--
-- The reader takes what spreadsheet programs save: byte order marks, LF, CRLF or CR, a semicolon,
-- tab or bar in place of the comma, a first line "sep=;", quoted cells that hold separators, line
-- breaks and doubled quotes. Empty cells at the end of a row mean nothing and are left out. A
-- mistake is reported with its line.
local compat = require "wxlive.base.compat"
local files = require "wxlive.sheet.file"
local options = require "wxlive.base.options"
local both = require("wxlive.text.sentence").both
local text_of = require "wxlive.text"

local M = {}

-- The style of a sheet: files that are written beside it have the same style, for the same program.
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

-- In how many bytes at the beginning the separator is looked for.
local SNIFF = 4096

local QUOTE = 34

local function bad(self, line, message, hint, hint_zh)
  local _
  _, self.failed = files.bad(self.path, line, message, hint, hint_zh)
  return nil, self.failed
end

local separators = { ",", ";", "\t", "|" }

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

-- The first line decides, or a later one that has three separators or more: a title above the
-- heading has few or none.
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

local SAVE, SAVE_ZH = "save it as CSV UTF-8", "请另存为“CSV UTF-8（逗号分隔）”"

local function begin(self)
  local head, style = self.source:peek(SNIFF), self.style
  local wrong = files.foreign(head)
  if wrong then
    return bad(self, 1, wrong, SAVE, SAVE_ZH)
  end
  local at = files.behind_marks(head)
  style.bom = at > 1
  self.source:skip(at - 1)
  head = head:sub(at)
  if head:find("^%s*[%[{]") then
    return bad(self, 1, both("the file is JSON", "文件是 JSON"), "write one object a line, in a file "
      .. "whose name ends in .jsonl", "请每行写一个对象，并以 .jsonl 为扩展名")
  end
  style.separator = (head .. "\n"):match('^"?[sS][eE][pP]=([,;\t|])"?[\r\n]')
  style.sep_line = style.separator ~= nil
  if style.sep_line then
    self.source:read()
    self.line = 2
  else
    style.separator = separator_of(head)
  end
  self.begun = true
  return true
end

-- The lines of the next row: more than one where a quoted cell holds line ends. Gives their text,
-- how many they are, and whether there is more of the row than may be.
local function next_lines(self)
  local parts, quotes, bytes, count = {}, 0, 0, 0
  local line, ending
  repeat
    line, ending = self.source:read()
    if line then
      parts[#parts + 1], parts[#parts + 2] = line, ending or ""
      count, bytes = count + 1, bytes + #line
      quotes = quotes + (line:find('"', 1, true) and select(2, line:gsub('"', '"')) or 0)
    end
  until quotes % 2 == 0 or not ending or bytes > files.ROW_MAX
  if not parts[1] then
    return nil
  elseif parts[#parts] ~= "" then
    self.style.line_end = self.style.line_end or (parts[#parts] == "\r\n" and "\r\n" or "\n")
  end
  parts[#parts] = nil
  return table.concat(parts), count, line ~= nil and not ending or bytes > files.ROW_MAX
end

-- Where the quote is that closes a cell whose text begins at `at`; nil when there is none.
local function closing_quote(text, at)
  while true do
    local stop = text:find('"', at, true)
    if not stop or text:byte(stop + 1) ~= QUOTE then
      return stop
    end
    at = stop + 2
  end
end

local function lines_in(text)
  return select(2, text:gsub("\r\n", "\n"):gsub("[\r\n]", ""))
end

local function too_large(self)
  return bad(self, self.line, both("a row of more than 1 MB; is a quote not closed?",
    "该行超过 1 MB，可能是引号没有闭合"), "close the quote that is opened in this row",
    "请检查该行的引号是否闭合")
end

-- Beyond ASCII, GBK has pairs of bytes only.
local function may_be_gbk(text)
  return not text:gsub("[\129-\254][\64-\126\128-\254]", ""):find("[\128-\255]")
end

-- One cell that begins at `at`. Gives its text, and where what follows it begins.
local function read_cell(self, text, at, large)
  local function wrong(...)
    return bad(self, self.line + lines_in(text:sub(1, at - 1)), ...)
  end
  local value, behind
  if text:byte(at) == QUOTE then
    local stop = closing_quote(text, at + 1)
    if not stop and large then
      return too_large(self)
    elseif not stop then
      return wrong(both("a quote is opened here and never closed", "此处的引号没有闭合"),
        "close it, or double the quotes inside the cell", "请补上引号，或将内部引号双写")
    end
    value, behind = text:sub(at + 1, stop - 1):gsub('""', '"'), stop + 1
    if behind <= #text and text:sub(behind, behind) ~= self.style.separator then
      return wrong(both("text behind the closing quote of a cell", "单元格的结束引号之后还有文本"),
        "double the quotes inside a cell", "单元格内的引号请双写")
    end
  else
    behind = text:find(self.style.separator, at, true) or #text + 1
    value = text:sub(at, behind - 1)
    if value:find('^="') then
      return wrong(both('a formula (="...") in place of text', '单元格是公式（="..."），不是文本'),
        "save the sheet with values in place of formulas", "请将公式转为值后再保存")
    elseif value:find('"', 1, true) then
      return wrong(both("a quote in the middle of a cell", "单元格中间出现引号"),
        "put the whole cell in quotes and double the ones inside", "请将整格加引号，内部引号双写")
    end
  end
  if not text_of.width(value) then
    return wrong(both("the text is not UTF-8%s", "文本不是 UTF-8 编码%s"):format(may_be_gbk(value)
      and both("; the file seems to be GBK", "，文件似乎是 GBK 编码") or ""), SAVE, SAVE_ZH)
  elseif value:find("%z") then
    return wrong(both("a NUL byte: the file is damaged, or is not text",
      "含有 NUL 字节：文件已损坏，或不是文本"), SAVE, SAVE_ZH)
  end
  return value, behind
end

-- The cells of one row, without the empty ones at its end.
local function read_row(self, text, large)
  local cells, count, filled, at = {}, 0, 0, 0
  repeat
    local value, behind = read_cell(self, text, at + 1, large)
    if not value then
      return nil, behind
    end
    count, at = count + 1, behind
    if count > CELLS_MAX then
      return bad(self, self.line, both("a row of more than %d cells", "该行超过 %d 格")
        :format(CELLS_MAX))
    end
    cells[count] = value
    if text_of.trim(value) ~= "" then
      filled = count
    end
  until at > #text
  if large then
    return too_large(self)
  end
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
  for text, count, large in next_lines, self do
    local cells, err = read_row(self, text, large)
    if not cells then
      return nil, err
    end
    local line = self.line
    self.line = line + count
    if cells[1] then
      return cells, line
    end
  end
  return nil
end

--- Closes the file. Idempotent.
function Reader:close()
  self.source:close()
end

local function new(source, path)
  return setmetatable({ source = source, path = path, line = 1, style = {} }, Reader)
end

--- Reads rows out of chunks of text that a function gives (as io.read does).
---@param source fun(n: integer): string?
---@param name string   for messages
---@return wxlive.sheet.Csv
function M.reader(source, name)
  return new(files.text(source), name)
end

--- Opens a sheet.
---@param path string
---@return wxlive.sheet.Csv? reader
---@return wxlive.Error? err
M.open = options.checked("wxlive.sheet.csv.open", { "path", "string" }, function(path)
  local source, err = files.open(path)
  if not source then
    return nil, err
  end
  return new(source, path)
end)

--- Finds the style of a sheet, for a file that the same program is to open; plain CSV when the
--- sheet cannot be read.
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

-- Characters that could be taken for a separator, or that are invisible, need quotes.
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
