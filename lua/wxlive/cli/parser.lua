--- The command line's grammar: global options, the commands of our own, and one for each endpoint.
local accounts = require "wxlive.cli.accounts"
local argparse = require "argparse"
local catalogue = require "wxlive.catalogue"
local client = require "wxlive.cli.client"
local compat = require "wxlive.base.compat"
local endpoint = require "wxlive.cli.endpoint"
local help = require "wxlive.cli.help"
local language = require "wxlive.text.language"
local tables = require "wxlive.base.tables"
local status = require "wxlive.cli.exit_status"

local M = {}

local pick, unpack = language.pick, compat.unpack

--- Commands that are not endpoints, in the order of the help. Each module has name, summary, define
--- and run.
M.own = {}
for i, name in ipairs {
  "plan", "apply", "submit", "jobs", "worker", "diff", "watch", "rooms", "calendar", "goods",
  "rundown", "desk", "notify", "replays", "completion", "call", "endpoints", "token",
  "accounts", "callback", "listen", "platform", "sandbox",
} do
  M.own[i] = require("wxlive.cli.commands." .. name)
end

local groups = {
  { "room", "Rooms", "直播间" },
  { "room_goods", "Goods in a room", "直播间商品" },
  { "assistant", "Assistants", "小助手" },
  { "sub_anchor", "The anchor's second account", "主播副号" },
  { "role", "Roles", "成员角色" },
  { "goods", "Goods library and audit", "商品库与审核" },
  { "subscribe", "Subscribers", "长期订阅" },
  { "media", "Media", "素材" },
  { "auth", "Tokens", "令牌" },
  { "ops", "Operations", "运维" },
  { "third_party", "Third-party platforms", "第三方平台" },
}

--- Options that take the next word, so that an option's value is not mistaken for the command.
M.valued = {
  ["--config"] = true, ["--timeout"] = true, ["--columns"] = true, ["--shop"] = true,
  ["--account"] = true,
}

-- Says at the end of the help of a command, and of the commands below it, which of the options that
-- all commands share it takes.
local function name_shared_options(grammar, command)
  local line = accounts.shared_options(command)
  for _, part in ipairs(line and { grammar, unpack(grammar._commands) } or {}) do
    part:epilog((part._epilog and part._epilog .. "\n\n" or "") .. line)
  end
end

--- Builds the parser. Only the wanted command is given its options: the others are there by name.
---@param wanted string?   name of the command
---@return table parser
function M.build(wanted)
  local parser = help.prepare(argparse("wxlive"))
    :description(pick("The live-broadcast API of WeChat mini programs, from the command line.",
      "微信小程序直播接口命令行工具。"))
    :epilog(pick("wxlive COMMAND --help explains one command. ",
      "wxlive COMMAND --help 查看命令用法。") .. status.text() .. "\n\n"
      .. pick("Settings come from the environment (WXLIVE_APPID, WXLIVE_SECRET, WXLIVE_BASE_URL, "
        .. "...) or a file (--config); the secret is never taken from the command line.",
        "配置取自环境变量（WXLIVE_APPID、WXLIVE_SECRET、WXLIVE_BASE_URL 等）或文件（--config）；"
        .. "密钥不从命令行读取。"))
    :command_target("command"):require_command(false)
  client.define_options(parser)
  accounts.define_options(parser)
  parser:flag("-V --version"):description(pick("print the version", "显示版本"))
  local own = {}
  for i, module in ipairs(M.own) do
    own[i] = help.command(parser, module.name, module.summary, module.summary_zh)
    if module.name == wanted then
      module.define(own[i])
      name_shared_options(own[i], module)
    end
  end
  own[#own + 1] = help.command(parser, "help", "show this help, or a command's", "显示帮助")
  parser:group(pick("Commands", "命令"), unpack(own))
  local by_group = {}
  for _, entry in ipairs(catalogue.list) do
    local command = help.command(parser, entry.name, entry.summary, entry.summary_zh)
    if entry.name == wanted then
      endpoint.define(command, entry)
      name_shared_options(command, endpoint.command(entry))
    end
    by_group[entry.group] = by_group[entry.group] or {}
    table.insert(by_group[entry.group], command)
  end
  for _, group in ipairs(groups) do
    parser:group(pick(group[2], group[3]), unpack(by_group[group[1]]))
    by_group[group[1]] = nil
  end
  assert(next(by_group) == nil, "a group of endpoints has no heading")
  return parser
end

--- Calls f(alias, option) for each name of each option of a part of the grammar. Of the commands
--- only the wanted one has options beside --help.
---@param part table
---@param f fun(alias: string, option: table)
function M.each_option(part, f)
  for _, option in ipairs(part._options) do
    for _, alias in ipairs(option._aliases) do
      f(alias, option)
    end
  end
  for _, inner in ipairs(part._commands) do
    M.each_option(inner, f)
  end
end

--- The options of a grammar: whether each takes a value.
---@param parser table
---@return table<string, boolean>
function M.options(parser)
  local known = {}
  M.each_option(parser, function(alias, option)
    known[alias] = option._maxargs > 0
  end)
  return known
end

--- Gives a command the options that stood before it. One that changes what is sent and that the
--- command does not have is refused.
---@param args table      of the parser; changed
---@param parser table
---@return string? refused   the option
function M.settle(args, parser)
  local known = {}
  for _, command in ipairs(parser._commands) do
    M.each_option(command, function(alias)
      known[alias] = true
    end)
  end
  for _, option in ipairs { "json", "table", "columns", "dry_run", "timeout" } do
    local before, spelling = args["before_" .. option], "--" .. option:gsub("_", "-")
    if before ~= nil then
      args["before_" .. option] = nil
      if known[spelling] then
        args[option] = args[option] == nil and before or args[option]
      elseif option == "dry_run" or option == "timeout" then
        return spelling
      end
    end
  end
end

--- Every command's name.
---@return string[]
function M.names()
  return tables.append(tables.append({ "help" }, tables.column(M.own, "name")),
    tables.column(catalogue.list, "name"))
end

return M
