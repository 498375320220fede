--- Guards a page of wxlive and its calls: requests must name the host that the page is served
--- under, and must not come from a page of another site.
--
-- A web page that is open in a browser on this machine can reach loopback too, but it cannot choose
-- the headers Host, Origin and Sec-Fetch-Site.
local M = {}

--- The names of this machine that only this machine reaches.
M.LOOPBACK = { "127.0.0.1", "localhost", "[::1]" }

--- Whether Host is one of the names. With a foreign name that points to this machine (DNS
--- rebinding), a page of that name could read the answers.
---@param request table     as wxlive.httpd gives it
---@param names string[]?   without ports; those of loopback when left out
---@return true?
---@return string? reason
function M.host(request, names)
  local host = (request.headers.host or ""):lower():gsub(":%d+$", "")
  for _, name in ipairs(names or M.LOOPBACK) do
    if host == name:lower() then
      return true
    end
  end
  return nil, "the Host header names another host: use " .. table.concat(names or M.LOOPBACK,
    " or ", 1, names and #names or 2)
end

-- Whether an origin is that of the host that was asked.
local function is_own(origin, host, https)
  local scheme, name = origin:lower():match("^(https?)://(.+)$")
  return name == (host or ""):lower() and (scheme == "http" or https == true)
end

--- Whether a request may change something: only by POST, and from no page but that of the same
--- host. Programs other than browsers send no Origin.
---@param request table
---@param https boolean?   a server before this one may speak HTTPS
---@return true?
---@return string? reason
---@return integer? status
function M.change(request, https)
  local headers = request.headers
  local site = headers["sec-fetch-site"]
  if request.method ~= "POST" then
    return nil, "this address takes POST", 405
  elseif headers.origin and not is_own(headers.origin, headers.host, https)
    or site and site ~= "same-origin" and site ~= "none" then
    return nil, "a page of another site may change nothing here", 403
  end
  return true
end

return M
