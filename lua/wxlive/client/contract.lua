--- The contract of answers: which fields the answer of each endpoint must hold, compiled once from
--- the catalogue. Pure.
--
-- The platform is known to report failure for work that it did; its successes are checked, too: an
-- answer without an errcode, but also without the id that the call is for, is not a success. Lists
-- that may be absent become empty ones, so that callers need not check.
--
-- The core's reader checks an answer while it reads it (core/lua/json/shape.c). It returns the
-- first fault as data; this file words it.
local compat = require "wxlive.base.compat"
local json = require "wxlive.json"
local sentence = require "wxlive.text.sentence"
local tables = require "wxlive.base.tables"

local M = {}

local both, compose = sentence.both, sentence.compose

local MISSING = both(" is missing", " 缺失")
local TOO_SMALL = both(" is too small", " 过小")
local EMPTY = both("empty", "空值")

local kinds = {
  id = both("an id", "id"), integer = both("a whole number", "整数"),
  number = both("a number", "数字"), string = both("a text", "文本"),
  cursor = both("a cursor", "游标"), object = both("an object", "对象"),
  list = both("a list", "数组"),
}

-- What a value is that is not what was wanted. Where an object was wanted and there is one, it was
-- empty; it may have been given its absent lists since.
local function describe(value, wanted)
  if type(value) == "table" then
    if json.is_array(value) then
      return value[1] == nil and EMPTY or kinds.list
    end
    return (wanted == "object" or next(value) == nil) and EMPTY or kinds.object
  elseif value == "" then
    return both("an empty text", "空文本")
  elseif type(value) == "number" then
    return compat.is_integer(value) and kinds.integer or kinds.number
  elseif type(value) == "string" then
    return kinds.string
  elseif type(value) == "boolean" then
    return tostring(value)
  end
  return "null"
end

-- The fields as the core's reader takes them. Those that need not have their type have none.
local function shape_of(fields)
  local shape = {}
  for i, field in ipairs(fields) do
    local kind = field.id and "id" or field.type
    local list = kind == "list"
    local typed = field.must or field.typed or list
    shape[i] = {
      name = field.name, must = field.must, type = typed and kind or nil,
      whole = field.type == "integer", may_be_empty = field.may_be_empty, digits = field.digits,
      least = field.min, fields = field.fields and shape_of(field.fields),
      element = list and (field.fields and "object" or field.of or "string") or nil,
    }
  end
  return shape
end

-- The name of the field at fault, and what is wrong with it.
local function explain(short)
  local names, where, label, numbered = {}, "", nil, false
  for i = #short, 1, -1 do
    local step = short[i]
    if type(step) == "number" then
      label, numbered = ("%s[%d]"):format(label, step), true
    else
      where = numbered and where .. label .. ": " or where
      names[#names + 1], label, numbered = step, step, false
    end
  end
  local problem, wanted = MISSING, kinds[short.wanted]
  if wanted then
    local given = describe(short.value, short.wanted)
    problem = given == wanted and TOO_SMALL
      or both(" is %s, not %s", " 是%s，应为%s"):format(given, wanted)
  end
  return table.concat(names, "."), compose(where, label, problem)
end

---@class wxlive.Contract
---@field private any string[]?     fields of which an answer must hold at least one
---@field private lists string[]
---@field open boolean               an answer that the core finds right is not all right yet
---@field private known table<string, boolean>?   of an endpoint whose answer need not hold any
---  field: those that it may hold
---@field read fun(body: string): any, string?, table?   the answer | nil, why it is not JSON; and
---  what falls short, for `check`
local Contract = { __name = "wxlive.Contract" }
Contract.__index = Contract

--- Compiles an endpoint's contract.
---@param entry table   of the catalogue
---@return wxlive.Contract
function M.of(entry)
  local shape = shape_of(entry.result)
  local lists = tables.column(tables.only(entry.result, function(field)
    return field.type == "list"
  end), "name")
  shape[#shape + 1] = { name = "errcode", whole = true }
  local needs = entry.result_any or tables.find(entry.result, function(field) return field.must end)
  return setmetatable({
    known = not needs and tables.set(tables.column(entry.result, "name")) or nil,
    read = json.answer_decoder(shape), lists = lists, any = entry.result_any,
    open = entry.result_any ~= nil or lists[1] ~= nil,
  }, Contract)
end

local function lacks_all(names, answer)
  for _, name in ipairs(names) do
    local value = answer[name]
    if value ~= nil and not (json.is_array(value) and value[1] == nil) then
      return false
    end
  end
  return true
end

--- Whether an answer that reports no failure holds what it must.
---@param answer table   its absent lists become empty ones
---@param short table?   as read gave it
---@return string? name     of the field at fault; nil: all is as it must be
---@return wxlive.Sentence? problem
function Contract:check(answer, short)
  if short then
    return explain(short)
  end
  self:fill(answer)
  local any = self.any
  if any and lacks_all(any, answer) then
    return any[1], compose(any[1], MISSING)
  end
end

--- Whether an answer without an errcode is not the platform's: it need not hold any field, but has
--- only fields that the platform does not give, such as a gateway's {"errCode":-1} or {"ret":-1}.
---@param answer table
---@return boolean
function Contract:is_strange(answer)
  local known = self.known
  if not known or next(answer) == nil then
    return false
  end
  for name in pairs(answer) do
    if known[name] then
      return false
    end
  end
  return true
end

--- Gives an answer the lists that it lacks.
---@param answer table   changed
---@return table answer
function Contract:fill(answer)
  local lists = self.lists
  for i = 1, #lists do
    if answer[lists[i]] == nil then
      answer[lists[i]] = json.array()
    end
  end
  return answer
end

return M
