--- Which check of a delivered message fails, step by step.
--
-- For the owner of the keys, at a terminal: it names details that `open` must not reveal to a
-- stranger. It never shows the token or a key.
local events = require "wxlive.callback.event"
local queries = require "wxlive.callback.query"

local function shown(part)
  if part.secret then
    return ("%s (%d characters, not shown)"):format(part.name, #part.value)
  elseif #part.value > 40 then
    return ("%s=%s... (%d characters)"):format(part.name, part.value:sub(1, 16), #part.value)
  end
  return part.name .. "=" .. part.value
end

local function sorted_input(parts)
  table.sort(parts, function(a, b)
    return a.value < b.value
  end)
  local texts = {}
  for i, part in ipairs(parts) do
    texts[i] = shown(part)
  end
  return table.concat(texts, ", ")
end

local function explain_frame(self, encrypt, add)
  local frame, err = self.keys:explain(encrypt)
  if not frame then
    return add("decrypt", false, err.message)
  end
  if not add("base64", frame.base64_ok, frame.base64_ok
    and ("%d characters are %d bytes"):format(#encrypt, frame.cipher_len)
    or "Encrypt is not strict base64, or too long") then
    return false
  end
  if not add("blocks", frame.blocks_ok, frame.blocks_ok
    and ("%d blocks of 32 bytes"):format(frame.cipher_len / 32)
    or "not a whole number of 32-byte blocks, or too short for a frame") then
    return false
  end
  add("key", true, frame.previous_key and "the previous EncodingAESKey opens it"
    or "tried the current EncodingAESKey: 43 characters, 32 bytes")
  return add("padding", frame.pad_ok, ("last byte %d: "):format(frame.pad) .. (frame.pad_ok
      and "that many equal bytes, within 1 to 32"
      or "no PKCS#7 padding to 32; the EncodingAESKey is probably not the console's"))
    and add("length", frame.length_ok, ("the frame claims a message of %d bytes"):format(
      frame.message_len) .. (frame.length_ok and "" or ": more than there is"))
    and add("appid", frame.appid_ok, frame.appid_ok and frame.appid
      or ("the frame says %q, the configuration %q"):format(frame.appid, self.appid))
end

--- Runs the checks in order; after a failed one, only those that still make sense.
---@param self wxlive.Callback
---@param query string|table
---@param body string
---@return { name: string, ok: boolean, text: string }[]
return function(self, query, body)
  local steps = {}
  local function add(name, ok, text)
    steps[#steps + 1] = { name = name, ok = ok and true or false, text = text }
    return ok
  end
  add("mode", true, self.mode .. ", from the configuration")
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
  add("query", true, signature_name .. ", timestamp and nonce are there")

  local encrypt
  if sealed then
    encrypt, reason = events.encrypt(body)
    if not add("envelope", encrypt, encrypt and ("Encrypt has %d characters"):format(#encrypt)
      or reason or "the body holds no Encrypt: the console sends plain messages") then
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
  add("digest", digest == values[signature_name], ("SHA-1 is %s, %s says %s"):format(digest,
    signature_name, values[signature_name]))

  local apart = self.now() - (tonumber(values.timestamp) or 0)
  add("clock", not self.window or math.abs(apart) <= self.window,
    ("the timestamp is %.0f s away from this clock, %s are allowed"):format(apart,
      self.window or "any"))

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
