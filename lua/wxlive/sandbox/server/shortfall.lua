--- Faults that keep an answer well-formed but spoil the field that the caller needs: absent, empty,
--- of a wrong type.
local catalogue = require "wxlive.catalogue"
local json = require "wxlive.json"
local names = require "wxlive.text.names"
local tables = require "wxlive.base.tables"

local M = {}

-- Endpoint -> its main field: the list that the answer carries, or the first field that it must
-- hold.
local main = {}
-- The result types of each field, so that the fault can choose a value of another type.
local types = {}
for _, shelf in ipairs { catalogue, catalogue.component } do
  for _, entry in ipairs(shelf.list) do
    main[entry.name] = entry.list or entry.result_any and entry.result_any[1]
    types[entry.name] = {}
    for _, field in ipairs(entry.result) do
      main[entry.name] = main[entry.name] or field.must and field.name or nil
      -- An id that comes as a text of digits is valid as a number, too.
      types[entry.name][field.name] = field.digits and "digits" or field.type
    end
  end
end

--- The main field of an endpoint's answer; nil when the answer holds no data.
---@param endpoint string
---@return string?
function M.main(endpoint)
  return main[endpoint]
end

-- The platform's spelling of a field in this answer.
local function wire(result, field)
  for name in pairs(result) do
    if names.snake(name) == names.snake(field) then
      return name
    end
  end
  return field
end

local function empty_of(value)
  if type(value) == "table" then
    return json.is_array(value) and json.array() or {}
  end
  return ""
end

-- Kind -> function(value, type by the catalogue, fault) that returns the spoilt value.
local spoil = {
  no_field = function() return nil end,
  null_field = function() return json.null end,
  empty_field = empty_of,
  wrong_field = function(_, kind, fault)
    if fault.value ~= nil then
      return fault.value
    end
    return kind == "string" and 5 or kind == "list" and "text" or {}
  end,
  wrong_rows = function(_, _, fault)
    local row = fault.value
    if row == nil then
      row = "row"
    end
    return json.array { row, row }
  end,
}

--- The kinds of this family.
M.kinds = { "no_field", "null_field", "empty_field", "wrong_field", "wrong_rows", "wrong_total" }

--- Applies a fault to an answer.
---@param endpoint string
---@param fault { kind: string, field: string?, value: any, more: number? }
---@param result table   the answer's fields, in the platform's spelling
---@return table? spoilt  nil where the fault has nothing to strike
function M.spoil(endpoint, fault, result)
  local out = tables.merged(result)
  if fault.kind == "wrong_total" then
    local list = main[endpoint] and result[wire(result, main[endpoint])]
    if type(list) ~= "table" then
      return nil
    end
    out.total = (tonumber(result.total) or #list) + (fault.more or 5)
    return out
  end
  local field = fault.field or main[endpoint]
  if not field then
    return nil
  end
  local name = wire(result, field)
  out[name] = spoil[fault.kind](result[name], types[endpoint][names.snake(field)], fault)
  return out
end

return M
