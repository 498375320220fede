--- An example of scripts/examples that is an nginx, with workers, as a child process of a spec.
local command = require "spec.support.command"
local process = require "spec.support.process"
local transports = require "wxlive.transport"

local M = {}

local Resty = {}
Resty.__index = Resty

local function replaced(text, old, new)
  local from, to = text:find(old, 1, true)
  assert(from, old .. " is not in nginx.conf")
  return text:sub(1, from - 1) .. new .. text:sub(to + 1)
end

local function write_conf(self, options)
  local text = command.read(("scripts/examples/%s/nginx.conf"):format(options.example
    or "openresty"))
  text = replaced(text, "listen unix:admin.sock", "listen 127.0.0.1:" .. self.port
    .. " backlog=1024")
  text = replaced(text, "worker_processes auto", "daemon off; worker_processes " .. options.workers)
  for old, new in pairs(options.replace or {}) do
    text = replaced(text, old, new)
  end
  text = replaced(text, "location = /metrics", 'location = /plain { return 200 "ok"; }\n'
    .. (options.locations or "") .. "location = /metrics")
  process.write(self.directory .. "/nginx.conf", text)
end

--- Starts it against a sandbox.
---@param box table
---@param options { workers: integer, token: string?, aes_key: string?,
---  example: string?,      its folder; openresty when left out
---  env: table?,           more of its environment
---  locations: string?,    more locations of nginx.conf
---  replace: table? }      text of nginx.conf by text that takes its place
function M.start(box, options)
  local self = setmetatable({
    directory = process.directory(),
    http = assert(transports.default { proxy = "" }),
  }, Resty)
  local root = process.run("pwd"):gsub("%s+$", "")
  local env = command.settings(box, {
    LUA_PATH = ("%s/scripts/examples/%s/?.lua;%s/lua/?.lua;%s/lua/?/init.lua;;"):format(root,
      options.example or "openresty", root, root),
    LUA_CPATH = root .. "/build/luajit/?.so;;",
    WXLIVE_CALLBACK_TOKEN = options.token or "token",
    WXLIVE_CALLBACK_AES_KEY = options.aes_key or false,
  })
  for name, value in pairs(options.env or {}) do
    env[name] = value
  end
  local words = { "exec env" }
  for name, value in pairs(env) do
    if not value then
      table.insert(words, 2, "-u " .. name)
    else
      words[#words + 1] = process.quote(name .. "=" .. value)
    end
  end
  words[#words + 1] = ("nginx -p %s -c nginx.conf -e error.log"):format(
    process.quote(self.directory))
  self.child = process.start {
    directory = self.directory, command = table.concat(words, " "),
    before = function()
      self.port = process.free_port()
      self.url = "http://127.0.0.1:" .. self.port
      write_conf(self, options)
    end,
    ready = function()
      return self:get("/plain") ~= nil
    end,
  }
  return self
end

---@param path string
function Resty:get(path)
  -- The kept connection may be to a worker that has been killed.
  return self.http:send { method = "GET", url = self.url .. path, timeout = 30, resend = true }
end

---@param path string
---@param body string
---@param content_type string?
function Resty:post(path, body, content_type)
  return self.http:send {
    method = "POST", url = self.url .. path, body = body, timeout = 30,
    content_type = content_type or "application/json",
  }
end

--- The error log so far.
function Resty:log()
  return process.read(self.directory .. "/error.log") or ""
end

--- Process ids of the workers that there are.
function Resty:workers()
  local pids = {}
  local found = process.run("cat /proc/" .. self.child.pid .. "/task/*/children")
  for pid in found:gmatch("%d+") do
    pids[#pids + 1] = pid
  end
  return pids
end

function Resty:reload()
  process.run("kill -HUP " .. self.child.pid)
end

function Resty:stop()
  self.child:stop()
  process.remove(self.directory)
end

return M
