--- Settings of the command: from the environment, else from a file of `key = value` lines.
local core = require "wxlive.core"
local Error = require "wxlive.error"
local language = require "wxlive.text.language"
local places = require "wxlive.base.places"
local suggest = require "wxlive.base.suggest"

local trim, without_bom = core.text.trim, core.text.without_bom

local M = {}

-- Key of the file; the variable is WXLIVE_ and the key in capitals.
local keys = {
  "appid", "secret", "base_url", "proxy", "ca_file", "token_store", "token_mode", "timeout",
  "lookup_settle", "lang", "ledger", "callback_token", "callback_aes_key",
  "callback_previous_aes_key", "callback_mode", "shop", "component_appid", "component_secret",
  "component_token", "component_aes_key", "component_previous_aes_key", "vault", "vault_key",
  "previous_vault_key",
}

-- Keys whose values others must not read.
local secrets = {
  secret = true, callback_token = true, callback_aes_key = true, callback_previous_aes_key = true,
  component_secret = true, component_token = true, component_aes_key = true,
  component_previous_aes_key = true, vault_key = true, previous_vault_key = true,
}

-- Keys that are options of a platform under other names.
local of_platform = {
  component_appid = "component_appid", component_secret = "component_secret",
  component_token = "token", component_aes_key = "aes_key",
  component_previous_aes_key = "previous_aes_key", vault = "vault", vault_key = "vault_key",
  previous_vault_key = "previous_vault_key",
}

local function bad(message, hint, hint_zh)
  return Error.fail {
    kind = "usage", name = "bad_settings", sent = false, message = message, hint = hint,
    hint_zh = hint_zh,
  }
end

local function env(name)
  local value = trim(os.getenv(name) or "")
  return value ~= "" and value or nil
end

-- Where the file is: named by the caller or WXLIVE_CONFIG (then it must be there), else in its
-- usual place (then it may be missing).
local function find_file(named)
  local path = named or env("WXLIVE_CONFIG")
  if path then
    return path, true
  end
  local folder = places.config()
  return folder and folder .. "/wxlive/config", false
end

local known = {}
for _, key in ipairs(keys) do
  known[key] = true
end

-- Explains a line that is not a setting: people paste parts of other programs' files.
local function strange(line)
  if line:find("^%[[^%]]*%]$") then
    return "[sections] are not read; leave this line out"
  elseif line:find("^[{}\"]") or line:find("^'") then
    return "this looks like JSON; write key = value, one a line"
  elseif line:find("^[%w_]+:") or line == "---" then
    return "this looks like YAML; write key = value"
  end
  return "expected key = value"
end

-- A value as a shell or a .env file has it: in quotes, or up to a remark.
local function value_of(text)
  local quote, inside, rest = text:match("^([\"'])(.-)%1(.*)$")
  if quote and (rest == "" or rest:find("^%s+#")) then
    return trim(inside)
  end
  return trim((text:gsub("%s+#.*$", "")))
end

--- Reads the text of a settings file: `key = value` lines. `export WXLIVE_KEY=value`, quotes and
--- remarks are understood, so that a file may be one that shells and containers read, too.
---@param path string   for messages
---@param text string
---@return table<string, string>? found
---@return wxlive.Error? err
function M.parse(path, text)
  local found, lines, n = {}, {}, 0
  for raw in (without_bom(text) .. "\n"):gmatch("(.-)\n") do
    n = n + 1
    local line = trim(raw)
    if line ~= "" and not line:find("^#") then
      local name, rest = line:gsub("^export%s+", ""):match("^([%w_]+)%s*=(.*)$")
      local key = name and name:lower():gsub("^wxlive_", "")
      if not key then
        return bad(("%s:%d: %s"):format(path, n, strange(line)))
      elseif not known[key] then
        local near = suggest.nearest(key, keys)
        return bad(("%s:%d: unknown setting %s%s"):format(path, n, name,
          near and "; did you mean " .. near .. "?" or ""))
      elseif found[key] ~= nil then
        return bad(("%s:%d: %s is set twice (first in line %d)"):format(path, n, key, lines[key]))
      end
      found[key], lines[key] = value_of(trim(rest)), n
    end
  end
  return found
end

-- A settings file is small; a directory, a device or a picture is refused.
local LARGEST = 64 * 1024

local function read_all(path)
  local f, reason = io.open(path, "rb")
  if not f then
    return nil, reason
  end
  local text
  text, reason = f:read(LARGEST + 1)
  f:close()
  if text and #text > LARGEST then
    return nil, path .. ": it is larger than 64 KiB"
  elseif not text and reason then
    return nil, path .. ": " .. reason
  end
  return text or ""
end

local function read_file(named)
  local path, must = find_file(named)
  local text, reason
  if path then
    text, reason = read_all(path)
  end
  if not text then
    if must then
      return bad("the settings cannot be read: " .. tostring(reason), "check --config and "
        .. "WXLIVE_CONFIG", "请检查 --config 与 WXLIVE_CONFIG")
    end
    return {}
  end
  local found, err = M.parse(path, text)
  if not found then
    return nil, err
  end
  local mode = core.system.file_mode(path)
  local secret = found.proxy and found.proxy:find("@", 1, true)
  for key in pairs(secrets) do
    secret = secret or found[key]
  end
  if secret and mode and mode % 8 ~= 0 then
    return bad(path .. " holds a secret and others may read it", "chmod 600 " .. path,
      "请执行 chmod 600 " .. path)
  end
  return found
end

-- memory, file, file:/var/lib/shop
local function open_store(text)
  local kind, rest = text:match("^(%a+):?(.*)$")
  if kind == "memory" and rest == "" then
    return require("wxlive.store.memory").new()
  elseif kind == "file" and (rest == "" or rest:find("^/")) then
    local store, err = require("wxlive.store.file").new(rest ~= "" and rest or nil)
    if not store then
      return bad("token_store: " .. err.message, err.hint, err.hint_zh)
    end
    return store
  elseif kind == "file" then
    return bad("token_store must name a directory by its full path, not " .. rest
      .. ": each working directory would have tokens of its own")
  end
  return bad("token_store must be memory, file or file:DIRECTORY, not " .. text)
end

-- Reads the file, then the environment, which wins.
local function gather(given)
  local found, err = read_file(given and given.config)
  if not found then
    return nil, err
  end
  for _, key in ipairs(keys) do
    local value = env("WXLIVE_" .. key:upper())
    found[key] = value or found[key]
    if found[key] == "" then
      found[key] = nil
    end
  end
  if found.lang and not env("WXLIVE_LANG") then
    if found.lang ~= "zh" and found.lang ~= "en" then
      return bad("lang must be zh or en, not " .. found.lang)
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

local function to_seconds(found, key)
  local text = found[key]
  local seconds = text and not text:find("[^%d.+-]") and tonumber(text) or nil
  if text and not (seconds and seconds > 0 and seconds < math.huge) then
    return bad(("%s must be a number of seconds above 0, not %s"):format(key, text))
  end
  found[key] = seconds
  return true
end

--- Reads the settings as options of wxlive.broadcast.new. The secret is never taken from the
--- command line, where every user of the machine could read it.
---@param given { config: string? }?
---@return table? options
---@return wxlive.Error? err
function M.read(given)
  local found, err = gather(given)
  if not found then
    return nil, err
  end
  local ok
  for _, key in ipairs { "timeout", "lookup_settle" } do
    ok, err = to_seconds(found, key)
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
end

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

--- The shop that calls are made for, by the settings; nil when they do not say.
---@param given { config: string? }?
---@return string? appid
---@return wxlive.Error? err
function M.read_shop(given)
  local found, err = gather(given)
  if not found then
    return nil, err
  end
  return found.shop
end

--- Where the ledger is, by the settings; nil when they do not say.
---@param given { config: string? }?
---@return string? location
---@return wxlive.Error? err
function M.read_ledger(given)
  local found, err = gather(given)
  if not found then
    return nil, err
  end
  local place = found.ledger
  if place and not place:find("^/") and not place:find("^%a[%w+.-]*:") and not place:find("=") then
    return bad("ledger must be the full path of a file, or postgresql://user@host/database, not "
      .. place .. ": each working directory would have a ledger of its own",
      "write the path from / on", "请填写以 / 开头的完整路径")
  end
  return place
end

--- Reads the settings of the push (消息推送) as options of wxlive.callback.new.
---@param given { config: string? }?
---@return table? options
---@return wxlive.Error? err
function M.read_callback(given)
  local found, err = gather(given)
  if not found then
    return nil, err
  elseif not found.callback_token then
    return bad("the push settings are missing: callback_token is not set",
      "set WXLIVE_CALLBACK_TOKEN and, for encrypted messages, WXLIVE_CALLBACK_AES_KEY and "
      .. "WXLIVE_APPID, or name a file with --config",
      "请设置 WXLIVE_CALLBACK_TOKEN；加密模式还需 WXLIVE_CALLBACK_AES_KEY 与 WXLIVE_APPID，"
      .. "或用 --config 指定配置文件")
  end
  return {
    token = found.callback_token, aes_key = found.callback_aes_key,
    previous_aes_key = found.callback_previous_aes_key, mode = found.callback_mode,
    appid = found.appid, store = found.token_store,
  }
end

--- Reads the settings of a third-party platform's pushes as options of wxlive.callback.new, which
--- is enough to look into a push.
---@param given { config: string? }?
---@return table? options
---@return wxlive.Error? err
function M.read_platform_callback(given)
  local found, err = gather(given)
  if not found then
    return nil, err
  elseif not (found.component_token and found.component_aes_key and found.component_appid) then
    return bad("the settings of a third-party platform's pushes are missing",
      "set WXLIVE_COMPONENT_APPID, WXLIVE_COMPONENT_TOKEN and WXLIVE_COMPONENT_AES_KEY, or name a "
      .. "file with --config", "请设置 WXLIVE_COMPONENT_APPID、WXLIVE_COMPONENT_TOKEN 与 "
      .. "WXLIVE_COMPONENT_AES_KEY，或用 --config 指定配置文件")
  end
  return {
    token = found.component_token, aes_key = found.component_aes_key,
    previous_aes_key = found.component_previous_aes_key, mode = "encrypted",
    appid = found.component_appid, format = "xml",
  }
end

return M
