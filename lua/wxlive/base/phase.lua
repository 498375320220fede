--- What nginx does not allow in every phase of a request.
local Error = require "wxlive.error"
local both = require("wxlive.text.sentence").both

local M = {}

--- The error for the phase that runs.
---@return nil
---@return wxlive.Error err
function M.refused()
  return Error.fail {
    kind = "usage", name = "wrong_phase", sent = false,
    message = both("nginx has no sockets in %s_by_lua", "nginx 在 %s_by_lua 阶段不能使用套接字")
      :format(ngx.get_phase()),
    hint = "call it in rewrite, access or content, or hand the work to ngx.timer.at(0, f)"
      .. " and call it there",
    hint_zh = "请在 rewrite、access、content 阶段调用，或用 ngx.timer.at(0, f) 放到定时器里执行",
  }
end

--- Calls a function of nginx's that may be disabled in this phase.
---@param f function
---@param ... any
---@return true? ok
---@return wxlive.Error? err
function M.call(f, ...)
  local ok, why = pcall(f, ...)
  if ok then
    return true
  elseif tostring(why):find("API disabled", 1, true) then
    return M.refused()
  end
  error(why, 0)
end

return M
