--- Prints results: a table on a terminal, JSON in a pipe.
local compat = require "wxlive.base.compat"
local core = require "wxlive.core"
local fields = require "wxlive.catalogue.field"
local grid = require "wxlive.cli.output.grid"
local json = require "wxlive.json"
local pick = require("wxlive.text.language").pick
local states = require "wxlive.catalogue.states"
local tables = require "wxlive.base.tables"
local textwidth = require "wxlive.text"
local times = require "wxlive.text.time"

local M = {}

-- The columns of lists that have too many for one line. --columns names others.
local preferred = {
  get_live_info = { "room_id", "name", "live_status", "start_time", "end_time", "anchor_name",
    "goods" },
}

-- Fields that hold a state or a kind by number.
local words = {
  live_status = states.room, room_status = states.room, audit_status = states.audit,
  live_type = fields.live_type.allowed, price_type = states.price,
}

--- Whether the output is to be JSON.
---@param args { json: boolean?, table: boolean? }
---@return boolean
function M.wants_json(args)
  return args.json or not args.table and not core.system.isatty(1) or false
end

--- A copy in which numbers that JSON cannot carry exactly (above 2^53, infinite) are text: a row
--- with one of them is shown all the same.
---@param value any
---@return any
function M.printable(value)
  return tables.changed(value, function(item)
    return type(item) == "number" and not json.encode(item) and compat.text(item) or item
  end)
end

--- Prints a value as one line of JSON, keys sorted. What a command of several accounts prints is
--- gathered in args.sink instead (wxlive.cli.output.merge), as in the other functions here.
---@param value any
function M.json(value)
  local text = json.encode(value) or assert(json.encode(M.printable(value)))
  -- JSON escapes control characters below a space only; terminals obey others as well. Outside of
  -- strings there are none.
  text = text:gsub("\127", "\\u007f"):gsub("\194([\128-\159])", function(c)
    return ("\\u%04x"):format(c:byte())
  end)
  io.stdout:write(text, "\n")
  return true
end

-- A value in a cell: times by the clock, states in words, lists of objects by their number.
local function cell(name, value)
  if value == nil then
    return ""
  elseif type(value) == "table" then
    if value[1] == nil then
      return next(value) == nil and "0"
        or assert(json.encode(M.printable(value)))
    elseif type(value[1]) == "table" then
      return tostring(#value)
    end
    return table.concat(tables.map(value, compat.text), ",")
  elseif words[name] then
    return states.word(words[name], value)
  elseif (name:find("_time$") or name:find("timestamp$") or name:find("_at$")
    or name == "since")
    and tonumber(value) and tonumber(value) > 1e9 then
    return times.format(tonumber(value))
  end
  return compat.text(value)
end

-- The columns that --columns names.
local function asked_columns(args)
  if not args.columns then
    return nil
  end
  local list = {}
  for name in args.columns:gmatch("[^,%s]+") do
    list[#list + 1] = name:gsub("-", "_")
  end
  return list[1] and list or nil
end

-- Reports columns that were asked for and that no row has.
local function note_absent(rows, names)
  local there, absent = {}, {}
  for _, row in ipairs(rows) do
    tables.put(there, row)
  end
  for _, name in ipairs(names) do
    absent[#absent + 1] = there[name] == nil and textwidth.plain(name) or nil
  end
  if absent[1] then
    io.stderr:write("wxlive: ", pick("no row has %s; there are: %s\n", "没有列 %s；可用的列：%s\n")
      :format(table.concat(absent, ", "), table.concat(tables.keys(there), ", ")))
  end
end

--- Prints rows as a table.
---@param rows table[]
---@param columns string[]
function M.table(rows, columns)
  io.stdout:write(grid.render(columns, tables.map(rows, function(row)
    return tables.map(columns, function(name) return cell(name, row[name]) end)
  end)))
end

--- Whether rows that were read before this failure are shown all the same: the rows of an
--- incomplete list are correct as far as they go.
---@param err wxlive.Error
---@return boolean
function M.may_show(err)
  return err.name == "list_not_whole"
end

--- The rows of a list, to be shown. A list that is not whole gives what it has and the error.
---@param list wxlive.Pages
---@return table[]? rows
---@return wxlive.Error? err
function M.rows_of(list)
  local rows, err = list:all()
  if err and M.may_show(err) then
    rows = err.rows
  end
  return rows, err
end

--- Prints text that is not a table.
---@param text string   ends in a line break
---@param args table
function M.text(text, args)
  if args.sink then
    args.sink:text(args.acts_for, text)
  else
    io.stdout:write(text)
  end
  return true
end

--- Prints a list of records: a table of these columns, or those that were asked for, or JSON.
---@param rows table[]
---@param columns string[]|fun(rows: table[]): string[]
---@param args table    the command's output options
---@param none string?  what is said of an empty list
---@return true
function M.list(rows, columns, args, none)
  if args.sink then
    args.sink:rows(args.acts_for, rows, columns, none)
  elseif M.wants_json(args) then
    M.json(rows)
  elseif not rows[1] then
    io.stdout:write(none or pick("none", "无"), "\n")
  else
    local asked = asked_columns(args)
    if asked then
      note_absent(rows, asked)
    end
    M.table(rows, asked or type(columns) == "function" and columns(rows) or columns)
  end
  return true
end

local function is_address(rows, name)
  return tables.find(rows, function(row)
    return type(row[name]) == "string" and row[name]:find("^https?://")
  end) ~= nil
end

-- The columns of a list: those preferred, or all that some row has; addresses of
-- pictures are too long for a table that has anything else.
local function columns_of(entry, field, rows)
  if preferred[entry.name] then
    return preferred[entry.name]
  end
  local list, rest = {}, {}
  for _, part in ipairs(field.fields) do
    for _, row in ipairs(rows) do
      if row[part.name] ~= nil then
        table.insert(is_address(rows, part.name) and rest or list, part.name)
        break
      end
    end
  end
  return list[1] and list or rest
end

--- The fields of a record as names, texts and values, in order: nested objects become dotted names.
---@param value table
---@param prefix string?  before the names
---@param out table?      takes the fields
---@return { [1]: string, [2]: string, [3]: any }[]
function M.flat(value, prefix, out)
  prefix, out = prefix or "", out or {}
  for _, key in ipairs(tables.keys(value, tables.by_text)) do
    local item, name = value[key], prefix .. tostring(key)
    if type(item) == "table" and next(item) ~= nil and item[1] == nil then
      M.flat(item, name .. ".", out)
    else
      out[#out + 1] = { name, cell(tostring(key), item), item }
    end
  end
  return out
end

local function pairs_of(value)
  local list, widest = M.flat(value), 0
  for _, pair in ipairs(list) do
    pair[1], pair[2] = textwidth.plain(pair[1]), textwidth.plain(pair[2])
    widest = math.max(widest, textwidth.width(pair[1]) or #pair[1])
  end
  for _, pair in ipairs(list) do
    local width = textwidth.width(pair[1]) or #pair[1]
    io.stdout:write(pair[1], (" "):rep(widest - width + 2), pair[2], "\n")
  end
  return true
end

--- Prints one record: names and values, or JSON.
---@param value table
---@param args table
function M.record(value, args)
  if args.sink then
    args.sink:record(args.acts_for, value)
    return true
  elseif M.wants_json(args) then
    return M.json(value)
  end
  return pairs_of(value)
end

local function list_field(entry, result)
  return tables.find(entry.result or {}, function(field)
    return field.type == "list" and field.fields and type(result[field.name]) == "table"
  end)
end

-- The bytes of a file go out as they are.
local function binary(result, args)
  if result.content then
    if core.system.isatty(1) and not args.json then
      io.stdout:write(pick("%d bytes of %s; give --save-to FILE to keep them\n",
        "%d 字节（%s），请用 --save-to FILE 保存\n"):format(#result.content,
        tostring(result.content_type)))
    else
      io.stdout:write(result.content)
    end
    return true
  end
end

--- Prints what a call gave.
---@param entry table   of the catalogue
---@param result table
---@param args table    the command's output options
function M.result(entry, result, args)
  if entry.result_kind == "binary" and binary(result, args) then
    return
  elseif M.wants_json(args) then
    return M.record(result, args)
  elseif next(result) == nil then
    return M.text(pick("done\n", "完成\n"), args)
  end
  local field = list_field(entry, result)
  if field then
    M.list(result[field.name], function(rows)
      return columns_of(entry, field, rows)
    end, args)
    result = tables.without(result, field.name)
  end
  if not args.sink then
    pairs_of(result)
  elseif next(result) ~= nil then
    M.record(result, args)
  end
end

--- Prints what would be sent.
---@param request table   of a dry run
---@param args table
function M.request(request, args)
  if M.wants_json(args) then
    return M.record(request, args)
  end
  local lines = { request.method .. " " .. request.url .. "\n" }
  if request.content_type then
    lines[#lines + 1] = "Content-Type: " .. request.content_type .. "\n"
  end
  for _, part in ipairs(request.form or {}) do
    lines[#lines + 1] = part.name .. " = " .. pick("the file ", "文件 ") .. part.path .. "\n"
  end
  if request.body then
    lines[#lines + 1] = "\n" .. request.body .. "\n"
  end
  M.text(table.concat(lines), args)
end

return M
