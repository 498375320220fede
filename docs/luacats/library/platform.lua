---@meta _
-- Third-party platforms: one program acts for many shops. Compared with the code by
-- spec/dev/luacats_spec.lua.

---@class wxlive.PlatformOptions
---@field component_appid? string default: WXLIVE_COMPONENT_APPID
---@field component_secret? string default: WXLIVE_COMPONENT_SECRET
---@field token? string of the pushes; default: WXLIVE_COMPONENT_TOKEN / 消息推送 Token
---@field aes_key? string of the pushes; default: WXLIVE_COMPONENT_AES_KEY / 消息推送 EncodingAESKey
---@field previous_aes_key? string while the key is being changed / 更换密钥期间的旧密钥
---@field vault? string|wxlive.platform.Vault a file, postgresql://..., or a vault; default: WXLIVE_VAULT / 保险库
---@field vault_key? string 64 hex digits, base64 or a file; default: WXLIVE_VAULT_KEY / 保险库密钥
---@field previous_vault_key? string another key that opens the vault / 更换密钥期间的另一把密钥
---@field notice? fun(text: string) is told in a line that a consent is over / 授权失效时的一行通知
---@field window? number|false of the receiver, see wxlive.callback
---@field base_url? string
---@field token_store? wxlive.Store
---@field transport? table
---@field timeout? number
---@field connect_timeout? number
---@field proxy? string
---@field ca_file? string
---@field retry? { attempts?: integer, base?: number, max?: number }
---@field lookup? false|{ settle?: number }
---@field validate? boolean
---@field hooks? wxlive.Hooks
---@field quota? boolean|{ enforce?: boolean, reserve?: integer, store?: wxlive.Store }
---@field dry_run? boolean
---@field clock? fun(): number
---@field random? fun(): number

---@class wxlive.ShopInfo
---@field appid string
---@field state "consented"|"withdrawn"|"pending"|"unknown"
---@field live? boolean whether live calls are allowed / 是否可调用直播接口
---@field uploads? boolean whether pictures can be uploaded / 是否可上传图片
---@field sets? integer[] permission sets that it granted / 已授予的权限集
---@field since? integer when it consented / 授权时间
---@field reason? string why the consent is over / 授权失效原因
---@field code? integer
---@field nick_name? string
---@field user_name? string original id (gh_...) / 原始 id

---@class wxlive.platform.Vault
---@field get fun(self, name: string): string?, any
---@field put fun(self, name: string, value: string): true?, any
---@field swap fun(self, name: string, before: string?, value: string): boolean?, any
---@field delete fun(self, name: string): boolean?, any
---@field names fun(self, prefix: string): string[]?, any

---@class wxlive.Platform
---@field callback wxlive.Callback receives both push URLs / 接收两个推送 URL
local Platform = {}

---the client of a shop, without I/O / 商家的客户端
---@param appid string
---@param options? { api_signature?: table }
---@return wxlive.Broadcast? live
---@return wxlive.Error? err
function Platform:shop(appid, options) end

---goes through the shops that gave consent / 遍历已授权的商家
---@param options? { all?: boolean }
---@return fun(): string?, wxlive.ShopInfo?
function Platform:shops(options) end

---what a shop granted / 商家的授权信息
---@param appid string
---@param options? { fresh?: boolean }
---@return wxlive.ShopInfo? info
---@return wxlive.Error? err
function Platform:shop_info(appid, options) end

---the address of the page of consent / 授权页地址
---@param options { redirect_uri: string, kind?: "pc"|"phone", auth_type?: integer, category_ids?: integer[], biz_appid?: string, timeout?: number }
---@return string? url
---@return integer|wxlive.Error expires_in
function Platform:authorization_url(options) end

---takes a consent over by the code of the redirect / 用授权码完成授权
---@param auth_code string
---@return wxlive.Broadcast? live
---@return wxlive.Error? err
function Platform:authorize(auth_code) end

---takes over what the platform knows / 从平台同步商家与刷新令牌
---@return { shops: integer, new: string[], changed: string[], missing: string[], failed: table<string, wxlive.Error> }? summary
---@return wxlive.Error? err
function Platform:sync() end

---how old the ticket is / ticket 的状态
---@return { at: number, age: number, late: boolean, refused: boolean, ends_in: number }|false|nil status
---@return wxlive.Error? err
function Platform:ticket_status() end

---asks the platform to push tickets again / 重新启动 ticket 推送
---@return table? result
---@return wxlive.Error? err
function Platform:start_push_ticket() end

---calls an endpoint in the component's name / 以第三方平台身份调用
---@param name string
---@param params? table
---@param options? { timeout?: number, dry_run?: boolean, extra?: table }
---@return table? result
---@return wxlive.Error? err
function Platform:call(name, params, options) end

---the vault as sealed lines, for a backup / 导出加密备份
---@param write fun(line: string)
---@return integer? count
---@return wxlive.Error? err
function Platform:export(write) end

---@param text string
---@param options? { replace?: boolean }
---@return { taken: integer, kept: integer }? summary
---@return wxlive.Error? err
function Platform:import(text, options) end

---seals the vault with the present key / 用当前密钥重新加密
---@return integer? count
---@return wxlive.Error? err
function Platform:reseal() end
