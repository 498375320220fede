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
  local file, err = files.open(path)
  if not file then
    return nil, err
  end
  return setmetatable({ file = file, path = path, text = "", at = 1, line = 0 }, Reader)
end

local function fill(self)
  local more = self.file:read(files.CHUNK)
  if not more then
    self.ended = true
    return false
  end
  self.text = self.text:sub(self.at) .. more
  self.at = 1
  return true
end

-- The next line without its end; nil at the end of the file; nil and the error.
local function read_line(self)
  local from = self.at
  while true do
    local stop = self.text:find("\n", from, true)
    if (stop or #self.text) - self.at > files.ROW_MAX then
      return files.bad(self.path, self.line + 1, "a line of more than 1 MB",
        "write one object a line", "请每行写一个 JSON 对象")
    elseif stop or self.ended then
      if not stop and self.at > #self.text then
        return nil
      end
      local line = self.text:sub(self.at, (stop or #self.text + 1) - 1)
      self.at, self.line = (stop or #self.text) + 1, self.line + 1
      return line
    end
    local keep = #self.text + 1 - self.at
    fill(self)
    from = self.at + keep
  end
end

--- The next object; nil at the end; nil and the error when the file cannot be read any further.
--- Lines without any text are left out.
---@return { line: integer, text: string, object: table?, wrong: string? }? record
---@return wxlive.Error? err
function Reader:read()
  local text, err
  repeat
    text, err = read_line(self)
    if not text then
      return nil, err
    end
    local what, what_zh = nil, nil
    if self.line == 1 then
      what, what_zh = files.foreign(text)
    end
    if what then
      return files.bad(self.path, 1, "the file is " .. what, "save it as UTF-8",
        ("文件是 %s，请另存为 UTF-8"):format(what_zh))
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
  if self.file then
    self.file:close()
    self.file = nil
  end
end

return M
