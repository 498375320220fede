--- Seals the records of a vault: AES-256-GCM, bound to the record's name, so that no record can
--- pass for another one.
--
-- A sealed text is v1.KEYID.{"iv","data","authtag"}: KEYID, eight hex digits out of a hash of the
-- key, distinguishes a wrong key from a damaged record. While keys are being changed, a second key
-- opens older records.
local core = require "wxlive.core"
local Error = require "wxlive.error"
local files = require "wxlive.base.files"
local reasons = require "wxlive.text.reasons"
local both = require("wxlive.text.sentence").both

local M = {}

local KEY_BYTES = 32

-- A file that holds a key is short: a wrong path must not read a whole log.
local FILE_MAX = 4096

---@class wxlive.platform.Seal
---@field ids string[]   of the keys: the one that seals, then the other ones that open
local Seal = {}
Seal.__index = Seal
Seal.__name = "wxlive.platform.Seal"

local function from_hex(text)
  return (text:gsub("%x%x", function(pair)
    return string.char(tonumber(pair, 16))
  end))
end

local function key_of(text)
  if #text == 2 * KEY_BYTES and text:find("^%x+$") then
    return from_hex(text)
  elseif #text == 44 and text:find("^[%w+/]+=$") then
    return core.signature.decode(text)
  end
end

--- Reads a key: 64 hex digits, 32 bytes in base64, or the path of a file with either. The message
--- says what is wrong, and never quotes the value unless it is a path.
---@param given string
---@return string? key
---@return wxlive.Sentence? wrong   continues the name of the option
function M.read_key(given)
  local key = key_of(given)
  if key then
    return key
  elseif not given:find("^%.?%.?/") then
    return nil, both("must be 64 hex digits, 32 bytes in base64, or the path of a file that holds "
      .. "them (with a slash in front: /etc/wxlive/vault.key); make one with: openssl rand -hex 32",
      "应为 64 位十六进制数、32 字节的 base64，或存放它们的文件路径（以 / 开头，如 /etc/wxlive/vault.key）；"
      .. "可用 openssl rand -hex 32 生成")
  end
  local text, reason = files.read(given, FILE_MAX)
  key = text and key_of(core.text.trim(text))
  if not key then
    return nil, both("names the file %s, which %s", "指向文件 %s，%s"):format(given, text
      and both("holds neither 64 hex digits nor 32 bytes in base64",
        "其内容既不是 64 位十六进制数，也不是 32 字节的 base64")
      or both("cannot be read: %s", "无法读取：%s"):format(reason))
  end
  return key
end

--- Makes a seal.
---@param keys string[]   of 32 bytes: the one that seals, then others that open
---@return wxlive.platform.Seal
function M.new(keys)
  local self = setmetatable({ ids = {}, ciphers = {} }, Seal)
  for i, key in ipairs(keys) do
    local id = core.message.sha1("wxlive vault key", key):sub(1, 8)
    local cipher, err = core.signature.cipher("AES256_GCM", key, id)
    self.ids[i] = id
    self.ciphers[id] = self.ciphers[id] or assert(cipher, err and err.message)
  end
  return self
end

-- The parts that the cipher binds a text to; the time has no meaning here.
local PURPOSE, NO_TIME = "wxlive:vault", 1

--- Seals a record.
---@param name string
---@param plain string
---@return string? text
---@return wxlive.Error? err
function Seal:close(name, plain)
  local body, err = self.ciphers[self.ids[1]]:seal(PURPOSE, name, NO_TIME, plain)
  if not body then
    return Error.fail { kind = "vault", name = "vault_not_sealed", sent = false,
      message = both("the vault's record could not be encrypted: %s", "保险库记录加密失败：%s")
        :format(reasons.of(err.message)) }
  end
  return "v1." .. self.ids[1] .. "." .. body
end

--- Opens a record.
---@param name string
---@param text string
---@return string? plain
---@return wxlive.Error? err
---@return boolean? old   it was sealed with another key than the one that seals now
function Seal:open(name, text)
  local id, body = text:match("^v1%.(%x+)%.(.+)$")
  local cipher = id and self.ciphers[id]
  if id and not cipher then
    return Error.fail {
      kind = "vault", name = "wrong_vault_key", sent = false, outcome = "account",
      message = both("the vault was sealed with key %s, and this is key %s",
        "保险库由密钥 %s 加密，而当前密钥是 %s"):format(id, self.ids[1]),
      hint = "give the key that the vault was made with (vault_key or WXLIVE_VAULT_KEY); nothing "
        .. "in the vault was changed",
      hint_zh = "请提供创建保险库时的密钥（vault_key 或 WXLIVE_VAULT_KEY）；保险库内容未被改动",
    }
  end
  local plain = cipher and cipher:open(PURPOSE, name, NO_TIME, body)
  if not plain then
    return Error.fail {
      kind = "vault", name = "vault_damaged", sent = false,
      message = both("the vault's record %s is damaged, or is the copy of another one",
        "保险库记录 %s 已损坏，或是另一条记录的副本"):format(name),
      hint = "restore the vault from a backup, or call platform:sync(), which asks the platform "
        .. "for the refresh tokens",
      hint_zh = "请从备份恢复保险库，或调用 platform:sync() 向平台重新获取刷新令牌",
    }
  end
  return plain, nil, id ~= self.ids[1]
end

return M
