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

--- Whether a file begins as UTF-16 does.
---@param head string
---@return boolean
function M.is_utf16(head)
  return head:find("^\255\254") ~= nil or head:find("^\254\255") ~= nil
    or head:find("^.%z") ~= nil or head:find("^%z.") ~= nil
end

return M
