--- Runs the programs that are measured, and reads what they print.
local json = require "wxlive.json"
local process = require "spec.support.process"

local M = { failures = {} }

local q = process.quote

-- How each is started. The arguments are the same for all: TASK URL BODY|- CALLS WARM_UP AT_A_TIME
local lua54 = 'eval "$(scripts/dev/env)"; exec lua5.4 '
local luajit = 'eval "$(scripts/dev/env luajit)"; exec luajit '
local node = "exec node bench/clients/peer.mjs "

M.clients = {
  { name = "libcurl in C", command = "exec build/bench/raw ", bare = true },
  { name = "wxlive, Lua 5.4", command = lua54 .. "bench/clients/wxlive.lua " },
  { name = "wxlive, LuaJIT", command = luajit .. "bench/clients/wxlive.lua " },
  { name = "bare binding, Lua 5.4", command = lua54 .. "bench/clients/bare.lua " },
  { name = "bare binding, LuaJIT", command = luajit .. "bench/clients/bare.lua " },
  { name = "raw cosocket, nginx", command = "exec bench/clients/in_nginx nginx_raw " },
  { name = "wxlive, nginx", command = "exec bench/clients/in_nginx wxlive " },
  { name = "lua-curl + cjson, LuaJIT", command = luajit .. "bench/clients/lua_curl.lua " },
  { name = "Node fetch", command = node .. "fetch ", quick = true },
  { name = "Node undici", command = node .. "undici ", needs = "undici" },
  { name = "Node axios", command = node .. "axios ", needs = "axios" },
  { name = "Python requests", command = "exec /usr/bin/python3 bench/clients/peer.py " },
}
M.cjson = { name = "cjson alone, Lua 5.4", command = lua54 .. "bench/clients/cjson.lua " }

local function failed(name, what)
  M.failures[#M.failures + 1] = name .. ": " .. what
end

--- Runs a shell command and gives the JSON object of its last line; nil when it failed.
function M.line(name, command)
  local pipe = assert(io.popen("{ " .. command .. "; } 2>build/bench/stderr", "r"))
  local output = pipe:read("*a")
  local ok = pipe:close()
  local value = json.decode(output:match("([^\n]*)\n?$") or "")
  if not ok or type(value) ~= "table" or value.errors ~= 0 then
    failed(name, (process.read("build/bench/stderr") or ""):sub(1, 300))
    return nil
  end
  return value
end

-- { task=, url=, body_file=, calls=, warm_up=, at_a_time= } as arguments of a client
local function arguments(client, job)
  local list = { job.url, job.body_file or "-", job.calls, job.warm_up, job.at_a_time or 0 }
  if not client.bare then
    table.insert(list, 1, job.task)
  end
  for i, value in ipairs(list) do
    list[i] = q(tostring(value))
  end
  return table.concat(list, " ")
end

-- http: "1.1" or "2", for all; without it wxlive chooses, and the others speak HTTP/1.1.
local function environment(job)
  return (job.ca_file and "export BENCH_CA_FILE=" .. q(job.ca_file) .. "; " or "")
    .. (job.http and "export BENCH_HTTP=" .. job.http .. "; " or "")
end

--- One run of a client.
---@return { calls: integer, wall: number, cpu: number, peak_kb: integer }?
function M.run(client, job)
  return M.line(client.name .. ", " .. job.task,
    environment(job) .. client.command .. arguments(client, job))
end

local function instructions(client, job)
  local command = client.command:gsub("exec ([^;]*)$",
    "exec valgrind --tool=callgrind --callgrind-out-file=/dev/null %1")
  local pipe = assert(io.popen("{ " .. environment(job) .. command .. arguments(client, job)
    .. "; } 2>&1", "r"))
  local output = pipe:read("*a")
  local ok = pipe:close()
  local count = tonumber(output:match("Collected : (%d+)"))
  if not ok or not count then
    failed(client.name .. ", " .. job.task .. " under callgrind", output:sub(-300))
    return nil
  end
  return count
end

--- User-space instructions of one call: what more calls cost, divided by how many more they are.
function M.instructions(client, job, few, many)
  local counts = {}
  for i, calls in ipairs { few, many } do
    local one = setmetatable({ calls = calls }, { __index = job })
    counts[i] = instructions(client, one)
    if not counts[i] then
      return nil
    end
  end
  return math.floor((counts[2] - counts[1]) / (many - few))
end

--- Seconds that a command takes, the least of a few.
function M.seconds(command, times)
  local system = require("wxlive.core").system
  local least = math.huge
  for _ = 1, times do
    local began = system.monotonic()
    if not os.execute(command) then
      failed(command, "did not work")
    end
    least = math.min(least, system.monotonic() - began)
  end
  return least
end

return M
