--- Who puts text into a request that would end up as something else.
local of = require "spec.defences.of"
local busted, ctest, nginx = of.busted, of.ctest, of.nginx

local line = ctest("core/test/test_http.c", "nothing_breaks_out_of_its_line")
local injection = ctest("core/test/test_codec.c", "injection_is_refused")

return {
  {
    id = "header-value",
    file = "core/src/http_check.c",
    old = "    if (!h->value || !wxl_http_text_ok(h->value)) {",
    new = "    if (!h->value) {",
    test = line,
  },
  {
    id = "header-name",
    file = "core/src/http_check.c",
    old = "    if (!h->name || !is_token(h->name)) {",
    new = "    if (!h->name) {",
    test = line,
  },
  {
    id = "header-own",
    file = "core/src/http_check.c",
    old = "    if (is_own_header(h->name)) {",
    new = "    if (is_own_header(h->name) && 0) {",
    test = line,
  },
  {
    id = "header-content-type",
    file = "core/src/http_check.c",
    old = "    if (rq->content_type && !wxl_http_text_ok(rq->content_type)) {",
    new = "    if (0) {",
    test = line,
  },
  {
    id = "address-control",
    file = "core/src/http_check.c",
    old = "        if ((unsigned char)*p <= 0x20 || *p == 0x7f) {\n"
      .. '            return wxl_fail(err, WXL_E_ARG, 0, "the address holds',
    new = "        if (0) {\n"
      .. '            return wxl_fail(err, WXL_E_ARG, 0, "the address holds',
    test = line,
  },
  {
    id = "address-scheme",
    file = "core/src/http_check.c",
    old = [[    if (!tls && strncasecmp(url, "http://", 7) != 0) {]],
    new = "    if (0) {",
    test = line,
  },
  {
    id = "address-user",
    file = "core/src/http_check.c",
    old = "    if (memchr(p, '@', (size_t)(end - p)) || strchr(end, '#')) {",
    new = "    if (strchr(end, '#')) {",
    test = line,
  },
  {
    id = "header-value-nginx",
    file = "core/src/codec_write.c",
    old = "        if (!codec_is_text(f->value, f->value_len)) {",
    new = "        if (0) {",
    test = injection,
  },
  {
    id = "header-own-nginx",
    file = "core/src/codec_write.c",
    old = "        if (is_own_field(f->name, f->name_len)) {",
    new = "        if (is_own_field(f->name, f->name_len) && 0) {",
    test = injection,
  },
  {
    id = "address-control-nginx",
    file = "core/src/codec_write.c",
    old = "    if (!codec_is_visible(req->target, req->target_len)) {",
    new = "    if (0) {",
    test = injection,
  },
  {
    id = "header-transport-nginx",
    file = "lua/wxlive/transport/plan.lua",
    old = "elseif own[name:lower()] then",
    new = "elseif false then",
    test = nginx("spec/transport_cosocket_spec.lua",
      "what would break out of a header is refused before anything is sent"),
  },
  {
    id = "query-escaped",
    file = "lua/wxlive/request.lua",
    old = "  return M.escape(tostring(value))",
    new = "  return tostring(value)",
    test = busted("spec/request_spec.lua", "puts the fields of a GET into the query, encoded"),
  },
  {
    id = "form-filename",
    file = "core/src/http_form.c",
    old = [[bool plain = *name >= 0x20 && *name < 0x7f && *name != '"' && *name != '\\';]],
    new = "bool plain = true;",
    test = ctest("core/test/test_http_file.c", "a_form_is_what_the_platform_wants"),
  },
  {
    id = "token-characters",
    file = "core/src/token_cell.c",
    old = "        if ((unsigned char)s[i] <= 0x20 || (unsigned char)s[i] >= 0x7f) {",
    new = "        if (0) {",
    test = busted("spec/token_spec.lua",
      "of up to 2048 bytes is taken, one with spaces or control characters is not"),
  },
  {
    id = "base-url-https",
    file = "lua/wxlive/settings.lua",
    old = [[if scheme ~= "https" and not (scheme == "http" and loopback) then]],
    new = "if false then",
    test = busted("spec/broadcast_spec.lua", "refuses to send tokens in the clear"),
  },
  {
    id = "sql-bound",
    file = "lua/wxlive/ledger/db.lua",
    old = "  ok, reason = statement:execute(...)",
    new = "  local values, at = { ... }, 0\n"
      .. "  statement, reason = self.connection:prepare((sql:gsub(\"%?\", function()\n"
      .. "    at = at + 1\n"
      .. "    return values[at] == nil and \"NULL\" or type(values[at]) == \"number\"\n"
      .. "      and tostring(values[at]) or \"'\" .. tostring(values[at]) .. \"'\"\n  end)))\n"
      .. "  if not statement then\n    return failure(reason)\n  end\n"
      .. "  ok, reason = statement:execute()",
    test = busted("spec/ledger_spec.lua", "binds what it is given"),
  },
  {
    id = "reply-cdata",
    file = "lua/wxlive/callback/answer.lua",
    old = [=[return "<![CDATA[" .. text:gsub("]]>", "]]]]><![CDATA[>") .. "]]>"]=],
    new = [=[return "<![CDATA[" .. text .. "]]>"]=],
    test = busted("spec/callback_spec.lua", "in the event's format, plain in plain mode"),
  },
}
