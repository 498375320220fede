--- Finds lists of values in which a condition cuts a call's error off:
--
--   return ok and f(), err      f returns nil and an error; the caller gets nil and the old err
--   local a, b = ok or f(), nil
--   return x and y or bad()     bad makes nil and an error; the caller gets nil
--   assert(x or f())            f's error is not what assert raises
--
-- An expression list keeps one value of every expression but the last, and `and` and `or` keep one
-- value always. What belongs there is an if statement.
local tokens_of = require "scripts.dev.lint.tokens"

local M = {}

-- Functions with one result and no error: nothing of theirs can be cut off.
local single = {
  ["math.floor"] = true, ["math.max"] = true, ["math.min"] = true, tonumber = true,
  tostring = true, ["json.array"] = true, ["compat.fold"] = true, ["#"] = true,
  ["table.concat"] = true, ["tables.column"] = true, ["tables.index"] = true,
}

-- Functions that give nil and an error, whatever they are a part of.
local makers = { bad = true, fail = true, failure = true, usage = true }

local opens = { ["function"] = true, ["if"] = true, ["do"] = true, ["repeat"] = true,
  ["("] = true, ["{"] = true, ["["] = true }
local closes = { ["end"] = true, ["until"] = true, [")"] = true, ["}"] = true, ["]"] = true }
local ends = { ["local"] = true, ["then"] = true, ["else"] = true, ["elseif"] = true, [";"] = true }
local blocks = { ["function"] = true, ["if"] = true, ["do"] = true, ["repeat"] = true }

-- The name of the function whose call ends with the bracket at `stop`.
local function called(tokens, stop)
  local depth, at = 0, stop
  repeat
    local text = tokens[at].text
    depth = depth + (closes[text] and 1 or 0) - (opens[text] and 1 or 0)
    at = at - 1
  until depth == 0 or at == 0
  local parts = {}
  while at > 0 and (tokens[at].text:find("^[%a_][%w_]*$") or tokens[at].text:find("^[.:]$")) do
    local joined = tokens[at + 1] and parts[1] and tokens[at].text:find("^[%w_]")
      and parts[1]:find("^[%w_]")
    if joined then
      break
    end
    table.insert(parts, 1, tokens[at].text)
    at = at - 1
  end
  return table.concat(parts)
end

--- Every place where an error is cut off.
---@param source string
---@return { line: integer, call: string }[]
function M.find(source)
  local found, tokens = {}, tokens_of(source)
  -- lists: the expression list that is open at each depth, if one is.
  local stack, lists = {}, {}
  local function note(list, i, is_wrong)
    local name = list and list.choice and tokens[i - 1].text == ")" and called(tokens, i - 1) or ""
    if name ~= "" and is_wrong(name) then
      found[#found + 1] = { line = tokens[i - 1].line, call = name }
    end
  end
  local function is_maker(name)
    return makers[name:match("[%w_]*$")] == true
  end
  local function may_fail(name)
    return not (single[name] or name:find(":find$") or name:find(":match$"))
  end
  for i, token in ipairs(tokens) do
    local text, depth = token.text, #stack
    local list = lists[depth]
    local top = stack[depth]
    if closes[text] then
      note(list, i, list and list.of_assert and may_fail or is_maker)
      lists[depth] = nil
      stack[depth] = nil
    elseif opens[text] then
      if blocks[text] and text ~= "function" then
        lists[depth] = nil
      end
      stack[depth + 1] = text
      if text == "(" and i > 1 and tokens[i - 1].text == "assert" then
        lists[depth + 1] = { choice = false, of_assert = true }
      end
    elseif text == "return" or text == "=" and (not top or blocks[top]) then
      lists[depth] = { choice = false }
    elseif list and (text == "and" or text == "or") then
      list.choice = true
    elseif list and text == "," then
      if list.of_assert then
        lists[depth] = nil -- what it raises stands behind the comma
      else
        note(list, i, may_fail)
      end
      list.choice = false
    elseif ends[text] then
      note(list, i, is_maker)
      lists[depth] = nil
    end
  end
  return found
end

return M
