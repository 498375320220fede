--- Steps that follow each other: the first one that fails ends them.
local M = {}

--- Calls a function with each item of a list, and the other arguments, until one call fails by nil
--- and an error.
---@generic T
---@param list T[]
---@param f fun(item: T, ...: any): any, any
---@param ... any
---@return true? ok
---@return any err   of the call that failed
function M.each(list, f, ...)
  for _, item in ipairs(list) do
    local value, err = f(item, ...)
    if value == nil then
      return nil, err
    end
  end
  return true
end

local function call(step, ...)
  return step(...)
end

--- Calls functions with the same arguments, one after the other, until one fails.
---@param steps (fun(...: any): any, any)[]
---@param ... any
---@return true? ok
---@return any err   of the step that failed
function M.run(steps, ...)
  return M.each(steps, call, ...)
end

return M
