---@meta _
-- Workers that serve the queue of a ledger. Compared with the code by spec/dev/luacats_spec.lua.

---@class wxlive.WorkerOptions
---@field accounts wxlive.Accounts|{ name: string, live: wxlive.Broadcast }[]
---@field ledger string postgresql://..., or a file for the workers of one machine / postgresql://…，或单机使用的文件
---@field concurrency? integer calls for sheets at a time, 16 / 并发数，默认 16
---@field lanes? integer jobs at a time, 4 / 同时执行的任务数，默认 4
---@field slice? number seconds of a turn, 5 / 每轮秒数，默认 5
---@field every? number seconds between two looks at rooms, 60; 0: nothing is followed / 轮询直播间的间隔秒数，默认 60，0 表示不跟踪
---@field settle? number seconds that a lost create may take to show up / 结果未知的创建最迟多久可查到
---@field drain? number seconds that calls under way may take at the end, 60 / 结束时等待进行中调用的秒数，默认 60
---@field hook? fun(event: table, live: wxlive.Broadcast, account: table): any, any
---@field notify? boolean notifies the followers of each room that goes on air / 开播时通知长期订阅用户
---@field replays? string folder for the replays of all shows / 回放保存目录
---@field clock? fun(): number
---@field on_report? fun(report: { what: string, account?: string, kind?: string, name?: string, err?: wxlive.Error })

---@class wxlive.Worker
local Worker = {}

---serves the queue until it is asked to end / 执行队列，直到要求结束
---@param options { interrupted: fun(): boolean }
---@return true? ok
---@return wxlive.Error? err
function Worker:run(options) end

---what waits, by account / 各账号等待中的行
---@return { rows: table[], claims: table[] }? waiting
---@return wxlive.Error? err
function Worker:waiting() end

---the same worker for questions, over a connection of its own / 另开一个连接用于查询
---@return wxlive.Worker? worker
---@return wxlive.Error? err
function Worker:beside() end

---@return integer accounts
function Worker:size() end

function Worker:close() end

local M = {}

---@param options wxlive.WorkerOptions
---@return wxlive.Worker? worker
---@return wxlive.Error? err
function M.open(options) end

return M
