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

--- What a function makes of each item of a list, as a list.
---@generic T, R
---@param list T[]
---@param make fun(item: T, i: integer): R
---@return R[]
function M.map(list, make)
  local out = {}
  for i, item in ipairs(list) do
    out[i] = make(item, i)
  end
  return out
end

--- One field of each item of a list, as a list.
---@param list table[]
---@param name string|integer
---@return any[]
function M.column(list, name)
  return M.map(list, function(item) return item[name] end)
end

--- Puts the items of a list behind those of another one.
---@generic T
---@param list T[]   changed
---@param more T[]
---@return T[] list
function M.append(list, more)
  for _, item in ipairs(more) do
    list[#list + 1] = item
  end
  return list
end

--- The items of a list by one of their fields.
---@generic T: table
---@param list T[]
---@param name string
---@return table<any, T>
function M.index(list, name)
  local index = {}
  for _, item in ipairs(list) do
    index[item[name]] = item
  end
  return index
end

--- The items of a list that a function lets through, as a list.
---@generic T
---@param list T[]
---@param test fun(item: T): any
---@return T[]
function M.only(list, test)
  local out = {}
  for _, item in ipairs(list) do
    out[#out + 1] = test(item) and item or nil
  end
  return out
end

--- The first item of a list that a function accepts.
---@generic T
---@param list T[]
---@param test fun(item: T): any
---@return T?
function M.find(list, test)
  for _, item in ipairs(list) do
    if test(item) then
      return item
    end
  end
end

--- The items of a list as the keys of a table.
---@param list any[]
---@return table<any, boolean>
function M.set(list)
  local set = {}
  for _, item in ipairs(list) do
    set[item] = true
  end
  return set
end

--- An order of tables, for table.sort: by these fields, the first of them in which two differ. "-"
--- before a name: the largest first.
---@param ... string
---@return fun(a: table, b: table): boolean
function M.by(...)
  local names = M.map({ ... }, function(name) return { name:match("^(%-?)(.*)$") } end)
  return function(a, b)
    for _, name in ipairs(names) do
      local one, other = a[name[2]], b[name[2]]
      if one ~= other then
        return (one < other) == (name[1] == "")
      end
    end
    return false
  end
end

--- The values of a table as a list, in the order of these fields; see `by`.
---@param t table<any, table>
---@param ... string
---@return table[]
function M.sorted(t, ...)
  local list = {}
  for _, value in pairs(t) do
    list[#list + 1] = value
  end
  table.sort(list, M.by(...))
  return list
end

--- A copy of a table without one of its fields.
---@param t table
---@param field string
---@return table
function M.without(t, field)
  local copy = M.merged(t)
  copy[field] = nil
  return copy
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
