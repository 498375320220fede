---@meta wxlive

local M = {}

---@type string
M._VERSION = nil

---runs fn on each item, up to `concurrency` at a time / 并发地对每一项执行 fn
---@generic T, R
---@param items T[]|fun(): T?
---@param fn fun(item: T, index: integer): R?, any
---@param options? { concurrency?: integer, progress?: (fun(done: integer, total: integer?, failed: integer)), stop_on_error?: boolean }
---@return table<integer, R> results
---@return table<integer, any> errors
---@return integer failed
function M.map(items, fn, options) end

---starts fn(...) beside what goes on / 在后台启动
---@param fn function
---@param ... any
---@return table task
function M.spawn(fn, ...) end

---waits for a task / 等待任务结束
---@param task table
---@return any value
---@return any extra
function M.wait(task) end

---path of a room's page in the live player / 直播组件中直播间页面的路径
---@param room_id integer|string
---@param given? { type?: integer, custom_params?: table }
---@return string? path
---@return wxlive.Error? err
function M.room_path(room_id, given) end

return M
