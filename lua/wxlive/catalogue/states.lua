--- The platform's states, by number and in words.
local sentence = require "wxlive.text.sentence"

local M = {}

--- States of goods in the library (audit_status).
M.WITHDRAWN, M.UNDER_AUDIT, M.APPROVED, M.REJECTED = 0, 1, 2, 3

--- States of a room (live_status).
M.LIVE, M.NOT_STARTED, M.ENDED, M.BANNED = 101, 102, 103, 104
M.PAUSED, M.ABNORMAL, M.EXPIRED = 105, 106, 107

--- Those in which nothing more can be done.
M.over = { [M.ENDED] = true, [M.BANNED] = true, [M.EXPIRED] = true }

--- Of a room (live_status).
M.room = {
  [M.LIVE] = { "live", "直播中" },
  [M.NOT_STARTED] = { "not started", "未开始" },
  [M.ENDED] = { "ended", "已结束" },
  [M.BANNED] = { "banned", "禁播" },
  [M.PAUSED] = { "paused", "暂停" },
  [M.ABNORMAL] = { "abnormal", "异常" },
  [M.EXPIRED] = { "expired", "已过期" },
}

--- Of goods in the library (audit_status).
M.audit = {
  [M.WITHDRAWN] = { "not submitted", "未审核" },
  [M.UNDER_AUDIT] = { "under audit", "审核中" },
  [M.APPROVED] = { "approved", "审核通过" },
  [M.REJECTED] = { "rejected", "审核驳回" },
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
