--- Prepares the command line for the parser: both spellings of names, and values that begin with
--- "-".
local M = {}

--- Rewrites words so that the parser needs to know one spelling only: --room_id becomes --room-id.
---@param words string[]
---@return string[]
function M.normalise(words)
  local out = {}
  for i, word in ipairs(words) do
    local name, rest = word:match("^(%-%-[%w_%-]+)(.*)$")
    out[i] = name and name:gsub("_", "-") .. rest or word
  end
  return out
end

--- Ties a value that begins with "-" to its option, or the parser would take it for an option:
--- "--role -1" becomes "--role=-1". A word that is an option itself stays one.
---@param words string[]
---@param options table<string, boolean>  every option of the command: whether it takes a value
---@return string[] words
---@return string? stray   a word that looks like an option and is none
function M.tie(words, options)
  local out, stray, verbatim = {}, nil, false
  for _, word in ipairs(words) do
    local before = out[#out]
    local strange = not verbatim and word:find("^%-.")
      and options[word:match("^%-%-[^=]+") or word:sub(1, 2)] == nil
    if strange and word ~= "--" and options[before] then
      out[#out] = before .. "=" .. word
    else
      stray = stray or strange and word:find("[\128-\255]") and word or nil
      out[#out + 1] = word
    end
    verbatim = verbatim or word == "--"
  end
  return out, stray
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
