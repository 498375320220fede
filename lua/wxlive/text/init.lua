--- Text that people write: its width on a terminal, the blanks around it, how a message shows it.
--
-- Blanks are Unicode's, and everything that cannot be seen counts as one at the ends of a text:
-- no-break and ideographic spaces, byte order marks, zero-width characters, line ends. The tables
-- are in core/src/base/text.c.
local core = require "wxlive.core"
local tables = require "wxlive.base.tables"

local M = {}

local width, hidden, most_units = core.text.width, core.text.hidden, core.text.most_units

--- Width of a text in columns of a terminal: wide characters 2, others 1.
---@param s string
---@return integer? width
---@return string? reason   when it is not UTF-8: at which byte
function M.width(s)
  local columns, at = width(s)
  if not columns then
    return nil, "not UTF-8 at byte " .. at
  end
  return columns
end

--- The longest beginning of a text that is at most `max` wide, and its width.
---@type fun(s: string, max: integer): string, integer
M.cut = core.text.cut

--- A text without the blanks and invisible characters at its ends.
---@type fun(s: string): string
M.trim = core.text.trim

--- How long the platform may count a text as, against its limits of length: at least its width; at
--- most the largest count that was observed (each character beyond ASCII 2, emoji 4). The client
--- refuses a text only when both counts are too large; the sandbox uses the larger one.
---@param s string   UTF-8
---@return integer least
---@return integer most
function M.units(s)
  return (width(s)), most_units(s)
end

-- A character beyond ASCII, or a byte that is none.
local BEYOND_ASCII = "[\128-\255][\128-\191]*"

-- Full-width forms (U+FF01 to U+FF5E), as Chinese keyboards give them.
local function narrow_char(char)
  if M.trim(char) == "" then
    return " "
  end
  local second, third = char:match("^\239([\188\189])([\128-\191])$")
  local code = second and (second:byte() - 188) * 64 + third:byte() - 128
  return code and code >= 1 and code <= 94 and string.char(code + 32) or nil
end

--- A trimmed text with ASCII in place of full-width forms and of Unicode's blanks: values other
--- than free text (numbers, times, words) are read in this form.
---@param s string
---@return string
function M.narrow(s)
  return (M.trim(s):gsub(BEYOND_ASCII, narrow_char))
end

--- The trimmed form of every text in a value: in a table, of its elements.
---@param value any
---@return any
function M.trimmed(value)
  return tables.changed(value, function(item)
    return type(item) == "string" and M.trim(item) or item
  end)
end

-- The code point of one character that is well-formed.
local function code_of(char)
  local code = char:byte()
  if #char > 1 then
    code = code % 2 ^ (7 - #char)
  end
  for i = 2, #char do
    code = code * 64 + char:byte(i) % 64
  end
  return code
end

local function show_char(char)
  if not width(char) then
    return (char:gsub(".", function(byte) return ("<%02X>"):format(byte:byte()) end))
  elseif hidden(char) or M.trim(char) == "" then
    return ("<U+%04X>"):format(code_of(char))
  end
end

--- A text as a message may quote it: in quotes, cut when it is long, with the name of each
--- character that cannot be seen in place of the character.
---@param s string
---@return string
function M.quote(s)
  local short = s
  if #s > 60 then
    short = M.cut(s:sub(1, 200), 40) .. "..."
  end
  return '"' .. short:gsub("[%z\1-\31\127]", show_char):gsub(BEYOND_ASCII, show_char) .. '"'
end

-- C1, which some terminals obey as they obey ESC and "[": U+0080 to U+009F in UTF-8.
local C1 = "\194[\128-\159]"

--- Text for a terminal: every control character becomes a space, so that a name chosen by another
--- person cannot move the cursor, change colours or the title, or make the terminal send input.
---@param text string
---@return string
function M.plain(text)
  return (text:gsub("[\1-\31\127%z]", " "):gsub(C1, " ")) -- %c would be those of a locale
end

local xml = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }

--- Text for XML, such as a picture's: without control characters, and without markup of its own.
---@param text string
---@return string
function M.xml(text)
  return (M.plain(text):gsub('[&<>"]', xml))
end

--- Text for a terminal in exactly so many columns: cut with "…", or filled up with spaces.
---@param text string
---@param columns integer
---@param ragged boolean?   it is not filled up
---@return string
function M.fit(text, columns, ragged)
  text = M.plain(text)
  local seen = width(text) or #text
  if seen > columns then
    text, seen = M.cut(text, columns - 1)
    text, seen = text .. "…", seen + 1
  end
  return ragged and text or text .. (" "):rep(columns - seen)
end

return M
