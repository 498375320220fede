--- The platform's states, by number and in words.
local sentence = require "wxlive.text.sentence"

local M = {}

--- States of goods in the library (audit_status).
M.WITHDRAWN, M.UNDER_AUDIT, M.APPROVED, M.REJECTED = 0, 1, 2, 3

--- States of a room (live_status) in which nothing more can be done: ended, banned, expired.
M.over = { [103] = true, [104] = true, [107] = true }

--- Of a room (live_status).
M.room = {
  [101] = { "live", "直播中" },
  [102] = { "not started", "未开始" },
  [103] = { "ended", "已结束" },
  [104] = { "banned", "禁播" },
  [105] = { "paused", "暂停" },
  [106] = { "abnormal", "异常" },
  [107] = { "expired", "已过期" },
}

--- Of goods in the library (audit_status).
M.audit = {
  [0] = { "not submitted", "未审核" },
  [1] = { "under audit", "审核中" },
  [2] = { "approved", "审核通过" },
  [3] = { "rejected", "审核驳回" },
}

--- How goods show their price (price_type).
M.price = {
  { "one price", "一口价" },
  { "range", "价格区间" },
  { "discount", "折扣价" },
}

--- The words for a state in both languages; an unknown state stays a number.
---@param words table<integer, string[]>
---@param state any
---@return wxlive.Sentence|string
function M.words(words, state)
  local pair = words[state]
  return pair and sentence.both(pair[1], pair[2]) or tostring(state)
end

--- The word for a state in the reader's language.
---@param words table<integer, string[]>
---@param state any
---@return string
function M.word(words, state)
  return sentence.read(M.words(words, state))
end

return M
