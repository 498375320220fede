--- API security on the platform's side: opens signed and encrypted requests, seals answers in kind.
local crypto = require("wxlive.core").signature
local compat = require "wxlive.base.compat"
local json = require "wxlive.json"
local refusals = require "wxlive.sandbox.server.refusal"

local M = {}

local deny, refuse = refusals.deny, refusals.refuse

local WINDOW = 300

--- What configure takes.
M.fields = {
  suite = "string", key = "string", key_number = "string", -- the symmetric key, its number
  public_key = "string", public_key_number = "string",     -- the caller's
  private_key = "string", serial = "string",               -- the platform's, and its certificate's
  old_private_key = "string", old_serial = "string",       -- while certificates rotate
  required = "boolean",                                    -- signable calls must be signed
  -- what is wrong with answers: "signature", "body", "time", "appid", "unsigned"
  wrong = "string",
}

local wrongs = { signature = true, body = true, time = true, appid = true, unsigned = true }

--- Sets the keys; see `fields`. Without `key` security is off.
---@return table result
function M.configure(platform, params)
  if params.wrong and not wrongs[params.wrong] then
    deny("there is no wrong " .. params.wrong)
  elseif not params.key then
    platform.security = nil
    return {}
  end
  local function key_of(read, pem, number)
    if not pem then
      return nil
    end
    local key, err = read(pem, number or "")
    return key or deny(err.message)
  end
  local fine, cipher, err = pcall(crypto.cipher, params.suite or "AES256_GCM",
    crypto.decode(params.key) or "", params.key_number or "")
  if not fine or not cipher then
    deny(fine and err.message or cipher)
  end
  platform.security = {
    cipher = cipher, seen = {},
    caller = key_of(crypto.public_key, params.public_key, params.public_key_number),
    private = key_of(crypto.private_key, params.private_key, params.serial),
    old = key_of(crypto.private_key, params.old_private_key, params.old_serial),
    serial = params.serial, old_serial = params.old_serial,
    required = params.required, wrong = params.wrong,
  }
  return {}
end

local function urlpath_of(call)
  return call.platform.base_url .. call.request.path
end

local function check(call, security, headers, timestamp)
  if not headers["wechatmp-appid"] then
    refuse(40233, "no Wechatmp-Appid")
  elseif not timestamp then
    refuse(40231, "no Wechatmp-TimeStamp, or it is not a number")
  elseif headers["wechatmp-appid"] ~= call.account.appid then
    refuse(40237, "Wechatmp-Appid is not the token's appid")
  elseif math.abs(call.platform:now() - timestamp) > WINDOW then
    refuse(40240, "Wechatmp-TimeStamp is not of now")
  elseif not security.caller then
    refuse(40239, "no public_key is configured")
  elseif not security.caller:verify(urlpath_of(call), call.account.appid, timestamp,
    call.request.body, headers["wechatmp-signature"]) then
    refuse(40234, "the signature is not that of the four lines")
  end
end

-- Puts each parameter where an unsigned call would have it.
local function unpack_into(call, plain)
  local in_query = {}
  for _, field in ipairs(call.entry.params) do
    in_query[field.wire] = field.where == "query"
  end
  local body = {}
  for name, value in pairs(plain) do
    if in_query[name] then
      call.query[name] = compat.text(value)
    elseif name ~= "_n" and name ~= "_appid" and name ~= "_timestamp" then
      body[name] = value
    end
  end
  call.request.body = assert(json.encode(body))
end

--- Opens a signed request in place; an unsigned one is let through unless it must be signed.
function M.open(call)
  local security = call.platform.security
  local headers = call.request.headers
  if not headers["wechatmp-signature"] then
    if security and security.required and call.account then
      refuse(40232, "this call must be signed")
    end
    return
  elseif not security then
    refuse(40238, "API security is not set up")
  end
  local timestamp = tonumber(headers["wechatmp-timestamp"] or "")
  check(call, security, headers, timestamp)
  local text = security.cipher:open(urlpath_of(call), call.account.appid, timestamp,
    call.request.body)
  local plain = text and json.decode_wire(text)
  if type(plain) ~= "table" then
    refuse(40235, "the body does not decrypt to a JSON object")
  elseif plain._appid ~= call.account.appid or plain._timestamp ~= timestamp then
    refuse(40236, "_appid or _timestamp differ from the headers")
  elseif type(plain._n) ~= "string" or #(crypto.decode(plain._n) or "") < 16 then
    refuse(40235, "_n is not 16 to 32 random bytes in base64")
  elseif security.seen[plain._n] then
    refuse(40234, "_n was used before: a replay")
  end
  security.seen[plain._n] = true
  unpack_into(call, plain)
  call.signed = true
end

--- An answer as a signed call gets it.
---@param call table
---@param answer table  { body, headers?, ... }
---@return table answer
function M.seal(call, answer)
  local security = call.platform.security
  if not call.signed or security.wrong == "unsigned" then
    return answer
  end
  local appid = call.account.appid
  local timestamp = call.platform:now() - (security.wrong == "time" and 2 * WINDOW or 0)
  local urlpath = urlpath_of(call)
  local plain = assert(json.decode_wire(answer.body))
  plain._n = crypto.encode(require("wxlive.core").system.random(16))
  plain._appid, plain._timestamp = security.wrong == "appid" and "wx0" or appid, timestamp
  local body = assert(security.cipher:seal(urlpath, appid, timestamp, assert(json.encode(plain))))
  local headers = {
    ["Wechatmp-Appid"] = appid, ["Wechatmp-TimeStamp"] = ("%d"):format(timestamp),
    ["Wechatmp-Serial"] = security.serial,
    ["Wechatmp-Signature"] = assert(security.private:sign(urlpath, appid, timestamp, body)),
  }
  if security.old then
    headers["Wechatmp-Serial-Deprecated"] = security.old_serial
    headers["Wechatmp-Signature-Deprecated"] =
      assert(security.old:sign(urlpath, appid, timestamp, body))
  end
  if security.wrong == "signature" then
    headers["Wechatmp-Signature"] =
      assert(security.private:sign(urlpath, appid, timestamp, body .. " "))
  elseif security.wrong == "body" then
    body = body:gsub('"data":"(.)', function(c)
      return '"data":"' .. (c == "A" and "B" or "A")
    end)
  end
  answer.body, answer.headers = body, headers
  return answer
end

return M
