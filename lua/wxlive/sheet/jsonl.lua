--- Sheets of JSON lines: one object a line, read line by line in flat memory.
local files = require "wxlive.sheet.file"
local json = require "wxlive.json"
local reasons = require "wxlive.text.reasons"
local sentence = require "wxlive.text.sentence"
local text_of = require "wxlive.text"

local M = {}

local both, compose = sentence.both, sentence.compose

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
---@return { text: string, object: table?, wrong: wxlive.Sentence? }? record
---@return integer|wxlive.Error|nil line
function Reader:read()
  local text, ending
  repeat
    text, ending = self.source:read()
    if not text then
      return nil
    end
    self.line = self.line + 1
    local wrong = self.line == 1 and files.foreign(text)
    if wrong then
      return files.bad(self.path, 1, wrong, "save it as UTF-8", "请另存为 UTF-8")
    elseif not ending then
      return files.bad(self.path, self.line, both("a line of more than 1 MB", "该行超过 1 MB"),
        "write one object a line", "请每行写一个 JSON 对象")
    end
    text = text_of.trim(text)
    if self.line == 1 and text:find("^%[") then
      return files.bad(self.path, 1, both("the file is a JSON array", "文件是 JSON 数组"),
        "write one object a line, without brackets around them and commas between them",
        "请每行写一个对象，去掉外层方括号和行间逗号")
    end
  until text ~= ""
  local object, reason = json.decode(text)
  if type(object) ~= "table" or object[1] ~= nil then
    return {
      text = text, wrong = compose(both("the line is not a JSON object", "该行不是 JSON 对象"),
        reason and both(": ", "：") or "", reasons.of(reason or "")),
    }, self.line
  end
  return { text = text, object = object }, self.line
end

--- Closes the file. Idempotent.
function Reader:close()
  self.source:close()
end

return M
