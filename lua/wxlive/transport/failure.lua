--- Error objects of the transports: what to do about each way in which an exchange can fail.
local Error = require "wxlive.error"
local reasons = require "wxlive.text.reasons"

local M = {}

-- Hints in English and in Chinese.
local hints = {
  resolve_failed = {
    "check base_url and the name service of this machine",
    "请检查 base_url 及本机的 DNS 设置",
  },
  connect_failed = {
    "check base_url, the network, the firewall and https_proxy; behind a proxy set proxy",
    "请检查 base_url、网络、防火墙与环境变量 https_proxy；如需代理请设置 proxy",
  },
  proxy_failed = {
    "check proxy: its address, user and password, and that it may reach this host",
    "请检查 proxy 的地址、用户名、密码，以及它是否允许访问该主机",
  },
  tls_failed = {
    "check the clock and base_url; where a proxy replaces certificates give its CA as ca_file",
    "请检查系统时间与 base_url；若中间代理替换了证书，请用 ca_file 指定其 CA",
  },
  timeout = {
    "raise timeout, or try again later",
    "请调大 timeout 或稍后重试",
  },
  connection_lost = {
    "usually temporary; before repeating a create look whether it was done",
    "多为临时网络故障；重复创建类操作前请先查询是否已成功",
  },
  too_large = {
    "a body: raise max_body of the transport, or ask for fewer items per page; header lines: the "
      .. "cap is fixed, something between you and the platform adds them",
    "响应体过大：请调大传输层的 max_body，或减少每页数量；响应头过大：上限固定，多为中间设备添加",
  },
  bad_protocol = {
    "check base_url, and that nothing between you and the platform changes answers",
    "请检查 base_url，以及中间设备是否改写了响应",
  },
  io = {
    "check the file, its permissions and the space left",
    "请检查文件、权限与剩余空间",
  },
  out_of_memory = { "free some memory", "请释放内存" },
  unsupported = {
    "a newer libcurl, built with TLS, is needed",
    "需要支持 TLS 的较新 libcurl",
  },
}

--- nil and a failure of before anything was sent, in the form in which the core reports it.
---@param status string
---@param message string|wxlive.Sentence
---@param hint string?      in the place of the usual one
---@param hint_zh string?
---@return nil
---@return { status: string, message: string|wxlive.Sentence, hint: string?, hint_zh: string? }
function M.unsent(status, message, hint, hint_zh)
  return nil, { status = status, message = message, hint = hint, hint_zh = hint_zh }
end

--- nil, err of a failure in the form in which the core reports it.
---@param failure { status: string, message: string|wxlive.Sentence, sent: boolean?,
---  hint: string?, hint_zh: string? }
---@return nil
---@return wxlive.Error
function M.fail(failure)
  local hint = failure.hint and { failure.hint, failure.hint_zh } or hints[failure.status]
  return Error.fail {
    kind = "transport", name = failure.status, message = reasons.of(failure.message),
    sent = failure.sent or false, hint = hint and hint[1], hint_zh = hint and hint[2],
  }
end

return M
