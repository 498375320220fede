--- Width of UTF-8 text as the platform and terminals count it: wide characters 2, others 1.
--
-- The platform's pages say "a Chinese character is 2, any other 1". How emoji count is documented
-- nowhere; they are wide on every screen and count 2 here.
local M = {}

local byte, find = string.byte, string.find

-- Ranges of code points that take two columns: East Asian wide and full-width forms, and emoji.
local wide = {
  0x1100, 0x115f, 0x2e80, 0x303e, 0x3041, 0x33ff, 0x3400, 0x4dbf, 0x4e00, 0x9fff, 0xa000, 0xa4cf,
  0xa960, 0xa97f, 0xac00, 0xd7a3, 0xf900, 0xfaff, 0xfe30, 0xfe6f, 0xff00, 0xff60, 0xffe0, 0xffe6,
  0x1f300, 0x1f64f, 0x1f680, 0x1f6ff, 0x1f900, 0x1f9ff, 0x20000, 0x3fffd,
}

--- Columns of one code point: 2 or 1; 0 for combining marks and joiners.
---@param code integer
---@return integer
function M.of_code(code)
  if code < 0x300 then
    return 1
  elseif code <= 0x36f or code == 0x200d or (code >= 0xfe00 and code <= 0xfe0f) then
    return 0
  end
  for i = 1, #wide, 2 do
    if code < wide[i] then
      return 1
    elseif code <= wide[i + 1] then
      return 2
    end
  end
  return 1
end

-- Smallest code point that a sequence of this length may hold: longer forms are not UTF-8.
local least = { 0, 0x80, 0x800, 0x10000 }

--- The code point at byte i and the position of the next; nil when it is not UTF-8 there.
---@param s string
---@param i integer
---@return integer? code
---@return integer? after
function M.decode(s, i)
  local lead = byte(s, i)
  if lead < 0x80 then
    return lead, i + 1
  end
  local n, code
  if lead >= 0xc2 and lead < 0xe0 then
    n, code = 2, lead - 0xc0
  elseif lead >= 0xe0 and lead < 0xf0 then
    n, code = 3, lead - 0xe0
  elseif lead >= 0xf0 and lead < 0xf5 then
    n, code = 4, lead - 0xf0
  else
    return nil
  end
  for k = i + 1, i + n - 1 do
    local c = byte(s, k)
    if not c or c < 0x80 or c > 0xbf then
      return nil
    end
    code = code * 64 + (c - 0x80)
  end
  if code < least[n] or code > 0x10ffff or (code >= 0xd800 and code <= 0xdfff) then
    return nil
  end
  return code, i + n
end

--- Width of a text.
---@param s string
---@return integer? width
---@return string? reason   when it is not UTF-8: at which byte
function M.width(s)
  if not find(s, "[\128-\255]") then
    return #s
  end
  local width, i, n = 0, 1, #s
  while i <= n do
    local code, after = M.decode(s, i)
    if not code then
      return nil, "not UTF-8 at byte " .. i
    end
    width = width + M.of_code(code)
    i = after
  end
  return width
end

--- The longest beginning of a text that is at most `max` wide, and its width.
---@param s string   UTF-8
---@param max integer
---@return string
---@return integer
function M.cut(s, max)
  local width, i, n = 0, 1, #s
  while i <= n do
    local code, after = M.decode(s, i)
    if not code then
      code, after = 0xfffd, i + 1
    end
    local w = M.of_code(code)
    if width + w > max then
      return s:sub(1, i - 1), width
    end
    width, i = width + w, after
  end
  return s, width
end

return M
