---@meta _
-- Shows that run by a sheet. Compared with the code by spec/dev/luacats_spec.lua.

---@class wxlive.rundown.OpenOptions
---@field live wxlive.Broadcast
---@field ledger string|wxlive.Ledger a file, postgresql://..., or a ledger / 文件、postgresql://… 或台账对象
---@field path string the rundown, CSV or JSON lines / 流程表
---@field room string|integer id or name / id 或名称
---@field on_event? fun(event: wxlive.rundown.Event, show: wxlive.rundown.Show)
---@field hooks? table<string, fun(cue: table, live: wxlive.Broadcast)> for rows that run a hook / “运行钩子”行的函数
---@field interrupted? fun(): boolean
---@field zero? number the real start, where it is not to be looked for / 实际开播时间（Unix 秒）
---@field polls? integer looks at a room that is not live yet, 3000 / 开播前最多查询次数
---@field grace? number seconds by which a cue may be late that is skipped when late, 30 / 允许迟到的秒数
---@field stay? boolean goes on until the room ends, for cards by hand / 直到下播才结束
---@field clock? { now: (fun(): number), wait: fun(seconds: number), virtual?: boolean }
---@field seed? string draws of times and orders / 随机种子

---@class wxlive.rundown.Event
---@field name "waiting"|"begun"|"cue"|"held"|"released"|"shifted"|"extended"|"edited"|"edit_refused"|"over"|"poll_failed"|"ledger_failed"|"look_failed"
---@field at number Unix seconds
---@field room_id integer
---@field state? "done"|"failed"|"unknown"|"late"|"skipped"|"missed" of a cue / 动作结果
---@field label? string
---@field row? table
---@field n? integer which cue of a row that repeats / 重复行的第几次
---@field goods_id? string
---@field goods? integer how many goods the cue has / 商品数
---@field due? number
---@field lateness? number seconds / 秒
---@field by_hand? boolean
---@field err? wxlive.Error

---@class wxlive.rundown.Problem
---@field level "error"|"warning"
---@field line? integer
---@field message string
---@field message_zh string the message in Chinese / 中文说明

---@class wxlive.rundown.Report
---@field problems wxlive.rundown.Problem[]
---@field errors integer
---@field warnings integer
---@field cues integer
---@field calls table<string, { calls: integer, left?: integer }>
---@field begins? number
---@field ends? number

---@class wxlive.rundown.Summary
---@field room_id integer
---@field zero number
---@field ended? "over"
---@field lateness number
---@field counts { done: integer, failed: integer, unknown: integer, late: integer, skipped: integer, missed: integer }
---@field err? wxlive.Error what kept it from doing everything / 未全部完成的原因

---@class wxlive.rundown.Outcome
---@field state "done"|"failed"|"unknown"|"skipped"|"begun"|"passed"|"none"|"paused"|"waiting"|"over"
---@field label? string
---@field err? wxlive.Error

---@class wxlive.rundown.Show
local Show = {}

---rows against room, library and quotas; nothing is written / 开播前检查，不写任何内容
---@return wxlive.rundown.Report? report
---@return wxlive.Error? err
function Show:check() end

---waits for the room, does each cue at its time / 等待开播并按时执行
---@return wxlive.rundown.Summary? summary
---@return wxlive.Error? err
function Show:run() end

---is done between two cues / 在两个动作之间执行
---@param name "next"|"skip"|"hold"|"go"|"shift"|"card"|"push"|"quit"
---@param argument? number|string|boolean|{ key: string, n: integer } seconds, a digit, the id of goods, the cue that is meant; true: only hold / 秒数、数字键、商品 id、所指的动作；true：只暂停
---@param answer? fun(outcome: wxlive.rundown.Outcome) is called once, when the outcome is known / 得知结果时调用一次
---@return boolean known
function Show:command(name, argument, answer) end

---where the show stands, and the next cues / 当前进度与随后的动作
---@param count integer
---@return { phase: "waiting"|"running"|"held"|"over", now: number, zero?: number, shift: number, held?: "hand"|"room", room: table, counts: table, cards: { digit: string, label: string }[], coming: { key: string, n: integer, due: number, label: string, line: integer, action: string, note?: string, goods: integer }[] }
function Show:state(count) end

function Show:close() end

---@class wxlive.rundown.RehearsalOptions
---@field path string
---@field room? string|integer|table of which a copy is made; a made-up one when left out / 被复制的直播间，缺省为虚构
---@field live? wxlive.Broadcast where the room is, when it is named / 按 id 或名称指定直播间时所用的客户端
---@field speed? number how much faster than real; waits for nothing when left out / 速度倍数，缺省不等待
---@field hooks? table<string, function>
---@field on_event? fun(event: wxlive.rundown.Event, show: wxlive.rundown.Show)
---@field interrupted? fun(): boolean
---@field prepare? fun(box: table) sets faults / 设置故障

---@class wxlive.rundown
local M = {}

---@param options wxlive.rundown.OpenOptions
---@return wxlive.rundown.Show? show
---@return wxlive.Error? err
function M.open(options) end

---@param options wxlive.rundown.RehearsalOptions
---@return { report: wxlive.rundown.Report, summary: wxlive.rundown.Summary, room: table }? result
---@return wxlive.Error? err
function M.rehearse(options) end

---@param path string
---@return table[]? rows
---@return wxlive.Error? err err.problems names every line that is wrong / err.problems 列出所有有误的行
function M.read(path) end

---@param live wxlive.Broadcast
---@param room string|integer
---@return table? room
---@return wxlive.Error? err
function M.find_room(live, room) end

---what was done in a room, oldest first / 已执行的动作
---@param ledger wxlive.Ledger
---@param room_id integer
---@param state? string
---@return table[]? cues
---@return wxlive.Error? err
function M.history(ledger, room_id, state) end

---@param rows table[]
---@param room { start_time: number, end_time: number }
---@param width integer columns of the screen / 屏幕列数
---@return string? shown
---@return wxlive.Error? err
function M.text(rows, room, width) end

---@param rows table[]
---@param room { name?: string, start_time: number, end_time: number }
---@return string? shown
---@return wxlive.Error? err
function M.svg(rows, room) end

---@param rows table[]
---@param room { room_id: integer, name?: string, start_time: number, end_time: number }
---@param now number
---@return string? shown
---@return wxlive.Error? err
function M.ics(rows, room, now) end

return M
