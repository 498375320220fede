--- Reports to the operator what no caller is told: in nginx's error log, else on stderr.
local compat = require "wxlive.base.compat"

local M = {}

--- Prints one line. It fails silently: a report must not change what is reported on.
---@param text string
function M.warn(text)
  if compat.in_nginx() then
    local ngx = ngx
    pcall(ngx.log, ngx.WARN, "wxlive: ", text)
  else
    pcall(io.stderr.write, io.stderr, "wxlive: ", text, "\n")
  end
end

return M
