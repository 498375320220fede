--- A platform that answers every call at once, whatever the load, or all of them when it is told
--- to: an nginx, where the sandbox would be the slowest part of what is measured.
local process = require "spec.support.process"
local transports = require "wxlive.transport"

local M = {}

local conf = [[
load_module /usr/lib/nginx/modules/ndk_http_module.so;
load_module /usr/lib/nginx/modules/ngx_http_lua_module.so;
daemon off;
master_process off;
pid nginx.pid;
error_log error.log warn;
events { worker_connections 2048; }
http {
  access_log off;
  lua_shared_dict gate 1m;
  keepalive_requests 1000000;
  client_body_temp_path temp;
  proxy_temp_path temp; fastcgi_temp_path temp; uwsgi_temp_path temp; scgi_temp_path temp;
  default_type application/json;
  server {
    listen 127.0.0.1:@PORT@ backlog=1024;
    location /cgi-bin/ {
      return 200 '{"access_token":"token-of-a-stand-in","expires_in":7200}';
    }
    location = /hold {
      content_by_lua_block { ngx.shared.gate:set("shut", true) }
    }
    location = /release {
      content_by_lua_block { ngx.shared.gate:delete("shut") }
    }
    location = /waiting {
      content_by_lua_block { ngx.print(ngx.shared.gate:get("waiting") or 0) }
    }
    location / {
      content_by_lua_block {
        local gate = ngx.shared.gate
        gate:incr("waiting", 1, 0)
        while gate:get("shut") do
          ngx.sleep(0.01)
        end
        gate:incr("waiting", -1)
        ngx.print('{"errcode":0,"errmsg":"ok","room_info":[],"live_replay":[],"total":0}')
      }
    }
  }
}
]]

--- Starts it; what comes back has what a client needs, and stop(), hold(), release() and waiting().
function M.start()
  local directory = process.directory()
  local self = { appid = "wx0123456789abcdef", secret = ("0"):rep(32) }
  local http = assert(transports.default { proxy = "" })
  local child = process.start {
    directory = directory,
    command = ("exec nginx -p %s -c nginx.conf -e error.log"):format(process.quote(directory)),
    before = function()
      local port = process.free_port()
      self.base_url = "http://127.0.0.1:" .. port
      process.write(directory .. "/nginx.conf", (conf:gsub("@PORT@", port)))
    end,
    ready = function()
      return http:send { method = "GET", url = self.base_url .. "/cgi-bin/" } ~= nil
    end,
  }

  local function ask(path)
    return assert(http:send { method = "GET", url = self.base_url .. path }).body
  end

  --- From now on calls wait.
  function self.hold()
    ask("/hold")
  end

  --- Those that wait are answered, and all others at once.
  function self.release()
    ask("/release")
  end

  --- How many calls wait.
  function self.waiting()
    return tonumber(ask("/waiting"))
  end

  function self.stop()
    child:stop()
    process.remove(directory)
  end
  return self
end

return M
