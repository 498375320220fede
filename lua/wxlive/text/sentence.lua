--- A sentence in English and in Chinese: programs and logs get the English one, a person gets the
--- one in the person's language.
--
--   both("must be %s, not %s", "应为 %s，而不是 %s"):format(wanted, given)
--
-- What is put into a sentence (`format`), or before or behind it (`compose`), may be a text or
-- another sentence.
local compat = require "wxlive.base.compat"
local language = require "wxlive.text.language"

local M = {}

---@class wxlive.Sentence
---@field message string      in English
---@field message_zh string   in Chinese
local Sentence = {}
Sentence.__index = Sentence
Sentence.__name = "wxlive.Sentence"

--- A sentence in both languages.
---@param message string
---@param message_zh string
---@return wxlive.Sentence
function M.both(message, message_zh)
  return setmetatable({ message = message, message_zh = message_zh }, Sentence)
end

local both = M.both

-- A text or a sentence in one of the languages.
local function text_in(key, said)
  return getmetatable(said) == Sentence and said[key] or said
end

--- Fills in the %s and %d of both languages, which have them in the same order.
---@param ... string|number|wxlive.Sentence|nil
---@return wxlive.Sentence
function Sentence:format(...)
  local given, texts, texts_zh, n = { ... }, {}, {}, select("#", ...)
  for i = 1, n do
    texts[i], texts_zh[i] = text_in("message", given[i]), text_in("message_zh", given[i])
  end
  return both(self.message:format(compat.unpack(texts, 1, n)),
    self.message_zh:format(compat.unpack(texts_zh, 1, n)))
end

--- Texts and sentences, one after the other, as one sentence.
---@param ... string|number|wxlive.Sentence
---@return wxlive.Sentence
function M.compose(...)
  local given, texts, texts_zh = { ... }, {}, {}
  for i = 1, #given do
    texts[i], texts_zh[i] = text_in("message", given[i]), text_in("message_zh", given[i])
  end
  return both(table.concat(texts), table.concat(texts_zh))
end

local compose = M.compose

-- There is no __concat: Lua 5.4.4, which Debian 12 has, follows a stale pointer when its stack has
-- to grow within one.

function Sentence:__tostring()
  return self.message
end

--- Several sentences (or texts) as one.
---@param list (string|wxlive.Sentence)[]
---@return wxlive.Sentence
function M.join(list)
  local joined = compose(list[1] or "")
  for i = 2, #list do
    joined = compose(joined, both("; ", "；"), list[i])
  end
  return joined
end

--- Takes a message that is a sentence apart: its English becomes the table's `message`, its Chinese
--- `message_zh`.
---@generic T: table
---@param t T   with `message`; changed
---@return T
function M.split(t)
  local said = t.message
  if getmetatable(said) == Sentence then
    t.message, t.message_zh = said.message, said.message_zh
  end
  return t
end

--- The sentence that a table holds: an error, or a problem.
---@param t { message: string, message_zh: string? }
---@return wxlive.Sentence
function M.of(t)
  return both(t.message, t.message_zh or t.message)
end

--- The problems of fields as one sentence: "name is missing; price must be a number".
---@param problems { field: string?, message: string, message_zh: string? }[]
---@return wxlive.Sentence
function M.listed(problems)
  local list = {}
  for i, problem in ipairs(problems) do
    list[i] = compose(problem.field and problem.field .. " " or "", M.of(problem))
  end
  return M.join(list)
end

--- A sentence, or anything else with `message` and `message_zh`, in the reader's language.
---@param said string|{ message: string, message_zh: string? }
---@return string
function M.read(said)
  return type(said) == "table" and language.pick(said.message, said.message_zh) or said
end

return M
