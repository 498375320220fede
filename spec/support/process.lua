--- Children of a spec: started, waited for, and stopped for sure.
--
-- A shell stands between. It holds the child and reads from a pipe that only this process writes
-- to: when that ends, because of stop() or because the spec died in whatever way, the child is
-- killed.
local system = require("wxlive.core").system

local M = {}

local READY_SECONDS, TERM_SECONDS = 60, 5

function M.quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

--- The whole of a file, or nil.
function M.read(path)
  local file = io.open(path, "rb")
  if not file then
    return nil
  end
  local text = file:read("*a")
  file:close()
  return text
end

function M.write(path, text)
  local file = assert(io.open(path, "wb"))
  assert(file:write(text))
  assert(file:close())
end

--- Runs a command to its end; raises with what it printed when it fails.
function M.run(command)
  local pipe = assert(io.popen("{ " .. command .. "; } 2>&1; echo \"status $?\"", "r"))
  local output = pipe:read("*a")
  pipe:close()
  local text, status = output:match("^(.-)status (%d+)%s*$")
  if status ~= "0" then
    error(("%s\nended with %s:\n%s"):format(command, status, text), 2)
  end
  return text
end

--- A new directory of one's own, below the system's place for such.
function M.directory()
  return (M.run("mktemp -d"):gsub("%s+$", ""))
end

function M.remove(directory)
  assert(directory:find("^/.+/"), "not a directory to remove")
  M.run("rm -rf " .. M.quote(directory))
end

-- Ports that some socket of this machine has, whatever its state.
local function taken_ports()
  local taken = {}
  for _, table_name in ipairs { "/proc/net/tcp", "/proc/net/tcp6" } do
    for port in (M.read(table_name) or ""):gmatch("%d+: %x+:(%x+) ") do
      taken[tonumber(port, 16)] = true
    end
  end
  return taken
end

--- A port that nobody has at the moment, out of those that the system does not hand out by itself.
--- Whoever binds it may still find it taken: M.start tries again with another.
function M.free_port()
  local taken = taken_ports()
  local port
  repeat
    local a, b = system.random(2):byte(1, 2)
    port = 15000 + (a * 256 + b) % 15000
  until not taken[port]
  return port
end

local function alive(pid)
  local stat = pid and M.read("/proc/" .. pid .. "/stat")
  return stat ~= nil and not stat:find("^%d+ %b() [ZX]")
end

local Child = {}
Child.__index = Child

--- Stops the child and waits until it is gone. Any number of times.
function Child:stop()
  if self.pipe then
    self.pipe:close()
    self.pipe = nil
  end
end

local supervisor = [[
%s >%s 2>&1 & pid=$!
echo $pid >%s
read -r line
kill $pid 2>/dev/null
(sleep %d; kill -9 $pid) >/dev/null 2>&1 & reaper=$!
wait $pid 2>/dev/null
kill $reaper 2>/dev/null
]]

local function start_once(options, directory)
  local log, pid_file = directory .. "/process.log", directory .. "/process.pid"
  os.remove(pid_file)
  local script = supervisor:format(options.command, M.quote(log), M.quote(pid_file), TERM_SECONDS)
  local child = setmetatable({
    pipe = assert(io.popen("exec sh -c " .. M.quote(script), "w")),
  }, Child)
  local deadline = system.monotonic() + READY_SECONDS
  repeat
    child.pid = child.pid or (M.read(pid_file) or ""):match("(%d+)\n")
    if child.pid and options.ready() then
      return child
    end
    system.sleep(0.01)
  until child.pid and not alive(child.pid) or system.monotonic() > deadline
  child:stop()
  return nil, ("%s\nis not there:\n%s"):format(options.command, (M.read(log) or ""):sub(-2000))
end

--- Starts a child process and waits until it is ready, a few times over when it does not come up.
-- options.directory: where its log and pid go; options.command: for the shell, staying in the
-- foreground; options.ready(): whether it can be used yet; options.before(): called before each
-- try.
function M.start(options)
  local child, reason
  for _ = 1, 3 do
    if options.before then
      options.before()
    end
    child, reason = start_once(options, options.directory)
    if child then
      return child
    end
  end
  error(reason, 2)
end

return M
