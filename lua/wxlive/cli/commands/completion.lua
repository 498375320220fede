--- wxlive completion SHELL: what the shell needs to complete commands and options.
--
-- The lists are made from the grammar itself: there is no second list to maintain.
local language = require "wxlive.text.language"

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

-- The options of a command, read from its usage message.
local function options_of(parser, name)
  local help = parser.build(name)
  local list, seen = {}, {}
  local _, text = pcall(function()
    for _, command in ipairs(help._commands) do
      if command._name == name then
        return command:get_help()
      end
    end
    return ""
  end)
  local function add(option)
    if not seen[option] then
      seen[option] = true
      list[#list + 1] = option
    end
  end
  for option in text:gmatch("%f[%S](%-%-[%w-]+)") do
    add(option)
  end
  -- Those that stand before every command as well.
  for _, option in ipairs(help._options) do
    local name_of = option._aliases[#option._aliases]
    if not option._hidden and name_of ~= "--version" then
      add(name_of)
    end
  end
  table.sort(list)
  return table.concat(list, " ")
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
