--- The other side of the cosocket specs. It lives in the same process, and so in the same Lua state
--- as they do: a spec says what a path does by giving a function.
local compat = require "wxlive.base.compat"

local M = { handlers = {}, connections = {} }

--- What `path` does, in the content phase.
---@param path string
---@param handler fun()
function M.on(path, handler)
  M.handlers[path] = handler
end

--- What happens on the bare connection once the head of a request for `path` was read: say(bytes),
--- read(pattern) and more requests over the same connection are up to the handler; then it closes.
---@param path string
---@param handler fun(say: fun(...: string), sock: table)
function M.on_raw(path, handler)
  M.handlers[path] = function()
    local sock = assert(ngx.req.socket(true))
    sock:settimeout(5000)
    handler(function(...)
      return sock:send { ... }
    end, sock)
    sock:send("")
    return ngx.exit(444)
  end
end

function M.reset()
  M.handlers, M.connections = {}, {}
end

--- How many different connections brought requests since reset.
function M.connection_count()
  local n = 0
  for _ in pairs(M.connections) do
    n = n + 1
  end
  return n
end

function M.serve()
  M.connections[ngx.var.connection] = true
  local handler = M.handlers[ngx.var.uri]
  if not handler then
    return ngx.exit(404)
  end
  return handler()
end

--- The whole body of the request, from memory or from the file that nginx put it into.
---@return string
function M.body()
  ngx.req.read_body()
  local body = ngx.req.get_body_data()
  local path = not body and ngx.req.get_body_file()
  if path then
    local f = assert(io.open(path, "rb"))
    body = f:read("*a")
    f:close()
  end
  return body or ""
end

--- Runs f in a phase of a request; returns what it returns. M.run_here is called from nginx.conf.
local pending
function M.run_in(phase, f)
  local results, count
  local function keep(...)
    results, count = { ... }, select("#", ...)
  end
  pending = function()
    keep(pcall(f))
  end
  local sock = assert(ngx.socket.tcp())
  sock:settimeout(10000)
  assert(sock:connect("127.0.0.1", tonumber(os.getenv("WXLIVE_SPEC_PORT"))))
  assert(sock:send("GET /phase/" .. phase .. " HTTP/1.0\r\nHost: x\r\n\r\n"))
  sock:receive("*a")
  sock:close()
  assert(results, "nothing ran in " .. phase)
  return compat.unpack(results, 1, count)
end

function M.run_here()
  local f = pending
  pending = nil
  if f then
    f()
  end
end

return M
