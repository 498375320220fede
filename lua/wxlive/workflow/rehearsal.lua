--- A client that sends nothing: it reports what a run would call, in order.
--
-- There are no answers; every field of a result is a placeholder: room.room_id is "<room_id>", and
-- a media_id names its file.
local catalogue = require "wxlive.catalogue"
local json = require "wxlive.json"

local M = {}

local function stand_in(params)
  local of = params.media and " of " .. params.media or ""
  return setmetatable({}, {
    __index = function(_, field)
      return "<" .. tostring(field) .. of .. ">"
    end,
  })
end

local function params_of(entry, first, ...)
  if type(first) == "table" and (next(first) == nil or type(next(first)) == "string") then
    return first
  end
  local values, params = { first, ... }, {}
  for i, name in ipairs(entry.args or {}) do
    params[name] = values[i]
  end
  return params
end

--- A rehearsing client.
---@param tell fun(call: string, params: string)
---@return table live
function M.new(tell)
  local live = { rehearsal = true }
  for _, entry in ipairs(catalogue.list) do
    live[entry.name] = function(_, ...)
      local params = params_of(entry, ...)
      tell(entry.name, assert(json.encode(params)))
      return stand_in(params)
    end
  end
  return live
end

return M
