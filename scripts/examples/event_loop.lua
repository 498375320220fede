#!/usr/bin/env lua5.4
-- wxlive inside of another event loop, here libuv (luv): nothing ever blocks, and the other things
-- that the loop does go on between the answers.
--
--   eval "$(scripts/dev/env)"; scripts/wxlive sandbox &        (prints the settings to export)
--   lua5.4 scripts/examples/event_loop.lua
--
-- wxlive's own loop says what it waits for; libuv does the waiting.
local broadcast = require "wxlive.broadcast"
local loops = require "wxlive.concurrent.loop"
local uv = require "luv"
local wxlive = require "wxlive"

local loop = loops.default()
local timer = uv.new_timer()
local polls = {} -- descriptor -> handle of libuv

local turn

-- Watches what wxlive waits for now: descriptors come and go with its connections.
local function watch()
  local fds, seconds = loop:watch()
  local wanted = {}
  for _, one in ipairs(fds) do
    wanted[one.fd] = (one.read and "r" or "") .. (one.write and "w" or "")
  end
  for fd, handle in pairs(polls) do
    if not wanted[fd] then
      handle:close()
      polls[fd] = nil
    end
  end
  for fd, events in pairs(wanted) do
    polls[fd] = polls[fd] or uv.new_poll(fd)
    polls[fd]:start(events, turn)
  end
  timer:stop()
  if seconds then
    timer:start(math.ceil(seconds * 1000), 0, turn)
  end
end

function turn()
  loop:step(0)
  watch()
end

local live = assert(broadcast.new {})
local names = { "get_live_info", "goods_list", "get_role_list" }

-- Something else that the loop does.
local ticks = 0
local ticker = uv.new_timer()
ticker:start(0, 1, function() ticks = ticks + 1 end)

local task = wxlive.spawn(function()
  local results, errors = wxlive.map(names, function(name)
    return live:call(name, name == "goods_list" and { status = 2 } or {})
  end)
  for i, name in ipairs(names) do
    print(name, results[i] and "answered" or tostring(errors[i]))
  end
  print("meanwhile", ticks > 0 and "the loop went on" or "nothing happened")
  ticker:close()
end)

turn()
while not task.done do
  uv.run("once")
end
assert(task.ok, task.value)
for _, handle in pairs(polls) do
  handle:close()
end
timer:close()
uv.run()
