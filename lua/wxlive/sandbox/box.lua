--- A sandbox in a child process, controlled by this object: start, control, stop.
--
-- The child reads a pipe whose other end only this process (and its children) holds, and watches
-- its parent process. Therefore it ends when this process ends, even by kill -9.
local compat = require "wxlive.base.compat"
local Error = require "wxlive.error"
local files = require "wxlive.base.files"
local json = require "wxlive.json"
local options = require "wxlive.base.options"
local system = require "wxlive.core".system

local Box = {}
Box.__index = Box
Box.__name = "wxlive.sandbox.Box"

---@class wxlive.sandbox.Box
---@field base_url string
---@field appid string
---@field secret string
---@field pid integer
---@field component table?   the third-party platform, where there is one: its options

local M = {}

local CONTROL_SECONDS, STOP_SECONDS = 10, 3
local POLL_SECONDS = 0.005

local function quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

-- The child must be able to load the C modules that are on our path: the same kind of interpreter.
local function interpreters()
  return rawget(_G, "jit") and "luajit luajit-2.1 luajit2" or "lua5.4 lua54 lua"
end

-- A shell that becomes the child. Where no interpreter is found, that is what the ready file says.
-- Every user of the machine can read this command line. Therefore the options, which may hold the
-- Token and the key of a real push, are not on it.
local function command(ready_file)
  return table.concat({
    "unset LUA_INIT LUA_INIT_5_4 LUA_PATH_5_4 LUA_CPATH_5_4",
    "export LUA_PATH=" .. quote(package.path),
    "export LUA_CPATH=" .. quote(package.cpath),
    "export WXLIVE_SANDBOX_READY=" .. quote(ready_file),
    ("for lua in %s; do command -v $lua >/dev/null && exec $lua -e %s >/dev/null; done"):format(
      interpreters(), quote [[require("wxlive.sandbox.server.main").run()]]),
    ("echo error: there is no interpreter, one of %s >%s"):format(interpreters(),
      quote(ready_file)),
  }, "\n")
end

local function fail(message)
  return Error.fail {
    kind = "usage", name = "sandbox_failed", message = "sandbox: " .. message,
  }
end

-- Waits for the child's address, or for the reason why it did not start.
local function await(ready_file, seconds)
  local deadline = system.monotonic() + seconds
  repeat
    local text = files.read(ready_file) or ""
    local base_url, pid = text:match("^(http://%S+)\n(%d+)\n")
    if base_url then
      return base_url, math.floor(tonumber(pid))
    elseif text:find("^error: .*\n") then
      return fail(text:match("^error: (.-)\n"))
    end
    system.sleep(POLL_SECONDS)
  until system.monotonic() > deadline
  return fail(("the child process was not ready within %s s"):format(compat.text(seconds)))
end

--- See wxlive.sandbox.start, which has checked the options.
---@param child table      what the child is told; the table becomes ours
---@param wait number      seconds
---@param transport table? default: the transport of this build
---@return wxlive.sandbox.Box?
---@return wxlive.Error?
function M.start(child, wait, transport)
  local ready_file = os.tmpname()
  child.ready_file, child.watch_stdin = ready_file, true
  -- Only this user can read a file that os.tmpname has made.
  local file, reason = io.open(ready_file, "w")
  local written = file and file:write(assert(json.encode(child))) and file:close()
  local pipe
  if written then
    pipe, reason = io.popen(command(ready_file), "w")
  end
  if not pipe then
    os.remove(ready_file)
    return fail(tostring(reason))
  end
  local base_url, pid = await(ready_file, wait)
  os.remove(ready_file)
  if not base_url then
    pipe:close()
    return nil, pid
  end
  return setmetatable({
    base_url = base_url, pid = pid, appid = child.appid, secret = child.secret, pipe = pipe,
    transport = transport, component = child.component or nil,
  }, Box)
end

local function post(box, op, params, seconds)
  if not box.transport then
    local transport, err = require("wxlive.transport").default {}
    if not transport then
      return nil, err
    end
    box.transport = transport
  end
  return box.transport:send {
    method = "POST", url = box.base_url .. "/_sandbox/" .. op, content_type = "application/json",
    body = assert(json.encode(params)), timeout = seconds, resend = false, max_body = 256 * 1048576,
  }
end

--- Calls a control operation of the sandbox; wxlive.sandbox.server.control lists them.
---@param op string
---@param params table?
---@return table? result
---@return wxlive.Error?
function Box:control(op, params)
  if not self.pipe then
    return fail("it was stopped")
  end
  local response, err = post(self, op, params or {}, CONTROL_SECONDS)
  if not response then
    return nil, err
  end
  local result = json.decode(response.body)
  if response.status ~= 200 or type(result) ~= "table" then
    return fail(("%s: %s"):format(op, type(result) == "table" and result.error
      or "HTTP " .. response.status))
  end
  return result
end

Box.control = options.checked("box:control", { "op", "string", "params", "table|nil" }, Box.control)

--- Ends the child and waits until it is gone. May be called again.
function Box:stop()
  local pipe = self.pipe
  if not pipe then
    return
  end
  if not post(self, "stop", {}, STOP_SECONDS) then
    -- The child has ended, or hangs. The system does not reuse its process id until the pipe is
    -- closed.
    os.execute(("kill -9 %d 2>/dev/null"):format(self.pid))
  end
  self.pipe = nil
  pipe:close()
end

return M
