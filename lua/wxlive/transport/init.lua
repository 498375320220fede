--- The one place where the default transport is picked.
local compat = require "wxlive.compat"
local Error = require "wxlive.error"

local M = {}

-- Clients of one Lua state with the same options share a transport, and so its connections: an idle
-- client beyond the first costs next to nothing.
local shared = setmetatable({}, { __mode = "v" })

--- The transport for where this runs.
---@param options wxlive.TransportOptions?
---@return wxlive.Transport? transport
---@return wxlive.Error? err
function M.default(options)
  if compat.in_nginx() then
    return Error.fail {
      kind = "transport", name = "unsupported", sent = false,
      message = "libcurl would block the nginx worker, so there is no default transport in nginx",
      hint = "pass transport = an object over cosockets with send(request), sleep and close",
      hint_zh = "请传入基于 cosocket 的 transport 对象（实现 send、sleep、close）",
    }
  end
  local key = {}
  for name, value in pairs(options or {}) do
    key[#key + 1] = name .. "=" .. tostring(value)
  end
  table.sort(key)
  key = table.concat(key, "\n")
  local transport, err = shared[key], nil
  if not transport then
    transport, err = require("wxlive.transport.curl").new(options)
    shared[key] = transport
  end
  return transport, err
end

return M
