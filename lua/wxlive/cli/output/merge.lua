--- What the commands of many accounts print, put together: one table with a column `account`, or
--- one list of JSON with that field.
local json = require "wxlive.json"
local progress = require "wxlive.cli.output.progress"
local show = require "wxlive.cli.output.show"
local tables = require "wxlive.base.tables"

local M = {}

---@class wxlive.cli.Merge
local Merge = {}
Merge.__index = Merge
Merge.__name = "wxlive.cli.Merge"

-- The columns of records: all that some record has anything in.
local function columns_of(rows)
  local there = {}
  for _, row in ipairs(rows) do
    for _, pair in ipairs(show.flat(row)) do
      if pair[2] ~= "" and pair[2] ~= "0" then
        there[pair[1]] = true
      end
    end
  end
  there.account = nil
  return tables.keys(there)
end

-- What one account printed, in the order of its printing.
local function add(self, account, part)
  local parts = self.parts[account.name]
  if not parts then
    parts = {}
    self.parts[account.name] = parts
  end
  parts[#parts + 1] = part
end

--- Takes a list of records.
---@param account wxlive.Account
---@param rows table[]
---@param columns string[]|fun(rows: table[]): string[]
---@param none string?   what is said when no account has any
function Merge:rows(account, rows, columns, none)
  add(self, account, { rows = rows, columns = columns, none = none })
end

--- Takes one record.
---@param account wxlive.Account
---@param value table
function Merge:record(account, value)
  add(self, account, { value = value, columns = columns_of })
end

--- Takes text that is not a table.
---@param account wxlive.Account
---@param text string
function Merge:text(account, text)
  add(self, account, { text = text })
end

--- The bar that all accounts move together.
---@param label string
---@param total integer
---@return { step: function, clear: function, finish: function }
function Merge:progress(label, total)
  if self.bar then
    self.bar.total = self.bar.total + total
  else
    self.bar = progress.new { label = label, total = total }
  end
  return {
    step = function(_, n, failed) self.bar:step(n, failed) end,
    clear = function() self.bar:clear() end,
    finish = function() end,
  }
end

--- Removes the bar, so that a message can be printed.
function Merge:clear()
  if self.bar then
    self.bar:clear()
  end
end

local function with_account(name, record)
  return tables.put(setmetatable({}, getmetatable(record)), record, { account = name })
end

--- All that the accounts printed, as one list of records.
---@return table[]
function Merge:list()
  local list = json.array {}
  for _, account in ipairs(self.accounts) do
    for _, part in ipairs(self.parts[account.name] or {}) do
      for _, row in ipairs(part.rows or { part.value }) do
        list[#list + 1] = with_account(account.name, row)
      end
    end
  end
  return list
end

local function flattened(row)
  local flat = {}
  for _, pair in ipairs(show.flat(row)) do
    flat[pair[1]] = pair[3]
  end
  return flat
end

-- The parts that stand at one place in each account's output, as one table or text.
local function print_place(self, place, args)
  local rows, columns, none = {}, nil, nil
  for _, account in ipairs(self.accounts) do
    local part = (self.parts[account.name] or {})[place] or {}
    if part.text then
      io.stdout:write(account.name, ":\n", part.text, "\n")
    end
    for _, row in ipairs(part.rows or { part.value }) do
      row = with_account(account.name, row)
      rows[#rows + 1] = part.value and flattened(row) or row
    end
    columns, none = columns or part.columns, none or part.none
  end
  if columns then
    if columns == columns_of and place > 1 then
      args = { table = true } -- what stands below a list is not what columns were asked of
    end
    show.list(rows, tables.append({ "account" },
      type(columns) == "function" and columns(rows) or columns), args, none)
  end
end

--- Prints everything.
---@param args table   the command's output options
function Merge:print(args)
  if self.bar then
    self.bar:finish()
  end
  if show.wants_json(args) then
    return show.json(self:list())
  end
  local most = 0
  for _, parts in pairs(self.parts) do
    most = math.max(most, #parts)
  end
  local columns = args.columns
  if columns and not ("," .. columns .. ","):find("[,%s]account[,%s]") then
    columns = "account," .. columns
  end
  local options = { table = true, columns = columns }
  for place = 1, most do
    print_place(self, place, options)
  end
end

--- Whether an account printed anything.
---@return boolean
function Merge:has_any()
  return next(self.parts) ~= nil
end

--- Notes the result of work that was done: it must not be lost when it cannot be printed.
---@param account wxlive.Account
---@param result table
function Merge:keep(account, result)
  self.kept[account.name] = result
end

--- What was noted, for an error when it cannot be printed.
---@return table?
function Merge:result()
  local list = json.array {}
  for _, account in ipairs(self.accounts) do
    if self.kept[account.name] then
      list[#list + 1] = with_account(account.name, self.kept[account.name])
    end
  end
  return list[1] and list or nil
end

---@param accounts wxlive.Accounts
---@return wxlive.cli.Merge
function M.new(accounts)
  return setmetatable({ accounts = accounts, parts = {}, kept = {} }, Merge)
end

return M
