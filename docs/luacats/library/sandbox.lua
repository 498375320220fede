---@meta wxlive.sandbox

local M = {}

---@class wxlive.sandbox.Options
---@field port? integer
---@field state? string SQLite file / 保存状态的 SQLite 文件
---@field seed? "demo"
---@field clock? number
---@field appid? string
---@field secret? string
---@field accounts? table<string, string>
---@field audit_seconds? number|false
---@field goods_cap? integer
---@field random_seed? integer
---@field callback? table push settings: url, token, aes_key, mode, format / 推送设置
---@field wait? number
---@field transport? table

---@class wxlive.sandbox.Box
---@field base_url string
---@field appid string
---@field secret string
---@field pid integer
local Box = {}

---@param op "api_signature"|"audit"|"callback"|"clock"|"component"|"consent"|"consents"|"console"|"deliveries"|"fault"|"faults"|"follow"|"live"|"log"|"memory"|"open_live"|"plant"|"push"|"quirk"|"quota"|"reset"|"rotate"|"state"|"stop"|"ticket"|"tokens"|"unfollow"|"withdraw"
---@param params? table
---@return table? result
---@return wxlive.Error? err
function Box:control(op, params) end

function Box:stop() end

---starts the sandbox as a child process / 以子进程启动沙箱
---@param options? wxlive.sandbox.Options
---@return wxlive.sandbox.Box? box
---@return wxlive.Error? err
function M.start(options) end

return M
