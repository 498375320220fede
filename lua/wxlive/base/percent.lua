--- Percent-encoded text.
local M = {}

--- A text with each %XX as the byte that it stands for.
---@param text string
---@return string
function M.decode(text)
  return (text:gsub("%%(%x%x)", function(hex)
    return string.char(tonumber(hex, 16))
  end))
end

return M
