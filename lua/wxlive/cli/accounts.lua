--- --account and --all: a command for one account of the settings, for a group, or for all, many at
--- a time.
local core = require "wxlive.core"
local accounts_of = require "wxlive.accounts"
local ends = require "wxlive.shop.ends"
local Error = require "wxlive.error"
local exit_status = require "wxlive.cli.exit_status"
local interrupts = require "wxlive.cli.interrupts"
local pick = require("wxlive.text.language").pick
local merge = require "wxlive.cli.output.merge"
local output = require "wxlive.cli.output"
local report = require "wxlive.cli.output.report"
local both = require("wxlive.text.sentence").both
local tables = require "wxlive.base.tables"

local M = {}

local usages = require "wxlive.cli.usage"
local usage, stop = usages.fail, usages.stop

-- Accounts, or calls of a command that makes many at a time.
local AT_A_TIME = 16

-- How many accounts that failed are named.
local NAMED = 10

--- --account and --all
---@param parser table
function M.define_options(parser)
  parser:option("--account"):argname("<NAME|GROUP>"):count("*"):description(pick(
    "act for these accounts of the settings file, by name or group; again or with commas for more",
    "对配置文件中的账号或分组执行，可重复或用逗号分隔"))
  parser:flag("--all"):target("all_accounts"):description(pick(
    "act for all accounts of the settings file, many at a time", "对配置文件中的全部账号并发执行"))
end

--- Whether the command line names accounts.
---@param args table
---@return boolean
function M.are_named(args)
  return args.all_accounts == true or args.account ~= nil and args.account[1] ~= nil
end

--- The accounts that the command line names; all of the settings when it names none.
---@param args table
---@return wxlive.Accounts accounts
function M.select(args)
  if args.shop and M.are_named(args) then
    stop("--shop names a shop by its appid; it does not go with --account and --all",
      "--shop 以 appid 指定商家，不能与 --account、--all 同用")
  elseif args.all_accounts and args.account[1] then
    stop("give --account or --all, not both", "--account 与 --all 只能选一个")
  end
  local accounts = assert(accounts_of.open(args.config))
  if args.account[1] then
    accounts = assert(accounts:select(table.concat(args.account, ",")))
  end
  if not accounts[1] then
    stop("--account names no account", "--account 未指定账号")
  end
  return accounts
end

--- The command line of one account.
---@param args table
---@param account wxlive.Account
---@param more table?   replaces what is in args
---@return table
function M.arguments(args, account, more)
  return tables.merged(args, more, { acts_for = account })
end

-- The names of the accounts that failed, as text.
local function names_of(failed)
  return table.concat(failed, ", ", 1, math.min(#failed, NAMED))
    .. (#failed > NAMED and ", ..." or "")
end

--- The error of a command of which some accounts failed; what failed was reported before.
---@param accounts wxlive.Accounts
---@param errors table<string, wxlive.Error>   by the account's name
---@param unprinted wxlive.Error?              of printing what the others gave
---@return wxlive.Error
function M.failure(accounts, errors, unprinted)
  local failed, list = {}, { unprinted }
  for _, account in ipairs(accounts) do
    local err = errors[account.name]
    if err then
      failed[#failed + 1], list[#list + 1] = account.name, err
    end
  end
  return Error.new {
    kind = "partial", name = "accounts_failed", cause = exit_status.gravest(list),
    reported = #accounts == 1 or nil,
    message = both("%d of %d accounts failed: %s", "%d/%d 个账号失败：%s"):format(#failed, #accounts,
      names_of(failed)),
  }
end

-- The command of each account, `limit` accounts at a time. A failure is reported when it happens.
local function run_each(accounts, args, work, limit, merged)
  local calls = args.concurrency and math.max(1,
    math.floor(args.concurrency / math.min(limit, #accounts)))
  local _, errors, failed = accounts:map(function(account)
    if core.process.interrupted() then
      return ends.interrupted()
    end
    local own = M.arguments(args, account, { sink = merged, concurrency = calls })
    local fine, ok, err = pcall(work, own)
    if not fine or not ok and err == nil then -- without an error it would pass for done
      err = Error.raised(ok, {
        message = both("internal error, please report it: %s", "内部错误，请反馈：%s")
          :format(tostring(ok)),
      })
    elseif ok then
      return true
    end
    merged:clear()
    report.print(report.who(own), err)
    return nil, err
  end, { concurrency = limit })
  return errors, failed
end

local function run_many(command, accounts, args, work)
  local together = command.accounts == "together"
  local merged = merge.new(accounts)
  local limit = together and #accounts or args.concurrency or AT_A_TIME
  local errors, failed = interrupts.unbroken(run_each, accounts, args, work, limit, merged)
  local ok, err = true, nil
  if together or failed == #accounts and not merged:has_any() then -- luacheck: ignore 542
    -- Nothing is to be printed, or all was when it happened.
  elseif command.print then
    ok, err = command.print(merged, args)
  else
    merged:print(args)
  end
  if ok then
    ok, err = output.flush(merged:result())
  end
  if failed == 0 then
    return ok, err
  elseif err and not err.closed then
    report.print("wxlive", err)
  end
  return nil, M.failure(accounts, errors, err)
end

-- The accounts of a sheet that has a column of them: of those that are named, if any are, the ones
-- that have rows. What has left the sheet is deleted from the others, too.
local function those_in_sheet(args, named)
  if not named or args.prune then
    return named or args.in_sheet
  end
  local names = tables.only(tables.column(named, "name"), function(name)
    return args.in_sheet:has(name)
  end)
  if not names[1] then
    stop("the sheet has no row for these accounts", "表格中没有这些账号的行")
  end
  return assert(named:select(names))
end

---@class wxlive.cli.Command
---@field name string
---@field settings boolean?   false: it reads no settings file
---@field accounts "many"|"one"|"together"|"own"|function|nil   for how many accounts it acts: many
---  at a time; one; all together, because it goes on until it is ended; own: it reads --account
---  itself; nil: none; or a function of args that gives this
---@field shop boolean?   whether it acts for the --shop that is named; when left out, it does if it
---  acts for accounts and does not read --account itself
---@field accounts_in nil|fun(args: table): wxlive.Accounts?   those of its sheet
---@field print nil|fun(merged: wxlive.cli.Merge, args: table): true?, wxlive.Error?   instead of a
---  table

local function takes_shop(command)
  if command.shop ~= nil then
    return command.shop
  end
  return command.accounts ~= nil and command.accounts ~= "own"
end

--- The line of a command's help on the options that every command shares; nil where it has none of
--- them.
---@param command wxlive.cli.Command
---@return string?
function M.shared_options(command)
  local names = {}
  local function add(name, argument, argument_zh)
    names[#names + 1] = name .. (argument and " " .. pick(argument, argument_zh) or "")
  end
  if command.accounts then
    add("--account", "NAME|GROUP", "账号|分组")
    add("--all")
  end
  if takes_shop(command) then
    add("--shop", "APPID", "APPID")
  end
  if command.settings ~= false then
    add("--config", "FILE", "文件")
  end
  return names[1] and pick("Also, before the command or after it: %s; wxlive --help explains them.",
    "另有写在命令之前或之后的选项：%s，说明见 wxlive --help。"):format(table.concat(names, pick(", ", "、")))
end

--- Runs a command for the accounts that are named; for the one of the settings when none is.
---@param command wxlive.cli.Command
---@param args table
---@param work fun(args: table): any, wxlive.Error?   the command, for the account args.acts_for
---@return any ok
---@return wxlive.Error? err
function M.run(command, args, work)
  local how = command.accounts
  how = type(how) == "function" and how(args) or how
  if args.shop and not takes_shop(command) then
    return usage(("%s has no --shop"):format(command.name), ("%s 没有选项 --shop"):format(command.name))
  elseif how == "own" then
    return work(args)
  elseif M.are_named(args) and not how then
    return usage(("%s has no --account and no --all"):format(command.name),
      ("%s 没有选项 --account、--all"):format(command.name))
  end
  if command.accounts_in and not args.shop then
    args.in_sheet = command.accounts_in(args)
  end
  local accounts = M.are_named(args) and M.select(args) or nil
  if args.in_sheet then
    accounts = those_in_sheet(args, accounts)
  end
  if not accounts then
    return work(args)
  elseif how == "one" and accounts[2] then
    return usage(("%s acts for one account; these are %d"):format(command.name, #accounts),
      ("%s 一次只针对一个账号，此处有 %d 个"):format(command.name, #accounts))
  elseif how == "one" then
    return work(M.arguments(args, accounts[1]))
  end
  return run_many(command, accounts, args, work)
end

return M
