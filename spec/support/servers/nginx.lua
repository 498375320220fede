--- A real web server for specs: nginx on loopback, plain and over TLS (HTTP/2), with a certificate
--- for 127.0.0.1 from a throwaway authority.
local curl = require "wxlive.transport.curl"
local process = require "spec.support.process"

local M = {}

local conf = [[
daemon off;
master_process off;
pid nginx.pid;
error_log stderr warn;
events { worker_connections 256; }
http {
  access_log off;
  keepalive_requests 1000000;
  client_max_body_size 64m;
  client_body_buffer_size 16k;
  client_body_temp_path bodies;
  proxy_temp_path temp; fastcgi_temp_path temp; uwsgi_temp_path temp; scgi_temp_path temp;
  default_type application/octet-stream;
  types { image/jpeg jpg; text/plain txt; application/json json; }
  server {
    listen 127.0.0.1:@PORT@;
    listen 127.0.0.1:@TLS_PORT@ ssl http2;
    ssl_certificate server.pem;
    ssl_certificate_key server.key;
    root files;
    gzip on; gzip_min_length 1; gzip_types text/plain; gzip_http_version 1.0;
    location = /who {
      add_header X-Serial $connection_requests;
      add_header X-Twice one; add_header X-Twice two;
      default_type application/json;
      return 200 '{"connection":$connection,"protocol":"$server_protocol","tls":"$ssl_protocol"}';
    }
    location = /upload {
      client_body_in_file_only on;
      proxy_set_header Host $http_host;
      proxy_set_header X-Type $http_content_type;
      proxy_pass http://127.0.0.1:@PORT@/uploaded;
    }
    location = /uploaded {
      default_type text/plain;
      return 200 "$http_x_type";
    }
    location /slow/ {
      alias files/;
      limit_rate 10k;
    }
    location = /busy {
      add_header Retry-After 3 always;
      return 503 "busy";
    }
  }
}
]]

local function certify(directory)
  process.write(directory .. "/names", "subjectAltName = IP:127.0.0.1\n")
  process.run("cd " .. process.quote(directory) .. [[
 && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
      -subj "/CN=Throwaway authority of a spec" -keyout ca.key -out ca.pem
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
      -subj "/CN=A server of a spec" -keyout server.key -out server.csr &&
    openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
      -extfile names -out server.pem]])
end

--- Starts it. server.url, server.tls_url; server.port, server.tls_port; server.ca_file;
--- server.files: the directory that it serves; server.bodies: where requests to /upload are kept.
function M.start()
  local directory = process.directory()
  local server = {
    directory = directory, files = directory .. "/files", bodies = directory .. "/bodies",
    ca_file = directory .. "/ca.pem",
  }
  process.run("mkdir " .. process.quote(server.files))
  certify(directory)
  local probe = assert(curl.new { proxy = "", timeout = 5 })
  server.child = process.start {
    directory = directory,
    command = ("exec nginx -p %s -c nginx.conf"):format(process.quote(directory)),
    before = function()
      server.port = process.free_port()
      server.tls_port = process.free_port()
      server.url = "http://127.0.0.1:" .. server.port
      server.tls_url = "https://127.0.0.1:" .. server.tls_port
      process.write(directory .. "/nginx.conf", (conf:gsub("@(%u+_?%u*)@", {
        PORT = server.port, TLS_PORT = server.tls_port,
      })))
    end,
    ready = function()
      return probe:send { method = "GET", url = server.url .. "/who" } ~= nil
    end,
  }
  probe:close()

  --- The bytes of the requests that /upload kept, the oldest first.
  function server.uploads()
    local list = {}
    for path in process.run("find " .. process.quote(server.bodies) .. " -type f | sort")
      :gmatch("[^\n]+") do
      list[#list + 1] = process.read(path)
    end
    return list
  end

  function server.stop()
    server.child:stop()
    process.remove(directory)
  end
  return server
end

return M
