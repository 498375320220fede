--- The values that a field may have: a list of texts, or a table value -> { English, Chinese }.
local tables = require "wxlive.base.tables"

local M = {}

---@alias wxlive.Allowed string[]|table<integer, string[]>

--- The values in order, with the words of each where there are any.
---@param allowed wxlive.Allowed
---@return { value: string|integer, words: string[]? }[]
function M.list(allowed)
  if type(allowed[1]) == "string" then
    return tables.map(allowed, function(value) return { value = value } end)
  end
  return tables.map(tables.keys(allowed), function(value)
    return { value = value, words = allowed[value] }
  end)
end

--- The values for people: "0 (open), 1 (closed)", "0（开启）、1（关闭）".
---@param allowed wxlive.Allowed
---@param is_chinese boolean?   default false
---@return string
function M.text(allowed, is_chinese)
  local parts = {}
  for i, one in ipairs(M.list(allowed)) do
    parts[i] = one.words and (is_chinese and "%d（%s）" or "%d (%s)")
      :format(one.value, one.words[is_chinese and 2 or 1]) or one.value
  end
  return table.concat(parts, is_chinese and "、" or ", ")
end

--- The value that a word in either language stands for: "closed" and "关闭" are 1.
---@param allowed wxlive.Allowed
---@param word string
---@return integer?
function M.by_word(allowed, word)
  local wanted = word:lower()
  local one = tables.find(M.list(allowed), function(item)
    return item.words and (item.words[1] == wanted or item.words[2] == word)
  end)
  return one and one.value
end

--- Whether a value is one of them.
---@param allowed wxlive.Allowed
---@param value any
---@return boolean
function M.has(allowed, value)
  return tables.find(M.list(allowed), function(one) return one.value == value end) ~= nil
end

return M
