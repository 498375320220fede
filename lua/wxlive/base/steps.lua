--- Steps that follow each other: the first one that fails ends them.
local M = {}

--- Calls functions with the same arguments, one after the other. Each gives nil and an error when
--- it fails; then no further one is called.
---@param steps (fun(...: any): any, any)[]
---@param ... any
---@return true? ok
---@return any err   of the step that failed
function M.run(steps, ...)
  for _, step in ipairs(steps) do
    local value, err = step(...)
    if value == nil then
      return nil, err
    end
  end
  return true
end

--- Calls a function with each item of a list, until one call fails by nil and an error.
---@generic T
---@param list T[]
---@param f fun(item: T): any, any
---@return true? ok
---@return any err   of the call that failed
function M.each(list, f)
  for _, item in ipairs(list) do
    local value, err = f(item)
    if value == nil then
      return nil, err
    end
  end
  return true
end

return M
