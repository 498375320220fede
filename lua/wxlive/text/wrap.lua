--- Lines of at most so many columns, for a terminal: a line is broken at blanks, and between
--- Chinese characters; no line begins with a closing mark or ends with an opening one.
local text = require "wxlive.text"

local M = {}

local CHARACTER = "[%z\1-\127\194-\244][\128-\191]*"

local closing, opening = {}, {}
for mark in ("，。、；：！？）」』》】”’…,.;:!?)"):gmatch(CHARACTER) do
  closing[mark] = true
end
for mark in ("（「『《【“‘("):gmatch(CHARACTER) do
  opening[mark] = true
end

local function is_wide(character)
  return text.width(character) == 2
end

-- The parts of a line that are not broken: { text =, gap = blanks before it }.
local function parts_of(line)
  local parts, gap, before = {}, "", nil
  for character in line:gmatch(CHARACTER) do
    if character == " " then
      gap, before = gap .. " ", nil
    elseif before and (closing[character] or opening[before]
      or not (is_wide(before) or is_wide(character))) then
      local last = parts[#parts]
      last.text, before = last.text .. character, character
    else
      parts[#parts + 1], gap, before = { text = character, gap = gap }, "", character
    end
  end
  return parts
end

--- Breaks a line. A part that is longer than a line stays whole.
---@param line string       UTF-8
---@param columns integer
---@return string[] lines
function M.lines(line, columns)
  local lines, current, taken = {}, nil, 0
  for _, part in ipairs(parts_of(line)) do
    local width = text.width(part.text) or #part.text
    if current and taken + #part.gap + width <= columns then
      current, taken = current .. part.gap .. part.text, taken + #part.gap + width
    else
      lines[#lines + 1] = current
      current, taken = part.text, width
    end
  end
  lines[#lines + 1] = current or ""
  return lines
end

return M
