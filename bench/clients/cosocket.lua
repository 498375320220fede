--- What one writes by hand over a cosocket: connect from the pool, send, read the answer line by
--- line, decode it. No check, no token, no retry, no limit, no deadline over the whole.
local cjson = require "cjson.safe"
local tasks = require "bench.tasks"

local ngx = ngx

local pool = { pool = "raw cosocket", pool_size = 100 }

local function read(sock)
  local line, err = sock:receive("*l")
  local status = line and tonumber(line:match("^HTTP/1%.[01] (%d%d%d)"))
  if status ~= 200 then
    return nil, err or line
  end
  local headers = {}
  while true do
    line, err = sock:receive("*l")
    if not line then
      return nil, err
    elseif line == "" then
      break
    end
    local name, value = line:match("^([^:]+):%s*(.*)$")
    headers[name:lower()] = value
  end
  return sock:receive(tonumber(headers["content-length"]))
end

--- A function that makes the call of a task once.
---@param task string
---@param url string
---@return fun(): table?, string?
return function(task, url)
  local fields = tasks[task].fields
  local tls, host, port, target = url:match("^http(s?)://([^:/]+):(%d+)(/.*)$")
  port = tonumber(port)
  return function()
    local body = fields and cjson.encode(fields)
    local sock = ngx.socket.tcp()
    sock:settimeouts(5000, 30000, 30000)
    local ok, err = sock:connect(host, port, pool)
    if not ok then
      return nil, err
    end
    if tls == "s" and sock:getreusedtimes() == 0 then
      ok, err = sock:sslhandshake(nil, host, true)
      if not ok then
        return nil, err
      end
    end
    local head = target .. " HTTP/1.1\r\nHost: " .. host .. ":" .. port .. "\r\n"
    if body then
      ok, err = sock:send("POST " .. head .. "Content-Type: application/json\r\nContent-Length: "
        .. #body .. "\r\n\r\n" .. body)
    else
      ok, err = sock:send("GET " .. head .. "\r\n")
    end
    if not ok then
      return nil, err
    end
    local text
    text, err = read(sock)
    if not text then
      return nil, err
    end
    sock:setkeepalive(20000, 100)
    return cjson.decode(text)
  end
end
