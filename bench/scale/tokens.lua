--- Many accounts from several processes that share one Redis, over loopback: how often tokens are
--- fetched, and how many in a second.
local command = require "spec.support.command"
local core = require "wxlive.core"
local json = require "wxlive.json"
local process = require "spec.support.process"
local redis = require "spec.support.servers.redis"
local sandbox = require "wxlive.sandbox"

local M = {}

local PROCESSES = 4

local function settings(path, box, accounts)
  local lines = { "base_url = " .. box.base_url }
  for i = 1, accounts do
    lines[#lines + 1] = ("[shop%d]\nappid = wx%016x\nsecret = %s"):format(i, i, box.secret)
  end
  command.write(path, table.concat(lines, "\n") .. "\n")
  process.run("chmod 600 " .. path)
end

-- The token calls that the platform took.
local function count(box)
  local calls = 0
  for _, entry in ipairs(box:control("log").entries) do
    calls = calls + (entry.path == "/cgi-bin/stable_token" and 1 or 0)
  end
  return calls
end

local function worst_of(seconds)
  local counts, most = {}, 0
  for _, second in ipairs(seconds) do
    counts[second] = (counts[second] or 0) + 1
    most = math.max(most, counts[second])
  end
  return most
end

--- Runs it.
---@param accounts integer
function M.run(accounts)
  local home, box, server = command.directory(), assert(sandbox.start()), redis.start()
  local path = home .. "/config"
  settings(path, box, accounts)
  local began = core.system.monotonic()
  local pipes = {}
  for i = 1, PROCESSES do
    -- Half of them from the other end: they meet at each account, and in the middle.
    pipes[i] = assert(io.popen(('eval "$(scripts/dev/env)"; '
      .. "exec lua5.4 bench/scale/token_worker.lua %s %d %s")
      :format(path, server.port, i % 2 == 0 and "backwards" or "forwards")))
  end
  local result = { accounts = accounts, processes = PROCESSES, errors = 0 }
  local fetched = {}
  for _, pipe in ipairs(pipes) do
    local one = json.decode(pipe:read("*a")) or { fetched = {}, errors = accounts }
    pipe:close()
    for _, second in ipairs(one.fetched) do
      fetched[#fetched + 1] = second
    end
    result.errors = result.errors + one.errors
    result.error = result.error or one.error
  end
  result.seconds = core.system.monotonic() - began
  result.fetched, result.worst_second = #fetched, worst_of(fetched)
  result.token_calls = count(box)
  server:stop()
  box:stop()
  command.remove(home)
  return result
end

return M
