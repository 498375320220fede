--- One consistent spelling for names that the platform spells in four ways.
local compat = require "wxlive.base.compat"
local tables = require "wxlive.base.tables"

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

--- wire name -> our name. The platform's vocabulary is small; the cap keeps hostile answers from
--- growing the memo.
---@type table<string, string>
M.memo = tables.memo(convert, 1000)

--- roomId, roomid, room_id -> room_id
---@param wire string
---@return string
function M.snake(wire)
  return M.memo[wire]
end

return M
