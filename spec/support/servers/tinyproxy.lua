--- A real forward proxy for specs: tinyproxy on loopback, with a user and a password.
local curl = require "wxlive.transport.curl"
local process = require "spec.support.process"

local M = { user = "shopkeeper", password = "open-sesame-7" }

local conf = [[
Port @PORT@
Listen 127.0.0.1
Timeout 20
MaxClients 20
Allow 127.0.0.1
ConnectPort @CONNECT_PORT@
BasicAuth @USER@ @PASSWORD@
LogLevel Connect
]]

--- Starts a proxy that tunnels to connect_port only. proxy.address is host:port; proxy.log() is
--- what it has written of its work.
function M.start(connect_port)
  local directory = process.directory()
  local proxy = {}
  local probe = assert(curl.new { proxy = "", timeout = 5 })
  proxy.child = process.start {
    directory = directory,
    command = ("exec tinyproxy -d -c %s"):format(process.quote(directory .. "/tinyproxy.conf")),
    before = function()
      proxy.port = process.free_port()
      proxy.address = "127.0.0.1:" .. proxy.port
      process.write(directory .. "/tinyproxy.conf", (conf:gsub("@(%u+_?%u*)@", {
        PORT = proxy.port, CONNECT_PORT = connect_port, USER = M.user, PASSWORD = M.password,
      })))
    end,
    ready = function()
      -- Whatever it has against a request without a password: it is there.
      local _, err = probe:send { method = "GET", url = "http://" .. proxy.address .. "/" }
      return err == nil or err.name ~= "connect_failed"
    end,
  }
  probe:close()

  function proxy.log()
    return process.read(directory .. "/process.log") or ""
  end

  function proxy.stop()
    proxy.child:stop()
    process.remove(directory)
  end
  return proxy
end

return M
