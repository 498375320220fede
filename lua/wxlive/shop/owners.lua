--- The column `account` of a sheet: whose shop each row is for.
local both = require("wxlive.text.sentence").both
local columns = require "wxlive.shop.columns"
local tables = require "wxlive.base.tables"

local M = {}

-- The names in a cell, or in the field of a JSON line.
local function names_of(value)
  local names = columns.ACCOUNT.fold(value)
  return type(names) == "table" and names or {}
end

-- What is wrong with a row of which it is not known whose it is.
local missing = both("account is missing: the row does not say whose shop it is for",
  "account 为空：该行未注明属于哪个账号")
local not_asked = both("account: the sheet says whose shop each row is for; say which rows are of "
  .. "this shop, with --account or the option account",
  "account：表格按账号区分各行，请用 --account 或选项 account 指定账号")

--- Says to a reader which rows are for an account: its option `only`.
---@param account string|string[]|nil   its name; or its name and those of its groups; or an empty
---  list, where no row is for it
---@return table only   see wxlive.sheet.reader.open
function M.only(account)
  local wanted = tables.set(type(account) == "table" and account or { account })
  local only = { column = columns.ACCOUNT.column, none = account ~= nil and next(wanted) == nil }
  function only.test(value, there)
    local names = names_of(value)
    if not names[1] then
      return not there or nil, missing
    elseif not account then
      return nil, not_asked
    end
    return tables.find(names, function(name) return wanted[name] end) ~= nil
  end
  return only
end

--- Reads which accounts and groups the rows of a sheet name; nothing else of it is checked.
---@param reader wxlive.sheet.Reader   of wxlive.shop.rows.open; it is read to its end
---@return { name: string, line: integer }[]? named   each with its first line; name "": a row that
---  names none; nil: the sheet does not have the column (JSON lines: the first object does not)
function M.read(reader)
  if not reader.has_only then
    return nil
  end
  local named, seen = {}, {}
  for line, value in reader.next_value, reader do
    local names = names_of(value)
    for _, name in ipairs(names[1] and names or { "" }) do
      name = tostring(name)
      named[#named + 1] = not seen[name] and { name = name, line = line } or nil
      seen[name] = true
    end
  end
  return named
end

return M
