--- One consistent spelling for what the platform spells four ways.
local compat = require "wxlive.base.compat"

local M = {}

-- What the general rule (camelCase to snake_case) does not reach. Keys are the platform's words.
local special = {
  roomid = "room_id",
  goodsid = "goods_id",
  auditid = "audit_id",
  codeurl = "code_url",
}

local function convert(wire)
  local s = compat.snake_case(wire)
  return special[wire] or special[s] or s
end

-- The platform's vocabulary is small; the cap keeps hostile answers from growing the memo.
local MEMO_MAX = 1000
local memo_size = 0

--- wire name -> ours: what is not known yet is worked out and kept.
---@type table<string, string>
M.memo = setmetatable({}, {
  __index = function(memo, wire)
    local s = convert(wire)
    if memo_size < MEMO_MAX then
      memo[wire], memo_size = s, memo_size + 1
    end
    return s
  end,
})

--- roomId, roomid, room_id -> room_id
---@param wire string
---@return string
function M.snake(wire)
  return M.memo[wire]
end

return M
