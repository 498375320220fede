--- Who forges, repeats or probes what the platform pushes.
local of = require "spec.defences.of"
local busted, ctest = of.busted, of.ctest

local attack = "spec/callback_attack_spec.lua"

return {
  {
    id = "callback-signature",
    file = "core/src/message.c",
    old = "if (given.n != WXL_SIGNATURE_CHARS || CRYPTO_memcmp(hex, given.p, WXL_SIGNATURE_CHARS)"
      .. " != 0) {",
    new = "if (given.n != WXL_SIGNATURE_CHARS) {",
    test = ctest("core/test/test_message.c", "any_change_breaks_the_signature"),
  },
  {
    id = "callback-url-check",
    file = "lua/wxlive/callback.lua",
    old = [[
  local ok, err = self.box:verify(signature, timestamp, nonce)
  if not ok then
    return from_core(err)
  end
]],
    new = "  local ok, err\n",
    test = busted(attack, "are checked on the URL check and in plain mode too"),
  },
  {
    id = "callback-plain-signature",
    file = "lua/wxlive/callback.lua",
    old = [[
  local ok, failure = self.box:verify(signature, timestamp, nonce)
  if not ok then
    return from_core(failure)
  end
]],
    new = "",
    test = busted(attack, "are checked on the URL check and in plain mode too"),
  },
  {
    id = "callback-mode",
    file = "lua/wxlive/callback.lua",
    old = 'local open = self.mode == "plain" and open_plain or open_sealed',
    new = 'local open = (self.mode == "plain" or not find_encrypt(body)) and open_plain or open_sealed',
    test = busted(attack, "an unencrypted body is refused in mode "),
  },
  {
    id = "callback-signature-names",
    file = "lua/wxlive/callback.lua",
    old = 'local signature, timestamp, nonce = signed_values(query, "msg_signature")',
    new = 'local signature, timestamp, nonce = signed_values(query, "msg_signature")\n'
      .. '  if not signature then\n    signature, timestamp, nonce = signed_values(query, "signature")\n'
      .. "    if signature and self.box:verify(signature, timestamp, nonce) then\n"
      .. "      return self.box:decrypt(find_encrypt(body)), timestamp\n    end\n  end",
    test = busted(attack, "the plain signature does not stand in for msg_signature in mode "),
  },
  {
    id = "callback-window",
    file = "lua/wxlive/callback.lua",
    old = "if apart > self.window or apart < -self.window then",
    new = "if apart ~= apart then",
    test = busted(attack, "an old or a future request is stale"),
  },
  {
    id = "callback-age",
    file = "lua/wxlive/callback.lua",
    old = "if age > self.max_age or age < -self.window then",
    new = "if age ~= age then",
    test = busted(attack, "timestamp and nonce exchanged: signed as well, and of no use"),
  },
  {
    id = "callback-replay",
    file = "lua/wxlive/callback.lua",
    old = [[
  elseif not added then
    return refuse("duplicate", "this event came before")]],
    new = "",
    test = busted(attack, "the same event comes through once, however it is wrapped"),
  },
  {
    id = "callback-replay-store",
    file = "lua/wxlive/callback.lua",
    old = "if added == nil then",
    new = "if added == nil then\n    return true, err\n  elseif added == self then",
    test = busted(attack, "a store that fails lets nothing through"),
  },
  {
    id = "callback-query-once",
    file = "lua/wxlive/callback/query.lua",
    old = "      if query[name] then\n        return nil, name .. \" is there more than once\"\n"
      .. "      end\n",
    new = "",
    test = busted(attack, "queries that lack or repeat a value are refused"),
  },
  {
    id = "callback-appid",
    file = "core/src/message.c",
    old = "wrong |= (size_t)CRYPTO_memcmp(frame + HEAD + len, m->appid.p, m->appid.n);",
    new = "",
    test = ctest("core/test/test_message.c", "another_key_or_appid_does_not_open"),
  },
  {
    id = "callback-padding",
    file = "core/src/message.c",
    old = "size_t wrong = padding_wrong(frame, n);",
    new = "size_t wrong = 0;",
    test = ctest("core/test/test_message.c", "wrong_frames_are_all_alike"),
  },
  {
    id = "callback-one-error",
    file = "core/src/message.c",
    old = "    if (!ok || len > m->max) {\n        OPENSSL_cleanse(m->plain, n);\n"
      .. "        return refuse(err);",
    new = "    if (!ok || len > m->max) {\n        if (padding_wrong(m->plain, n)) {\n"
      .. '            return wxl_fail(err, WXL_E_CIPHERTEXT, 0, "the padding is wrong");\n'
      .. "        }\n        return refuse(err);",
    test = ctest("core/test/test_message.c", "wrong_frames_are_all_alike"),
  },
  {
    id = "callback-one-answer",
    file = "lua/wxlive/callback/answer.lua",
    old = 'return { status = statuses[err.name] or 403, body = "refused", content_type = plain_text }',
    new = "return { status = statuses[err.name] or 403, body = err.name, content_type = plain_text }",
    test = busted(attack, "over HTTP nothing tells a bad signature from a bad ciphertext"),
  },
  {
    id = "callback-body-cap",
    file = "lua/wxlive/callback.lua",
    old = "if #body > self.max_bytes then",
    new = "if #body > math.huge then",
    test = busted("spec/callback_hostile_spec.lua",
      "50 MB: refused before anything looks at it"),
  },
  {
    id = "callback-body-cap-sealed",
    file = "core/lua/message.c",
    old = "return text->n > 0 && (lua_Number)text->n <= most;",
    new = "return text->n > 0 && most > 0;",
    test = busted("spec/callback_hostile_spec.lua",
      "a delivery that is a byte longer than max_bytes, however well it is signed"),
  },
}
