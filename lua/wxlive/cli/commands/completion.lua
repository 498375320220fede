--- wxlive completion SHELL: what the shell needs to complete commands and options.
--
-- The lists are made from the grammar itself: there is no second list to maintain.
local language = require "wxlive.text.language"
local tables = require "wxlive.base.tables"

local M = {
  name = "completion",
  summary = "print completion for bash or zsh",
  summary_zh = "输出 bash 或 zsh 的补全脚本",
}

local pick = language.pick

function M.define(command)
  command:argument("shell"):choices { "bash", "zsh" }:description(pick("the shell", "所用 shell"))
  command:epilog(pick('bash: put  eval "$(wxlive completion bash)"  into ~/.bashrc\n'
    .. 'zsh: put  eval "$(wxlive completion zsh)"  into ~/.zshrc, behind compinit',
    'bash：在 ~/.bashrc 中加入 eval "$(wxlive completion bash)"\n'
    .. 'zsh：在 ~/.zshrc 的 compinit 之后加入 eval "$(wxlive completion zsh)"'))
end

-- The long options of a command, with those that stand before every command as well.
local function options_of(parser, name)
  local names = {}
  parser.each_option(parser.build(name), function(alias, option)
    if alias:find("^%-%-") and not option._hidden and alias ~= "--version" then
      names[alias] = true
    end
  end)
  return table.concat(tables.keys(names), " ")
end

local bash = [[
_wxlive() {
  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  local command= word choices=
  if [ "$before" = --account ]; then
    COMPREPLY=($(compgen -W "$(wxlive accounts --names 2>/dev/null)" -- "$current"))
    return
  fi
  for word in "${COMP_WORDS[@]:1:$((COMP_CWORD - 1))}"; do
    case $word in -*) ;; *) command=$word; break ;; esac
  done
  case $command in
  "") choices="%s" ;;
%s  esac
  case $current in
  -*) ;;
  *) [ -n "$command" ] && choices= ;;
  esac
  COMPREPLY=($(compgen -W "$choices" -- "$current"))
}
complete -o default -F _wxlive wxlive
]]

local zsh_prefix = "autoload -Uz bashcompinit && bashcompinit\n"

function M.run(args)
  -- The parser knows this module: it is asked for when it is there.
  local parser = require "wxlive.cli.parser"
  local names, cases = parser.names(), {}
  table.sort(names)
  for _, name in ipairs(names) do
    cases[#cases + 1] = ("  %s) choices=\"%s\" ;;\n"):format(name, options_of(parser, name))
  end
  io.stdout:write(args.shell == "zsh" and zsh_prefix or "",
    bash:format(table.concat(names, " "), table.concat(cases)))
  return true
end

return M
