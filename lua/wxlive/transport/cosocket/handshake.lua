--- TLS on a cosocket, for HTTP and Redis: always verified.
local both = require("wxlive.text.sentence").both

local M = {}

-- lua-resty-core raises "assertion failed!" and drops the reason when the verification fails in the
-- first step of the handshake.
local NO_REASON = both("the handshake failed and nginx does not say why; as a rule the certificate "
  .. "is not trusted", "握手失败，nginx 未说明原因，通常是证书不受信任")
local NOT_COMPLETED = both("the handshake was not completed", "握手未完成")

M.hint = "nginx trusts no authority unless nginx.conf names it: lua_ssl_trusted_certificate "
  .. "/etc/ssl/certs/ca-certificates.crt; and lua_ssl_verify_depth 5;"
M.hint_zh = "nginx 默认不信任任何 CA：请设置 lua_ssl_trusted_certificate（系统 CA 文件）"
  .. "与 lua_ssl_verify_depth 5;"

--- Speaks TLS with the peer of a connected socket.
---@param sock table
---@param server_name string  the name that the certificate must have
---@return true? ok
---@return string|wxlive.Sentence|nil why
---@return boolean? untrusted  the certificate is not trusted, as far as nginx says why
function M.run(sock, server_name)
  -- The handshake returns an error or raises, depending on when it fails. The session must be nil:
  -- otherwise a closed socket can look like success.
  local ran, session, err = pcall(sock.sslhandshake, sock, nil, server_name, true)
  if ran and session then
    return true
  end
  local reason = not ran and session or err
  if not reason then
    return nil, NOT_COMPLETED
  end
  local why = tostring(reason)
  if why:find("assertion failed", 1, true) then
    return nil, NO_REASON, true
  end
  return nil, why, why:find("issuer certificate", 1, true) ~= nil or why:find("self.signed") ~= nil
end

return M
