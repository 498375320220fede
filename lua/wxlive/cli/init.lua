--- The wxlive command: parses the command line, runs the command, and ends with a status.
local accounts = require "wxlive.cli.accounts"
local catalogue = require "wxlive.catalogue"
local core = require "wxlive.core"
local endpoint = require "wxlive.cli.endpoint"
local pick = require("wxlive.text.language").pick
local observer = require "wxlive.cli.observer"
local parser = require "wxlive.cli.parser"
local report = require "wxlive.cli.output.report"
local sentence = require "wxlive.text.sentence"
local status = require "wxlive.cli.exit_status"
local suggest = require "wxlive.base.suggest"
local tables = require "wxlive.base.tables"
local words = require "wxlive.cli.words"
local wrong_usage = require "wxlive.cli.usage"

local M = {}

local function usage(text, command)
  io.stderr:write("wxlive: ", text,
    pick("; see wxlive", text:find("？$") and "参见 wxlive" or "；参见 wxlive"),
    command and " " .. command or "", " --help\n")
  return status.usage
end

local function main(argv)
  local line = words.normalise(argv)
  local at = words.command_index(line, parser.valued)
  if at and line[at] == "help" then
    -- wxlive help create_room is wxlive create_room --help
    table.remove(line, at)
    line[#line + 1] = "--help"
    at = words.command_index(line, parser.valued)
  end
  local said = at and line[at]
  local name = said and said:gsub("-", "_")
  if at then
    line[at] = name
  end
  local entry, own = catalogue.by_name[name], tables.index(parser.own, "name")[name]
  if at and not entry and not own then
    local near = suggest.nearest(name, parser.names())
    local shown = said:find("%S") and said or '"' .. said .. '"'
    return usage(pick("there is no command %s", "没有命令 %s"):format(shown)
      .. sentence.read(suggest.question(near)))
  end
  local grammar = parser.build(name)
  local stray
  line, stray = words.tie(line, parser.options(grammar))
  local ok, args = grammar:pparse(line)
  if not ok and stray then
    return usage(pick("%s is not an option; a value that begins with - is written --OPTION=%s",
      "没有选项 %s；以 - 开头的值请写作 --选项=%s"):format(stray, stray), name)
  elseif not ok then
    return usage(sentence.read(wrong_usage.explain(args)), name)
  elseif args.version then
    io.stdout:write("wxlive ", core.version, "\n")
    return status.ok
  elseif not at then
    io.stderr:write(grammar:get_help(), "\n")
    return status.usage
  end
  local refused = parser.settle(args, grammar)
  if refused then
    return usage(pick("%s has no %s", "%s 没有选项 %s"):format(name, refused), name)
  end
  assert(observer.over(function(all)
    return accounts.run(own or endpoint.command(entry), all, own and own.run or function(of_one)
      return endpoint.run(entry, of_one)
    end)
  end, args))
  return status.ok
end

--- Runs the command.
---@param argv string[]
---@return integer status
function M.run(argv)
  core.process.undumpable()
  return report.guard("wxlive", main, argv)
end

return M
