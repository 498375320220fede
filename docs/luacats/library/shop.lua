---@meta _
-- Shops: sheets put on the platform through a ledger. Compared with the code by
-- spec/dev/luacats_spec.lua.

---@class wxlive.shop.OpenOptions
---@field live wxlive.Broadcast
---@field ledger string|wxlive.Ledger a file, postgresql://..., or a ledger / 文件、postgresql://… 或台账对象
---@field reading? boolean a ledger that cannot be written will do / 可使用只读台账
---@field existing? boolean refuses a file that is not there, instead of making it / 文件不存在时报错，不新建

---@class wxlive.shop.PlanOptions
---@field kind? "rooms"|"goods" told by the columns when left out / 默认按列名判断
---@field account? string|string[] whose rows are read, of a sheet with a column account: its name, or its name and groups / 表格有账号列时读取哪个账号的行：名称，或名称与分组
---@field prune? boolean
---@field moved? boolean for prune: the sheet of this name in another folder is this one / 用于 prune：其他文件夹中的同名表格就是这一份
---@field offline? boolean asks the platform nothing / 不访问平台
---@field on_problem? fun(line?: integer, message: string, message_zh: string)
---@field on_warning? fun(line: integer, message: string, message_zh: string) lengths and pictures that may be refused / 可能被拒绝的长度与图片

---@class wxlive.shop.ApplyOptions
---@field kind? "rooms"|"goods"
---@field account? string|string[] as in plan / 同 plan
---@field prune? boolean deletes what is no longer in the sheet / 删除已不在表格中的内容
---@field moved? boolean for prune: the sheet of this name in another folder is this one / 用于 prune：其他文件夹中的同名表格就是这一份
---@field wait? boolean sleeps until a spent quota is back / 额度用尽时等待
---@field concurrency? integer calls at a time, 16 / 并发数，默认 16
---@field settle? number seconds that a lost create may take to show up / 结果未知的创建最迟多久可查到
---@field rejects? string where rejected rows go / 失败行的输出文件
---@field on_begin? fun(total: integer)
---@field on_row? fun(what: string, row?: table, err?: any)
---@field on_problem? fun(line?: integer, message: string, message_zh: string)
---@field on_warning? fun(line: integer, message: string, message_zh: string) lengths and pictures that may be refused / 可能被拒绝的长度与图片
---@field interrupted? fun(): boolean
---@field sleep? fun(seconds: number)

---@class wxlive.shop.SubmitOptions
---@field kind? "rooms"|"goods"
---@field account? string|string[] as in plan / 同 plan
---@field prune? boolean deletes what is no longer in the sheet / 删除已不在表格中的内容
---@field moved? boolean for prune: the sheet of this name in another folder is this one / 用于 prune：其他文件夹中的同名表格就是这一份
---@field on_problem? fun(line?: integer, message: string, message_zh: string)
---@field on_warning? fun(line: integer, message: string, message_zh: string)

---@class wxlive.shop.Summary
---@field sheet string
---@field kind "rooms"|"goods"
---@field rows integer
---@field created integer
---@field changed integer
---@field submitted integer
---@field removed integer
---@field adopted integer
---@field unchanged integer
---@field rejected integer
---@field in_doubt integer
---@field left integer
---@field images_uploaded integer
---@field rejects? string
---@field placed? integer
---@field taken_out? integer
---@field waiting? integer
---@field err? wxlive.Error what kept it from doing everything / 未全部完成的原因

---@class wxlive.shop.DiffOptions
---@field kind? "rooms"|"goods"
---@field all? boolean
---@field forget? boolean

---@class wxlive.shop.NotifyOptions
---@field page_size? integer
---@field interrupted? fun(): boolean

---@class wxlive.shop.WatchOptions
---@field on_event? fun(event: table): boolean?
---@field on_error? fun(err: wxlive.Error)
---@field kind? "rooms"|"goods"
---@field every? number seconds, 60 / 秒，默认 60
---@field once? boolean
---@field interrupted? fun(): boolean
---@field sleep? fun(seconds: number)

---@class wxlive.shop.ReplayOptions
---@field concurrency? integer files at a time, 4 / 并发下载数，默认 4
---@field piece? integer bytes asked for at a time / 每次请求的字节数
---@field clips? boolean false leaves the goods' clips out / false 表示不下载商品讲解
---@field on_begin? fun(files: integer)
---@field on_file? fun(name: string, what?: string, err?: any)
---@field interrupted? fun(): boolean

---@class wxlive.Shop
---@field live wxlive.Broadcast
---@field ledger wxlive.Ledger
local Shop = {}

---what applying a sheet would do / 执行表格将做什么
---@param path string
---@param options? wxlive.shop.PlanOptions
---@return table? plan
---@return wxlive.Error? err
function Shop:plan(path, options) end

---puts a sheet on the platform, once / 按表格执行，不会重复
---@param path string
---@param options? wxlive.shop.ApplyOptions
---@return wxlive.shop.Summary? summary
---@return wxlive.Error? err
function Shop:apply(path, options) end

---puts a sheet into the queue, for wxlive.worker / 将表格放入队列，由 wxlive.worker 执行
---@param path string
---@param options? wxlive.shop.SubmitOptions
---@return table? summary
---@return wxlive.Error? err
function Shop:submit(path, options) end

---where the ledger and the platform disagree / 台账与平台的差异
---@param options? wxlive.shop.DiffOptions
---@return table[]? differences
---@return wxlive.Error? err
function Shop:diff(options) end

---tells the long-term subscribers that a room is live / 通知长期订阅用户
---@param room_id integer
---@param options? wxlive.shop.NotifyOptions
---@return table? counts
---@return wxlive.Error? err
function Shop:notify(room_id, options) end

---@param room_id integer
---@return table[]? pages
---@return wxlive.Error? err
function Shop:notices(room_id) end

---@param event table a push_result event / push_result 事件
---@return boolean? known
---@return wxlive.Error? err
function Shop:push_result(event) end

---follows rooms and audits / 跟踪直播间与审核
---@param options? wxlive.shop.WatchOptions
---@return true? ok
---@return wxlive.Error? err
function Shop:watch(options) end

---fetches the videos of a show / 下载回放与讲解
---@param room_id integer
---@param folder string
---@param options? wxlive.shop.ReplayOptions
---@return table? counts
---@return wxlive.Error? err
function Shop:replays(room_id, folder, options) end

function Shop:close() end
