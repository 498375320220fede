--- What the platform's error codes mean, what to do about each, and what each says about the work
--- that was asked for.
--
-- Classes: ok, empty (no rows, not a failure), refresh_token, retry_later, quota (stop until it
-- resets), state (of the room, goods or person), content (picture or text must change), caller (a
-- mistake in the call), config (account, allow-list, identity: a person must act), partial (half
-- done, needs another call), unknown.
--
-- The outcome (see wxlive.errcodes.outcome) follows from the class, unless the entry names another:
-- where the platform's words do not say that nothing was done, it is "unknown".
local live = require "wxlive.errcodes.live"
local general = require "wxlive.errcodes.general"
local tables = require "wxlive.base.tables"

local M = {}

---@class wxlive.Errcode
---@field name string       stable symbol
---@field class string
---@field outcome wxlive.Outcome
---@field resets "minute"|"day"|"month"|nil  the period at whose end the refusal ends
---@field message string    meaning
---@field zh string         meaning in Chinese
---@field hint string?      what to do
---@field hint_zh string?

local outcomes = {
  ok = "ok", empty = "ok", refresh_token = "token", quota = "quota", state = "refused",
  content = "refused", caller = "refused", config = "account", partial = "partial",
  unknown = "unknown",
}

-- Gives the values of a row their names, and the outcome of the class unless the row has its own.
local function named(row)
  return {
    class = row[1], name = row[2], message = row[3], zh = row[4], hint = row[5], hint_zh = row[6],
    outcome = row.outcome or outcomes[row[1]], resets = row.resets,
  }
end

for _, rows in ipairs { general, live } do
  for code, row in pairs(rows) do
    rows[code] = named(row)
  end
end

-- In the token calls some numbers have another meaning.
local at_token = {
  [40001] = named { "config", "secret_wrong",
    "the AppSecret is wrong", "AppSecret 不正确",
    general[40125].hint, general[40125].hint_zh },
}

local undocumented = named { "unknown", "undocumented",
  "the platform answered with a code that its pages do not list", "平台返回了文档未列出的错误码",
  "ask get_rid_info with the rid, within 7 days", "请在 7 天内用 rid 调用 get_rid_info 查询" }

--- What a code means. Codes that are not known get class "unknown" and the name "undocumented".
---@param code integer
---@param token_call boolean?  the code came from a call that fetches tokens
---@return wxlive.Errcode
function M.get(code, token_call)
  return token_call and at_token[code] or live[code] or general[code] or undocumented
end

--- Every known code, in order.
---@return integer[]
function M.codes()
  return tables.keys(tables.merged(live, general))
end

return M
