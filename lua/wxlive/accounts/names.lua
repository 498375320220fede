--- Finds accounts by their names and groups.
local Error = require "wxlive.error"
local file = require "wxlive.settings.file"
local both = require("wxlive.text.sentence").both
local suggest = require "wxlive.base.suggest"
local tables = require "wxlive.base.tables"

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

-- Name of an account or a group -> the places of its accounts in a list.
local indexes = setmetatable({}, { __mode = "k" })

local function index_of(accounts)
  local index = indexes[accounts]
  if not index then
    index = {}
    for i, account in ipairs(accounts) do
      index[account.name] = { i }
      for _, group in ipairs(account.groups) do
        index[group] = index[group] or {}
        table.insert(index[group], i)
      end
    end
    indexes[accounts] = index
  end
  return index
end

local function unknown(word, index)
  local near = suggest.nearest(word, tables.keys(index))
  return Error.fail {
    kind = "invalid", name = "unknown_account", sent = false,
    message = both("there is no account or group called %s%s", "没有名为 %s 的账号或分组%s")
      :format(word, suggest.question(near)),
    hint = "wxlive accounts lists them", hint_zh = "用 wxlive accounts 查看全部账号与分组",
  }
end

--- Finds the accounts that are called by their names or their groups' names.
---@param accounts wxlive.Account[]
---@param wanted string|string[]   "tea, north"
---@return wxlive.Account[]? found   each once, in the order of `accounts`
---@return wxlive.Error? err         unknown_account
function M.find(accounts, wanted)
  local chosen, found, index = {}, {}, index_of(accounts)
  for _, word in ipairs(words_of(wanted)) do
    if not index[word] then
      return unknown(tostring(word), index)
    end
    for _, i in ipairs(index[word]) do
      found[#found + 1] = not chosen[i] and i or nil
      chosen[i] = true
    end
  end
  table.sort(found)
  for n, i in ipairs(found) do
    found[n] = accounts[i]
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
