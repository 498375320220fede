--- What the commands over a ledger share: the client, the ledger, their options.
local client = require "wxlive.cli.client"
local core = require "wxlive.core"
local ends = require "wxlive.shop.ends"
local Error = require "wxlive.error"
local finally = require("wxlive.cli.raised").finally
local interrupts = require "wxlive.cli.interrupts"
local pick = require("wxlive.text.language").pick
local places = require "wxlive.base.places"
local report = require "wxlive.cli.output.report"
local both = require("wxlive.text.sentence").both
local settings = require "wxlive.settings"
local sheets = require "wxlive.cli.sheets"
local shops = require "wxlive.shop"
local show = require "wxlive.cli.output.show"
local tables = require "wxlive.base.tables"

local M = {}

--- --ledger, and the options of the output.
function M.define_ledger(command)
  command:option("--ledger"):argname("<FILE|URL>"):description(pick(
    "where the ledger is: a file, or postgresql://user@host/database for several machines; "
      .. "WXLIVE_LEDGER, the setting ledger, or wxlive/ledger.db where your system keeps state",
    "台账位置：文件，或多机共享的 postgresql://用户@主机/库；默认取 WXLIVE_LEDGER、配置项 ledger 或用户状态目录下的 "
      .. "wxlive/ledger.db"))
  client.define_output_options(command)
end

--- --settle
---@param command table   argparse command
function M.define_settle(command)
  client.define_number(command, "--settle", "<SECONDS>", { 0, 600 },
    "how long a create whose answer was lost may take to show up (default: 10)",
    "结果未知的创建最迟多久可查到（默认 10）")
end

--- --kind
---@param command table   argparse command
---@param text string
---@param text_zh string
function M.define_kind(command, text, text_zh)
  command:option("--kind"):argname("<KIND>"):choices { "rooms", "goods" }
    :description(pick(text, text_zh))
end

--- SHEET, --kind, --prune and --moved.
---@param command table   argparse command
---@param texts { sheet: string?, prune: string? }?   what the help says of them, for a command that
---  does not have the sheet done
function M.define_sheet(command, texts)
  texts = texts or {}
  command:argument("sheet"):description(texts.sheet or pick(
    "CSV (UTF-8) or JSON lines (.jsonl) of rooms or of goods; see wxlive plan --help",
    "直播间或商品表格：CSV（UTF-8）或 JSON lines（.jsonl），见 wxlive plan --help"))
  M.define_kind(command, "rooms or goods; by default the columns decide",
    "rooms 或 goods，默认按列名判断")
  command:flag("--prune"):description(texts.prune or pick(
    "delete from the platform what is no longer in the sheet",
    "删除已不在表格中的内容"))
  command:flag("--moved"):description(pick(
    "the sheet has moved: the one of this name in another folder is this one (for --prune)",
    "表格换了位置：其他文件夹中的同名表格就是这一份（用于 --prune）"))
end

--- Where the ledger is: as named by option or setting, else a file in the user's state directory.
---@param args table
---@return string? location
---@return wxlive.Error? err
function M.location(args)
  local said, err = args.ledger, nil
  if not said or said == "" then
    said, err = settings.read_ledger(args)
  end
  local location = said or not err and places.ledger()
  if not location and not err then
    return Error.fail {
      kind = "usage", name = "no_ledger", sent = false,
      message = both("there is no place for the ledger: HOME is not set",
        "无法确定台账位置：未设置 HOME"),
      hint = "name one with --ledger or WXLIVE_LEDGER, such as /var/lib/shop/ledger.db",
      hint_zh = "请用 --ledger 或 WXLIVE_LEDGER 指定，例如 /var/lib/shop/ledger.db",
    }
  end
  return location, err
end

--- Opens the shop that the options and settings name, for a command that opens several. One shop is
--- opened by `over`.
---@param args table
---@param options { client: table?, reading: boolean?, existing: boolean? }
---@return wxlive.Shop shop
function M.open(args, options)
  local live = assert(client.open(args, options.client))
  local shop = assert(shops.open {
    live = live, ledger = assert(M.location(args)), reading = options.reading,
    existing = options.existing,
  })
  if args.observer then
    args.observer:ledger(shop.ledger, args.acts_for and args.acts_for.name or live.appid)
  end
  return shop
end

--- The `run` of a command over a shop, which is opened for it and closed behind it.
---@param options fun(args: table): { client: table?, reading: boolean?, existing: boolean? }
---  client: options of the client; reading: a ledger that cannot be written is accepted, and one
---  that is not there is empty, and not made; existing: the ledger must be there already, because
---  the command asks what was done
---@param work fun(shop: wxlive.Shop, args: table, interrupted: function?): any, wxlive.Error?
---@return fun(args: table, interrupted: function?): any, wxlive.Error?
function M.over(options, work)
  return function(args, interrupted)
    local shop = M.open(args, options(args))
    return finally(function() shop:close() end, work, shop, args, interrupted)
  end
end

--- The `run` of a command that Ctrl-C only asks to end.
---@param work fun(args: table, interrupted: fun(): boolean): any, wxlive.Error?
function M.interruptible(work)
  return function(args)
    return interrupts.unbroken(work, args, core.process.interrupted)
  end
end

-- How many remarks on a sheet are printed one by one; the rest are only counted.
local PRINTED = 20

-- Makes the printer for remarks on a sheet: hear(line, message, message_zh) prints one,
-- finish() counts those that were not printed.
---@param args { sheet: string, acts_for: wxlive.Account? }
---@param before string   stands before each
---@param more string   "and %d more ..."
---@return { hear: fun(line: integer?, message: string, message_zh: string?), finish: fun() }
local function remarks(args, before, more)
  local heard, who = 0, report.who(args)
  return {
    hear = function(line, message, message_zh)
      heard = heard + 1
      if heard <= PRINTED then
        report.print(who, before .. pick(message, message_zh),
          ("%s:%d"):format(args.sheet, line or 1))
      end
    end,
    finish = function()
      if heard > PRINTED then
        report.print(who, more:format(heard - PRINTED))
      end
    end,
  }
end

--- The warnings of a sheet; see remarks.
function M.warnings(args)
  return remarks(args, pick("warning: ", "警告："),
    pick("and %d more warnings", "另有 %d 条警告"))
end

--- Prints what is remarked on the rows of a sheet, then the result; mistakes are an error.
---@param args table
---@param ask fun(options: table): table?, wxlive.Error?   options: of wxlive.Shop:plan
---@return true? ok
---@return wxlive.Error? err
function M.judge(args, ask)
  local warnings = M.warnings(args)
  local mistakes = remarks(args, "", pick("and %d more mistakes", "另有 %d 处错误"))
  local outcome, err = ask {
    kind = args.kind, prune = args.prune, moved = args.moved, on_warning = warnings.hear,
    on_problem = mistakes.hear, account = sheets.names_of(args),
  }
  if not outcome then
    return report.sheet(report.who(args), args.sheet, err)
  end
  warnings.finish()
  show.record(outcome, args)
  mistakes.finish()
  if outcome.mistakes > 0 then
    return nil, ends.with_mistakes(outcome.mistakes)
  end
  return true
end

--- Prints a summary, and returns what the command ends with: the summary's own error, if any.
---@return true? ok
---@return wxlive.Error? err
function M.conclude(summary, args)
  show.record(tables.without(summary, "err"), args)
  return not summary.err or nil, summary.err
end

return M
