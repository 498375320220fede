--- Sheets with a column `account`: their rows go to the accounts that they name.
local accounts_of = require "wxlive.accounts"
local both = require("wxlive.text.sentence").both
local core = require "wxlive.core"
local Error = require "wxlive.error"
local pick = require("wxlive.text.language").pick
local owners = require "wxlive.shop.owners"
local report = require "wxlive.cli.output.report"
local rows = require "wxlive.shop.rows"

local M = {}

--- The names by which a row of a sheet names the account that a command acts for.
---@param args { acts_for: wxlive.Account?, in_sheet: wxlive.Accounts? }   in_sheet: those that the
---  sheet names
---@return string[]?   nil: it acts for no account of the settings by name; none: no row names it
function M.names_of(args)
  local account = args.acts_for
  if account and args.in_sheet and not args.in_sheet:has(account.name) then
    return {}
  end
  return account and account.names
end

--- The file for rejects that --rejects names; of several accounts one for each: FILE.ACCOUNT.csv.
---@param args { rejects: string?, acts_for: wxlive.Account?, sink: wxlive.cli.Merge? }
---@return string?
function M.rejects_of(args)
  if not args.rejects or not args.sink or #args.sink.accounts == 1 then
    return args.rejects
  end
  local base, extension = args.rejects:match("^(.*)(%.%w+)$")
  return (base or args.rejects) .. "." .. args.acts_for.name .. (extension or "")
end

-- Finds the accounts that rows name. A row of which it is not known whose it is stops all: nothing
-- is sent.
local function find(accounts, named, path)
  local words, wrong = {}, 0
  for i, one in ipairs(named) do
    local _, err = accounts:select { one.name }
    words[i] = one.name
    if one.name == "" then
      err = pick("the row names no account", "该行未填写账号")
    end
    if err then
      wrong = wrong + 1
      report.print("wxlive", err, ("%s:%d"):format(path, one.line))
    end
  end
  if wrong > 0 then
    error(Error.new {
      kind = "usage", name = "bad_sheet", sent = false,
      message = both("mistakes in the column account: %d; nothing was sent",
        "账号列有 %d 处问题，未发送任何请求"):format(wrong),
    }, 0)
  end
  return assert(accounts:select(words))
end

--- The accounts that the rows of a command's sheet name; nil where it does not have the column.
---@param args { sheet: string, kind: string?, config: string? }
---@return wxlive.Accounts? accounts
function M.accounts_in(args)
  local reader, wrong = rows.open(args.sheet, args.kind, core.system.now())
  if not reader then
    assert(report.sheet(report.who(args), args.sheet, wrong))
  end
  local named = owners.read(reader)
  reader:close()
  return named and find(assert(accounts_of.open(args.config)), named, args.sheet)
end

return M
