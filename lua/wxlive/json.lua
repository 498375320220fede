--- All JSON of the project, over the reader and writer of the core.
--
-- Whole numbers come back as integers (on 5.4) and leave as digits. What the interpreter cannot
-- hold exactly comes back as the text of its digits (beyond 2^63 - 1, on LuaJIT beyond 2^53), and
-- is refused as a number on the way out. Text leaves as raw UTF-8: the platform refuses \u escapes
-- of printable text (40033).
-- An empty Lua table is an object; `json.array(t)` marks a list, so that an empty one leaves as [].
local compat = require "wxlive.compat"
local core = require "wxlive.core"
local names = require "wxlive.names"

local M = {}

local default_depth = 64

--- JSON null, where it is all there is: inside of tables nulls disappear, because an absent field
--- and a null one mean the same to the platform.
M.null = core.json.null

local Array = { __name = "wxlive.json.array" }

local Digits = {
  __name = "wxlive.json.number",
  __tostring = function(digits)
    return digits[1]
  end,
}

--- Marks t (changed in place) as a list. Without it a table is a list when t[1] is there.
---@param t table?
---@return table
function M.array(t)
  return setmetatable(t or {}, Array)
end

--- The number that a text of digits stands for: as a number, where the interpreter holds it
--- exactly, else marked so that it is written as these digits without quotes. nil when the text is
--- no whole number.
---@param text string
---@return integer|table|nil
function M.number(text)
  return compat.to_integer(text) or text:find("^%-?[1-9]%d*$") and setmetatable({ text }, Digits)
    or nil
end

local read = core.json.reader {}

--- Decodes JSON text. nil and a one-line reason when it is not JSON; a bare null is JSON null.
--- limits, for text of strangers: the most bytes and the deepest nesting to accept.
---@param text string
---@param limits { max_bytes: integer?, max_depth: integer? }?
---@return any
---@return string? reason
function M.decode(text, limits)
  if limits and limits.max_bytes and #text > limits.max_bytes then
    return nil, ("longer than %d bytes"):format(limits.max_bytes)
  end
  return read(text, limits and limits.max_depth or default_depth)
end

--- A decoder of answers: as decode, but names come in our spelling, and by what the catalogue says
--- of a field ids in quotes become numbers and empty lists stay lists.
---@param whole table<string, boolean>   fields that hold whole numbers
---@param lists table<string, boolean>   fields that hold lists
---@return fun(text: string): any, string?
function M.decoder(whole, lists)
  local read_answer = core.json.reader {
    names = names.memo, whole = whole, lists = lists, list_meta = Array,
  }
  return function(text)
    return read_answer(text, default_depth)
  end
end

local write, write_record = core.json.writer(Array, Digits)

--- JSON text with keys in sorted order, so that equal values give equal bytes.
---@type fun(value: any): string?, string?
M.encode = write

--- JSON text of an object whose keys are known beforehand: keys = { '"wireName":', "name", ... }
--- in the order in which they are to be written. What values does not hold is left out.
---@type fun(keys: string[], values: table<string, any>): string?, string?
M.encode_record = write_record

return M
