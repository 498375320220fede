--- Calls beside the live ones: tokens, quotas, request ids, addresses, callback check.
local catalogue = require "wxlive.catalogue"
local json = require "wxlive.json"
local refuse = require("wxlive.sandbox.server.refusal").refuse
local tables = require "wxlive.base.tables"

local RID_LIFE = 7 * 86400

-- Counters that a reset of the call counters leaves alone.
local kept_counters = { counter_reset = true, audit = true }

local M = {}

function M.get_access_token(account)
  return account.platform.tokens:plain(account)
end

function M.get_stable_access_token(account, params)
  return account.platform.tokens:stable(account, params.force_refresh == true)
end

-- Quotas ------------------------------------------------------------------------------------------

local function entry_at(path, list)
  return tables.find(list, function(entry) return entry.path == path end)
end

function M.get_api_quota(account, params)
  local path = params.cgi_path
  if path:sub(1, 1) ~= "/" then
    refuse(76003, "cgi_path has no leading slash")
  end
  -- A third-party platform has quotas of its own, and no shop sees them.
  local component = account.platform.component
  local list, others = catalogue.list, catalogue.component.list
  if component and component.appid == account.appid then
    list, others = others, list
  end
  local entry = entry_at(path, list)
  if not entry and entry_at(path, others) then
    refuse(76022, "the path is not for the kind of this token")
  elseif not entry then
    refuse(76021, "there is no path " .. path)
  end
  local quota, own = entry.quota or {}, account.platform.limits[path] or {}
  local used = account:used(path, (account.platform:periods()))
  local limit = own.per_day or quota.per_day or 0
  local answer = {
    quota = { daily_limit = limit, used = used, remain = math.max(limit - used, 0) },
  }
  if own.per_minute or quota.per_minute then
    local now = account.platform:now()
    answer.rate_limit = {
      call_count = account:used("minute " .. path, tostring(math.floor(now / 60))),
      refresh_second = 60 - now % 60,
    }
  end
  return answer
end

-- The platform takes this for its shops only.
function M.clear_api_quota(_, params)
  if not params.cgi_path:find("^/channels/ec/") then
    refuse(76021, "only paths under /channels/ec/ are taken")
  end
  return {}
end

local function clear_counters(account)
  local _, month = account.platform:periods()
  local most = 10
  if account:used("counter_reset", month) >= most then
    refuse(48006, ("%d resets were made this month"):format(most))
  end
  account:count("counter_reset", month)
  account:clear_counters(kept_counters)
  return {}
end

function M.clear_quota(account, params)
  if params.appid ~= account.appid then
    refuse(40013, "the appid is not that of the token")
  end
  return clear_counters(account)
end

function M.clear_quota_by_secret(account)
  return clear_counters(account)
end

-- Request ids -------------------------------------------------------------------------------------

local function known_elsewhere(account, rid)
  for _, other in pairs(account.platform.accounts) do
    if other.rid[rid] then
      return true
    end
  end
  return false
end

function M.get_rid_info(account, params)
  local rid = params.rid
  if not rid:find("^%x+%-%x+%-%x+$") then
    refuse(76002, "a rid is three hex numbers with dashes")
  end
  local kept = account.rid[rid]
  if not kept then
    if known_elsewhere(account, rid) then
      refuse(76003, "the rid is of another account")
    end
    refuse(76001, "no refused call of this account had the rid")
  elseif account.platform:now() > kept.invoke_time + RID_LIFE then
    refuse(76004, "the rid is older than 7 days")
  end
  return {
    request = {
      invoke_time = kept.invoke_time, cost_in_ms = kept.cost_in_ms,
      request_url = kept.request_url, request_body = kept.request_body,
      response_body = kept.response_body, client_ip = kept.client_ip,
    },
  }
end

-- Addresses ---------------------------------------------------------------------------------------

-- Blocks that are set aside for documentation.
function M.get_api_domain_ip()
  return { ip_list = json.array { "192.0.2.10", "192.0.2.11", "198.51.100.10" } }
end

function M.get_callback_ip()
  return { ip_list = json.array { "203.0.113.1", "203.0.113.0/25", "198.51.100.20" } }
end

function M.check_callback(account, params)
  if account.platform.quirks.no_callback_url then
    refuse(40201, "no callback URL is set up (a quirk that was switched on)")
  end
  local answer = {}
  if params.action ~= "ping" then
    answer.dns = json.array { { ip = "203.0.113.80", real_operator = "UNICOM" } }
  end
  if params.action ~= "dns" then
    answer.ping = json.array {
      {
        ip = "203.0.113.80", from_operator = params.check_operator, package_loss = "0%",
        time = "23.079ms",
      },
    }
  end
  return answer
end

return M
