--- The one place where the default transport is picked.
local compat = require "wxlive.base.compat"

local M = {}

-- Clients of one Lua state with the same options share a transport and its connections: a further
-- idle client costs very little.
local shared = setmetatable({}, { __mode = "v" })

--- The default transport: cosockets inside nginx, whose workers must never be blocked, and libcurl
--- everywhere else.
---@param options wxlive.TransportOptions?
---@return wxlive.Transport|wxlive.CosocketTransport? transport
---@return wxlive.Error? err
function M.default(options)
  if compat.in_nginx() then
    return require("wxlive.transport.cosocket").new(options)
  end
  local key = {}
  for name, value in pairs(options or {}) do
    key[#key + 1] = name .. "=" .. tostring(value)
  end
  table.sort(key)
  key = table.concat(key, "\n")
  local transport, err = shared[key], nil
  if not transport or transport.closed then -- by one of the clients that share it
    transport, err = require("wxlive.transport.curl").new(options)
    shared[key] = transport
  end
  return transport, err
end

return M
