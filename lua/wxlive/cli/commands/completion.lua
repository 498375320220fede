--- wxlive completion SHELL: what the shell needs to complete commands and options.
--
-- The lists are made from the grammar itself: there is no second list to maintain.
local catalogue = require "wxlive.catalogue"
local pick = require("wxlive.text.language").pick
local tables = require "wxlive.base.tables"

local M = {
  name = "completion",
  summary = "print completion for bash or zsh",
  summary_zh = "输出 bash 或 zsh 的补全脚本",
  settings = false,
}

function M.define(command)
  command:argument("shell"):choices { "bash", "zsh" }:description(pick("the shell", "所用 shell"))
  command:epilog(pick('bash: put  eval "$(wxlive completion bash)"  into ~/.bashrc\n'
    .. 'zsh: put  eval "$(wxlive completion zsh)"  into ~/.zshrc, behind compinit',
    'bash：在 ~/.bashrc 中加入 eval "$(wxlive completion bash)"\n'
    .. 'zsh：在 ~/.zshrc 的 compinit 之后加入 eval "$(wxlive completion zsh)"'))
end

local bash = [[
_wxlive() {
  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  local said=" " word words= options= i
  if [ "$before" = --account ]; then
    COMPREPLY=($(compgen -W "$(wxlive accounts --names 2>/dev/null)" -- "$current"))
    return
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    case $word in
    %s)
      [ "${COMP_WORDS[i + 1]}" = = ] && i=$((i + 1))
      i=$((i + 1)) ;;
    -*) ;;
    *) said="$said$word " ;;
    esac
  done
  case $said in
%s  esac
  case $current in
  -*) words=$options ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _wxlive wxlive
]]

local zsh_prefix = "autoload -Uz bashcompinit && bashcompinit\n"

-- The options that the help of a part of the grammar lists, behind those in `known`. Notes in
-- `valued` which take a value.
local function options_of(part, known, valued)
  local list = tables.merged(known)
  for _, option in ipairs(part._options) do
    local name = option._aliases[#option._aliases]
    if not option._hidden and name ~= "--version" then
      list[name] = name
      valued[name] = option._maxargs > 0 or nil
    end
  end
  return list
end

-- The words that may follow a command: its own commands, or values of its first argument.
local function words_of(command)
  if command._name == "call" then
    return catalogue.by_name
  end
  local words, first = {}, command._arguments[1]
  for _, inner in ipairs(command._commands) do
    words[inner._name] = true
  end
  for _, choice in ipairs(first and first._choices or {}) do
    words[choice] = true
  end
  return words
end

-- A branch of the shell's `case` over the words that stand before.
local function branch(pattern, words, options)
  return ('  %s) words="%s" options="%s" ;;\n'):format(pattern,
    table.concat(tables.keys(words), " "), table.concat(tables.keys(options), " "))
end

function M.run(args)
  -- The parser knows this module: it is asked for when it is there.
  local parser = require "wxlive.cli.parser"
  local names, valued, branches = {}, {}, {}
  local globals = options_of(parser.build(), {}, valued)
  for _, name in ipairs(parser.names()) do
    names[name] = true
  end
  for _, name in ipairs(tables.keys(names)) do
    for _, command in ipairs(parser.build(name)._commands) do
      if command._name == name then
        local options = options_of(command, globals, valued)
        local words = name == "help" and names or words_of(command)
        if next(words) then
          branches[#branches + 1] = branch(('" %s "'):format(name), words, options)
        end
        for _, inner in ipairs(command._commands) do
          branches[#branches + 1] = branch(('" %s %s "*'):format(name, inner._name), {},
            options_of(inner, options, valued))
        end
        branches[#branches + 1] = branch(('" %s "*'):format(name), {}, options)
      end
    end
  end
  io.stdout:write(args.shell == "zsh" and zsh_prefix or "", bash:format(
    table.concat(tables.keys(valued), "|"),
    branch('" "', names, globals) .. table.concat(branches)))
  return true
end

return M
