--- Errors on their way out of a command: where they arose, and work whose end comes in any case.
local M = {}

local last, traceback

--- Remembers, as the handler of xpcall, where an error arose. One that is raised again keeps its
--- first place.
---@param raised any
---@return any raised
function M.note(raised)
  if raised ~= last then
    last, traceback = raised, debug.traceback(tostring(raised), 2)
  end
  return raised
end

--- Where the last error arose.
---@return string
function M.traceback()
  return traceback
end

--- Calls work(...), then finish(), also when the work raised: that is raised again.
---@param finish fun()
---@param work fun(...): any, any
---@return any result
---@return any err
function M.finally(finish, work, ...)
  local results = { xpcall(work, M.note, ...) }
  finish()
  if not results[1] then
    error(results[2], 0)
  end
  return results[2], results[3]
end

return M
