--- A real redis-server on a free port of this machine, in a directory that goes away with it.
local compat = require "wxlive.base.compat"
local core = require "wxlive.core"
local curl = require "wxlive.curl"
local temp = require "spec.support.temp"

local M = {}

---@class spec.Redis
local Server = {}
Server.__index = Server

local PATIENCE = 60

local function run(command)
  local p = assert(io.popen(command .. " 2>&1; echo \"status $?\""))
  local text = p:read("*a")
  p:close()
  assert(text:find("status 0%s*$"), command .. ": " .. text)
end

--- Makes in `directory` a throwaway CA (ca.pem) and a certificate of it for redis.test and
-- 127.0.0.1 (server.pem, server.key). Inside nginx they are copies of those that nginx trusts.
function M.certificates(directory)
  if compat.in_nginx() then
    return run(("cd '%s' && cp ca.pem server.pem server.key '%s'")
      :format(os.getenv("WXLIVE_SPEC_DIR"), directory))
  end
  temp.write(directory .. "/san", "subjectAltName=DNS:redis.test,IP:127.0.0.1\n")
  run(("cd '%s' && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "
    .. "-keyout ca.key -out ca.pem -days 2 -subj '/CN=throwaway CA'"):format(directory))
  run(("cd '%s' && openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "
    .. "-keyout server.key -out server.csr -subj '/CN=redis.test' && openssl x509 -req -days 2 "
    .. "-in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -extfile san -out server.pem")
    :format(directory))
end

-- Whether somebody answers at the port.
local function answers(port)
  local stream = curl.stream.connect { host = "127.0.0.1", port = port, connect_timeout = 1 }
  if stream then
    stream:close()
  end
  return stream ~= nil
end

-- Starts the server under a shell that kills it when its standard input ends, so that it dies with
-- this process, whatever happens.
local function launch(self)
  local pid_file = self.directory .. "/pid"
  os.remove(pid_file)
  self.pipe = assert(io.popen(([[cd '%s' && env -u LD_PRELOAD redis-server redis.conf %s >log 2>&1 &
    pid=$!; echo $pid >'%s.new'; mv '%s.new' '%s'; cat >/dev/null; kill -9 $pid
    { wait $pid; } 2>/dev/null]])
    :format(self.directory, self.sentinel and "--sentinel" or "", pid_file, pid_file, pid_file),
    "w"))
  local deadline = core.system.monotonic() + PATIENCE
  while core.system.monotonic() < deadline do
    local file = io.open(pid_file)
    if file then
      self.pid = file:read("*n")
      file:close()
      if answers(self.port) then
        return true
      elseif os.execute(("kill -0 %d 2>/dev/null"):format(self.pid)) ~= true
        and os.execute(("kill -0 %d 2>/dev/null"):format(self.pid)) ~= 0 then
        return false
      end
    end
    core.system.sleep(0.01)
  end
  error("redis-server did not start: " .. temp.read(self.directory .. "/log"))
end

local function configure(self)
  local conf = { "bind 127.0.0.1", "dir " .. self.directory }
  if not self.sentinel then
    conf[2] = conf[2] .. "\nsave \"\"\nappendonly no\nenable-debug-command local"
  end
  if self.tls then
    conf[#conf + 1] = "port 0\ntls-auth-clients no\ntls-port " .. self.port
    conf[#conf + 1] = "tls-cert-file server.pem\ntls-key-file server.key\ntls-ca-cert-file ca.pem"
  else
    conf[#conf + 1] = "port " .. self.port
  end
  for _, line in ipairs(self.lines) do
    conf[#conf + 1] = line
    if line == "cluster-enabled yes" then -- else it takes a port that anybody may be given
      conf[#conf + 1] = "cluster-port " .. self.port - 10000
    end
  end
  temp.write(self.directory .. "/redis.conf", table.concat(conf, "\n") .. "\n")
end

--- Starts a server.
---@param o { tls: boolean?, sentinel: boolean?, lines: string[]? }?  lines: more of redis.conf
---@return spec.Redis
function M.start(o)
  o = o or {}
  local self = setmetatable({
    directory = temp.directory(), tls = o.tls, sentinel = o.sentinel, lines = o.lines or {},
  }, Server)
  if self.tls then
    M.certificates(self.directory)
    self.ca_file = self.directory .. "/ca.pem"
  end
  -- redis-server cannot choose a port by itself: one that is taken makes it exit, and another is
  -- tried.
  for _ = 1, 20 do
    local a, b = core.system.random(2):byte(1, 2)
    self.port = 20000 + (a * 256 + b) % 12000
    configure(self)
    if not answers(self.port) and launch(self) then
      return self
    end
    if self.pipe then
      self:kill()
    end
  end
  error("no port was free for redis-server")
end

--- kill -9, and waits until it is gone.
function Server:kill()
  self.pipe:close()
  self.pipe = nil
end

--- Starts it again, empty, at the same port.
function Server:restart()
  assert(launch(self), "redis-server did not come back")
end

--- Stops it in the middle of everything, as a machine that hangs would.
function Server:freeze()
  os.execute("kill -STOP " .. self.pid)
end

function Server:thaw()
  os.execute("kill -CONT " .. self.pid)
end

--- Ends it and removes its directory. May be called twice.
function Server:stop()
  if self.pipe then
    self:kill()
  end
  if self.directory then
    temp.remove(self.directory)
    self.directory = nil
  end
end

return M
