--- Runs programs as processes, as a user would: what they print, and their exit status.
local M = {}

local SECONDS = 120

local interpreter = rawget(_G, "jit") and "luajit" or "lua5.4"

local function quote(text)
  return "'" .. tostring(text):gsub("'", "'\\''") .. "'"
end

--- The whole of a file.
---@param path string
---@return string
function M.read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

local function take(path)
  local text = M.read(path)
  os.remove(path)
  return text
end

--- Writes a file for a test.
---@param path string
---@param text string
function M.write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

--- A new empty directory; remove it with M.remove.
---@return string
function M.directory()
  local pipe = assert(io.popen("mktemp -d"))
  local path = pipe:read("*l")
  pipe:close()
  return path
end

---@param path string  of a directory that M.directory gave
function M.remove(path)
  assert(path:find("^/tmp/"), "not a temporary directory: " .. path)
  os.execute("rm -rf " .. quote(path))
end

local function command_line(words, options)
  local parts = { "env" }
  for name, value in pairs(options.env or {}) do
    if value then
      parts[#parts + 1] = quote(name .. "=" .. value)
    else
      table.insert(parts, 2, "-u " .. name)
    end
  end
  parts[#parts + 1] = ("timeout -k 5 %d"):format(SECONDS)
  for _, word in ipairs(words) do
    parts[#parts + 1] = quote(word)
  end
  return table.concat(parts, " ")
end

local function of_lua(script, arguments)
  local words = { interpreter, script }
  for _, word in ipairs(arguments) do
    words[#words + 1] = word
  end
  return words
end

--- Runs a program to its end.
---@param words string[]     program and arguments
---@param options { env: table<string, string|false>?, input: string? }?
---@return { status: integer, out: string, err: string }
function M.run(words, options)
  options = options or {}
  local out, err, status, input = os.tmpname(), os.tmpname(), os.tmpname(), os.tmpname()
  M.write(input, options.input or "")
  os.execute(("%s <%s >%s 2>%s; echo $? >%s"):format(command_line(words, options), input, out, err,
    status))
  os.remove(input)
  return { out = take(out), err = take(err), status = math.floor(tonumber(take(status))) }
end

--- Runs a Lua script of this checkout under the interpreter that runs the specs.
---@param script string
---@param arguments string[]
---@param options table?   as for run
function M.lua(script, arguments, options)
  return M.run(of_lua(script, arguments), options)
end

-- scripts/wxlive whose clients hardly pause before they try again.
local HASTY = [[
  local broadcast = require "wxlive.broadcast"
  local new = broadcast.new
  function broadcast.new(options)
    options.retry = { attempts = 2, base = 0.01, max = 0.01 }
    return new(options)
  end
  arg = { [0] = "scripts/wxlive", ... }
  dofile "scripts/wxlive"
]]

--- Runs `wxlive ...` with short pauses between the attempts of a call and the readings of a list.
---@param arguments string[]
---@param options table?   as for run
function M.hasty(arguments, options)
  local program = os.tmpname()
  M.write(program, HASTY)
  local got = M.lua(program, arguments, options)
  os.remove(program)
  return got
end

local Running = {}
Running.__index = Running

--- Starts a Lua script and leaves it running, its output to be read line by line.
---@param script string
---@param arguments string[]
---@param options table?   as for run
function M.start(script, arguments, options)
  local err, status = os.tmpname(), os.tmpname()
  local pipe = assert(io.popen(("%s </dev/null 2>%s; echo $? >%s"):format(
    command_line(of_lua(script, arguments), options or {}), err, status)))
  return setmetatable({ pipe = pipe, err = err, status = status }, Running)
end

--- The next line that it prints.
function Running:line()
  return self.pipe:read("*l")
end

--- Waits for its end; gives what was not read before.
---@return { status: integer, out: string, err: string }
function Running:finish()
  local out = self.pipe:read("*a")
  self.pipe:close()
  return {
    out = out, err = take(self.err), status = math.floor(tonumber(take(self.status))),
  }
end

--- Settings of a sandbox for a child process, and none of the user's own.
---@param box wxlive.sandbox.Box?
---@param more table?
---@return table<string, string|false>
function M.settings(box, more)
  local env = {
    WXLIVE_APPID = box and box.appid or false, WXLIVE_SECRET = box and box.secret or false,
    WXLIVE_BASE_URL = box and box.base_url or false, WXLIVE_CONFIG = false, WXLIVE_LANG = "en",
  }
  for name, value in pairs(more or {}) do
    env[name] = value
  end
  return env
end

return M
