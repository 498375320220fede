--- The contract of answers: which fields the answer of each endpoint must hold, compiled once from
--- the catalogue. Pure.
--
-- The platform is known to report failure for work that it did; its successes are checked, too: an
-- answer without an errcode, but also without the id that the call is for, is not a success. Lists
-- that may be absent become empty ones, so that callers need not check.
local compat = require "wxlive.base.compat"
local json = require "wxlive.json"

local M = {}

local is_integer = compat.is_integer

local function describe(value)
  if type(value) == "table" then
    if next(value) == nil then
      return "empty"
    end
    return json.is_array(value) and "a list" or "an object"
  elseif value == "" then
    return "an empty text"
  elseif type(value) == "number" then
    return is_integer(value) and "a whole number" or "a number"
  elseif type(value) == "string" then
    return "a text"
  elseif type(value) == "boolean" then
    return tostring(value)
  end
  return "null"
end

local function is_object(value)
  return type(value) == "table" and value[1] == nil and next(value) ~= nil
end

-- By type: the check of a value, and the name of the type for messages.
local tests = {
  id = function(value)
    if type(value) == "string" then
      -- More digits than a number holds exactly stay text.
      return value:find("^0*[1-9]%d*$") ~= nil
    end
    return is_integer(value) and value >= 1
  end,
  integer = function(value, field)
    if type(value) == "string" then
      return value:find("^%-?%d+$") ~= nil
    end
    return is_integer(value) and (not field.min or value >= field.min)
  end,
  number = function(value)
    return type(value) == "number"
  end,
  string = function(value, field)
    return type(value) == "string" and (value ~= "" or field.may_be_empty or false)
      or field.digits and is_integer(value) or false
  end,
  cursor = function(value)
    return type(value) == "string" or is_integer(value)
  end,
  object = is_object,
  list = json.is_array,
}

local expected = {
  id = "an id", integer = "a whole number", number = "a number", string = "a text",
  cursor = "a cursor", object = "an object", list = "a list",
}

local function compile(fields)
  local checks = {}
  for _, field in ipairs(fields or {}) do
    local kind = field.id and "id" or field.type
    if field.must or field.typed or kind == "list" then
      checks[#checks + 1] = {
        name = field.name, must = field.must, kind = kind, field = field, test = tests[kind],
        inner = field.fields and compile(field.fields),
        element = kind == "list" and not field.fields and tests[field.of or "string"] or nil,
        least = kind == "id" and 1 or kind == "integer" and (field.min or -math.huge) or nil,
      }
    end
  end
  return checks
end

-- These three return the name of the wrong field and what is wrong with it; nothing when the answer
-- is right.
local short_of

local function short_row(check, row, i)
  local element = check.element
  local wrong = element and not element(row, check.field)
    or not element and (type(row) ~= "table" or row[1] ~= nil or next(row) == nil)
  if wrong then
    return check.name, ("%s[%d] is %s, not %s"):format(check.name, i, describe(row),
      check.element and expected[check.field.of or "string"] or "an object")
  end
  local inner, name, problem = check.inner, nil, nil
  if inner then
    name, problem = short_of(inner, row)
  end
  if name then
    return check.name .. "." .. name, ("%s[%d]: %s"):format(check.name, i, problem)
  end
end

local function short_value(check, value)
  if not check.test(value, check.field) then
    return check.name, ("%s is %s, not %s"):format(check.name, describe(value),
      expected[check.kind])
  elseif check.kind == "list" then
    for i = 1, #value do
      local name, problem = short_row(check, value[i], i)
      if name then
        return name, problem
      end
    end
  elseif check.inner then
    local name, problem = short_of(check.inner, value)
    if name then
      return check.name .. "." .. name, problem
    end
  end
end

function short_of(checks, object)
  for i = 1, #checks do
    local check = checks[i]
    local value = object[check.name]
    if value ~= nil then
      -- Most ids are whole numbers, and there are many: the reader returns exact numbers only,
      -- therefore no further check is needed.
      local least = check.least
      if not least or type(value) ~= "number" or value % 1 ~= 0 or value < least then
        local name, problem = short_value(check, value)
        if name then
          return name, problem
        end
      end
    elseif check.must then
      return check.name, check.name .. " is missing"
    elseif check.kind == "list" then
      object[check.name] = json.array()
    end
  end
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

--- Compiles an endpoint's contract.
---@param entry table   of the catalogue
---@return (fun(answer: table): string?, string?)?  check  gives the field at fault and the problem;
---  nil when any answer is accepted
function M.of(entry)
  local checks, any = compile(entry.result), entry.result_any
  if not checks[1] then
    return nil
  end
  return function(answer)
    local name, problem = short_of(checks, answer)
    if not name and any and lacks_all(any, answer) then
      return any[1], any[1] .. " is missing"
    end
    return name, problem
  end
end

--- Adds the lists of an answer that the client itself makes up.
---@param entry table    of the catalogue
---@param answer table   changed
---@return table answer
function M.fill(entry, answer)
  for _, field in ipairs(entry.result) do
    if field.type == "list" and answer[field.name] == nil then
      answer[field.name] = json.array()
    end
  end
  return answer
end

return M
