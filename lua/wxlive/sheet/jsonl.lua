--- Sheets of JSON lines: one object a line, read line by line in flat memory.
local files = require "wxlive.sheet.file"
local json = require "wxlive.json"
local text_of = require "wxlive.text"

local M = {}

---@class wxlive.sheet.Lines
local Reader = {}
Reader.__index = Reader
Reader.__name = "wxlive.sheet.Lines"

--- Opens a file of JSON lines.
---@param path string
---@return wxlive.sheet.Lines? reader
---@return wxlive.Error? err
function M.open(path)
  local source, err = files.open(path)
  if not source then
    return nil, err
  end
  return setmetatable({ source = source, path = path, line = 0 }, Reader)
end

--- The next object; nil at the end; nil and the error when the file cannot be read any further.
--- Lines without any text are left out.
---@return { line: integer, text: string, object: table?, wrong: string? }? record
---@return wxlive.Error? err
function Reader:read()
  local text, ending
  repeat
    text, ending = self.source:read()
    if not text then
      return nil
    end
    self.line = self.line + 1
    local what, what_zh = nil, nil
    if self.line == 1 then
      what, what_zh = files.foreign(text)
    end
    if what then
      return files.bad(self.path, 1, "the file is " .. what, "save it as UTF-8",
        ("文件是 %s，请另存为 UTF-8"):format(what_zh))
    elseif not ending then
      return files.bad(self.path, self.line, "a line of more than 1 MB",
        "write one object a line", "请每行写一个 JSON 对象")
    end
    text = text_of.trim(text)
  until text ~= ""
  local object, reason = json.decode(text)
  if type(object) ~= "table" or object[1] ~= nil then
    return {
      line = self.line, text = text,
      wrong = "the line is not a JSON object" .. (reason and ": " .. reason or ""),
    }
  end
  return { line = self.line, text = text, object = object }
end

--- Closes the file. Idempotent.
function Reader:close()
  self.source:close()
end

return M
