--- Many accounts out of one settings file.
--
--   local accounts = assert(require("wxlive.accounts").open("/etc/wxlive/config"))
--   for _, account in ipairs(accounts) do print(account.name, account.appid) end
--   local rooms, errors = accounts:select("north"):map(function(account)
--     return account.live:rooms():all()
--   end)
--   accounts.tea.live:create_room { ... }
--
-- Accounts share connections, the token store and the settings above the first section. A secret is
-- read when an account's client is first used, and shows in no dump of an account.
local concurrent = require "wxlive.concurrent.map"
local Error = require "wxlive.error"
local file = require "wxlive.settings.file"
local members = require "wxlive.accounts.account"
local names = require "wxlive.accounts.names"
local options_of = require "wxlive.base.options"
local both = require("wxlive.text.sentence").both
local settings = require "wxlive.settings"
local tables = require "wxlive.base.tables"

local M = {}

--- The options of `open`: of wxlive.broadcast.new, for all accounts.
M.options = {
  base_url = "string", token_store = "table", token_mode = "string",
  transport = "table|userdata", timeout = "number", connect_timeout = "number", proxy = "string",
  ca_file = "string", retry = "table", lookup = "table|boolean", validate = "boolean",
  hooks = "table", quota = "boolean|table", dry_run = "boolean", clock = "callable",
  random = "callable",
}

---@class wxlive.Accounts
---@field [integer] wxlive.Account   in the order of the file
---@field [string] wxlive.Account    by name; an unknown name raises
local Accounts = { __name = "wxlive.Accounts" }

local methods = {}

-- The accounts by their names.
local by_name = setmetatable({}, { __mode = "k" })

function Accounts:__index(key)
  if methods[key] then
    return methods[key]
  elseif type(key) ~= "string" then
    return nil
  end
  local account, err = self:get(key)
  if not account then
    error(err.message, 2)
  end
  return account
end

local function collect(list)
  local self, index = {}, {}
  for i, account in ipairs(list) do
    self[i], index[account.name] = account, account
  end
  by_name[self] = index
  return setmetatable(self, Accounts)
end

-- Raises for a call that is written wrongly.
local function check_call(self, method, name, wanted)
  if not by_name[self] then
    error(("call it with a colon: accounts:%s(...)"):format(method), 3)
  elseif type(name) ~= "string" and not (wanted == "names" and type(name) == "table") then
    error(("accounts:%s takes the %s of accounts, not a %s"):format(method, wanted, type(name)), 3)
  end
end

--- One account by its name.
---@param name string
---@return wxlive.Account? account
---@return wxlive.Error? err   unknown_account
function methods:get(name)
  check_call(self, "get", name, "name")
  local account = by_name[self][name]
  if account then
    return account
  end
  local found, err = names.find(self, { name })
  if not found then
    return nil, err
  end
  return Error.fail {
    kind = "invalid", name = "unknown_account", sent = false,
    message = both("%s is a group, not an account; see accounts:select",
      "%s 是分组而非账号，请使用 accounts:select"):format(name),
  }
end

--- Whether there is an account of this name.
---@param name string
---@return boolean
function methods:has(name)
  check_call(self, "has", name, "name")
  return by_name[self][name] ~= nil
end

--- The accounts that are called by their own names or their groups' names.
---@param wanted string|string[]   such as "tea, north"
---@return wxlive.Accounts? accounts
---@return wxlive.Error? err       unknown_account
function methods:select(wanted)
  check_call(self, "select", wanted, "names")
  local found, err = names.find(self, wanted)
  if not found then
    return nil, err
  end
  return collect(found)
end

--- Runs fn(account) on each account, up to `concurrency` (16) at a time. An account's failure is
--- its own: the others go on. See wxlive.map.
---@param fn fun(account: wxlive.Account): any, any
---@param options { concurrency: integer?, progress: (fun(done: integer, total: integer?,
---  failed: integer))?, stop_on_error: boolean? }?
---@return table<string, any> results   by the account's name; true where fn returned nothing
---@return table<string, any> errors    by the account's name
---@return integer failed
function methods:map(fn, options)
  check_call(self, "map", "")
  concurrent.check(self, fn, options or {}, 2)
  local list, results, errors = tables.append({}, self), {}, {}
  local done, wrong, failed = concurrent.map(list, fn, options)
  for i, account in ipairs(list) do
    results[account.name], errors[account.name] = done[i], wrong[i]
  end
  return results, errors, failed
end

-- Making them -------------------------------------------------------------------------------------

-- Gives the third-party platform of the settings, made when it is first needed; one for each set of
-- further options, where these are plain.
local function platforms(given, options)
  local made = {}
  return function(more)
    local key = {}
    for name, value in pairs(more or {}) do
      key[#key + 1] = name .. "=" .. tostring(value)
    end
    table.sort(key)
    key = table.concat(key, "\n")
    if made[key] then
      return made[key]
    end
    local read, err = settings.read_platform(given)
    if not read then
      return nil, err
    end
    tables.put(read, options, more)
    read.token_mode = nil
    made[key], err = require("wxlive.platform").new(read)
    return made[key], err
  end
end

-- What no two accounts, groups and accounts may have in common.
local function check(list)
  local seen, named = {}, {}
  for _, account in ipairs(list) do
    named[account.name] = true
    local place = account.appid .. "@" .. account.base_url
    if seen[place] then
      return file.bad(both("accounts %s and %s have the same appid", "账号 %s 与 %s 的 appid 相同")
        :format(seen[place], account.name))
    end
    seen[place] = account.name
  end
  for _, account in ipairs(list) do
    for _, group in ipairs(account.groups) do
      if named[group] then
        return file.bad(both("account %s: its group %s has the name of an account",
          "账号 %s：分组 %s 与某个账号同名"):format(account.name, group))
      end
    end
  end
  return true
end

local function no_accounts()
  return file.bad(both("the settings name no account", "配置中没有账号"),
    "write one in the file: a line [NAME], and below it lines with its appid and secret",
    "请在配置文件中写入账号：一行 [名称]，其下各行为 appid 与 secret")
end

--- Opens the accounts of a settings file. Nothing is sent, and no secret but those in the file is
--- read.
---@param path string?    nil: WXLIVE_CONFIG, else ~/.config/wxlive/config
---@param options table?  of wxlive.broadcast.new, for all accounts; they replace the settings
---@return wxlive.Accounts? accounts
---@return wxlive.Error? err
function M.open(path, options)
  if path ~= nil and type(path) ~= "string" then
    error("wxlive.accounts.open takes the path of a settings file, not a " .. type(path), 2)
  end
  local ok, err = options_of.check("wxlive.accounts.open", options or {}, M.options)
  local shared, records, file_path
  local given = { config = path }
  if ok then
    shared, err = settings.read(given)
  end
  if shared then
    records, file_path = settings.read_accounts(given)
    err = not records and file_path or nil
  end
  if not records then
    return nil, err
  elseif not records[1] then
    return no_accounts()
  end
  shared.appid, shared.secret = nil, nil
  tables.put(shared, options)
  local common, list = { options = shared, platform = platforms(given, options or {}) }, {}
  for i, record in ipairs(records) do
    list[i], err = members.new(record, file_path, common)
    if not list[i] then
      return nil, err
    end
  end
  ok, err = check(list)
  if not ok then
    return nil, err
  end
  return collect(list)
end

return M
