--- What is done with tables in many places.
local M = {}

--- Puts the fields of tables into one; those of a later table win.
---@generic T: table
---@param into T
---@param ... table?
---@return T into
function M.put(into, ...)
  for i = 1, select("#", ...) do
    for key, value in pairs((select(i, ...)) or {}) do
      into[key] = value
    end
  end
  return into
end

--- A new table with the fields of all of them; those of a later table win.
---@param ... table?
---@return table
function M.merged(...)
  return M.put({}, ...)
end

--- An order of keys of any types.
---@return boolean
function M.by_text(a, b)
  return tostring(a) < tostring(b)
end

--- A copy of a value whose tables, at any depth, are copies as well, with what `change` makes of
--- everything else.
---@param value any
---@param change fun(item: any, key: any): any
---@param key any?   of the value, in the table that holds it
---@return any
function M.changed(value, change, key)
  if type(value) ~= "table" then
    return change(value, key)
  end
  local copy = setmetatable({}, getmetatable(value))
  for name, item in pairs(value) do
    copy[name] = M.changed(item, change, name)
  end
  return copy
end

--- The keys of a table, sorted.
---@param t table<string|number, any>
---@param order (fun(a: any, b: any): boolean)?
---@return any[]
function M.keys(t, order)
  local keys = {}
  for key in pairs(t) do
    keys[#keys + 1] = key
  end
  table.sort(keys, order)
  return keys
end

--- A table whose values are made when they are first asked for.
---@generic K, V
---@param make fun(key: K): V
---@param most integer?   how many are kept; when left out, each for as long as its key lives
---@return table<K, V>
function M.memo(make, most)
  local left = most or math.huge
  return setmetatable({}, {
    __mode = not most and "k" or nil,
    __index = function(memo, key)
      local value = make(key)
      if left > 0 then
        memo[key], left = value, left - 1
      end
      return value
    end,
  })
end

return M
