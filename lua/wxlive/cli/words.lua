--- The command line before it is parsed: both spellings of names, and numbers below zero.
local M = {}

--- Rewrites words so that the parser needs to know one spelling only: --room_id becomes --room-id,
--- and in "--role -1" the number is tied to its option, or it would pass for an option itself.
---@param words string[]
---@return string[]
function M.normalise(words)
  local out = {}
  for i, word in ipairs(words) do
    local name, rest = word:match("^(%-%-[%w_%-]+)(.*)$")
    local before = out[#out]
    if name then
      out[#out + 1] = name:gsub("_", "-") .. rest
    elseif word:find("^%-[%d.]") and i > 1 and before:find("^%-%-[%w%-]+$") then
      out[#out] = before .. "=" .. word
    else
      out[#out + 1] = word
    end
  end
  return out
end

--- Which word names the command, when it stands first or after options that take a value.
---@param words string[]
---@param valued table<string, boolean>  options that take the next word
---@return integer? index
function M.command_index(words, valued)
  local i = 1
  while words[i] do
    local word = words[i]
    if not word:find("^%-") then
      return i
    end
    i = i + (valued[word] and 2 or 1)
  end
end

return M
