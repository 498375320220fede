--- The columns that a sheet may have beside the fields of its endpoint.
local catalogue = require "wxlive.catalogue"
local compat = require "wxlive.base.compat"
local typed = require "wxlive.sheet.cell"

local M = {}

-- A column of names, with commas, semicolons or bars between them. Its fold accepts ids as numbers,
-- and a list as the text that a cell would hold, as programs write them. mark: a further text that
-- stands between names.
local function names_column(name, max_items, mark)
  local column = {
    name = name, wire = name, type = "list", of = "string", max_items = max_items, column = name,
    separator = "|",
  }
  function column.fold(value)
    if value == "" then
      return {}
    elseif type(value) == "string" then
      return typed.value(column, mark and value:gsub(mark, ",") or value) or value
    elseif type(value) ~= "table" then
      return compat.is_integer(value) and { compat.integer_text(value) } or value
    end
    local names = {}
    for i, one in pairs(value) do
      names[i] = compat.is_integer(one) and compat.integer_text(one) or one
    end
    return names
  end
  return column
end

local KEY = { name = "key", wire = "key", type = "string", max_chars = 200 }
-- The column of reject files, which is ignored.
local REASON = { name = "reason", wire = "reason", type = "string", ignored = true }
local ASSISTANTS = catalogue.by_name.add_assistant.known.users
local ROOMS = names_column("rooms", 50)

--- The accounts or groups that a row is for. No name of them has the mark that stands between words
--- in Chinese.
M.ACCOUNT = names_column("account", 1000, "、")

--- The further columns of a kind of sheet.
---@param kind "rooms"|"goods"
---@return table<string, table> columns   name -> field
function M.of(kind)
  local columns = { key = KEY, reason = REASON, account = M.ACCOUNT, ["账号"] = M.ACCOUNT }
  if kind == "rooms" then
    columns.assistants = ASSISTANTS
  else
    columns.rooms, columns["直播间"] = ROOMS, ROOMS
  end
  return columns
end

return M
