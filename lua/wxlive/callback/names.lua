--- Names of the wire as snake_case.
local compat = require "wxlive.base.compat"
local tables = require "wxlive.base.tables"

local M = {}

-- Fields that wxlive itself puts on an event.
local reserved = { kind = true, raw = true, wire_format = true }

local function snake_case(name)
  local snake = compat.snake_case(name)
  return reserved[snake] and snake .. "_" or snake
end

--- map["ToUserName"] is "to_user_name"; the core looks names up in it while it builds tables. It is
--- bounded, because strangers may send any number of different names.
---@type table<string, string>
M.map = tables.memo(snake_case, 1000)

return M
