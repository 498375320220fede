--- The one place where the default transport is picked.
local compat = require "wxlive.compat"
local Error = require "wxlive.error"

local M = {}

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
  return require("wxlive.transport.curl").new(options)
end

return M
