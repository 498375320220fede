--- The file of a sheet: opened with a clear error, read line by line in flat memory, and what its
--- first bytes say.
local Error = require "wxlive.error"
local sentence = require "wxlive.text.sentence"

local M = {}

local both, compose = sentence.both, sentence.compose

-- Bytes that are read at a time.
local CHUNK = 65536

--- The most bytes of a row or line; a larger one means an unclosed quote, or that the file is not a
--- sheet.
M.ROW_MAX = 1048576

M.BOM = "\239\187\191"

--- The error of a sheet that cannot be read any further; its one problem holds the hint, too.
---@param path string
---@param line integer
---@param message wxlive.Sentence
---@param hint string?
---@param hint_zh string?
---@return nil
---@return wxlive.Error err
function M.bad(path, line, message, hint, hint_zh)
  local problem = sentence.split {
    line = line, message = sentence.join { message, hint and both(hint, hint_zh) },
  }
  return Error.fail {
    kind = "invalid", name = "bad_sheet", sent = false, line = line, file = path,
    message = compose(("%s:%d: "):format(path, line), message), hint = hint, hint_zh = hint_zh,
    problems = { problem },
  }
end

---@class wxlive.sheet.Text
local Text = {}
Text.__index = Text
Text.__name = "wxlive.sheet.Text"

--- Reads lines out of chunks of text that a function gives (as io.read does).
---@param source fun(n: integer): string?
---@param file file*?   what it reads from, to be closed
---@return wxlive.sheet.Text
function M.text(source, file)
  return setmetatable({ source = source, file = file, text = "", at = 1, ended = false }, Text)
end

-- More bytes behind what is left.
local function fill(self)
  local more = self.source(CHUNK)
  if not more or more == "" then
    self.ended = true
  else
    self.text, self.at = self.text:sub(self.at) .. more, 1
  end
end

--- What comes next: so many bytes of it, fewer at the end of the file.
---@param n integer
---@return string
function Text:peek(n)
  while #self.text - self.at + 1 < n and not self.ended do
    fill(self)
  end
  return self.text:sub(self.at, self.at + n - 1)
end

--- Passes over n bytes that were peeked at.
function Text:skip(n)
  self.at = self.at + n
end

--- The next line; nil at the end of the file.
---@return string? line
---@return string? ending   LF, CRLF or CR; "" at the end of the file; nil: the line is longer than
---  ROW_MAX, and this is the beginning of it
function Text:read()
  local from = self.at
  while true do
    local stop = self.text:find("[\r\n]", from)
    -- A CR at the end may be half of a line end that the next chunk completes.
    local whole = self.ended or stop and (stop < #self.text or self.text:byte(stop) == 10)
    if not stop and self.ended and self.at > #self.text then
      return nil
    elseif (stop or #self.text + 1) - self.at > M.ROW_MAX then
      return self.text:sub(self.at, self.at + M.ROW_MAX)
    elseif whole then
      local line = self.text:sub(self.at, (stop or 0) - 1)
      local ending = stop and self.text:match("^\r?\n?", stop) or ""
      self.at = self.at + #line + #ending
      return line, ending
    end
    local seen = (stop or #self.text + 1) - self.at
    fill(self)
    from = self.at + seen
  end
end

--- Closes the file. Idempotent.
function Text:close()
  if self.file then
    self.file:close()
  end
  self.file, self.ended, self.text, self.at = nil, true, "", 1
end

--- Opens a sheet for reading.
---@param path string
---@return wxlive.sheet.Text? text
---@return wxlive.Error? err
function M.open(path)
  local file, reason = io.open(path, "rb")
  local ok = file and file:read(0)
  if file and not ok and file:seek("end") ~= 0 then
    file:close()
    file, reason = nil, compose(path, both(": it is not a file", "：不是文件"))
  end
  if not file then
    return Error.fail {
      kind = "invalid", name = "no_sheet", file = path, sent = false,
      message = both("the sheet cannot be opened: %s", "无法打开表格：%s"):format(reason),
      hint = "check the path", hint_zh = "请检查文件路径",
    }
  end
  return M.text(function(n) return file:read(n) end, file)
end

--- Where the text of a file begins behind its byte order marks: a file may have two, from two
--- programs.
---@param head string
---@return integer at
function M.behind_marks(head)
  local at = 1
  while head:sub(at, at + 2) == M.BOM do
    at = at + 3
  end
  return at
end

local UTF16, UTF32 = both("UTF-16", " UTF-16 编码"), both("UTF-32", " UTF-32 编码")

-- How other programs' files begin, and what they are.
local foreign = {
  { "^PK[\3\5\7][\4\6\8]", both("an Excel workbook or another zip archive",
    " Excel 工作簿（.xlsx）或其他 zip 文件") },
  { "^\208\207\17\224", both("an Excel workbook of the old format",
    "旧版 Excel 工作簿（.xls）") },
  { "^%%PDF", both("a PDF document", " PDF 文档") },
  { "^%z%z%z%z", both("no text: it begins with NUL bytes", "非文本文件（以 NUL 字节开头）") },
  { "^\255\254%z%z", UTF32 }, { "^%z%z\254\255", UTF32 },
  { "^\255\254", UTF16 }, { "^\254\255", UTF16 }, { "^.%z", UTF16 }, { "^%z.", UTF16 },
}

--- Says that a file cannot be a sheet, by its first bytes; nil for a possible sheet.
---@param head string
---@return wxlive.Sentence? wrong
function M.foreign(head)
  for _, kind in ipairs(foreign) do
    if head:find(kind[1]) then
      return both("the file is %s", "文件是%s"):format(kind[2])
    end
  end
end

return M
