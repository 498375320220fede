--- The options of wxlive.broadcast.new: what they are, their defaults, what is wrong with them.
local address = require "wxlive.transport.address"
local compat = require "wxlive.base.compat"
local core = require "wxlive.core"
local options = require "wxlive.base.options"
local both = require("wxlive.text.sentence").both
local stores = require "wxlive.store"

local M = {}

local trim = core.text.trim

local BASE_URL = "https://api.weixin.qq.com"

-- Writes to rooms have been observed to take ten seconds.
local READ_TIMEOUT, WRITE_TIMEOUT = 10, 30

local known_options = {
  appid = "string", secret = "string", base_url = "string",
  token_store = "table", token_provider = "callable", token_mode = "string",
  transport = "table|userdata", timeout = "number", connect_timeout = "number",
  proxy = "string", ca_file = "string",
  retry = "table", lookup = "table|boolean", validate = "boolean", hooks = "table",
  quota = "boolean|table", api_signature = "table",
  dry_run = "boolean", clock = "callable", random = "callable",
}
local known_retry = { attempts = "number", base = "number", max = "number" }
local known_lookup = { settle = "number" }
local known_quota = { enforce = "boolean", reserve = "number", store = "table|userdata" }
local known_hooks = {
  request = "callable", response = "callable", retry = "callable", token = "callable",
  ambiguous = "callable", certificate = "callable", ticket = "callable", consent = "callable",
}

-- Shared by all clients that do not ask for something else; never changed.
local default_retry = { attempts = 4, base = 0.2, max = 5 }
local default_lookup = { settle = 10 }

local function filled(given, defaults)
  local out = {}
  for name, value in pairs(defaults) do
    out[name] = given[name] or value
  end
  return out
end

-- The token travels in the URL: plain http is for the sandbox on this machine only.
local function check_base_url(url)
  local place = not url:find("[?#@]") and address.parse(url)
  if not place and not url:lower():find("^http:") then
    return both("must be an address such as %s, without a query", "应为 %s 这样的地址，不带查询参数")
      :format(BASE_URL)
  end
  local host = place and place.host or ""
  local loopback = host == "localhost" or host == "[::1]" or host:find("^127%.%d+%.%d+%.%d+$")
  if not (place and (place.scheme == "https" or loopback)) then
    return both("must be https: access_token travels in the address (http is taken for 127.0.0.1 "
      .. "only)", "应为 https：access_token 在地址中传送（仅 127.0.0.1 可用 http）")
  end
end

-- A setting from the options or the environment, without invisible characters at its ends: a line
-- end of Windows, a byte order mark, blanks. nil when nothing is left.
local function visible(given, variable)
  local value = trim(given or os.getenv(variable) or "")
  return value ~= "" and value or nil
end

--- The address of the platform: the one that is given, else WXLIVE_BASE_URL, else the real one.
---@param given string?
---@return string
function M.base_url(given)
  return ((visible(given, "WXLIVE_BASE_URL") or BASE_URL):gsub("/+$", ""))
end

--- Checks the options of a client and fills in what is missing.
---@param given table
---@return table? settings   appid, secret, base_url, timeouts, retry, lookup
---@return wxlive.Error? err
function M.read(given)
  local ok, err = options.check("wxlive.broadcast.new", given, known_options)
  for _, part in ipairs {
    { "retry", known_retry }, { "hooks", known_hooks }, { "lookup", known_lookup },
    { "quota", known_quota },
  } do
    if ok and type(given[part[1]]) == "table" then
      ok, err = options.check("wxlive.broadcast.new: " .. part[1], given[part[1]], part[2])
    end
  end
  if not ok then
    return nil, err
  end
  local problems, problem = options.problems()
  local settings = {
    appid = visible(given.appid, "WXLIVE_APPID"),
    secret = visible(given.secret, "WXLIVE_SECRET"),
    base_url = M.base_url(given.base_url),
  }
  if not settings.appid then
    problem("appid", options.missing("WXLIVE_APPID"))
  elseif not settings.appid:find("^[%w_-]+$") then
    problem("appid", options.NO_APPID)
  end
  local strange = settings.secret and options.strange_in(settings.secret)
  if strange then
    problem("secret", strange)
  elseif not settings.secret and not given.token_provider then
    problem("secret", both("is missing (or set WXLIVE_SECRET, or give a token_provider)",
      "未设置（也可设置 WXLIVE_SECRET，或提供 token_provider）"))
  end
  local wrong = check_base_url(settings.base_url)
  if wrong then
    problem("base_url", wrong)
  end
  if given.token_mode and given.token_mode ~= "stable" and given.token_mode ~= "plain" then
    problem("token_mode", both('must be "stable" or "plain"', '只能是 "stable" 或 "plain"'))
  end
  for _, name in ipairs { "timeout", "connect_timeout" } do
    local value = given[name]
    if value ~= nil and (value <= 0 or value ~= value) then
      problem(name, both("must be above 0", "应大于 0"))
    end
  end
  for _, part in ipairs { "retry", "lookup" } do
    for name, value in pairs(type(given[part]) == "table" and given[part] or {}) do
      if value < 0 or value ~= value then
        problem(part .. "." .. name, both("must not be below 0", "不能小于 0"))
      end
    end
  end
  local quota = type(given.quota) == "table" and given.quota or {}
  for name, store in pairs { token_store = given.token_store, ["quota.store"] = quota.store } do
    local lack = stores.check(store)
    if lack then
      problem(name, lack)
    end
  end
  if quota.reserve and not (compat.is_integer(quota.reserve) and quota.reserve >= 0) then
    problem("quota.reserve", both("must be a whole number of calls, from 0",
      "应为不小于 0 的整数（次数）"))
  end
  if given.transport then
    for _, name in ipairs { "proxy", "ca_file" } do
      if given[name] then
        problem(name, both("belongs to the transport; give it to the one you pass",
          "属于传输对象，请设置在传入的传输对象上"))
      end
    end
    local readable, send = pcall(function() return given.transport.send end)
    if not readable or type(send) ~= "function" then
      problem("transport", both("must have a method send", "应有 send 方法"))
    end
  end
  ok, err = options.report("wxlive.broadcast.new", problems)
  if not ok then
    return nil, err
  end
  settings.retry = given.retry and filled(given.retry, default_retry) or default_retry
  if given.lookup == nil or given.lookup == true then
    settings.lookup = default_lookup
  else
    settings.lookup = given.lookup and filled(given.lookup, default_lookup)
  end
  settings.read_timeout = given.timeout or READ_TIMEOUT
  settings.write_timeout = given.timeout or WRITE_TIMEOUT
  settings.connect_timeout = given.connect_timeout or 5
  settings.token_mode = given.token_mode or "stable"
  settings.quota = given.quota and quota or nil
  return settings
end

return M

