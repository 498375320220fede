---@meta _
-- What stands around the endpoints: options, errors, lists. Compared with the code by
-- spec/dev/luacats_spec.lua.

---@class wxlive.ClientOptions
---@field appid? string default: WXLIVE_APPID
---@field secret? string default: WXLIVE_SECRET
---@field base_url? string default: WXLIVE_BASE_URL, https://api.weixin.qq.com
---@field token_store? wxlive.Store default: a file store / 令牌存储，默认为文件
---@field token_provider? fun(refused: string?): string?, integer? token and its life in seconds / 返回令牌与有效秒数
---@field token_mode? "stable"|"plain"
---@field transport? table
---@field timeout? number seconds for a whole call, retries included / 整个调用（含重试）的秒数
---@field connect_timeout? number seconds / 秒
---@field proxy? string
---@field ca_file? string
---@field retry? { attempts?: integer, base?: number, max?: number }
---@field lookup? false|{ settle?: number } after an unknown create / 创建结果不明后的查询
---@field validate? boolean false: limits are not checked / false 关闭取值限制检查
---@field hooks? wxlive.Hooks
---@field quota? boolean|{ enforce?: boolean, reserve?: integer, store?: wxlive.Store }
---@field dry_run? boolean
---@field api_signature? table
---@field clock? fun(): number
---@field random? fun(): number

---@class wxlive.Hooks
---@field request? fun(event: table)
---@field response? fun(event: table)
---@field retry? fun(event: table)
---@field token? fun(event: table)
---@field ambiguous? fun(event: table)
---@field certificate? fun(event: table)
---@field ticket? fun(event: table) of a third-party platform / 第三方平台
---@field consent? fun(event: table) of a third-party platform / 第三方平台

---@class wxlive.Error
---@field kind "api"|"transport"|"http"|"decode"|"invalid"|"token"|"quota"|"store"|"callback"|"ledger"|"vault"|"raised"|"usage"|"partial"|"interrupted"|"output"
---@field name string stable symbol, such as "room_not_found" / 稳定的符号名
---@field code? integer errcode
---@field class? string
---@field outcome? "ok"|"unsent"|"token"|"busy"|"later"|"quota"|"refused"|"account"|"partial"|"unknown"
---@field message string
---@field message_zh? string the message in Chinese / 中文说明
---@field hint? string what to do / 该怎么办（英文）
---@field hint_zh? string what to do, in Chinese / 该怎么办
---@field endpoint? string
---@field field? string the first parameter at fault / 第一个有误的参数
---@field problems? { field: string, message: string, message_zh: string }[]
---@field rid? string for get_rid_info / 请求编号
---@field http_status? integer
---@field attempts? integer
---@field full? boolean of a store: it has no room left / 存储已满
---@field sent? boolean false: the platform never saw it / false 表示平台不可能见过
---@field ambiguous? boolean true: the platform may have done it / true 表示平台可能已执行
---@field doubtful? boolean true: an earlier attempt may have succeeded; safe to repeat unless ambiguous / 同上；非 ambiguous 时可放心重试
---@field malformed? string of an answer that is not JSON: what is wrong, and where / 响应不是 JSON 时的错误与位置
---@field candidates? table[]
---@field retry_after? number seconds / 秒
---@field repeated? number the token call failed so many seconds ago / 令牌获取失败已过去的秒数
---@field rows? table[] of a list that could not be read whole: the rows that were read / 未能读全的列表中已读到的行
---@field resets_at? integer Unix seconds
---@field body? table
---@field cause? wxlive.Error

---@class wxlive.Store
---@field get fun(self: wxlive.Store, key: string): string?, wxlive.Error?
---@field set fun(self: wxlive.Store, key: string, value: string, ttl: number): true?, wxlive.Error?
---@field add fun(self: wxlive.Store, key: string, value: string, ttl: number): boolean?, wxlive.Error?
---@field delete fun(self: wxlive.Store, key: string, value: string?): boolean?, wxlive.Error?
---@field incr fun(self: wxlive.Store, key: string, by: integer, ttl: number): integer?, wxlive.Error?

---@class wxlive.Pages
---@overload fun(): table?
local Pages = {}

---the next row; nil at the end / 下一行，结束时为 nil
---@return table? row
---@return wxlive.Error? err
function Pages:next() end

---the rest as a list / 其余全部
---@return table[]? rows
---@return wxlive.Error? err
function Pages:all() end

---@class wxlive.Broadcast
local Broadcast = {}

---every room, page by page / 逐页列出全部直播间
---@param filter? { live_status?: integer }
---@return wxlive.Pages
function Broadcast:rooms(filter) end

---@param room_id integer
---@return table? room
---@return wxlive.Error? err
function Broadcast:find_room(room_id) end

---every replay segment of a room / 直播间的全部回放
---@param room_id integer
---@return wxlive.Pages
function Broadcast:replays(room_id) end

---the goods of the library in one audit state, default 2 (approved) / 某一审核状态的商品，默认审核通过
---@param filter? { status?: 0|1|2|3 }
---@return wxlive.Pages
function Broadcast:goods(filter) end

---@param filter? { role?: integer, keyword?: string }
---@return wxlive.Pages
function Broadcast:roles(filter) end

---every long-term subscriber / 全部长期订阅用户
---@param filter? { limit?: integer }
---@return wxlive.Pages
function Broadcast:followers(filter) end

---an endpoint by its name / 按名称调用接口
---@param name string
---@param params? table
---@param options? wxlive.CallOptions
---@return table? result
---@return wxlive.Error? err
function Broadcast:call(name, params, options) end

---the untouched body that a result was read from / 结果对应的原始响应
---@param result table
---@return string?
function Broadcast:raw(result) end

---counters of the day; needs quota in the options / 当天的额度计数，需启用 quota
---@param name? string
---@return table? rows
---@return wxlive.Error? err
function Broadcast:quota(name) end

---takes over the platform's own numbers / 采用平台自己的数字
---@param name? string
---@return true? ok
---@return wxlive.Error? err
function Broadcast:seed_quota(name) end
