--- A platform that answers every call after the same time, whatever the load: an nginx, where the
--- sandbox would be the slowest part of what is measured.
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
  keepalive_requests 1000000;
  client_body_temp_path temp;
  proxy_temp_path temp; fastcgi_temp_path temp; uwsgi_temp_path temp; scgi_temp_path temp;
  default_type application/json;
  server {
    listen 127.0.0.1:@PORT@ backlog=1024;
    location /cgi-bin/ {
      return 200 '{"access_token":"token-of-a-stand-in","expires_in":7200}';
    }
    location / {
      content_by_lua_block {
        ngx.sleep(@SECONDS@)
        ngx.print('{"errcode":0,"errmsg":"ok","room_info":[],"live_replay":[],"total":0}')
      }
    }
  }
}
]]

--- Starts it; what comes back has what a client needs, and stop().
---@param seconds number
function M.start(seconds)
  local directory = process.directory()
  local self = { appid = "wx0123456789abcdef", secret = ("0"):rep(32) }
  local http = assert(transports.default { proxy = "" })
  local child = process.start {
    directory = directory,
    command = ("exec nginx -p %s -c nginx.conf -e error.log"):format(process.quote(directory)),
    before = function()
      local port = process.free_port()
      self.base_url = "http://127.0.0.1:" .. port
      process.write(directory .. "/nginx.conf", (conf:gsub("@(%u+)@", {
        PORT = port, SECONDS = seconds,
      })))
    end,
    ready = function()
      return http:send { method = "GET", url = self.base_url .. "/cgi-bin/" } ~= nil
    end,
  }

  function self.stop()
    child:stop()
    process.remove(directory)
  end
  return self
end

return M
