--- The help of a command: argparse's, in the reader's language, with lines that fit a terminal.
--
-- argparse speaks English, and counts bytes: it breaks Chinese lines where they are too short, or
-- not at all.
local pick = require("wxlive.text.language").pick
local text = require "wxlive.text"
local wrap = require "wxlive.text.wrap"

local M = {}

local COLUMNS = 100

-- argparse's own words. "Usage: " and its Chinese are equally wide: the next lines stand below.
local words = {
  { "^Usage: ", "用法： " }, { "^Options:$", "选项：" }, { "^Arguments:$", "参数：" },
  { "^Commands:$", "命令：" }, { "^([^ ].*):$", "%1：" },
  { " ?%(default: ([^()]*)%)$", "（默认 %1）" },
}

local function translated(line)
  for _, pair in ipairs(words) do
    line = line:gsub(pair[1], pair[2])
  end
  return line
end

-- What stands in the left column of a line, and what is broken into lines beside it.
local function columns_of(line, margin)
  local left = line:sub(1, margin)
  if line:find("^ ") and left:find(" $") and #line > margin then
    return left, line:sub(margin + 1)
  end
  return "", line
end

local function laid_out(help, margin)
  local lines = {}
  for line in (help .. "\n"):gmatch("(.-)\n") do
    line = pick(line, translated(line))
    if (text.width(line) or 0) <= COLUMNS then
      lines[#lines + 1] = line
    else
      local left, rest = columns_of(line, margin)
      for i, part in ipairs(wrap.lines(rest, COLUMNS - #left)) do
        lines[#lines + 1] = (i == 1 and left or (" "):rep(#left)) .. part
      end
    end
  end
  return table.concat(lines, "\n")
end

--- Prepares a parser of argparse, or one of its commands.
---@param parser table
---@param margin integer?   width of the left column, 34
---@return table parser
function M.prepare(parser, margin)
  margin = margin or 34
  parser:help_description_margin(margin)
  for _, option in ipairs(parser._options) do
    for _, alias in ipairs(option._aliases) do
      if alias == "--help" then
        option:description(pick("show this help", "显示帮助"))
      end
    end
  end
  local get_help = parser.get_help
  function parser:get_help()
    return laid_out(get_help(self), margin)
  end
  return parser
end

--- A command of a parser or of another command.
---@param parser table
---@param name string
---@param summary string
---@param summary_zh string
---@return table command
function M.command(parser, name, summary, summary_zh)
  local shown = pick(summary, summary_zh)
  return M.prepare(parser:command(name):summary(shown):description(shown))
end

return M
