--- One process of spec/full/token/processes_spec.lua: coroutines that call the platform at once.
--
--   lua token_process.lua '{ ...options... }'      (JSON)
--
-- Options: base_url, appid, secret; store, a chunk of Lua that opens one; coroutines, attempts;
-- timeout of a call; mode of the tokens; nameless: others
-- cannot know whether this process is over.
-- Says its process id, waits for a line on standard input, then starts. In the end it tells what
-- the coroutines got and how often, and how long the slowest call took.
local core = require "wxlive.core"
local json = require "wxlive.json"
local wxlive = require "wxlive"

local options = assert(json.decode(arg[1]))

if options.nameless then
  core.process.mark = function() end
end

-- Fetches that are under way.
local open = 0
local change = { fetch = 1, fetched = -1, fetch_failed = -1 }

local live = assert(require("wxlive.broadcast").new {
  base_url = options.base_url, appid = options.appid, secret = options.secret,
  token_store = assert(load(options.store)()),
  retry = { attempts = options.attempts, base = 0.05 }, timeout = options.timeout or 30,
  token_mode = options.mode, hooks = { token = function(event)
    open = open + (change[event.event] or 0)
  end },
})

local callers = {}
for i = 1, options.coroutines do
  callers[i] = i
end

print(core.system.pid())
io.stdout:flush()
assert(io.read("*l"))

local slowest = 0
local _, errors = wxlive.map(callers, function()
  local started = core.system.monotonic()
  local result, err = live:get_live_info(0, 1)
  slowest = math.max(slowest, core.system.monotonic() - started)
  return result, err
end, { concurrency = #callers })

-- A refresh ahead may still be under way behind the calls.
wxlive.map({ 1 }, function()
  while open > 0 do
    live.transport:sleep(0.02)
  end
end)

local got = {}
for i in ipairs(callers) do
  local what = errors[i] and errors[i].name .. "/" .. tostring(errors[i].code) or "ok"
  got[what] = (got[what] or 0) + 1
end
for what, count in pairs(got) do
  print(what, count, ("%.2f"):format(slowest))
end
