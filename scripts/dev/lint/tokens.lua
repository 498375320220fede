--- The tokens of Lua, without its comments: { text, line, said }. The text of every string is "",
--- and `said` is what stands between its quotes.
---@param source string
---@return { text: string, line: integer, said: string? }[]
return function(source)
  local list, at, line = {}, 1, 1
  local function push(text, said)
    list[#list + 1] = { text = text, line = line, said = said }
  end
  local function skip(to)
    local _, newlines = source:sub(at, to):gsub("\n", "")
    line, at = line + newlines, to + 1
  end
  while at <= #source do
    local _, blank = source:find("^%s+", at)
    local long = source:match("^%-*%[(=*)%[", at)
    local name = source:match("^[%a_][%w_]*", at)
    local quote = source:match("^[\"']", at)
    if blank then
      skip(blank)
    elseif long and source:find("^%-%-%[", at) or long and source:find("^%[", at) then
      local _, stop = source:find("]" .. long .. "]", at, true)
      if source:sub(at, at) == "[" then
        push('""', source:sub(at + 2 + #long, stop and stop - 2 - #long))
      end
      skip(stop or #source)
    elseif source:find("^%-%-", at) then
      skip((source:find("\n", at, true) or #source + 1) - 1)
    elseif quote then
      local stop = at + 1
      while stop <= #source and source:sub(stop, stop) ~= quote do
        stop = stop + (source:sub(stop, stop) == "\\" and 2 or 1)
      end
      push('""', source:sub(at + 1, stop - 1))
      skip(stop)
    elseif name then
      push(name)
      skip(at + #name - 1)
    else
      local text = source:match("^%.%.%.?", at) or source:match("^[=~<>]=", at)
        or source:match("^[%d][%w.]*", at) or source:sub(at, at)
      push(text)
      skip(at + #text - 1)
    end
  end
  return list
end
