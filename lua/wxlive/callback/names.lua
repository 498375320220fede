--- Names of the wire as snake_case.
local compat = require "wxlive.base.compat"

local M = {}

-- Fields that wxlive itself puts on an event.
local reserved = { kind = true, raw = true, wire_format = true }

local function snake_case(name)
  local snake = compat.snake_case(name)
  return reserved[snake] and snake .. "_" or snake
end

-- A bounded memo, because strangers may send any number of different names.
local room = 1000

--- map["ToUserName"] is "to_user_name"; the core looks names up in it while it builds tables.
---@type table<string, string>
M.map = setmetatable({}, {
  __index = function(map, name)
    local snake = snake_case(name)
    if room > 0 then
      room = room - 1
      map[name] = snake
    end
    return snake
  end,
})

return M
