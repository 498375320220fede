--- Opens the client for the command's calls, and defines the options that all calls share.
local broadcast = require "wxlive.broadcast"
local Error = require "wxlive.error"
local join = require("wxlive.hooks").join
local language = require "wxlive.text.language"
local options_check = require "wxlive.base.options"
local sentence = require "wxlive.text.sentence"
local settings = require "wxlive.settings"
local tables = require "wxlive.base.tables"
local usage = require "wxlive.cli.usage"

local M = {}

local both, pick = sentence.both, language.pick

--- A converter of numbers for argparse.
---@param name string
---@param least number
---@param most number?
---@param whole boolean?
function M.number(name, least, most, whole)
  return function(text)
    local value = not text:find("[^%d.+-]") and tonumber(text)
    local fits = value and value >= least and value <= (most or math.huge)
    if not fits or whole and value % 1 ~= 0 then
      return nil, sentence.read(both("%s must be a %s from %s%s, not %s", "%s 应为%s，不小于 %s%s，而不是 %s")
        :format(name, whole and both("whole number", "整数") or both("number", "数字"), least,
          most and both(" to %s", "，且不大于 %s"):format(most) or "", text))
    end
    return whole and math.floor(value) or value
  end
end

--- Defines an option that takes a number.
---@param command table   argparse command
---@param name string
---@param argname string
---@param limits table   the least, and the most; whole, default
---@param text string
---@param text_zh string
function M.define_number(command, name, argname, limits, text, text_zh)
  local option = command:option(name):argname(argname):description(pick(text, text_zh))
    :convert(M.number(name, limits[1], limits[2], limits.whole))
  if limits.default then
    option:default(tostring(limits.default))
  end
end

local function seconds(text)
  local value = not text:find("[^%d.+-]") and tonumber(text)
  if not value or value <= 0 or value ~= value or value == math.huge then
    return nil, sentence.read(both("--timeout must be a number of seconds above 0, not %s",
      "--timeout 应为大于 0 的秒数，而不是 %s"):format(text))
  end
  return value
end

-- An option of a command; or, hidden, of what stands before the command. argparse forgets the value
-- of an option that stands before a command which has an option of the same target, therefore the
-- former has a target of its own; see settle in wxlive.cli.parser.
local function shared(option, hidden)
  if hidden then
    option:target("before_" .. option._name:gsub("^%-+", ""):gsub("-", "_")):hidden(true)
  end
  return option
end

--- --json, --table, --columns
---@param command table   argparse command
---@param hidden boolean? accepted, but not listed in the help
function M.define_output_options(command, hidden)
  command:mutex(
    shared(command:flag("--json"):description(pick(
      "print JSON, keys sorted (the default in a pipe)", "输出 JSON（管道中为默认）")), hidden),
    shared(command:flag("--table"):description(pick(
      "print a table (the default on a terminal)", "输出表格（终端中为默认）")), hidden))
  shared(command:option("--columns"):argname("<A,B,...>")
    :description(pick("columns of the table", "表格的列")), hidden)
end

--- --dry-run, --timeout and the output options.
---@param command table
---@param hidden boolean?
function M.define_call_options(command, hidden)
  shared(command:flag("--dry-run"):description(pick("show the request instead of sending it",
    "只显示将要发送的请求")), hidden)
  shared(command:option("--timeout"):argname("<SECONDS>"):convert(seconds)
    :description(pick("time allowed for the whole call, retries included",
      "整个调用（含重试）的时限，单位秒")), hidden)
  M.define_output_options(command, hidden)
end

--- Options that stand before the command or after it.
---@param parser table
function M.define_options(parser)
  parser:option("--config"):argname("<FILE>")
    :description(pick("file with the settings", "配置文件"))
  parser:option("--shop"):argname("<APPID>")
    :description(pick("act for this shop, as the third-party platform that it gave its consent to",
      "以第三方平台身份代该商家（appid）调用"))
  M.define_call_options(parser, true)
end

-- A dry run needs no account: the shown request holds neither token nor secret.
local function without_account(options)
  options.appid = options.appid or "wx0000000000000000"
  options.secret = nil
  options.token_provider = function()
    return nil
  end
  return options
end

-- What helps when settings are wrong: of an account, and of a third-party platform.
local hint = {
  en = "set WXLIVE_APPID and WXLIVE_SECRET in the environment, or name a file with --config",
  zh = "请设置环境变量 WXLIVE_APPID、WXLIVE_SECRET，或用 --config 指定配置文件",
}
local platform_hint = {
  en = "set WXLIVE_COMPONENT_APPID, WXLIVE_COMPONENT_SECRET and WXLIVE_VAULT_KEY (and, "
    .. "to receive pushes, WXLIVE_COMPONENT_TOKEN and WXLIVE_COMPONENT_AES_KEY) in the "
    .. "environment, or name a file with --config",
  zh = "请设置环境变量 WXLIVE_COMPONENT_APPID、WXLIVE_COMPONENT_SECRET、"
    .. "WXLIVE_VAULT_KEY（接收推送还需 WXLIVE_COMPONENT_TOKEN、WXLIVE_COMPONENT_AES_KEY），"
    .. "或用 --config 指定配置文件",
}

local transport_hint = {
  en = "correct the settings proxy and ca_file", zh = "请修正配置项 proxy 与 ca_file",
}

-- Says which setting is wrong, in the command's words (variables and files, not Lua options).
local function bad_settings(err, help)
  if not err.problems and err.name ~= "bad_argument" then
    return nil, err
  end
  help = err.problems and help or transport_hint
  return Error.fail {
    kind = "usage", name = "bad_settings", message = options_check.as_settings(err),
    hint = help.en, hint_zh = help.zh,
  }
end

-- The options that a reader of settings gives, and those of a command over them.
local function options_of(read, args, more)
  local options, err = read {
    config = args.config, section = args.acts_for and args.acts_for:settings(),
  }
  if not options then
    return nil, err
  end
  return tables.put(options, more)
end

--- Opens a receiver of callbacks from the environment and the file.
---@param args { config: string?, platform: boolean? }   platform: with the keys of a component
---@param more table?     further options of the receiver
---@return wxlive.Callback? receiver
---@return wxlive.Error? err
function M.receiver(args, more)
  local read = args.platform and settings.read_platform_callback or settings.read_callback
  local options, err = options_of(read, args, more)
  if not options then
    return nil, err
  end
  local receiver
  receiver, err = require("wxlive.callback").new(options)
  if not receiver then
    return Error.fail {
      kind = "usage", name = "bad_settings", message = sentence.of(err),
    }
  end
  return receiver
end

--- Opens the third-party platform of the environment and the file.
---@param args { config: string? }
---@param more table?     further options
---@return wxlive.Platform? platform
---@return wxlive.Error? err
function M.open_platform(args, more)
  local options, err = options_of(settings.read_platform, args, more)
  if not options then
    return nil, err
  end
  local platform
  platform, err = require("wxlive.platform").new(options)
  if not platform then
    return bad_settings(err, platform_hint)
  end
  return platform
end

-- Opens a client with open(options), seen by the command's observer where it has one.
local function observed(args, appid, given, open)
  local observer = appid and args.observer
  local seen, options = observer and observer:client(appid) or {}, tables.merged(given)
  options.hooks = seen.hooks and join(options.hooks, seen.hooks) or options.hooks
  options.quota = options.quota or seen.quota
  local live, err = open(options)
  if observer then
    observer:opened(live, appid, err)
  end
  return live, err
end

-- A client of a shop, as the platform that it gave its consent to.
local function open_shop(args, appid, options)
  local platform, err = M.open_platform(args, options)
  if not platform then
    return nil, err
  end
  local live
  live, err = platform:shop(appid)
  if not live then
    return usage.fail(sentence.of(err))
  end
  return live
end

-- The settings have no account of their own, but others: which of them is meant is for the caller
-- to say.
local function name_one(args, err)
  local accounts = settings.read_accounts(args)
  if err.name ~= "bad_settings" or not accounts or not accounts[1] or accounts[1].line == 0 then
    return nil, err
  end
  return Error.fail {
    kind = "usage", name = "bad_settings", sent = false,
    message = both("the settings hold %d accounts", "配置中有 %d 个账号"):format(#accounts),
    hint = "name one or a group of them with --account, or all of them with --all",
    hint_zh = "请用 --account 指定账号或分组，或用 --all 指定全部",
  }
end

--- Opens a client from the environment and the file.
---@param args { config: string?, shop: string?, acts_for: wxlive.Account? }
---@param more table?     further options of the client
---@return wxlive.Broadcast? live
---@return wxlive.Error? err
function M.open(args, more)
  if args.acts_for then
    return observed(args, args.acts_for.name, more, function(options)
      return args.acts_for:open(options)
    end)
  end
  local shop, err = args.shop, nil
  if not shop then
    shop, err = settings.read_shop { config = args.config }
  end
  if err then
    return nil, err
  elseif shop and not (more and more.dry_run) then
    return observed(args, shop, more, function(options)
      return open_shop(args, shop, options)
    end)
  end
  local read
  read, err = options_of(settings.read, args, more)
  if not read then
    return nil, err
  end
  read.appid = shop or read.appid
  return observed(args, read.appid, read, function(options)
    local live
    live, err = broadcast.new(options.dry_run and without_account(options) or options)
    if not live then
      return name_one(args, select(2, bad_settings(err, hint)))
    end
    return live
  end)
end

--- The `run` of a command that works with a client.
---@param work fun(live: wxlive.Broadcast, args: table, interrupted: (fun(): boolean)?): any, any
---@return fun(args: table, interrupted: (fun(): boolean)?): any, any
function M.over(work)
  return function(args, interrupted)
    return work(assert(M.open(args)), args, interrupted)
  end
end

return M
