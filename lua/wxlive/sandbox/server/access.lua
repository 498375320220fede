--- Decides which account a call is for, by its token or secret.
--
-- Three kinds of token are accepted: an account's own, that of a third-party platform (in its own
-- calls), and that of an account for its third-party platform, which opens what was granted.
local refuse = require("wxlive.sandbox.server.refusal").refuse

local M = {}

-- Calls that a third-party platform makes about itself, beside those under /cgi-bin/component/.
local about_itself = {
  get_api_quota = true, clear_quota = true, get_rid_info = true, get_api_domain_ip = true,
  get_callback_ip = true,
}

local function refused_address(platform)
  if platform.quirks.component_ip_refused then
    return refuse(61004, "the caller's address is not on the component's list (a quirk that was "
      .. "switched on)")
  end
  return true
end

local function open_component(call, record)
  if record.kind == "authorizer" then
    return refuse(61014, "the token is a shop's: this call takes the component's")
  elseif record.kind ~= "component" then
    return refuse(40001, "the token is an account's own: this call takes the component's")
  end
  local ok, refused = refused_address(call.platform)
  if not ok then
    return nil, refused
  end
  return call.platform:account(record.appid)
end

local function open_account(call, record)
  local platform, ok, refused = call.platform, true, nil
  if record.kind == "component" then
    if not about_itself[call.entry.name] then
      return refuse(platform.quirks.wrong_kind_61015 and 61015 or 40001,
        "the token is the component's: this call takes an account's")
    end
    ok, refused = refused_address(platform)
  elseif record.kind == "authorizer" then
    ok, refused = refused_address(platform)
    if ok then
      ok, refused = platform.component:permits(record.appid, call.entry)
    end
  end
  if not ok then
    return nil, refused
  end
  return platform:account(record.appid)
end

--- The account of a call's token.
---@param call table
---@return table? account
---@return wxlive.sandbox.Refusal?
function M.by_token(call)
  local record, refused = call.platform.tokens:open(call.token)
  if not record then
    return nil, refused
  elseif call.entry.auth == "component" then
    return open_component(call, record)
  end
  return open_account(call, record)
end

--- Whether the component that a call names is the one that makes it.
---@param platform table
---@param appid string
---@return true?
---@return wxlive.sandbox.Refusal?
function M.check_component(platform, appid)
  local component = platform.component
  if component and component.appid == appid then
    return true
  elseif platform:secret_of(appid) then
    return refuse(61011, component and "the component_appid is not the component's"
      or "there is no third-party platform here: start the sandbox with `component`")
  end
  return refuse(40013, "there is no such appid here")
end

-- A call of the component without a token.
local function component_by_secret(call, params)
  local platform = call.platform
  local ok, refused = M.check_component(platform, params.component_appid)
  if ok and (params.component_appsecret or params.component_secret)
    ~= platform.component.secret then
    ok, refused = refuse(40125, "the secret is not that of the component")
  end
  if ok then
    ok, refused = refused_address(platform)
  end
  if not ok then
    return nil, refused
  end
  return platform:account(params.component_appid)
end

--- The account of a call that carries no token.
---@param call table
---@param params table
---@return table? account
---@return wxlive.sandbox.Refusal?
function M.by_secret(call, params)
  local platform = call.platform
  if call.entry.file == "component" then
    return component_by_secret(call, params)
  end
  local secret = platform:secret_of(params.appid)
  if not secret then
    return refuse(40013, "no such appid here (wx and 16 hex digits, or one of the accounts given)")
  elseif (params.secret or params.appsecret) ~= secret then
    return refuse(40125, "the secret is not that of the appid")
  end
  local consent = platform.component and platform.component:consent_of(params.appid)
  if consent and consent.managed and call.entry.confidential then
    return refuse(61024, "a third-party platform manages the account: its tokens come from there")
  end
  return platform:account(params.appid)
end

return M
