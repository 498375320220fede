--- The HTTP server of the commands that serve something: pages, metrics, callbacks.
local Error = require "wxlive.error"
local reasons = require "wxlive.text.reasons"
local both = require("wxlive.text.sentence").both

local M = {}

--- Listens, on 127.0.0.1 unless an address is given.
---@param options { address: string?, port: integer?, max_body: integer }   port: a free one when
---  left out
---@param hint wxlive.Sentence?   what may help when it cannot
---@return table listener   see core/lua/httpd/httpd.c
function M.listen(options, hint)
  local found, httpd = pcall(require, "wxlive.httpd")
  if not found then
    error(Error.new {
      kind = "usage", name = "unsupported",
      message = both("this build has no HTTP server in it (libmicrohttpd was not found)",
        "此构建不含 HTTP 服务（未找到 libmicrohttpd）"),
      hint = "install libmicrohttpd-dev and build wxlive again",
      hint_zh = "请安装 libmicrohttpd-dev 后重新构建 wxlive",
    }, 0)
  end
  local listener, failure = httpd.listen(options)
  if not listener then
    hint = hint or both("name another port with --port", "请用 --port 指定其他端口")
    error(Error.new {
      kind = "usage", name = "listen_failed", message = reasons.of(failure.message),
      hint = hint.message, hint_zh = hint.message_zh,
    }, 0)
  end
  return listener
end

return M
