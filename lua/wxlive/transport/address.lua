--- Takes addresses apart. Pure; nothing of a path or query ever gets into a message.
local percent = require "wxlive.base.percent"

local M = {}

local ports = { http = 80, https = 443 }

-- "host", "host:port" or "[v6]:port"
local function split_authority(authority)
  local host, port = authority:match("^(%[[%x:.]+%])(.*)$")
  if not host then
    host, port = authority:match("^([%w._-]+)(.*)$")
  end
  if not host then
    return nil
  elseif port == "" then
    return host
  end
  port = tonumber(port:match("^:(%d+)$"))
  if not port or port < 1 or port > 65535 then
    return nil
  end
  return host, port
end

---@class wxlive.Origin
---@field scheme "http"|"https"
---@field host string       lower case; IPv6 in brackets
---@field port integer
---@field authority string  as it belongs into a Host field
---@field literal boolean   an address and not a name
---@field target string?    path and query; of M.parse only

local function origin_of(scheme, authority)
  local host, port = split_authority(authority)
  if not host or not ports[scheme] then
    return nil
  end
  host = host:lower()
  return {
    scheme = scheme, host = host, port = port or ports[scheme],
    authority = (port and port ~= ports[scheme]) and host .. ":" .. port or host,
    literal = host:find("^%[") ~= nil or host:find("^%d+%.%d+%.%d+%.%d+$") ~= nil,
  }
end

--- An http or https address, without user, password or fragment.
---@param url string
---@return wxlive.Origin? origin
function M.parse(url)
  local scheme, authority, target = url:match("^(%a+)://([^/?#@]+)([^#%s%c]*)$")
  local origin = scheme and origin_of(scheme:lower(), authority)
  if not origin then
    return nil
  end
  origin.target = target:find("^/") and target or "/" .. target
  return origin
end

--- The address of an HTTP proxy: [http://][user:password@]host:port
---@param text string
---@return { host: string, port: integer, literal: boolean, user: string?, password: string? }?
function M.proxy(text)
  local scheme, rest = text:match("^(%a[%w+.-]*)://(.*)$")
  if scheme and scheme:lower() ~= "http" then
    return nil
  end
  rest = (rest or text):gsub("/$", "")
  local login, authority = rest:match("^(.*)@([^@]*)$")
  local origin = origin_of("http", authority or rest)
  if origin and login then
    local user, password = login:match("^([^:]*):?(.*)$")
    origin.user, origin.password = percent.decode(user), percent.decode(password)
  end
  return origin
end

return M
