--- wxlive accounts: the accounts of the settings file.
local accounts_of = require "wxlive.cli.accounts"
local client = require "wxlive.cli.client"
local json = require "wxlive.json"
local pick = require("wxlive.text.language").pick
local show = require "wxlive.cli.output.show"
local tables = require "wxlive.base.tables"

local M = {
  name = "accounts",
  summary = "list the accounts of the settings file and their groups",
  summary_zh = "列出配置文件中的账号与分组",
  -- They are what is listed: none of them is opened.
  accounts = "own",
}

function M.define(command)
  command:flag("--names"):description(pick(
    "print only the names of accounts and groups, one a line", "只输出账号与分组的名称，每行一个"))
  client.define_output_options(command)
  command:epilog(pick("--account and --all choose accounts for every other command; wxlive token "
    .. "--all tries whether each has a token.",
    "其他命令用 --account、--all 选择账号；wxlive token --all 可检查各账号能否取得令牌。"))
end

-- Where a secret is; never the secret.
local function secret_of(account)
  local values = account:settings().values
  if account.is_shop then
    return "platform"
  elseif values.secret_file then
    return "file " .. values.secret_file
  elseif values.secret_env then
    return "variable " .. values.secret_env
  end
  return values.secret and "settings" or "missing"
end

local function print_names(accounts)
  local names, seen = tables.column(accounts, "name"), {}
  for _, account in ipairs(accounts) do
    for _, group in ipairs(account.groups) do
      names[#names + 1] = not seen[group] and group or nil
      seen[group] = true
    end
  end
  io.stdout:write(table.concat(names, "\n"), "\n")
  return true
end

function M.run(args)
  local accounts = accounts_of.select(args)
  if args.names then
    return print_names(accounts)
  end
  local rows, as_json = json.array {}, show.wants_json(args)
  for i, account in ipairs(accounts) do
    rows[i] = {
      account = account.name, appid = account.appid, secret = secret_of(account),
      groups = as_json and json.array(account.groups) or table.concat(account.groups, ", "),
    }
  end
  return show.list(rows, { "account", "appid", "secret", "groups" }, args)
end

return M
