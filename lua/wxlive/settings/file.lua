--- The settings file: `key = value` lines for all accounts, then sections with a few more, each of
--- one account.
--
--   ledger = /var/lib/shop/ledger.db
--
--   [tea]
--   appid = wx0123456789abcdef
--   secret_file = /etc/wxlive/tea.secret
--   groups = north, drinks
local core = require "wxlive.core"
local Error = require "wxlive.error"
local files = require "wxlive.base.files"
local places = require "wxlive.base.places"
local sentence = require "wxlive.text.sentence"
local suggest = require "wxlive.base.suggest"
local tables = require "wxlive.base.tables"

local both, compose, split = sentence.both, sentence.compose, sentence.split
local trim, without_bom = core.text.trim, core.text.without_bom

local M = {}

--- The keys of the file; the variable is WXLIVE_ and the key in capitals.
M.keys = {
  "appid", "secret", "base_url", "proxy", "ca_file", "token_store", "token_mode", "timeout",
  "lookup_settle", "lang", "ledger", "callback_token", "callback_aes_key",
  "callback_previous_aes_key", "callback_mode", "shop", "component_appid", "component_secret",
  "component_token", "component_aes_key", "component_previous_aes_key", "vault", "vault_key",
  "previous_vault_key",
}

--- The keys of an account. They replace those of the whole file.
M.account_keys = {
  "appid", "secret", "secret_file", "secret_env", "shop", "groups", "base_url", "token_mode",
  "callback_token", "callback_aes_key", "callback_previous_aes_key", "callback_mode",
}

-- Keys whose values others must not read.
local secrets = {
  secret = true, callback_token = true, callback_aes_key = true, callback_previous_aes_key = true,
  component_secret = true, component_token = true, component_aes_key = true,
  component_previous_aes_key = true, vault_key = true, previous_vault_key = true,
}

---@class wxlive.settings.Account
---@field name string
---@field line integer                     where its section begins; 0: there is no section
---@field values table<string, string>     by the keys of an account

--- nil and the error of settings that are wrong.
---@param message string|wxlive.Sentence
---@param hint string?
---@param hint_zh string?
---@return nil
---@return wxlive.Error err
function M.bad(message, hint, hint_zh)
  return Error.fail(split {
    kind = "usage", name = "bad_settings", sent = false, message = message, hint = hint,
    hint_zh = hint_zh,
  })
end

local bad = M.bad

local known, known_of_account = tables.set(M.keys), tables.set(M.account_keys)

-- Explains a line that is not a setting: people paste parts of other programs' files.
local function strange(line)
  if line:find("^%[.*%]$") then
    return both("the name of an account is letters, digits, _ and -, such as [tea]",
      "账号名由文字、数字、_ 和 - 组成，如 [tea]")
  elseif line:find("^%[") or line:find("^［") or line:find("^【") then
    return both("a section begins with a line of its own such as [tea], in brackets of ASCII",
      "账号小节以单独一行开始，如 [tea]，方括号须为半角")
  elseif line:find("^[%w_%s]+＝") then
    return both("write the sign = of ASCII: key = value", "等号须为半角：key = value")
  elseif line:find("^[{}\"]") or line:find("^'") then
    return both("this looks like JSON; write key = value, one a line",
      "这像是 JSON，请写作 key = value，每行一个")
  elseif line:find("^[%w_]+:") or line == "---" then
    return both("this looks like YAML; write key = value", "这像是 YAML，请写作 key = value")
  end
  return both("expected key = value", "应为 key = value")
end

-- What stands behind the sign =, as a shell or a .env file has it: in quotes, or up to a remark.
local function value_of(behind)
  local text = trim(behind)
  if text:find("^#") and behind:find("^%s") then
    return ""
  end
  local quote, inside, rest = text:match("^([\"'])(.-)%1(.*)$")
  if quote and (rest == "" or rest:find("^%s+#")) then
    return trim(inside)
  end
  return trim((text:gsub("%s+#.*$", "")))
end

--- What stands between two names as on Chinese keyboards.
M.marks = { "，", "；", "、" }

--- Whether a text can be the name of an account or a group: letters, Chinese ones too, digits, _
--- and -.
---@param text string
---@return boolean
function M.is_name(text)
  for _, mark in ipairs(M.marks) do
    if text:find(mark, 1, true) then
      return false
    end
  end
  return #text <= 64 and text:find("^[%w_\128-\255][%w_\128-\255-]*$") ~= nil
    and trim(text) == text
end

-- The name of a section that a line begins.
local function section_of(line)
  local name = line:gsub("%s+#.*$", ""):match("^%[(.*)%]$")
  name = name and trim(name)
  return name and M.is_name(name) and name or nil
end

-- Programs on Windows save text in other encodings, too, as a rule GBK or UTF-16.
local NOT_UTF8 = both("the text is not UTF-8; save the file as UTF-8",
  "文本不是 UTF-8 编码，请将文件另存为 UTF-8")

local function is_utf8(text)
  return core.text.width(text) ~= nil
end

-- Where lines of a file go: those of all accounts, then those of one.
local function new_part(keys, is_known, values)
  return { keys = keys, is_known = is_known, values = values, lines = {} }
end

local function take_line(part, path, n, line)
  local function wrong(message)
    return bad(both("%s:%d: %s", "%s:%d：%s"):format(path, n, message))
  end
  local name, rest = line:gsub("^export%s+", ""):match("^([%w_]+)%s*=(.*)$")
  local key = name and name:lower():gsub("^wxlive_", "")
  local value = key and value_of(rest)
  if not is_utf8(value or line) then
    return wrong(NOT_UTF8)
  elseif not key then
    return wrong(strange(line))
  elseif not part.is_known[key] and known[key] then
    return wrong(both("%s holds for all accounts; write it above the first [account]",
      "%s 适用于所有账号，请写在第一个 [账号] 之前"):format(name))
  elseif not part.is_known[key] and known_of_account[key] then
    return bad(both("%s:%d: %s belongs to one account; write it below a line [NAME]",
      "%s:%d：%s 属于某个账号，请写在 [名称] 一行之后"):format(path, n, name))
  elseif not part.is_known[key] then
    local near = suggest.nearest(key, part.keys)
    return wrong(both("unknown setting %s%s", "没有设置项 %s%s"):format(name, suggest.question(near)))
  elseif part.values[key] ~= nil then
    return wrong(both("%s is set twice (first in line %d)", "%s 重复设置（首次在第 %d 行）"):format(key,
      part.lines[key]))
  end
  part.values[key], part.lines[key] = value, n
  return true
end

--- Reads the text of a settings file. `export WXLIVE_KEY=value`, quotes and remarks are understood,
--- so that a file may be one that shells and containers read, too.
---@param path string   for messages
---@param text string
---@return table<string, string>? found   what holds for all accounts
---@return wxlive.settings.Account[]|wxlive.Error accounts   in their order
function M.parse(path, text)
  local found, accounts, lines, n = {}, {}, {}, 0
  local part = new_part(M.keys, known, found)
  text = without_bom(text):gsub("\r\n?", "\n")
  for raw in (text .. "\n"):gmatch("(.-)\n") do
    n = n + 1
    local line = trim(raw)
    local name = section_of(line)
    if name and not is_utf8(name) then
      return bad(both("%s:%d: %s", "%s:%d：%s"):format(path, n, NOT_UTF8))
    elseif name and lines[name] then
      return bad(both("%s:%d: the account %s is there twice (first in line %d)",
        "%s:%d：账号 %s 重复（首次出现在第 %d 行）"):format(path, n, name, lines[name]))
    elseif name then
      part, lines[name] = new_part(M.account_keys, known_of_account, {}), n
      accounts[#accounts + 1] = { name = name, line = n, values = part.values }
    elseif line ~= "" and not line:find("^#") then
      local ok, err = take_line(part, path, n, line)
      if not ok then
        return nil, err
      end
    end
  end
  return found, accounts
end

-- A settings file is small; a directory, a device or a picture is refused. Ten thousand accounts
-- take a quarter of this.
local LARGEST, LARGEST_TEXT = 4 * 1024 * 1024, "4 MiB"

local function read_all(path)
  local text, reason = files.read(path, LARGEST + 1)
  if text and #text > LARGEST then
    return nil, compose(path, both(": it is larger than ", "：超过 "), LARGEST_TEXT)
  end
  return text, reason
end

-- Where the file is: named by the caller or WXLIVE_CONFIG (then it must be there), else in its
-- usual place (then it may be missing).
local function find(named)
  local path = named or M.env("WXLIVE_CONFIG")
  if path then
    return path, true
  end
  local folder = places.config()
  return folder and folder .. "/wxlive/config", false
end

--- A variable of the environment; nil when it is not set, or empty.
---@param name string
---@return string?
function M.env(name)
  local value = trim(os.getenv(name) or "")
  return value ~= "" and value or nil
end

-- Keys whose value may be an address with a password in it.
local addresses = { "proxy", "ledger", "vault", "token_store" }

local function has_secret(values)
  for key in pairs(secrets) do
    if values[key] then
      return true
    end
  end
  for _, key in ipairs(addresses) do
    local value = values[key] or ""
    if value:find(key == "proxy" and "@" or "//[^/]*:[^/]*@")
      or value:find("password=", 1, true) then
      return true
    end
  end
  return false
end

--- nil and an error where others may read a file that holds a secret.
---@param path string
---@return true? ok
---@return wxlive.Error? err
function M.check_mode(path)
  local mode = core.system.file_mode(path)
  if mode and mode % 8 ~= 0 then
    return bad(both("%s holds a secret and others may read it", "%s 含有密钥，但其他用户可以读取")
      :format(path), "chmod 600 " .. path,
      "请执行 chmod 600 " .. path)
  end
  return true
end

--- Reads the settings file. One that holds a secret and that others may read is refused.
---@param named string?   as the caller names it
---@return table<string, string>? found
---@return wxlive.settings.Account[]|wxlive.Error accounts
---@return string? path   nil: there is no file
function M.read(named)
  local path, must = find(named)
  local text, reason
  if path then
    text, reason = read_all(path)
  end
  if not text and must then
    return bad(both("the settings cannot be read: %s", "无法读取设置：%s"):format(reason),
      "check --config and WXLIVE_CONFIG", "请检查 --config 与 WXLIVE_CONFIG")
  elseif not text then
    return {}, {}
  end
  local found, accounts = M.parse(path, text)
  if not found then
    return nil, accounts
  end
  local secret = has_secret(found)
  for _, account in ipairs(accounts) do
    secret = secret or has_secret(account.values)
  end
  if secret then
    local ok, err = M.check_mode(path)
    if not ok then
      return nil, err
    end
  end
  return found, accounts, path
end

--- Reads a file whose whole text is one secret. Others must not be able to read it.
---@param path string
---@return string? secret
---@return wxlive.Error? err
function M.read_secret(path)
  local text, reason = read_all(path)
  if not text then
    return bad(both("the secret cannot be read: %s", "无法读取密钥：%s"):format(reason),
      "check the path and its permissions", "请检查路径与权限")
  end
  local ok, err = M.check_mode(path)
  if not ok then
    return nil, err
  end
  text = trim(text)
  if text == "" then
    return bad(both("%s is empty; it must hold the secret", "%s 为空，其中应为密钥"):format(path))
  end
  return text
end

return M
