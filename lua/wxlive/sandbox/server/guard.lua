--- Who may use the sandbox's own pages and controls: programs of this machine, and the console.
--
-- A web page that is open in a browser on this machine can reach loopback too, but it cannot choose
-- the headers Host and Origin.
local M = {}

local loopback = { ["127.0.0.1"] = true, ["localhost"] = true, ["[::1]"] = true }

--- Whether Host names this machine. With a foreign name that points to loopback (DNS rebinding), a
--- page of that name could read the answers.
---@param request table  as wxlive.httpd gives it
---@return true?
---@return string? reason
function M.host(request)
  local host = (request.headers.host or ""):lower()
  if loopback[(host:gsub(":%d+$", ""))] then
    return true
  end
  return nil, "the Host header does not name this machine: use 127.0.0.1 or localhost"
end

--- Whether a request may change something: only by POST, and from no other page than the console.
--- Programs other than browsers send no Origin.
---@param request table
---@return true?
---@return string? reason
---@return integer? status
function M.change(request)
  local headers = request.headers
  local site = headers["sec-fetch-site"]
  if request.method ~= "POST" then
    return nil, "control operations need POST", 405
  elseif headers.origin and headers.origin:lower() ~= "http://" .. headers.host:lower()
    or site and site ~= "same-origin" and site ~= "none" then
    return nil, "a page of another site may not control the sandbox", 403
  end
  return true
end

return M
