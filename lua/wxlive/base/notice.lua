--- Reports to the operator, in nginx's error log or on stderr, what no caller gets as an error.
local compat = require "wxlive.base.compat"

local M = {}

--- Prints one line. It ignores its own failures: a report must not change the program's behaviour.
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
