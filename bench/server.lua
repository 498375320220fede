--- The server under everything: nginx on loopback, plain and over TLS (HTTP/1.1 and HTTP/2), kept
--- connections, and ports that answer after 50 and 200 ms.
local curl = require "wxlive.transport.curl"
local process = require "spec.support.process"
local tasks = require "bench.tasks"

local M = {}

local conf = [[
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
  keepalive_timeout 600;
  client_body_temp_path temp; proxy_temp_path temp; fastcgi_temp_path temp; uwsgi_temp_path temp;
  scgi_temp_path temp;
  default_type application/json;
  open_file_cache max=16;
  server {
    listen 127.0.0.1:@PORT@;
    listen 127.0.0.1:@TLS_PORT@ ssl http2;
    set $latency 0;
    include goods.conf;
    root answers;
    location = /status { stub_status; }
    location = /wxaapi/broadcast/room/create { return 200 '@SMALL@'; }
    location = /wxa/business/getliveinfo { try_files /rooms =404; error_page 405 =200 /rooms; }
    location = /wxaapi/broadcast/goods/getapproved { try_files /goods =404; }
  }
  ssl_certificate server.pem;
  ssl_certificate_key server.key;
  server {
    listen 127.0.0.1:@SLOW_PORT@;
    listen 127.0.0.1:@TLS_SLOW_PORT@ ssl http2;
    set $latency 0.05;
    include goods.conf;
    location / { content_by_lua_block { ngx.sleep(0.05) ngx.say('@SMALL@') } }
  }
  server {
    listen 127.0.0.1:@TLS_FAR_PORT@ ssl http2;
    location / { content_by_lua_block { ngx.sleep(0.2) ngx.say('@SMALL@') } }
  }
}
]]

-- What a sheet of goods needs of a platform: each of the goods gets ids of its own.
local goods = [[
  location = /cgi-bin/media/upload {
    return 200 '{"type":"image","media_id":"PictureFromUploadMedia0123456789","created_at":1}';
  }
  location = /wxaapi/broadcast/goods/add {
    content_by_lua_block {
      made = (made or 0) + 1
      local id = made
      if ngx.var.latency ~= "0" then
        ngx.sleep(tonumber(ngx.var.latency))
      end
      ngx.print('{"errcode":0,"goodsId":', id, ',"auditId":', 100000000 + id, '}')
    }
  }
]]

local function certify(directory)
  process.write(directory .. "/names", "subjectAltName = IP:127.0.0.1, DNS:127.0.0.1\n")
  process.run("cd " .. process.quote(directory) .. [[
 && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
      -subj "/CN=Throwaway authority of a bench" -keyout ca.key -out ca.pem &&
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
      -subj "/CN=A server of a bench" -keyout server.key -out server.csr &&
    openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
      -extfile names -out server.pem]])
end

--- Starts it. server.url, server.tls_url, server.slow_url (50 ms), server.tls_slow_url,
--- server.tls_far_url (200 ms); server.ca_file; server.directory.
function M.start()
  local directory = process.directory()
  local server = { directory = directory, ca_file = directory .. "/ca.pem" }
  process.run("mkdir " .. process.quote(directory .. "/answers"))
  for _, name in ipairs { "rooms", "goods" } do
    process.write(directory .. "/answers/" .. name, tasks[name].answer)
  end
  certify(directory)
  local probe = assert(curl.new { proxy = "", timeout = 5 })
  server.child = process.start {
    directory = directory,
    command = ("exec nginx -p %s -c nginx.conf"):format(process.quote(directory)),
    before = function()
      local places = { SMALL = tasks.small.answer }
      for name, field in pairs {
        PORT = "url", TLS_PORT = "tls_url", SLOW_PORT = "slow_url", TLS_SLOW_PORT = "tls_slow_url",
        TLS_FAR_PORT = "tls_far_url",
      } do
        places[name] = process.free_port()
        server[field] = (name:find("^TLS") and "https" or "http") .. "://127.0.0.1:" .. places[name]
      end
      process.write(directory .. "/goods.conf", goods)
      process.write(directory .. "/nginx.conf", (conf:gsub("@([%u_]+)@", places)))
    end,
    ready = function()
      return probe:send { method = "GET", url = server.url .. "/status" } ~= nil
    end,
  }

  --- Connections that were accepted so far.
  function server.accepted()
    local answer = assert(probe:send { method = "GET", url = server.url .. "/status" })
    return tonumber(answer.body:match("requests%s+(%d+)"))
  end

  function server.stop()
    probe:close()
    server.child:stop()
    process.remove(directory)
  end
  return server
end

return M
