--- Calls that a third-party platform (第三方平台) makes in its own name: its token, the consent of
--- shops, their tokens. They are not methods of wxlive.broadcast; see `component` in
--- wxlive.catalogue.
--
-- `auth` is "component" where the token of the component goes into the query. The component's appid
-- and secret are filled from the settings of the caller, as those of any client.
local f = require "wxlive.catalogue.field"
local need, out, must = f.need, f.out, f.must

local DOC = "https://developers.weixin.qq.com/doc/oplatform/openApi/"

local component_appid = {
  name = "component_appid", wire = "component_appid", type = "string", fill = "appid",
  desc = "appid of the third-party platform; its own when left out",
  desc_zh = "第三方平台 appid，缺省取自身配置",
}

local function secret(name)
  return {
    name = name, wire = name, type = "string", fill = "secret", secret = true,
    desc = "secret of the third-party platform; its own when left out",
    desc_zh = "第三方平台 appsecret，缺省取自身配置",
  }
end

local authorizer_appid = {
  name = "authorizer_appid", wire = "authorizer_appid", type = "string",
  desc = "appid of the shop", desc_zh = "授权方 appid",
}

local function token(name, desc, desc_zh)
  return out(name, "string", desc, desc_zh)
end

local expires_in = must(out("expires_in", "integer", "seconds left", "剩余有效秒数"), { min = 1 })

-- The permissions that a shop has granted.
local func_info = out("func_info", "list", "permission sets that the shop granted", "已授予的权限集", {
  out("funcscope_category", "object", "a set", "权限集", {
    out("id", "integer", "its number: 52 is live", "权限集 id，52 为小程序直播"),
  }),
})

local account_token = token("authorizer_access_token", "token for calls on the shop's behalf",
  "代调用令牌")
local refresh_token = token("authorizer_refresh_token",
  "fetches further tokens; losing it means that the shop must consent again",
  "刷新令牌，丢失须重新授权")

return {
  {
    name = "start_push_ticket", group = "component", method = "POST",
    path = "/cgi-bin/component/api_start_push_ticket", auth = "none",
    summary = "let the platform push tickets again", summary_zh = "启动 ticket 推送服务",
    doc = DOC .. "ticket-token/api_startpushticket", retry = "write",
    params = { need(component_appid), need(secret("component_secret")) }, args = {}, result = {},
    errors = { 40013, 40125 }, example = {},
  },
  {
    name = "get_component_token", group = "component", method = "POST",
    path = "/cgi-bin/component/api_component_token", auth = "none", confidential = true,
    summary = "fetch the token of the third-party platform", summary_zh = "获取第三方平台令牌",
    doc = DOC .. "ticket-token/api_getcomponentaccesstoken", retry = "write",
    params = {
      need(component_appid), need(secret("component_appsecret")),
      need({ name = "component_verify_ticket", wire = "component_verify_ticket", type = "string",
        secret = true, desc = "the latest ticket that was pushed",
        desc_zh = "最近一次推送的 ticket" }),
    },
    args = { "component_verify_ticket" },
    result = {
      must(token("component_access_token", "the token; keep it secret", "令牌，请保密")),
      expires_in,
    },
    quota = { per_day = 10000 },
    errors = { -1, 40001, 40013, 40125, 41004, 45009, 47001, 48001, 61004, 61005, 61006, 61011 },
    example = { component_verify_ticket = "ticket@@@of-the-latest-push" },
  },
  {
    name = "create_preauth_code", group = "component", method = "POST",
    path = "/cgi-bin/component/api_create_preauthcode", auth = "component", confidential = true,
    summary = "make a code that a page of consent begins with", summary_zh = "获取预授权码",
    doc = DOC .. "ticket-token/api_getpreauthcode", retry = "read",
    params = { need(component_appid) }, args = {},
    result = { must(token("pre_auth_code", "the code", "预授权码")), expires_in },
    errors = { -1, 40001, 40013, 41001, 42001, 61011 }, example = {},
  },
  {
    name = "query_auth", group = "component", method = "POST",
    path = "/cgi-bin/component/api_query_auth", auth = "component", confidential = true,
    summary = "turn the code of a shop's consent into its tokens",
    summary_zh = "使用授权码获取授权信息",
    doc = DOC .. "ticket-token/api_getauthorizerrefreshtoken", retry = "once",
    params = {
      need(component_appid),
      need({ name = "authorization_code", wire = "authorization_code", type = "string",
        aliases = { "auth_code" }, secret = true,
        desc = "auth_code of the redirect, or AuthorizationCode of the push",
        desc_zh = "跳转地址中的 auth_code，或推送中的 AuthorizationCode" }),
    },
    args = { "authorization_code" },
    result_any = { "authorization_info", "authorizer_appid" },
    result = {
      f.typed(out("authorization_info", "object", "the consent", "授权信息", {
        must(out("authorizer_appid", "string", "appid of the shop", "授权方 appid")),
        f.typed(account_token), f.typed(refresh_token),
        f.typed(out("expires_in", "integer", "seconds left", "剩余有效秒数")), func_info,
      })),
      -- Answers were seen without the object round it.
      f.typed(out("authorizer_appid", "string", "appid of the shop, where there is no wrapper",
        "授权方 appid（无外层对象时）")),
    },
    errors = { -1, 40001, 40013, 61009, 61010, 61011 },
    notes = { "The fields of authorization_info may stand in the answer itself." },
    notes_zh = { "authorization_info 的字段可能直接位于应答中。" },
    example = { authorization_code = "queryauthcode@@@of-the-redirect" },
  },
  {
    name = "get_authorizer_token", group = "component", method = "POST",
    path = "/cgi-bin/component/api_authorizer_token", auth = "component", confidential = true,
    summary = "fetch a shop's token with its refresh token", summary_zh = "获取（刷新）授权方令牌",
    doc = DOC .. "ticket-token/api_getauthorizeraccesstoken", retry = "write",
    params = {
      need(component_appid), need(authorizer_appid),
      need({ name = "authorizer_refresh_token", wire = "authorizer_refresh_token", type = "string",
        secret = true, desc = "the shop's refresh token", desc_zh = "授权方刷新令牌" }),
    },
    args = { "authorizer_appid", "authorizer_refresh_token" },
    result = {
      must(account_token), expires_in, f.typed(refresh_token),
    },
    errors = { -1, 40001, 40013, 42007, 45009, 61003, 61011, 61014, 61023 },
    notes = { "The answer's refresh token may be a new one: keep it before using the answer." },
    notes_zh = { "应答中的刷新令牌可能已更换：请先保存，再使用应答。" },
    example = {
      authorizer_appid = "wx0123456789abcdef",
      authorizer_refresh_token = "refreshtoken@@@of-the-shop",
    },
  },
  {
    name = "get_authorizer_info", group = "component", method = "POST",
    path = "/cgi-bin/component/api_get_authorizer_info", auth = "component", confidential = true,
    summary = "who a shop is and what it granted", summary_zh = "获取授权账号详情",
    doc = DOC .. "authorization-management/api_getauthorizerinfo", retry = "read",
    params = { need(component_appid), need(authorizer_appid) }, args = { "authorizer_appid" },
    result = {
      must(out("authorizer_info", "object", "the account", "账号信息", {
        out("nick_name", "string", "name", "昵称"),
        f.typed(out("user_name", "string", "original id (gh_...)", "原始 id")),
        out("principal_name", "string", "who runs it", "主体名称"),
        out("account_status", "integer", "1 normal, 14 closed, 16 banned, 18 warned, 19 frozen",
          "账号状态：1 正常，14 已注销，16 已封禁，18 已告警，19 已冻结"),
      })),
      must(out("authorization_info", "object", "the consent", "授权信息", {
        must(out("authorizer_appid", "string", "appid of the shop", "授权方 appid")),
        f.typed(refresh_token), func_info,
      })),
    },
    errors = { -1, 40001, 40013, 61003, 61011 },
    example = { authorizer_appid = "wx0123456789abcdef" },
  },
  {
    name = "get_authorizer_list", group = "component", method = "POST",
    path = "/cgi-bin/component/api_get_authorizer_list", auth = "component", confidential = true,
    summary = "a page of the shops that gave consent", summary_zh = "分页获取已授权账号列表",
    doc = DOC .. "authorization-management/api_getauthorizerlist", retry = "read",
    params = {
      need(component_appid), need(f.offset),
      need({ name = "count", wire = "count", type = "integer", min = 1, max = 500, default = 500,
        aliases = { "limit" }, desc = "rows wanted, 500 at most", desc_zh = "每页条数，最多 500" }),
    },
    args = { "offset", "count" }, list = "list", row_key = "authorizer_appid",
    result = {
      must(out("list", "list", "shops", "授权方", {
        must(out("authorizer_appid", "string", "appid of the shop", "授权方 appid")),
        -- The platform sometimes leaves it out.
        f.typed(out("refresh_token", "string", "its refresh token, where the platform gives it",
          "刷新令牌，可能缺失")),
        out("auth_time", "integer", "Unix seconds of the consent", "授权时间"),
      })),
      out("total_count", "integer", "shops altogether", "授权方总数"),
    },
    errors = { -1, 40001, 40013, 40170, 61011 },
    example = { offset = 0, count = 500 },
  },
}
