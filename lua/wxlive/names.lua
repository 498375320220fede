--- One consistent spelling for what the platform spells four ways.
local M = {}

-- What the general rule (camelCase to snake_case) does not reach. Keys are the platform's words.
local special = {
  roomid = "room_id",
  goodsid = "goods_id",
  auditid = "audit_id",
  codeurl = "code_url",
}

local function convert(wire)
  local s = wire:gsub("(%l)(%u)", "%1_%2"):gsub("(%u)(%u%l)", "%1_%2"):lower()
  return special[wire] or special[s] or s
end

-- The platform's vocabulary is small; the cap keeps hostile answers from growing the memo.
local MEMO_MAX = 1000
local memo, memo_size = {}, 0

--- roomId, roomid, room_id -> room_id
---@param wire string
---@return string
function M.snake(wire)
  local s = memo[wire]
  if not s then
    s = convert(wire)
    if memo_size < MEMO_MAX then
      memo[wire], memo_size = s, memo_size + 1
    end
  end
  return s
end

return M
