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

local function check_address(platform)
  if platform.quirks.component_ip_refused then
    refuse(61004, "the caller's address is not on the component's list (a quirk that was "
      .. "switched on)")
  end
end

local function open_component(call, record)
  if record.kind == "authorizer" then
    refuse(61014, "the token is a shop's: this call takes the component's")
  elseif record.kind ~= "component" then
    refuse(40001, "the token is an account's own: this call takes the component's")
  end
  check_address(call.platform)
  return call.platform:account(record.appid)
end

local function open_account(call, record)
  local platform = call.platform
  if record.kind == "component" then
    if not about_itself[call.entry.name] then
      refuse(platform.quirks.wrong_kind_61015 and 61015 or 40001,
        "the token is the component's: this call takes an account's")
    end
    check_address(platform)
  elseif record.kind == "authorizer" then
    check_address(platform)
    platform.component:check_permission(record.appid, call.entry)
  end
  return platform:account(record.appid)
end

--- The account of a call's token.
---@param call table
---@return table account
function M.by_token(call)
  local record = call.platform.tokens:open(call.token)
  if call.entry.auth == "component" then
    return open_component(call, record)
  end
  return open_account(call, record)
end

--- Refuses a call that names another component than the one that makes it.
---@param platform table
---@param appid string
function M.check_component(platform, appid)
  local component = platform.component
  if component and component.appid == appid then
    return
  elseif platform:secret_of(appid) then
    refuse(61011, component and "the component_appid is not the component's"
      or "there is no third-party platform here: start the sandbox with `component`")
  end
  refuse(40013, "there is no such appid here")
end

-- A call of the component without a token.
local function component_by_secret(call, params)
  local platform = call.platform
  M.check_component(platform, params.component_appid)
  if (params.component_appsecret or params.component_secret) ~= platform.component.secret then
    refuse(40125, "the secret is not that of the component")
  end
  check_address(platform)
  return platform:account(params.component_appid)
end

--- The account of a call that carries no token.
---@param call table
---@param params table
---@return table account
function M.by_secret(call, params)
  local platform = call.platform
  if call.entry.file == "component" then
    return component_by_secret(call, params)
  end
  local secret = platform:secret_of(params.appid)
  if not secret then
    refuse(40013, "no such appid here (wx and 16 hex digits, or one of the accounts given)")
  elseif (params.secret or params.appsecret) ~= secret then
    refuse(40125, "the secret is not that of the appid")
  end
  local consent = platform.component and platform.component.consent[params.appid]
  if consent and consent.managed and not consent.lost and call.entry.confidential then
    refuse(61024, "a third-party platform manages the account: its tokens come from there")
  end
  return platform:account(params.appid)
end

return M
