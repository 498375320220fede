--- Signed and encrypted calls (the platform's "API security", 服务端 API 签名): a request leaves
--- encrypted and signed with a fresh nonce and time, and its answer counts only once its signature,
--- time and appid have been verified. The cryptography is wxlive.core.signature's.
local core = require "wxlive.core"
local catalogue = require "wxlive.catalogue"
local Error = require "wxlive.error"
local files = require "wxlive.base.files"
local json = require "wxlive.json"
local options_of = require "wxlive.base.options"
local outcomes = require "wxlive.errcodes.outcome"
local reasons = require "wxlive.text.reasons"
local request = require "wxlive.client.request"
local sentence = require "wxlive.text.sentence"
local suggest = require "wxlive.base.suggest"
local tables = require "wxlive.base.tables"

local crypto = core.signature

local WINDOW = 300 -- seconds, as the platform's own samples have it
local NONCE_BYTES = 24

local suites = { AES256_GCM = true, SM4_GCM = true }

local known = {
  calls = "table", origin = "string", suite = "string", window = "number",
  key = "string|callable", key_number = "string",
  private_key = "string|callable", private_key_number = "string",
  certificates = "table|callable",
}

---@class wxlive.ApiSignatureOptions
---@field calls string[]?        methods or paths to sign; default: those whose page offers it
---@field suite "AES256_GCM"|"SM4_GCM"|nil   default AES256_GCM
---@field key string|function    the symmetric key as the console shows it, in base64
---@field key_number string      its number in the console ("sn")
---@field private_key string|function   the caller's: PEM text, a file's path, or a function that
---  gives either; RSA of at least 2048 bits, or SM2
---@field private_key_number string?    its number in the console; needed for SM2
---@field certificates table<string, string|function>|fun(number: string): string?
---  the platform's, by their numbers in the console; a function is asked when a number is new
---@field window number?         seconds that an answer's time may be away from this clock; 300
---@field origin string?         scheme and host that the platform knows itself by; default base_url

---@class wxlive.ApiSigner
local Signer = {}
Signer.__index = Signer
Signer.__name = "wxlive.ApiSigner"

local M = {}

local both, compose = sentence.both, sentence.compose

-- Reading the options -----------------------------------------------------------------------------

-- Text that is given itself, or returned by a function.
local function text_of(source, ...)
  if type(source) == "string" then
    return source
  end
  local ok, text = pcall(source, ...)
  if not ok or type(text) ~= "string" then
    return nil, both("the function gave no text", "函数没有返回文本")
  end
  return text
end

-- PEM text, or that of the file that a path names.
local function material(...)
  local text, wrong = text_of(...)
  if not text or text:find("-----BEGIN", 1, true) then
    return text, wrong
  end
  text = files.read(text)
  return text, not text
    and both("is neither PEM text nor a file that can be read", "既不是 PEM 文本，也不是可读取的文件")
    or nil
end

local function signable(entry)
  for _, field in ipairs(entry.params) do
    if field.where == "part" then
      return false
    end
  end
  return entry.method == "POST" and entry.auth == "token" and entry.result_kind == "json"
end

local function entries_of(calls, problem)
  local wanted = {}
  for _, entry in ipairs(calls and {} or catalogue.list) do
    wanted[entry.name] = entry.signature and true or nil
  end
  for _, call in ipairs(calls or {}) do
    local found = false
    for _, entry in ipairs(catalogue.list) do
      if entry.name == call or entry.path == call then
        found = true
        if not signable(entry) then
          problem("calls", compose(call, both(": only calls that post JSON can be signed",
            "：只有以 POST 发送 JSON 的接口可以签名")))
        end
        wanted[entry.name] = true
      end
    end
    if not found then
      local near = suggest.nearest(tostring(call), tables.keys(catalogue.by_name))
      problem("calls", compose(tostring(call), both(" is neither a method nor a path",
        " 既不是方法名也不是接口路径"), suggest.question(near)))
    end
  end
  return wanted
end

-- The platform's keys by number: those of the options, and those that a function has returned.
local function read_certificates(given, problem)
  local keys = {}
  if type(given) ~= "table" then
    return keys
  end
  for number, source in pairs(given) do
    local pem, wrong = material(source)
    local key, err
    if pem then
      key, err = crypto.public_key(pem, tostring(number))
    end
    if not key then
      problem("certificates." .. tostring(number), wrong or reasons.of(err.message))
    end
    keys[tostring(number)] = key
  end
  if next(keys) == nil then
    problem("certificates", both("holds none: answers could not be verified",
      "为空：无法校验应答"))
  end
  return keys
end

local function read_key(given)
  local text, wrong = text_of(given)
  local raw = text and crypto.decode(text)
  return raw, not raw
    and (wrong or both("must be base64, as the console shows it", "应为后台显示的 base64")) or nil
end

--- Makes a signer from the option api_signature of wxlive.broadcast.new.
---@param given wxlive.ApiSignatureOptions
---@param client { appid: string, base_url: string, now: fun(): number }
---@return wxlive.ApiSigner? signer
---@return wxlive.Error? err
function M.new(given, client)
  local where = "wxlive.broadcast.new: api_signature"
  local ok, err = options_of.check(where, given, known)
  if not ok then
    return nil, err
  end
  local problems, problem = options_of.problems()
  for _, name in ipairs { "key", "key_number", "private_key", "certificates" } do
    if given[name] == nil then
      problem(name, both("is missing", "未设置"))
    end
  end
  if given.suite and not suites[given.suite] then
    problem("suite", both("must be %s or %s", "应为 %s 或 %s"):format("AES256_GCM", "SM4_GCM"))
  end
  local wanted = entries_of(given.calls, problem)
  local cipher, private, keys
  if not problems[1] then
    keys = read_certificates(given.certificates, problem)
    local raw, wrong = read_key(given.key)
    local failure
    if raw then
      cipher, failure = crypto.cipher((given.suite or "AES256_GCM"), raw, given.key_number)
    end
    if not cipher then
      problem("key", wrong or reasons.of(failure.message))
    end
    local pem
    pem, wrong = material(given.private_key)
    if pem then
      private, failure = crypto.private_key(pem, given.private_key_number or "")
    end
    if not private then
      problem("private_key", wrong or reasons.of(failure.message))
    end
  end
  ok, err = options_of.report(where, problems)
  if not ok then
    return nil, err
  end
  return setmetatable({
    appid = client.appid, origin = given.origin or client.base_url, now = client.now,
    window = given.window or WINDOW, wanted = wanted, cipher = cipher, private = private,
    keys = keys, ask = type(given.certificates) ~= "table" and given.certificates or nil,
  }, Signer)
end

-- Requests ----------------------------------------------------------------------------------------

--- Whether calls of this endpoint are to be signed.
---@param entry table
---@return boolean
function Signer:wants(entry)
  return self.wanted[entry.name] == true
end

-- All parameters in the platform's form for signed calls: those of the query beside those of the
-- body.
local function plain_of(entry, params)
  local plain, body = {}, {}
  local in_query = {}
  for _, field in ipairs(entry.params) do
    in_query[field.wire] = field.where == "query"
  end
  for wire, value in pairs(params) do
    (in_query[wire] and plain or body)[wire] = value
  end
  if entry.wrap then
    plain[entry.wrap] = body
  else
    tables.put(plain, body)
  end
  return plain
end

local function failed(entry, name, message, hint, hint_zh)
  return Error.fail {
    kind = "decode", name = name, endpoint = entry.name, sent = true, message = message,
    hint = hint, hint_zh = hint_zh,
  }
end

--- The encrypted body of a request. Made for each attempt, because a nonce is used once.
---@param entry table
---@param prepared wxlive.Prepared
---@return { body: string, headers: table<string, string>, urlpath: string }? signed
---@return wxlive.Error? err
function Signer:seal(entry, prepared)
  local timestamp = math.floor(self.now())
  local urlpath = self.origin .. prepared.path
  local plain = plain_of(entry, request.wire_params(entry, prepared))
  plain._n = crypto.encode(core.system.random(NONCE_BYTES))
  plain._appid, plain._timestamp = self.appid, timestamp
  local body, err = self.cipher:seal(urlpath, self.appid, timestamp, (json.encode(plain)))
  local signature
  if body then
    signature, err = self.private:sign(urlpath, self.appid, timestamp, body)
  end
  if not signature then
    return Error.fail {
      kind = "invalid", name = "not_signed", endpoint = entry.name, sent = false,
      message = both("the request could not be signed: %s", "请求签名失败：%s")
        :format(reasons.of(err.message)),
      hint = "check the keys of api_signature", hint_zh = "请检查 api_signature 的密钥配置",
    }
  end
  return {
    body = body, urlpath = urlpath,
    headers = {
      ["Wechatmp-Appid"] = self.appid,
      ["Wechatmp-TimeStamp"] = ("%d"):format(timestamp),
      ["Wechatmp-Signature"] = signature,
    },
  }
end

-- Answers -----------------------------------------------------------------------------------------

-- A refusal may come unsigned: the platform does not sign an answer to a request that it could not
-- decrypt. It is accepted, because it never makes a call count as done.
local function plain_refusal(entry, resp)
  if resp.status < 200 or resp.status > 299 then
    return true
  end
  local answer = json.decode_wire(resp.body or "")
  local code = type(answer) == "table" and tonumber(answer.errcode) or 0
  return code ~= 0 and not outcomes.meaning(entry, code)
end

local explained = {
  stale = { "answer_stale", "set this machine's clock right (NTP)", "请校准本机时钟（NTP）" },
  not_found = {
    "certificate_unknown", "fetch the platform's certificate from the console and add it",
    "请在后台下载平台证书并加入 certificates",
  },
}

local function refused(entry, err)
  local known_case = explained[err.status]
  if known_case then
    return failed(entry, known_case[1], reasons.of(err.message), known_case[2], known_case[3])
  end
  return failed(entry, "answer_not_verified",
    both("the answer does not verify: %s", "应答验签失败：%s"):format(reasons.of(err.message)),
    "do not trust it; check certificates and key, and what is between you and the platform",
    "该应答不可信；请核对证书与密钥，并检查中间网络设备")
end

-- The keys that may have signed an answer; a function is asked for a number once.
function Signer:keys_for(headers)
  local list = {}
  for _, name in ipairs { "wechatmp-serial", "wechatmp-serial-deprecated" } do
    local number = headers[name]
    local key = number and self.keys[number]
    if number and not key and self.ask then
      local pem = material(self.ask, number)
      key = pem and crypto.public_key(pem, number)
      self.keys[number] = key
    end
    list[#list + 1] = key
  end
  return list
end

--- The answer as response.read takes it, verified and decrypted.
---@param entry table
---@param urlpath string       of the request
---@param resp table           the transport's response
---@return table? opened
---@return wxlive.Error? err
---@return string? renew       number of the certificate that will soon be needed
function Signer:open(entry, urlpath, resp)
  local headers = resp.headers or {}
  if not headers["wechatmp-signature"] then
    if plain_refusal(entry, resp) then
      return resp
    end
    return failed(entry, "answer_unsigned", both("the answer is not signed", "应答没有签名"),
      "check in the console that API security is on for this call", "请在后台确认该接口已开启 API 安全")
  end
  local plain, timestamp, renew = self.cipher:answer(self:keys_for(headers), {
    urlpath = urlpath, appid = self.appid, now = math.floor(self.now()), window = self.window,
  }, {
    appid = headers["wechatmp-appid"], timestamp = headers["wechatmp-timestamp"],
    serial = headers["wechatmp-serial"], signature = headers["wechatmp-signature"],
    serial_deprecated = headers["wechatmp-serial-deprecated"],
    signature_deprecated = headers["wechatmp-signature-deprecated"],
  }, resp.body or "")
  if not plain then
    return refused(entry, timestamp)
  end
  local answer = json.decode_wire(plain)
  if type(answer) ~= "table" or answer._appid ~= self.appid or answer._timestamp ~= timestamp then
    return failed(entry, "answer_not_verified",
      both("the decrypted answer is not for this appid and time", "解密后的应答与 appid 或时间不符"),
      "do not trust it", "该应答不可信")
  end
  answer._n, answer._appid, answer._timestamp = nil, nil, nil
  local body = json.encode(answer)
  return setmetatable({ body = body }, { __index = resp }), nil,
    renew and headers["wechatmp-serial"] or nil
end

return M
