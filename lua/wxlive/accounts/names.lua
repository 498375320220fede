--- Finds accounts by their names and groups.
local Error = require "wxlive.error"
local file = require "wxlive.settings.file"
local suggest = require "wxlive.base.suggest"

local M = {}

-- The words of a text, between commas or blanks, Chinese ones too; or those of a list.
local function words_of(wanted)
  if type(wanted) == "table" then
    return wanted
  end
  local words = {}
  for _, mark in ipairs(file.marks) do
    wanted = wanted:gsub(mark, ",")
  end
  for word in wanted:gmatch("[^,;%s]+") do
    words[#words + 1] = word
  end
  return words
end

local function unknown(word, accounts)
  local names, seen = {}, {}
  for _, account in ipairs(accounts) do
    names[#names + 1] = account.name
    for _, group in ipairs(account.groups) do
      names[#names + 1] = not seen[group] and group or nil
      seen[group] = true
    end
  end
  local near = suggest.nearest(word, names)
  return Error.fail {
    kind = "invalid", name = "unknown_account", sent = false,
    message = ("there is no account or group called %s%s"):format(word,
      near and "; did you mean " .. near .. "?" or ""),
    message_zh = ("没有名为 %s 的账号或分组%s"):format(word,
      near and "；您是否想用 " .. near .. "？" or ""),
  }
end

--- Finds the accounts that are called by their names or their groups' names.
---@param accounts wxlive.Account[]
---@param wanted string|string[]   "tea, north"
---@return wxlive.Account[]? found   each once, in the order of `accounts`
---@return wxlive.Error? err         unknown_account
function M.find(accounts, wanted)
  local chosen = {}
  for _, word in ipairs(words_of(wanted)) do
    local known = false
    for i, account in ipairs(accounts) do
      local is_one = account.name == word
      for _, group in ipairs(account.groups) do
        is_one = is_one or group == word
      end
      chosen[i], known = chosen[i] or is_one, known or is_one
    end
    if not known then
      return unknown(tostring(word), accounts)
    end
  end
  local found = {}
  for i, account in ipairs(accounts) do
    found[#found + 1] = chosen[i] and account or nil
  end
  return found
end

--- Reads the groups of a section.
---@param text string?
---@return string[]
function M.groups_of(text)
  return words_of(text or "")
end

return M
