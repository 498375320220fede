--- Calls of a third-party platform in its own name: tokens, codes, the shops that gave consent.
local events = require "wxlive.sandbox.world.events"
local json = require "wxlive.json"
local refusals = require "wxlive.sandbox.server.refusal"

local M = {}

local catch, refuse = refusals.catch, refusals.refuse

-- Every handler gets the account of the component's appid, which holds its counters.
local function of(account)
  return account.platform.component
end

--- Turns the pushes on, and pushes one ticket at once.
function M.start_push_ticket(account)
  local component = of(account)
  component:configure { tickets = true }
  component.ticket_due = nil
  return {}
end

function M.get_component_token(account, params)
  of(account):check_ticket(params.component_verify_ticket)
  local token, seconds = account.platform.tokens:of_component(account.appid, "component")
  return { component_access_token = token, expires_in = seconds }
end

function M.create_preauth_code(account)
  local code, seconds = of(account):new_preauth()
  return { pre_auth_code = code, expires_in = seconds }
end

-- Permission sets as answers list them.
local function func_info(consent)
  local list = json.array {}
  for i, id in ipairs(consent.sets) do
    list[i] = { funcscope_category = { id = id } }
  end
  return list
end

--- The tokens are in the answer only when the shop granted anything.
function M.query_auth(account, params)
  local platform, component = account.platform, of(account)
  local consent = component:take_code(params.authorization_code)
  local info = { authorizer_appid = consent.appid, func_info = func_info(consent) }
  if consent.sets[1] then
    info.authorizer_access_token, info.expires_in =
      platform.tokens:of_component(consent.appid, "authorizer")
    info.authorizer_refresh_token = consent.refresh_token
  end
  return platform.quirks.bare_query_auth and info or { authorization_info = info }
end

function M.get_authorizer_token(account, params)
  local platform, component = account.platform, of(account)
  local consent, refused = catch(component.consent_of, component, params.authorizer_appid)
  if not consent then
    -- A withdrawn consent shows here as an invalid refresh token.
    refuse(refused.code == 61003 and 61023 or refused.code, refused.why)
  end
  component:check_refresh_token(consent, params.authorizer_refresh_token)
  if platform.quirks.refresh_rotates
    and params.authorizer_refresh_token == consent.refresh_token then
    component:rotate(consent)
  end
  local token, seconds = platform.tokens:of_component(consent.appid, "authorizer")
  return {
    authorizer_access_token = token, expires_in = seconds,
    authorizer_refresh_token = consent.refresh_token,
  }
end

function M.get_authorizer_info(account, params)
  local consent = of(account):consent_of(params.authorizer_appid)
  local name = consent.nick_name or "沙箱商家 " .. consent.appid:sub(-4)
  return {
    authorizer_info = {
      nick_name = name, user_name = events.original_id(consent.appid), principal_name = name,
      service_type_info = { id = 0, name = "小程序" },
      verify_type_info = { id = 0, name = "已认证" },
      MiniProgramInfo = { visit_status = 0, categories = json.array {} }, account_status = 1,
    },
    authorization_info = {
      authorizer_appid = consent.appid, authorizer_refresh_token = consent.refresh_token,
      func_info = func_info(consent),
    },
  }
end

function M.get_authorizer_list(account, params)
  local shops, rows = of(account):shops(), json.array {}
  local without = account.platform.quirks.list_without_refresh_tokens
  for i = params.offset + 1, math.min(params.offset + params.count, #shops) do
    local consent = shops[i]
    rows[#rows + 1] = {
      authorizer_appid = consent.appid, auth_time = consent.auth_time,
      refresh_token = not without and consent.refresh_token or nil,
    }
  end
  return { total_count = #shops, list = rows }
end

return M
