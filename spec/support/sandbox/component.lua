--- A third-party platform's calls to a sandbox of spec.support.sandbox.bare that has one.
local catalogue = require "wxlive.catalogue"
local control = require "wxlive.sandbox.server.control"
local bare_sandbox = require "spec.support.sandbox.bare"
local json = require "wxlive.json"

local M = {}

M.SHOP, M.OTHER = "wx1111111111111111", "wx2222222222222222"

local JSON = { ["content-type"] = "application/json" }

local Component = {}
Component.__index = Component

--- A bare sandbox with a component; its calls go through what comes back.
function M.new(options)
  local all = { component = true }
  for name, value in pairs(options or {}) do
    all[name] = value
  end
  local bare = bare_sandbox.new(all)
  return setmetatable({ bare = bare, own = bare.platform.component }, Component)
end

--- A control operation.
function Component:run(op, params)
  return assert(control.run(self.bare.platform, op, params or {}))
end

--- Why a control operation is not done.
function Component:denial(op, params)
  local result, reason = control.run(self.bare.platform, op, params)
  assert(result == nil, "it was done")
  return reason
end

--- Calls an endpoint of the component; what it needs of its own is filled in. `query` replaces the
--- token in the query.
function Component:call(name, params, query)
  local entry = assert(catalogue.component.by_name[name], name)
  local body = { component_appid = self.own.appid }
  if entry.auth == "none" then
    body.component_appsecret, body.component_secret = self.own.secret, self.own.secret
  end
  for key, value in pairs(params or {}) do
    body[key] = value or nil
  end
  query = query or entry.auth == "component" and { component_access_token = self:token() } or nil
  return self.bare:send("POST", entry.path, query, assert(json.encode(body)), JSON)
end

--- A token of the component that is good.
function Component:token()
  if not self.last then
    local ticket = self:run("ticket").ticket
    self.last = assert(self:call("get_component_token",
      { component_verify_ticket = ticket }).component_access_token)
  end
  return self.last
end

--- A shop's consent, taken up: its tokens.
function Component:shop(appid, params)
  local consent = { appid = appid }
  for name, value in pairs(params or {}) do
    consent[name] = value
  end
  local code = self:run("consent", consent).auth_code
  return assert(self:call("query_auth", { authorization_code = code }).authorization_info)
end

function Component:refresh(appid, refresh_token)
  return self:call("get_authorizer_token", {
    authorizer_appid = appid, authorizer_refresh_token = refresh_token,
  })
end

--- The errcode of a shop's call with this token; 0 when it is done.
function Component:code(name, token, params)
  local entry = assert(catalogue.by_name[name], name)
  local answer
  if entry.method == "GET" then
    answer = self.bare:send("GET", entry.path, { access_token = token })
  else
    answer = self.bare:send("POST", entry.path, { access_token = token },
      assert(json.encode(params or {})), JSON)
  end
  return answer.errcode or 0
end

return M
