--- The loop of wxlive.map inside nginx: tasks are light threads, and nginx's own event loop runs
--- them. The methods are those of wxlive.concurrent.loop that a map needs.
local phase = require "wxlive.base.phase"
local semaphore = require "ngx.semaphore"

local ngx = ngx
local unpack = table.unpack or unpack -- luacheck: ignore 143

local M = {}

-- The longest single wait for another task, in seconds; longer waits are repeated.
local TURN = 60

---@class wxlive.LightThreads
local Loop = {}
Loop.__index = Loop
Loop.__name = "wxlive.LightThreads"

-- coroutine -> the task that runs in it, or a token for one that was not started here
local tasks = setmetatable({}, { __mode = "k" })

local function new_task()
  return { done = false, signal = semaphore.new(0) }
end

local function settle(task, ok, value, extra)
  task.done, task.ok, task.value, task.extra = true, ok, value, extra
  if (task.waiters or 0) > 0 then  -- a semaphore refuses to be posted 0 times
    task.signal:post(task.waiters)
  end
end

--- Starts fn as a light thread. It runs at once, until it first waits.
---@param fn function
---@return wxlive.Task
function Loop:spawn(fn, ...) -- luacheck: ignore 212
  local task = new_task()
  local args, n = { ... }, select("#", ...)
  local ok, err = phase.call(ngx.thread.spawn, function()
    tasks[coroutine.running()] = task
    settle(task, pcall(fn, unpack(args, 1, n)))
  end)
  return ok and task or error(err, 0)
end

--- Waits until a task has ended, from any light thread.
---@param task wxlive.Task
function Loop:join(task) -- luacheck: ignore 212
  while not task.done do
    task.waiters = (task.waiters or 0) + 1
    task.signal:wait(TURN)
    task.waiters = task.waiters - 1
  end
end

Loop.run = Loop.join

--- The task that is running.
function Loop:this() -- luacheck: ignore 212
  local co = coroutine.running()
  local task = tasks[co]
  if not task then
    task = new_task()
    tasks[co] = task
  end
  return task
end

--- Lets the others run until another task wakes this one.
function Loop:park()
  local task = self:this()
  while not task.signal:wait(TURN) do -- luacheck: ignore 542
  end
end

---@param task wxlive.Task
function Loop:wake(task) -- luacheck: ignore 212
  task.signal:post(1)
end

---@param seconds number
function Loop:sleep(seconds) -- luacheck: ignore 212
  ngx.sleep(math.max(0, seconds))
end

--- The loop of this worker.
---@return wxlive.LightThreads
M.loop = setmetatable({}, Loop)

return M
