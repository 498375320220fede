--- Settings of the command and of accounts: from the environment, else from a file.
local file = require "wxlive.settings.file"
local language = require "wxlive.text.language"
local sentence = require "wxlive.text.sentence"

local M = {}

local both, compose = sentence.both, sentence.compose

-- Keys that are options of a platform under other names.
local of_platform = {
  component_appid = "component_appid", component_secret = "component_secret",
  component_token = "token", component_aes_key = "aes_key",
  component_previous_aes_key = "previous_aes_key", vault = "vault", vault_key = "vault_key",
  previous_vault_key = "previous_vault_key",
}

local bad, env = file.bad, file.env

-- A store that was opened, or the error of the setting.
local function opened(store, err)
  if not store then
    return bad(compose("token_store: ", sentence.of(err)), err.hint, err.hint_zh)
  end
  return store
end

-- The Redis of an address; see wxlive.store.redis.address.
local function open_redis(text)
  local options = require("wxlive.store.redis.address").read(text)
  if not options then
    return bad(both("token_store: its address of Redis is not understood",
      "token_store 的 Redis 地址无法识别"), "write redis://USER:PASSWORD@HOST:6379/0, or "
      .. "redis+sentinel://HOST:26379,HOST:26379/MASTER, or redis+cluster://HOST:7000,HOST:7000",
      "请写作 redis://用户:密码@主机:6379/0、redis+sentinel://主机:26379,主机:26379/主节点名 或 "
      .. "redis+cluster://主机:7000,主机:7000")
  end
  return opened(require("wxlive.store.redis").new(options))
end

-- memory, file, file:/var/lib/shop, redis://...
local function open_store(text)
  if text:find("^rediss?[:+]") then
    return open_redis(text)
  end
  local kind, rest = text:match("^(%a+):?(.*)$")
  if kind == "memory" and rest == "" then
    return require("wxlive.store.memory").new()
  elseif kind == "file" and (rest == "" or rest:find("^/")) then
    return opened(require("wxlive.store.file").new(rest ~= "" and rest or nil))
  elseif kind == "file" then
    return bad(both("token_store must name a directory by its full path, not %s: each working "
      .. "directory would have tokens of its own",
      "token_store 应写目录的完整路径，而不是 %s，否则每个工作目录各有一份令牌"):format(rest))
  end
  -- What has the form of an address may hold a password.
  return bad(both("token_store must be memory, file, file:DIRECTORY or redis://..., not %s",
    "token_store 只能是 memory、file、file:目录 或 redis://…，而不是 %s")
    :format(text:find("@", 1, true) and "***" or text))
end

-- Reads the file, then the environment, which wins. An account's own values win over both: it is
-- that account, whatever the environment says of another one.
local function gather(given)
  local found, err = file.read(given and given.config)
  if not found then
    return nil, err
  end
  for _, key in ipairs(file.keys) do
    local value = env("WXLIVE_" .. key:upper()) or found[key]
    found[key] = value ~= "" and value or nil
  end
  if given and given.section then
    found.appid, found.secret, found.shop = nil, nil, nil
    for _, key in ipairs(file.keys) do
      found[key] = given.section.values[key] or found[key]
    end
  end
  if found.lang and not env("WXLIVE_LANG") then
    if found.lang ~= "zh" and found.lang ~= "en" then
      return bad(both("lang must be zh or en, not %s", "lang 只能是 zh 或 en，而不是 %s")
        :format(found.lang))
    end
    language.prefer(found.lang)
  end
  if found.token_store then
    found.token_store, err = open_store(found.token_store)
    if not found.token_store then
      return nil, err
    end
  end
  return found
end

-- A reader of what was gathered.
local function gathered(read)
  return function(given)
    local found, err = gather(given)
    if not found then
      return nil, err
    end
    return read(found, given)
  end
end

local function to_seconds(found, key)
  local text = found[key]
  local seconds = text and not text:find("[^%d.+-]") and tonumber(text) or nil
  if text and not (seconds and seconds > 0 and seconds < math.huge) then
    return bad(both("%s must be a number of seconds above 0, not %s", "%s 应为大于 0 的秒数，而不是 %s")
      :format(key, text))
  end
  found[key] = seconds
  return true
end

--- Reads the settings as options of wxlive.broadcast.new. The secret is never taken from the
--- command line, where every user of the machine could read it.
---@param given { config: string? }?
---@return table? options
---@return wxlive.Error? err
M.read = gathered(function(found)
  for _, key in ipairs { "timeout", "lookup_settle" } do
    local ok, err = to_seconds(found, key)
    if not ok then
      return nil, err
    end
  end
  local options = { lookup = found.lookup_settle and { settle = found.lookup_settle } }
  found.lookup_settle = nil
  for key, value in pairs(found) do
    local own = key == "lang" or key == "ledger" or key == "shop" or key:find("^callback_")
    options[key] = not own and not of_platform[key] and value or nil
  end
  return options
end)

--- Reads the settings as options of wxlive.platform.new.
---@param given { config: string? }?
---@return table? options
---@return wxlive.Error? err
function M.read_platform(given)
  local options, err = M.read(given)
  local found
  if options then
    found, err = gather(given)
  end
  if not found then
    return nil, err
  end
  options.appid, options.secret, options.token_mode = nil, nil, nil
  for key, name in pairs(of_platform) do
    options[name] = found[key]
  end
  return options
end

--- The accounts of the settings: the sections of the file; without any, the account that the
--- settings are of, by its appid.
---@param given { config: string? }?
---@return wxlive.settings.Account[]? accounts
---@return wxlive.Error|string|nil more   the error; or the file's path, where there is a file
function M.read_accounts(given)
  local found, accounts, path = file.read(given and given.config)
  if not found then
    return nil, accounts
  elseif not accounts[1] then
    local err
    found, err = gather(given)
    if not found then
      return nil, err
    end
    local appid = found.shop or found.appid
    accounts[1] = appid and {
      name = appid, line = 0,
      values = { appid = found.appid, secret = found.secret, shop = found.shop },
    }
  end
  return accounts, path
end

--- The shop that calls are made for, by the settings; nil when they do not say.
---@param given { config: string? }?
---@return string? appid
---@return wxlive.Error? err
function M.read_shop(given)
  local found, err = gather(given)
  return found and found.shop, err
end

--- Where the ledger is, by the settings; nil when they do not say.
---@param given { config: string? }?
---@return string? location
---@return wxlive.Error? err
M.read_ledger = gathered(function(found)
  local place = found.ledger
  if place and not place:find("^/") and not place:find("^%a[%w+.-]*:") and not place:find("=") then
    return bad(both("ledger must be the full path of a file, or postgresql://user@host/database, "
      .. "not %s: each working directory would have a ledger of its own",
      "ledger 应为文件的完整路径或 postgresql://用户@主机/库，而不是 %s，否则每个工作目录各有一份台账")
      :format(place),
      "write the path from / on", "请填写以 / 开头的完整路径")
  end
  return place
end)

--- Reads the settings of the push (消息推送) as options of wxlive.callback.new.
---@param given { config: string?, section: wxlive.settings.Account? }?   section: whose push
---@return table? options
---@return wxlive.Error? err
M.read_callback = gathered(function(found, given)
  if not found.callback_token then
    return bad(both("the push settings are missing: callback_token is not set",
      "缺少消息推送的设置：未设置 callback_token"),
      given and given.section and "write callback_token and callback_aes_key in its section"
      or "set WXLIVE_CALLBACK_TOKEN and, for encrypted messages, WXLIVE_CALLBACK_AES_KEY and "
      .. "WXLIVE_APPID, or name a file with --config",
      given and given.section and "请在该账号的小节中填写 callback_token 与 callback_aes_key"
      or "请设置 WXLIVE_CALLBACK_TOKEN；加密模式还需 WXLIVE_CALLBACK_AES_KEY 与 WXLIVE_APPID，"
      .. "或用 --config 指定配置文件")
  end
  return {
    token = found.callback_token, aes_key = found.callback_aes_key,
    previous_aes_key = found.callback_previous_aes_key, mode = found.callback_mode,
    appid = found.appid, store = found.token_store,
  }
end)

--- Reads the settings of a third-party platform's pushes as options of wxlive.callback.new, which
--- is enough to look into a push.
---@param given { config: string? }?
---@return table? options
---@return wxlive.Error? err
M.read_platform_callback = gathered(function(found)
  if not (found.component_token and found.component_aes_key and found.component_appid) then
    return bad(both("the settings of a third-party platform's pushes are missing",
      "缺少第三方平台推送的设置"),
      "set WXLIVE_COMPONENT_APPID, WXLIVE_COMPONENT_TOKEN and WXLIVE_COMPONENT_AES_KEY, or name a "
      .. "file with --config", "请设置 WXLIVE_COMPONENT_APPID、WXLIVE_COMPONENT_TOKEN 与 "
      .. "WXLIVE_COMPONENT_AES_KEY，或用 --config 指定配置文件")
  end
  return {
    token = found.component_token, aes_key = found.component_aes_key,
    previous_aes_key = found.component_previous_aes_key, mode = "encrypted",
    appid = found.component_appid, format = "xml",
  }
end)

return M
