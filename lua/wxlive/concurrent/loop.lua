--- The event loop of plain Lua: coroutines that wait for HTTP exchanges and timers.
--
-- A transport asks `loop.current()` whether it was called from a task of a loop; then it hands the
-- exchange over and the coroutine sleeps until it is finished, while others run. Outside of tasks
-- everything blocks as usual. Users reach it through wxlive.map, spawn and wait.
local compat = require "wxlive.base.compat"
local core = require "wxlive.core"

local M = {}

---@class wxlive.Loop
local Loop = {}
Loop.__index = Loop
Loop.__name = "wxlive.Loop"

-- coroutine -> the loop that it is a task of
local owners = setmetatable({}, { __mode = "k" })

-- Seconds after which a task goes on that has yielded without waiting for anything.
local TURN = 0.001

-- The number of running loops: if it is 0, no coroutine needs to be looked up.
local running = 0

--- The loop whose task is running now; nil outside of tasks.
---@return wxlive.Loop?
function M.current()
  if running == 0 then
    return nil
  end
  local co = coroutine.running()
  return co and owners[co]
end

--- Sleeps for so many seconds: this task under a loop, else the whole process.
---@param seconds number
function M.sleep(seconds)
  local loop = M.current()
  if loop then
    loop:sleep(seconds)
  else
    core.system.sleep(seconds)
  end
end

-- Timers: a binary heap by time.
local function heap_push(heap, item)
  local i = #heap + 1
  heap[i] = item
  while i > 1 do
    local up = math.floor(i / 2)
    if heap[up].at <= heap[i].at then
      return
    end
    heap[up], heap[i] = heap[i], heap[up]
    i = up
  end
end

local function heap_pop(heap)
  local top, n = heap[1], #heap
  local last = heap[n]
  heap[n] = nil
  n = n - 1
  if n == 0 then
    return top
  end
  heap[1] = last
  local i = 1
  while true do
    local least = i
    for child = 2 * i, 2 * i + 1 do
      if child <= n and heap[child].at < heap[least].at then
        least = child
      end
    end
    if least == i then
      return top
    end
    heap[least], heap[i] = heap[i], heap[least]
    i = least
  end
end

--- A new loop.
---@param options { connections: integer? }?   connections open at a time, at most (64)
---@return wxlive.Loop
function M.new(options)
  local curl = require "wxlive.curl" -- not before a loop is made: nginx has none
  local multi, err = curl.multi.new(options and options.connections)
  if not multi then
    error("wxlive: " .. err.message, 2)
  end
  return setmetatable({
    multi = multi, start = curl.multi.start, ready = {}, first = 1, last = 0, timers = {},
    waiting = {}, free = {}, tags = 0,
  }, Loop)
end

local default

--- The loop that maps run on when they are not inside another: kept, with its connections. Inside
--- nginx it is nginx's own.
---@return wxlive.Loop|wxlive.LightThreads
function M.default()
  if not default then
    default = compat.in_nginx() and require("wxlive.concurrent.light_threads").loop or M.new()
  end
  return default
end

-- Tasks -------------------------------------------------------------------------------------------

---@class wxlive.Task
---@field done boolean
---@field ok boolean?     it returned
---@field value any       what it returned first, or the error that it raised
---@field extra any       what it returned second

local function finished(loop, task, ok, value, extra)
  task.done, task.ok, task.value, task.extra = true, ok, value, extra
  owners[task.co] = nil
  loop.of[task.co] = nil -- a task holds its coroutine: LuaJIT would never collect the pair
  for _, waiter in ipairs(task.waiters or {}) do
    loop:wake(waiter)
  end
end

local function settle(loop, task, alive, value, extra)
  if coroutine.status(task.co) == "dead" then
    finished(loop, task, alive, value, extra)
  elseif not task.waits then
    -- A coroutine.yield() that is not the loop's: the other tasks and the network have their turn.
    heap_push(loop.timers, { at = core.system.monotonic() + TURN, task = task })
  end
end

-- Gives the turn away until something wakes this task.
local function yield(task)
  task.waits = true
  return coroutine.yield()
end

local function resume(loop, task, ...)
  task.waits = false
  settle(loop, task, coroutine.resume(task.co, ...))
end

--- Starts fn as a task: it runs when the loop does.
---@param fn function
---@return wxlive.Task
function Loop:spawn(fn, ...)
  local task = { done = false }
  local args, n = { ... }, select("#", ...)
  task.co = coroutine.create(function()
    return fn((table.unpack or unpack)(args, 1, n)) -- luacheck: ignore 143
  end)
  owners[task.co] = self
  self.of = self.of or setmetatable({}, { __mode = "k" })
  self.of[task.co] = task
  self:wake(task)
  return task
end

--- Puts a task at the end of those that are ready to go on.
---@param task wxlive.Task
function Loop:wake(task)
  self.last = self.last + 1
  self.ready[self.last] = task
end

local function this_task(self)
  return self.of[coroutine.running()]
end

--- Waits, inside a task, until another has ended.
---@param task wxlive.Task
function Loop:join(task)
  if not task.done then
    local this = this_task(self)
    task.waiters = task.waiters or {}
    task.waiters[#task.waiters + 1] = this
    yield(this)
  end
end

--- Lets the other tasks run until one of them wakes this one.
function Loop:park()
  yield(this_task(self))
end

--- The task that is running.
---@return wxlive.Task
function Loop:this()
  return this_task(self)
end

--- Waits so many seconds, inside a task.
---@param seconds number
function Loop:sleep(seconds)
  local task = this_task(self)
  heap_push(self.timers, { at = core.system.monotonic() + math.max(0, seconds), task = task })
  yield(task)
end

--- Runs one HTTP exchange, inside a task. Gives what client:send gives.
---@param client userdata
---@param request wxlive.HttpRequest
---@return table? response
---@return table? reason
function Loop:exchange(client, request)
  local tag = table.remove(self.free)
  if not tag then
    tag = self.tags + 1
    self.tags = tag
  end
  local ok, err = self.start(client, request, self.multi, tag)
  if not ok then
    self.free[#self.free + 1] = tag
    return nil, err
  end
  local task = this_task(self)
  self.waiting[tag] = task
  return yield(task)
end

-- Running -----------------------------------------------------------------------------------------

local function deliver(self, tag, ...)
  if not tag then
    return false
  end
  local task = self.waiting[tag]
  self.waiting[tag] = nil
  self.free[#self.free + 1] = tag
  resume(self, task, ...)
  return true
end

-- Does everything that can be done without waiting. Returns how many seconds may then be waited;
-- nil: without end.
local function work(self)
  while true do
    -- Runs the tasks that are ready now; tasks that they wake run after the exchanges and timers.
    local until_ = self.last
    while self.first <= until_ do
      local task = self.ready[self.first]
      self.ready[self.first] = nil
      self.first = self.first + 1
      if not task.done then
        resume(self, task)
      end
    end
    if self.first > self.last then
      self.first, self.last = 1, 0 -- a table whose keys are always new is rebuilt all the time
    end
    local more = false
    while deliver(self, self.multi:next()) do
      more = true
    end
    local now = core.system.monotonic()
    while self.timers[1] and self.timers[1].at <= now do
      resume(self, heap_pop(self.timers).task)
      more = true
    end
    if not more and self.first > self.last then
      return self.timers[1] and math.max(0, self.timers[1].at - now)
    end
  end
end

--- For a foreign event loop: the descriptors to watch, and how many seconds it may sleep at most
--- (nil: until one of them is ready). Then, or when one is ready, it calls step(0). The descriptors
--- change from step to step.
---@return { fd: integer, read: boolean, write: boolean }[] fds
---@return number? seconds
function Loop:watch()
  local fds, seconds = self.multi:watch()
  if not fds then
    error("wxlive: " .. seconds.message, 2)
  elseif self.first <= self.last then
    seconds = 0
  elseif self.timers[1] then
    local rest = math.max(0, self.timers[1].at - core.system.monotonic())
    seconds = math.min(seconds or rest, rest)
  end
  return fds, seconds
end

--- Does what can be done; waits at most so many seconds if there is nothing to do (0: not at all).
---@param seconds number?
function Loop:step(seconds)
  running = running + 1
  local ok, err = pcall(function()
    local rest = work(self)
    local idle = self.multi:active() == 0 and not rest
    if not idle then
      local wait = math.min(seconds or 60, rest or 60)
      local polled, why = self.multi:poll(wait)
      if not polled then
        error("wxlive: " .. why.message, 0)
      end
      work(self)
    end
  end)
  running = running - 1
  if not ok then
    error(err, 0)
  end
end

--- Runs until a task has ended. Raises when it can never end.
---@param task wxlive.Task
function Loop:run(task)
  while not task.done do
    self:step()
    if not task.done and self.multi:active() == 0 and not self.timers[1]
      and self.first > self.last then
      error("wxlive: the task waits for something that no other task of the loop does", 2)
    end
  end
end

return M
