--- The desk inside nginx:
--
--   location /desk/ {
--     content_by_lua_block { require("wxlive.desk.nginx").serve(desk) }
--   }
--
-- with desk = assert(desks.new { ..., base = "/desk/", background = require(this).background }).
-- Who may come in is for the server to say: put the location behind your own authentication. The
-- desk itself refuses other hosts and other origins.
local ngx = ngx
local desks = require "wxlive.desk"

local M = {}

--- Runs a job beside the request: in a timer.
---@param job function
function M.background(job)
  local ok, err = ngx.timer.at(0, function(premature)
    if not premature then
      job()
    end
  end)
  if not ok then
    ngx.log(ngx.WARN, "wxlive desk: ", err)
  end
end

-- A header that came twice names no host and no origin that the desk knows.
local function headers()
  local out = {}
  for name, value in pairs(ngx.req.get_headers()) do
    out[name] = type(value) == "table" and table.concat(value, name == "cookie" and "; " or ", ")
      or value
  end
  return out
end

-- The body; what nginx has put into a file is too long for a desk.
local function body()
  if (tonumber(ngx.var.http_content_length) or 0) > desks.MAX_BODY then
    return nil
  end
  ngx.req.read_body()
  return ngx.req.get_body_data() or not ngx.req.get_body_file() and ""
end

--- Answers the request that nginx is at.
---@param desk wxlive.Desk
function M.serve(desk)
  local text = body()
  local response = desk:handle {
    method = ngx.req.get_method(), path = ngx.var.uri, query = ngx.var.args, headers = headers(),
    body = text or "", too_large = not text,
  }
  ngx.status = response.status
  for name, value in pairs(response.headers) do
    ngx.header[name] = value
  end
  ngx.header.content_length = #response.body
  ngx.print(response.body)
end

return M
