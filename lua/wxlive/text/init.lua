--- Width of UTF-8 text as the platform and terminals count it: wide characters 2, others 1.
-- What is wide is told in core/src/text.c.
local core = require "wxlive.core"

local M = {}

local width = core.text.width

--- Width of a text.
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

-- C1, which some terminals obey as they obey ESC and "[": U+0080 to U+009F in UTF-8.
local C1 = "\194[\128-\159]"

--- Text for a terminal: every control character becomes a space, so that a name which somebody
--- else chose cannot move the cursor, recolour, retitle or answer back.
---@param text string
---@return string
function M.plain(text)
  return (text:gsub("[\1-\31\127%z]", " "):gsub(C1, " ")) -- %c would be those of a locale
end

return M
