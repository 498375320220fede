--- One account: a mini program with a secret of its own, or a shop of a third-party platform.
local broadcast = require "wxlive.broadcast"
local client_settings = require "wxlive.client.settings"
local file = require "wxlive.settings.file"
local names = require "wxlive.accounts.names"
local options_of = require "wxlive.base.options"
local sentence = require "wxlive.text.sentence"
local tables = require "wxlive.base.tables"

local M = {}

local both, compose = sentence.both, sentence.compose

---@class wxlive.Account
---@field name string
---@field appid string
---@field base_url string            where its calls go
---@field groups string[]
---@field names string[]             its name and those of its groups: what may stand in a sheet
---@field is_shop boolean            acts as the third-party platform of the settings
---@field live wxlive.Broadcast      its client, made when it is first used; raises an error object
---                                  where its secret cannot be read
local Account = { __name = "wxlive.Account" }

local methods = {}

-- What accounts are made of, apart from them, so that no dump of an account shows a secret.
local inside = setmetatable({}, { __mode = "k" })

function Account:__index(key)
  if key == "live" then
    local live, err = self:open()
    if not live then
      error(err, 0)
    end
    rawset(self, "live", live)
    return live
  end
  return methods[key]
end

-- What is wrong with an account, in English and in Chinese.
local function bad(self, message, message_zh, hint, hint_zh)
  return file.bad(compose(both("account %s: ", "账号 %s："):format(self.name),
    both(message, message_zh or message)), hint, hint_zh)
end

-- A path counts from the folder of the settings file.
local function full_path(path, settings_path)
  if path:sub(1, 1) == "/" then
    return path
  end
  return (settings_path and settings_path:match("^(.*/)") or "") .. path
end

-- The secret, from where the settings say it is.
local function secret_of(self)
  local own = inside[self]
  local values = own.record.values
  if values.secret == "" then
    return bad(self, "its secret is empty", "secret 为空")
  elseif values.secret then
    return values.secret
  elseif values.secret_env then
    local secret = file.env(values.secret_env)
    if not secret then
      return bad(self, ("the environment has no %s, where its secret should be")
        :format(values.secret_env), ("环境变量 %s 未设置，其中应为密钥"):format(values.secret_env))
    end
    return secret
  elseif values.secret_file then
    local secret, err = file.read_secret(full_path(values.secret_file, own.path))
    if not secret then
      return bad(self, err.message, err.message_zh, err.hint, err.hint_zh)
    end
    return secret
  end
  return bad(self, "it has no secret; write secret, secret_file or secret_env in its section",
    "没有密钥，请填写 secret、secret_file 或 secret_env")
end

-- A mistake in the settings, in their words.
local function in_words(self, err)
  if err.name ~= "invalid_options" then
    return nil, err
  end
  local said = options_of.as_settings(err)
  return bad(self, said.message, said.message_zh)
end

--- Makes a client of the account. `account.live` is one, made once.
---@param more table?   further options of wxlive.broadcast.new, which replace those of all accounts
---@return wxlive.Broadcast? live
---@return wxlive.Error? err
function methods:open(more)
  local own = inside[self]
  local values = own.record.values
  local options = tables.merged({ appid = self.appid }, own.shared.options,
    { base_url = values.base_url, token_mode = values.token_mode }, more)
  if options.dry_run then
    options.token_provider = function() end -- what is shown holds neither token nor secret
  elseif self.is_shop then
    local platform, err = own.shared.platform(more)
    if not platform then
      return nil, err
    end
    return platform:shop(self.appid)
  else
    local err
    options.secret, err = secret_of(self)
    if not options.secret then
      return nil, err
    end
  end
  local live, err = broadcast.new(options)
  if not live then
    return in_words(self, err)
  end
  return live
end

--- The section of the settings that the account comes from.
---@return wxlive.settings.Account
function methods:settings()
  return inside[self].record
end

--- Makes an account.
---@param record wxlive.settings.Account
---@param path string?      of the settings file
---@param shared { options: table, platform: fun(more: table?): wxlive.Platform?, wxlive.Error? }
---@return wxlive.Account? account
---@return wxlive.Error? err
function M.new(record, path, shared)
  local values = record.values
  local self = setmetatable({
    name = record.name, appid = values.shop or values.appid, is_shop = values.shop ~= nil,
    base_url = client_settings.base_url(values.base_url or shared.options.base_url),
    groups = names.groups_of(values.groups),
  }, Account)
  self.names = tables.append({ self.name }, self.groups)
  inside[self] = { record = record, path = path, shared = shared }
  local sources = 0
  for _, key in ipairs { "secret", "secret_file", "secret_env" } do
    sources = sources + (values[key] and 1 or 0)
  end
  if values.shop and (values.appid and values.appid ~= values.shop or sources > 0) then
    return bad(self, "a shop of the platform has no appid and no secret beside `shop`",
      "第三方平台代管的商家只需 shop，不填 appid 与密钥")
  elseif values.shop and values.base_url then
    return bad(self, "the base_url of a shop is that of the platform; write it above the sections",
      "第三方平台代管的商家使用平台的 base_url，请写在第一个 [账号] 之前")
  elseif not self.appid or self.appid == "" then
    return bad(self, "it has no appid; write appid, or shop for a shop of the platform",
      "没有 appid，请填写 appid，或为第三方平台代管的商家填写 shop")
  elseif sources > 1 then
    return bad(self, "write one of secret, secret_file and secret_env",
      "secret、secret_file、secret_env 只能填写一个")
  end
  for _, group in ipairs(self.groups) do
    if not file.is_name(group) then
      return bad(self, "the name of a group is letters, digits, _ and -, not " .. group,
        "分组名称由字母、汉字、数字、_、- 组成，而不是 " .. group)
    end
  end
  return self
end

return M
