---@meta _
-- Many accounts out of one settings file. Compared with the code by spec/dev/luacats_spec.lua.

---@class wxlive.AccountsOptions of wxlive.broadcast.new, for all accounts; they replace the settings / 适用于所有账号，覆盖配置文件
---@field base_url? string
---@field token_store? wxlive.Store
---@field token_mode? "stable"|"plain"
---@field transport? table
---@field timeout? number seconds / 秒
---@field connect_timeout? number seconds / 秒
---@field proxy? string
---@field ca_file? string
---@field retry? { attempts?: integer, base?: number, max?: number }
---@field lookup? boolean|{ settle?: number }
---@field validate? boolean
---@field hooks? wxlive.Hooks
---@field quota? boolean|{ enforce?: boolean, reserve?: integer, store?: wxlive.Store }
---@field dry_run? boolean
---@field clock? fun(): number
---@field random? fun(): number

---@class wxlive.Account
---@field name string
---@field appid string
---@field groups string[]
---@field names string[] its name and those of its groups: for the option account of a shop's methods / 名称及所属分组，用作店铺方法的 account 选项
---@field is_shop boolean acts as the third-party platform of the settings / 以第三方平台身份调用
---@field live wxlive.Broadcast its client, made when it is first used; raises an error object where the secret cannot be read / 首次使用时创建；密钥无法读取时抛出错误对象
local Account = {}

--- A further client of the account, with options of its own / 另建一个带附加选项的客户端
---@param more? wxlive.ClientOptions
---@return wxlive.Broadcast? live
---@return wxlive.Error? err
function Account:open(more) end

--- The section of the settings that it comes from / 对应的配置段
---@return { name: string, line: integer, values: table<string, string> }
function Account:settings() end

---@class wxlive.Accounts
---@field [integer] wxlive.Account in the order of the file / 按文件顺序
---@field [string] wxlive.Account by name; an unknown name raises / 按名称，名称不存在时抛出异常
local Accounts = {}

---@param name string
---@return wxlive.Account? account
---@return wxlive.Error? err unknown_account
function Accounts:get(name) end

---@param name string
---@return boolean
function Accounts:has(name) end

--- The accounts of these names and groups / 按名称与分组选取
---@param wanted string|string[] such as "tea, north"
---@return wxlive.Accounts? accounts
---@return wxlive.Error? err unknown_account
function Accounts:select(wanted) end

--- Runs fn on each account, many at a time / 对每个账号并发执行
---@param fn fun(account: wxlive.Account): any, any
---@param options? { concurrency?: integer, progress?: (fun(done: integer, total?: integer, failed: integer)), stop_on_error?: boolean } concurrency: 16
---@return table<string, any> results by the account's name / 以账号名称为键
---@return table<string, any> errors by the account's name / 以账号名称为键
---@return integer failed
function Accounts:map(fn, options) end

---@class wxlive.accounts
local M = {}

--- Opens the accounts of a settings file; nothing is sent / 打开配置文件中的账号，不发送任何请求
---@param path? string nil: WXLIVE_CONFIG, else ~/.config/wxlive/config
---@param options? wxlive.AccountsOptions
---@return wxlive.Accounts? accounts
---@return wxlive.Error? err
function M.open(path, options) end

return M
