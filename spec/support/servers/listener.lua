--- `wxlive listen` as a child process of a spec: started, watched, stopped for sure.
local await = require "spec.support.await"
local command = require "spec.support.command"
local json = require "wxlive.json"
local process = require "spec.support.process"

local M = {}

local Listener = {}
Listener.__index = Listener

--- Push settings as `wxlive listen` takes them from the environment.
---@param keys table  token, aes_key, mode, appid
---@return table<string, string|false>
function M.env(keys)
  return command.settings(nil, {
    WXLIVE_CALLBACK_TOKEN = keys.token, WXLIVE_CALLBACK_AES_KEY = keys.aes_key or false,
    WXLIVE_CALLBACK_MODE = keys.mode or false, WXLIVE_APPID = keys.appid or false,
    WXLIVE_CALLBACK_PREVIOUS_AES_KEY = false, WXLIVE_TOKEN_STORE = false,
    XDG_CONFIG_HOME = "/nonexistent",
  })
end

--- A command line for the shell that runs `wxlive` under the interpreter of the specs.
---@param env table
---@param arguments string[]
---@return string
function M.command(env, arguments)
  local words = { "exec env" }
  for name, value in pairs(env) do
    if not value then
      words[#words + 1] = "-u " .. name
    end
  end
  for name, value in pairs(env) do
    if value then
      words[#words + 1] = process.quote(name .. "=" .. value)
    end
  end
  words[#words + 1] = rawget(_G, "jit") and "luajit" or "lua5.4"
  words[#words + 1] = "scripts/wxlive"
  for _, argument in ipairs(arguments) do
    words[#words + 1] = process.quote(argument)
  end
  return table.concat(words, " ")
end

local function start(directory, env, arguments, output)
  local self = setmetatable({ directory = directory }, Listener)
  local line = M.command(env, arguments)
  self.child = process.start {
    directory = directory,
    command = output and "exec sh -c " .. process.quote(line .. " >" .. output) or line,
    ready = function()
      self.url = self:log():match("wxlive listen: (http://127%.0%.0%.1:%d+)[ /]")
      return self.url
    end,
  }
  return self
end

--- Starts it with these keys, and a handler file's text where one is given.
---@param keys table
---@param handler string?
function M.start(keys, handler)
  local directory = process.directory()
  local arguments = { "listen" }
  if handler then
    process.write(directory .. "/handler.lua", handler)
    arguments = { "listen", "--handler", directory .. "/handler.lua" }
  end
  return start(directory, M.env(keys), arguments)
end

--- Starts it as it is told to, in this environment.
---@param env table
---@param arguments string[]
---@param output string?   a file that its events go to
function M.start_with(env, arguments, output)
  return start(process.directory(), env, arguments, output)
end

--- All that it printed, on both outputs.
function Listener:log()
  return process.read(self.directory .. "/process.log") or ""
end

--- Waits until its output has something that matches; gives the captures.
function Listener:line(pattern)
  return await(function()
    return self:log():match(pattern)
  end, pattern .. " in:\n" .. self:log())
end

--- Waits until it has printed so many events; gives all of them.
---@param n integer
---@return table[]
function Listener:events(n)
  local events
  await(function()
    events = {}
    for line in self:log():gmatch("(%b{})\n") do
      events[#events + 1] = json.decode(line)
    end
    return #events >= n
  end, n .. " events")
  return events
end

function Listener:stop()
  self.child:stop()
  process.remove(self.directory)
end

return M
