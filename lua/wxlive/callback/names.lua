--- Names of the wire as snake_case.
local M = {}

-- Fields that wxlive itself puts on an event.
local reserved = { kind = true, raw = true, wire_format = true }

local function snake_case(name)
  local snake = name:gsub("(%l)(%u)", "%1_%2"):gsub("(%u)(%u%l)", "%1_%2"):lower()
  return reserved[snake] and snake .. "_" or snake
end

-- Strangers may send any number of different names, so what is remembered has an end.
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

local map = M.map

--- A copy with every name in snake_case. nil and the name when two spellings of one are there:
--- which of them counts must not be chance.
---@param value table
---@return table? renamed
---@return string? twice
function M.rename(value)
  local renamed = {}
  for k, v in pairs(value) do
    if type(v) == "table" then
      local twice
      v, twice = M.rename(v)
      if twice then
        return nil, twice
      end
    end
    local name = type(k) == "string" and map[k] or k
    if renamed[name] ~= nil then
      return nil, name
    end
    renamed[name] = v
  end
  return renamed
end

return M
