--- A third-party platform (wxlive.platform) over the bare sandbox: no socket, and the clock
--- of both stands still until it is told otherwise.
local components = require "spec.support.sandbox.component"
local components_of = require "wxlive.sandbox.world.component"
local json = require "wxlive.json"
local memory = require "wxlive.store.memory"
local platforms = require "wxlive.platform"
local vaults = require "wxlive.platform.vault.memory"

local M = { SHOP = components.SHOP, OTHER = components.OTHER }

M.KEY = ("0123456789abcdef"):rep(4)

local World = {}
World.__index = World

--- A world: `world.at` is the sandbox (spec.support.sandbox.component), `world.platform` the first
--- platform. world.before(path, request), when it is set, may answer in the sandbox's stead.
---@param options { sandbox: table?, platform: table? }?
function M.new(options)
  options = options or {}
  local self = setmetatable({
    at = components.new(options.sandbox), vault = vaults.new(), calls = {}, hooks = {}, told = {},
    options = options.platform or {},
  }, World)
  self.store = memory.new { clock = function() return self:now() end }
  self.platform = self:another()
  return self
end

function World:now()
  return self.at.bare.platform:now()
end

function World:advance(seconds)
  self.at.bare:advance(seconds)
end

-- Requests of the client, handed to the bare sandbox.
local function transport_of(world)
  return {
    send = function(_, request)
      local path, query = request.url:match("^https?://[^/]+([^?]*)%??(.*)$")
      world.calls[path] = (world.calls[path] or 0) + 1
      if world.before then
        local answer, err = world.before(path, request)
        if answer or err then
          return answer, err
        end
      end
      local parameters = {}
      for name, value in query:gmatch("([^&=]+)=([^&]*)") do
        parameters[name] = value:gsub("%%(%x%x)", function(hex)
          return string.char(tonumber(hex, 16))
        end)
      end
      local _, answer = world.at.bare:send(request.method, path, parameters, request.body,
        { ["content-type"] = request.content_type })
      return { status = answer.status or 200, body = answer.body, headers = {},
        content_type = answer.content_type }
    end,
    sleep = function() end,
  }
end

--- Has the next call to a path answered by a body, in the sandbox's stead.
---@param path string   whole, or what stands behind /cgi-bin/component/
---@param body table
function World:answers(path, body)
  function self.before(asked)
    if asked == "/cgi-bin/component/" .. path or asked == path then
      self.before = nil
      return { status = 200, body = json.encode(body), headers = {} }
    end
  end
end

--- One more platform of the same component, as another process would have it: it shares the vault
--- and the token store, unless it is given others.
function World:another(more)
  local own = components_of.DEFAULTS
  local all = {
    component_appid = own.appid, component_secret = own.secret, token = own.token,
    aes_key = own.aes_key, vault = self.vault, vault_key = M.KEY, token_store = self.store,
    transport = transport_of(self), clock = function() return self:now() end,
    notice = function(text) self.told[#self.told + 1] = text end,
    hooks = {
      ticket = function(event) self.hooks[#self.hooks + 1] = "ticket " .. event.event end,
      consent = function(event)
        self.hooks[#self.hooks + 1] = "consent " .. event.event .. " " .. event.appid
      end,
    },
  }
  for _, set in ipairs { self.options, more or {} } do
    for name, value in pairs(set) do
      all[name] = value
    end
  end
  return assert(platforms.new(all))
end

--- Delivers a push as the platform would; gives the response, the event and the error.
function World:push(fields, query)
  local receiver = self.platform.callback
  local message = { AppId = self.at.own.appid, CreateTime = math.floor(self:now()) }
  for name, value in pairs(fields) do
    message[name] = value
  end
  local delivery = assert(receiver:delivery(message, { format = "xml" }))
  for name, value in pairs(query or {}) do
    delivery.query[name] = value
  end
  return receiver:handle("POST", delivery.query, delivery.body)
end

--- A ticket of the sandbox, pushed.
function World:ticket()
  local ticket = self.at:run("ticket").ticket
  assert(self:push({ InfoType = "component_verify_ticket", ComponentVerifyTicket = ticket }).body
    == "success")
  return ticket
end

--- A shop's consent at the sandbox: its auth_code; pushed when `fields` is given.
function World:consent(appid, params)
  local all = { appid = appid or M.SHOP }
  for name, value in pairs(params or {}) do
    all[name] = value
  end
  return self.at:run("consent", all)
end

--- A consent whose push was delivered.
function World:consented(appid, params)
  local consent = self:consent(appid, params)
  local response, _, err = self:push {
    InfoType = consent.event or "authorized", AuthorizerAppid = appid or M.SHOP,
    AuthorizationCode = consent.auth_code,
    AuthorizationCodeExpiredTime = math.floor(self:now()) + consent.expires_in,
  }
  assert(response.body == "success", tostring(err))
  return consent
end

--- How often a path of /cgi-bin/component was called.
function World:count(name)
  return self.calls["/cgi-bin/component/" .. name] or 0
end

return M
