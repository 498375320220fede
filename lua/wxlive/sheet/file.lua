--- The file of a sheet: opened with a clear error, read in chunks, and what its first bytes say.
local Error = require "wxlive.error"

local M = {}

--- Bytes that are read at a time.
M.CHUNK = 65536

--- The most bytes of a row or line; a larger one is a quote that was never closed, or no sheet.
M.ROW_MAX = 1048576

M.BOM = "\239\187\191"

--- The error of a sheet that cannot be read any further.
---@return nil
---@return wxlive.Error err
function M.bad(path, line, message, hint, hint_zh)
  return Error.fail {
    kind = "invalid", name = "bad_sheet", sent = false, line = line, file = path,
    message = ("%s:%d: %s"):format(path, line, message), hint = hint, hint_zh = hint_zh,
  }
end

--- Opens a sheet for reading.
---@param path string
---@return file*? file
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
  return file
end

--- Where the text of a file begins behind its byte order marks: programs that each put one there
--- have put two.
---@param head string
---@return integer at
function M.behind_marks(head)
  local at = 1
  while head:sub(at, at + 2) == M.BOM do
    at = at + 3
  end
  return at
end

-- How other programs' files begin, and what they are.
local foreign = {
  { "^PK[\3\5\7][\4\6\8]", "an Excel workbook or another zip archive",
    "Excel 工作簿（.xlsx）或其他 zip 文件" },
  { "^\208\207\17\224", "an Excel workbook of the old format", "旧版 Excel 工作簿（.xls）" },
  { "^%%PDF", "a PDF document", "PDF 文件" },
  { "^%z%z%z%z", "no text: it begins with NUL bytes", "不是文本，以 NUL 字节开头" },
  { "^\255\254", "UTF-16", "UTF-16 编码" }, { "^\254\255", "UTF-16", "UTF-16 编码" },
  { "^.%z", "UTF-16", "UTF-16 编码" }, { "^%z.", "UTF-16", "UTF-16 编码" },
}

--- What a file is that a sheet cannot be, by its first bytes; nil for one that may be a sheet.
---@param head string
---@return string? what
---@return string? what_zh
function M.foreign(head)
  for _, kind in ipairs(foreign) do
    if head:find(kind[1]) then
      return kind[2], kind[3]
    end
  end
end

return M
