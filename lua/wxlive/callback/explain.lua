--- Which check of a delivered message fails, step by step.
--
-- For the owner of the keys, at a terminal: it names details that `open` must not reveal to a
-- stranger. It never shows the token or a key.
local events = require "wxlive.callback.event"
local queries = require "wxlive.callback.query"
local compat = require "wxlive.base.compat"
local reasons = require "wxlive.text.reasons"
local sentence = require "wxlive.text.sentence"
local tables = require "wxlive.base.tables"

local both, compose = sentence.both, sentence.compose

local function shown(part)
  if part.secret then
    return both("%s (%d characters, not shown)", "%s（%d 个字符，不显示）")
      :format(part.name, #part.value)
  elseif #part.value > 40 then
    return both("%s=%s... (%d characters)", "%s=%s……（%d 个字符）")
      :format(part.name, part.value:sub(1, 16), #part.value)
  end
  return part.name .. "=" .. part.value
end

local function sorted_input(parts)
  local texts = tables.map(tables.sorted(parts, "value"), function(part, i)
    return i == 1 and shown(part) or compose(both(", ", "，"), shown(part))
  end)
  return compose(compat.unpack(texts))
end

local function explain_frame(self, encrypt, add)
  local frame, err = self.keys:explain(encrypt)
  if not frame then
    return add("decrypt", false, reasons.of(err.message))
  end
  if not add("base64", frame.base64_ok, frame.base64_ok
    and both("%d characters are %d bytes", "%d 个字符，解码为 %d 字节")
      :format(#encrypt, frame.cipher_len)
    or both("Encrypt is not strict base64, or too long", "Encrypt 不是规范的 base64，或过长")) then
    return false
  end
  if not add("blocks", frame.blocks_ok, frame.blocks_ok
    and both("%d blocks of 32 bytes", "%d 个 32 字节的分组"):format(frame.cipher_len / 32)
    or both("not a whole number of 32-byte blocks, or too short for a frame",
      "长度不是 32 字节的整数倍，或过短")) then
    return false
  end
  add("key", true, frame.previous_key
    and both("the previous EncodingAESKey opens it", "可用上一个 EncodingAESKey 解开")
    or both("tried the current EncodingAESKey: 43 characters, 32 bytes",
      "已尝试当前 EncodingAESKey：43 个字符，32 字节"))
  return add("padding", frame.pad_ok, both("last byte %d: %s", "末字节为 %d：%s"):format(frame.pad,
      frame.pad_ok
      and both("that many equal bytes, within 1 to 32", "填充正确（1 至 32 个相同字节）")
      or both("no PKCS#7 padding to 32; the EncodingAESKey is probably not the console's",
        "不是 32 字节的 PKCS#7 填充，EncodingAESKey 很可能与后台不一致")))
    and add("length", frame.length_ok, both("the frame claims a message of %d bytes%s",
      "标明的消息长度为 %d 字节%s"):format(frame.message_len,
      frame.length_ok and "" or both(": more than there is", "，超过实际长度")))
    and add("appid", frame.appid_ok, frame.appid_ok and frame.appid
      or both('the frame says "%s", the configuration "%s"', "密文中是“%s”，配置中是“%s”")
        :format(frame.appid, self.appid))
end

--- Runs the checks in order; after a failed one, only those that still make sense.
---@param self wxlive.Callback
---@param query string|table
---@param body string
---@return { name: string, ok: boolean, text: string, text_zh: string? }[]
return function(self, query, body)
  local steps = {}
  local function add(name, ok, text)
    local said = type(text) == "table" and text or {}
    steps[#steps + 1] = {
      name = name, ok = ok and true or false,
      text = said.message or text, text_zh = said.message_zh,
    }
    return ok
  end
  add("mode", true, both("%s, from the configuration", "%s，取自配置"):format(self.mode))
  local sealed = self.mode ~= "plain"
  local signature_name = sealed and "msg_signature" or "signature"

  local parameters, reason = queries.read(query)
  local values = {}
  for _, name in ipairs { signature_name, "timestamp", "nonce" } do
    if parameters then
      values[name], reason = queries.value(parameters, name)
    end
    if not values[name] then
      add("query", false, reason)
      return steps
    end
  end
  add("query", true, both("%s, timestamp and nonce are there", "%s、timestamp 与 nonce 齐全")
    :format(signature_name))

  local encrypt
  if sealed then
    encrypt, reason = events.encrypt(body)
    if not add("envelope", encrypt, encrypt
      and both("Encrypt has %d characters", "Encrypt 有 %d 个字符"):format(#encrypt) or reason
      or both("the body holds no Encrypt: the console sends plain messages",
        "请求体中没有 Encrypt：后台推送的是明文消息")) then
      return steps
    end
  end
  local parts = {
    { name = "token", value = self.token, secret = true },
    { name = "timestamp", value = values.timestamp },
    { name = "nonce", value = values.nonce },
    encrypt and { name = "Encrypt", value = encrypt } or nil,
  }
  add("sorted input", true, sorted_input(parts))
  local digest = encrypt and self.keys:sign(values.timestamp, values.nonce, encrypt)
    or self.keys:sign(values.timestamp, values.nonce)
  -- Even if the token is wrong, the owner learns whether the key is right.
  add("digest", digest == values[signature_name],
    both("SHA-1 is %s, %s says %s", "SHA-1 为 %s，%s 为 %s"):format(digest, signature_name,
      values[signature_name]))

  local apart = self.now() - (tonumber(values.timestamp) or 0)
  add("clock", not self.window or math.abs(apart) <= self.window,
    both("the timestamp is %.0f s away from this clock, %s are allowed",
      "timestamp 与本机时钟相差 %.0f 秒，允许%s"):format(apart, self.window
      and both("%s", " %s 秒"):format(compat.text(self.window)) or both("any", "任意值")))

  local message = body
  if sealed then
    if not explain_frame(self, encrypt, add) then
      return steps
    end
    message = self.keys:decrypt(encrypt)
  end
  local event, why = events.read(message)
  add("message", event, event and ("%s, %s"):format(event.wire_format:upper(),
    event.event or event.msg_type or event.info_type) or why)
  return steps
end
