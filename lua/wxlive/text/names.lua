--- One consistent spelling for names that the platform spells in four ways.
local compat = require "wxlive.base.compat"

local M = {}

-- Exceptions to the general rule (camelCase to snake_case). Keys are the platform's words.
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

--- wire name -> our name; a new name is converted once and kept.
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
