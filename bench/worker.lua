--- One worker of nginx that serves requests, each of which makes one call: by hand over a cosocket,
--- and with wxlive. wrk asks.
local curl = require "wxlive.transport.curl"
local measure = require "bench.measure"
local process = require "spec.support.process"

local M = {}

local conf = [=[
load_module /usr/lib/nginx/modules/ndk_http_module.so;
load_module /usr/lib/nginx/modules/ngx_http_lua_module.so;
daemon off;
master_process off;
pid nginx.pid;
error_log stderr error;
events { worker_connections 1024; }
http {
  access_log off;
  keepalive_requests 100000000;
  client_body_temp_path temp; proxy_temp_path temp; fastcgi_temp_path temp; uwsgi_temp_path temp;
  scgi_temp_path temp;
  lua_ssl_trusted_certificate "@CA@";
  lua_ssl_verify_depth 3;
  lua_package_path "@LUA_PATH@";
  lua_package_cpath "@LUA_CPATH@";
  init_by_lua_block {
    local tasks = require "bench.tasks"
    local live = assert(require "wxlive.broadcast".new {
      appid = tasks.appid, secret = tasks.secret, base_url = "@BASE@",
      token_provider = function() return tasks.token, 7200 end,
    })
    calls = {
      raw = require "bench.clients.cosocket"("small", "@URL@"),
      wxlive = function() return tasks.small.call(live) end,
    }
  }
  server {
    listen 127.0.0.1:@PORT@;
    location = /ready { return 200 ok; }
    location ~ ^/(raw|wxlive)$ {
      content_by_lua_block {
        local answer, err = calls[ngx.var[1]]()
        if not answer then
          ngx.log(ngx.ERR, tostring(err))
          return ngx.exit(500)
        end
        ngx.say("ok")
      }
    }
  }
}
]=]

local function rate(url, seconds)
  local command = ("wrk -t1 -c64 -d%ds %s"):format(seconds, process.quote(url))
  local pipe = assert(io.popen(command .. " 2>&1"))
  local text = pipe:read("*a")
  pipe:close()
  local found = tonumber(text:match("Requests/sec:%s*([%d.]+)"))
  if not found or text:find("Non-2xx", 1, true) or text:find("Socket errors", 1, true) then
    measure.failures[#measure.failures + 1] = command .. ": " .. text
  end
  return found or 0 / 0
end

--- Requests a second, by what makes the calls.
---@param job table        see bench.measure
---@param seconds integer  for each
---@return { raw: number, wxlive: number }
function M.rates(job, seconds)
  local directory = process.directory()
  local paths = process.run('eval "$(scripts/dev/env luajit)"; echo "$LUA_PATH"; echo "$LUA_CPATH"')
  local path, cpath = paths:match("([^\n]*)\n([^\n]*)")
  local probe = assert(curl.new { proxy = "", timeout = 5 })
  local base
  local child = process.start {
    directory = directory,
    command = ("exec nginx -p %s -c nginx.conf -e stderr"):format(process.quote(directory)),
    before = function()
      local places = {
        PORT = process.free_port(), LUA_PATH = path, LUA_CPATH = cpath, URL = job.url,
        BASE = job.url:match("^%w+://[^/]+"), CA = job.ca_file,
      }
      base = "http://127.0.0.1:" .. places.PORT .. "/"
      process.write(directory .. "/nginx.conf", (conf:gsub("@([%u_]+)@", places)))
    end,
    ready = function()
      return probe:send { method = "GET", url = base .. "ready" } ~= nil
    end,
  }
  probe:close()
  local rates = { raw = 0, wxlive = 0 }
  for _, name in ipairs { "raw", "wxlive" } do
    rate(base .. name, 1)  -- to warm up
    rates[name] = rate(base .. name, seconds)
  end
  child:stop()
  process.remove(directory)
  return rates
end

return M
