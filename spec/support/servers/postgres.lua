--- A real PostgreSQL for specs, on a socket of its own: nothing listens on the network.
local process = require "spec.support.process"

local M = {}

local quote = process.quote

local conf = "-c listen_addresses= -c max_connections=100"
local careless = " -c fsync=off -c synchronous_commit=off"

local function programs()
  return (process.run("ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1")
    :gsub("%s+$", ""))
end

-- PostgreSQL refuses to run as root.
local function as_user(directory)
  if process.run("id -u"):match("%d+") ~= "0" then
    return ""
  end
  process.run("chown nobody " .. quote(directory))
  return "runuser -u nobody -- "
end

--- Starts a server with an empty database; server.url is where it is.
---@param options { durable: boolean? }?   durable: what is committed is on disk, as in production
function M.start(options)
  local directory, bin = process.directory(), programs()
  local run_as = as_user(directory)
  local data = quote(directory .. "/data")
  process.run(("cd / && %s%s/initdb -D %s -A trust -U wxlive --no-sync -E UTF8 --locale=C")
    :format(run_as, bin, data))
  local function start()
    return process.start {
      directory = directory,
      -- exec: the signal that stops the child must reach the server itself.
      command = ("cd / && exec %s%s/postgres -D %s -k %s %s"):format(run_as, bin, data,
        quote(directory), conf .. (options and options.durable and "" or careless)),
      ready = function()
        return os.execute(("%s/pg_isready -q -h %s -U wxlive"):format(bin, quote(directory)))
          == (_VERSION == "Lua 5.1" and 0 or true)
      end,
    }
  end
  local child = start()
  local server = {}
  --- Ends the server at once, and its connections; calls meanwhile() and starts it anew.
  function server.restart(meanwhile)
    local pid = process.read(directory .. "/data/postmaster.pid"):match("^%d+")
    process.run(("kill -INT %s; while kill -0 %s 2>/dev/null; do sleep 0.05; done")
      :format(pid, pid))
    child:stop()
    if meanwhile then
      meanwhile()
    end
    child = start()
  end
  function server.url(database)
    return ("postgresql://wxlive@%s/%s"):format((directory:gsub("/", "%%2F")),
      database or "postgres")
  end
  local made = 0
  --- A new empty database.
  function server.database()
    made = made + 1
    process.run(("%s/createdb -h %s -U wxlive spec%d"):format(bin, quote(directory), made))
    return server.url("spec" .. made)
  end
  function server.stop()
    child:stop()
    process.remove(directory)
  end
  return server
end

return M
