---@meta _
-- The page to watch rooms and running shows from. Compared with the code by spec/dev/luacats_spec.lua.

---@class wxlive.desk.Request
---@field method string
---@field path string
---@field query? string
---@field headers table<string, string> names in lower case / 名称小写
---@field body? string

---@class wxlive.desk.Response
---@field status integer
---@field headers table<string, string>
---@field body string

---@class wxlive.desk.Log
---@field hooks table for every client whose calls it shows / 用于每个需要显示请求的客户端

---@class wxlive.desk.Options
---@field live? wxlive.Broadcast the client; or accounts / 客户端；或 accounts
---@field accounts? wxlive.Broadcast[] a client for each appid / 每个 appid 一个客户端
---@field log wxlive.desk.Log of wxlive.desk.log
---@field shows? wxlive.rundown.Show[]
---@field base? string the path of the page, "/" / 页面路径
---@field hosts? string[] the names by which it is reached; those of loopback / 可用的主机名，缺省为本机
---@field https? boolean a server before this one may speak HTTPS / 前置服务器可能使用 HTTPS
---@field sessions? table of wxlive.desk.sessions; left out when a server before this one decides who comes in / 前置服务器已鉴权时不给
---@field background? fun(job: function) runs a job beside the request / 在请求之外执行任务

---@class wxlive.Desk
local Desk = {}

---@param request wxlive.desk.Request
---@return wxlive.desk.Response response
function Desk:handle(request) end

---takes an event of a running show / 接收流程的事件
---@param event wxlive.rundown.Event
---@param show wxlive.rundown.Show
function Desk:event(event, show) end

---@class wxlive.desk
local M = {}

---calls, and what was done / 请求与执行记录
---@param store? wxlive.Store for workers that share it / 供多个工作进程共享
---@return wxlive.desk.Log
function M.log(store) end

---@param options wxlive.desk.Options
---@return wxlive.Desk? desk
---@return wxlive.Error? err
function M.new(options) end

return M
