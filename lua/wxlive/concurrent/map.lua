--- Many calls at a time: map, spawn, wait. Any function that uses clients becomes concurrent.
local Error = require "wxlive.error"
local loops = require "wxlive.concurrent.loop"
local options_of = require "wxlive.base.options"

local M = {}

local CONCURRENCY = 16

local known = {
  concurrency = "number", progress = "callable", stop_on_error = "boolean",
}

-- A value that fn raises becomes the failure of its item.
local function raised(value)
  return Error.raised(value, {
    hint = "the function given to wxlive.map raised an error",
    hint_zh = "传给 wxlive.map 的函数抛出了异常",
  })
end

-- Gives item by item. An iterator may itself wait (pages of a list): then only one worker at a time
-- may be inside it.
local function source(items, loop)
  if type(items) == "table" and not (getmetatable(items) or {}).__call then
    local i = 0
    return function()
      i = i + 1
      if items[i] ~= nil then
        return i, items[i]
      end
    end, #items
  end
  local n, busy, ended, queue = 0, false, false, {}
  return function()
    while busy do
      queue[#queue + 1] = loop:this()
      loop:park()
    end
    if ended then
      return nil
    end
    busy = true
    local ok, item = pcall(items)
    busy = false
    ended = not ok or item == nil
    for _, task in ipairs(queue) do
      loop:wake(task)
    end
    queue = {}
    if not ok then
      error(item, 0)
    elseif item ~= nil then
      n = n + 1
      return n, item
    end
  end
end

local function run(loop, items, fn, options)
  local results, errors, failed, done = {}, {}, 0, 0
  local stop, broken = false, nil
  local next_item, total = source(items, loop)
  local progress = options.progress
  local function worker()
    while not stop do
      local ok, i, item = pcall(next_item)
      if not ok then
        broken = broken or raised(i)
        stop = true
      elseif i == nil then
        return
      else
        local fine, value, err = pcall(fn, item, i)
        if not fine then
          value, err = nil, raised(value)
        end
        if value == nil and err ~= nil then
          errors[i], failed = err, failed + 1
          stop = stop or options.stop_on_error or false
        else
          results[i] = value == nil and true or value
        end
        done = done + 1
        if progress then
          progress(done, total, failed)
        end
      end
    end
  end
  local tasks = {}
  local most = math.min(options.concurrency or CONCURRENCY, total or math.huge)
  for i = 1, math.max(1, math.floor(most)) do
    tasks[i] = loop:spawn(worker)
  end
  for _, task in ipairs(tasks) do
    if loops.current() == loop then
      loop:join(task)
    else
      loop:run(task)
    end
    if not task.ok then
      -- Only progress can have raised: everything else is caught above.
      error(task.value, 0)
    end
  end
  if broken then
    error(broken, 0)
  end
  return results, errors, failed
end

--- Raises for a call of map that is written wrongly.
---@param level integer   1: the position of the caller of check; 2: of its caller ...
function M.check(items, fn, options, level)
  local ok, err = options_of.check("wxlive.map", options, known)
  local most, wrong = ok and options.concurrency or 1, nil
  if not ok then
    wrong = tostring(err)
  elseif most < 1 or most ~= most then
    wrong = "wxlive.map: concurrency must be at least 1"
  elseif not options_of.is("table|callable", items) then
    wrong = "wxlive.map: items must be a list or an iterator, not a " .. type(items)
  elseif not options_of.is("callable", fn) then
    wrong = "wxlive.map: it calls a function on each item, not a " .. type(fn)
  end
  if wrong then
    error(wrong, level + 1)
  end
end

--- Runs fn(item, index) on each item, up to `concurrency` at a time.
--
-- items is a list, or an iterator function of unknown length that is asked for one item at a time
-- (a sheet of any size is never held in memory). fn returns a result, or nil and an error; an error
-- that it raises is the error of its item, too. Maps may be nested. When the iterator raises, so
-- does map, after what is under way has ended.
---@param items any[]|fun(): any
---@param fn fun(item: any, index: integer): any, any
---@param options { concurrency: integer?, progress: (fun(done: integer, total: integer?,
---  failed: integer))?, stop_on_error: boolean? }?
---@return table<integer, any> results   by index; true where fn returned nothing
---@return table<integer, any> errors    by index
---@return integer failed
function M.map(items, fn, options)
  options = options or {}
  M.check(items, fn, options, 2)
  return run(loops.current() or loops.default(), items, fn, options)
end

--- Starts fn(...) as a task; it runs while another task waits.
---@param fn function
---@return wxlive.Task
function M.spawn(fn, ...)
  return (loops.current() or loops.default()):spawn(fn, ...)
end

--- Waits for a task and gives what it returned: two values at most. Raises what it raised.
---@param task wxlive.Task
---@return any value
---@return any extra
function M.wait(task)
  if type(task) ~= "table" or task.done == nil then
    error(("wxlive.wait takes a task that spawn gave, not a %s"):format(type(task)), 2)
  end
  local current = loops.current()
  if current then
    current:join(task)
  else
    loops.default():run(task)
  end
  if not task.ok then
    error(task.value, 0)
  end
  return task.value, task.extra
end

return M
