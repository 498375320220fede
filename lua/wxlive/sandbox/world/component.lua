--- A third-party platform (第三方平台) on the sandbox: its settings, its tickets and its pushes.
--
-- Documents are kept under the component's appid: tickets, codes before and after a consent, and
-- one consent for each shop, about which see wxlive.sandbox.world.consent. Tokens are among all
-- others, in wxlive.sandbox.api.tokens.
local consents = require "wxlive.sandbox.world.consent"
local refusals = require "wxlive.sandbox.server.refusal"
local tables = require "wxlive.base.tables"

local deny, refuse = refusals.deny, refusals.refuse

local Component = tables.merged(consents)
Component.__index = Component
Component.__name = "wxlive.sandbox.Component"

local M = {}

local TICKET_LIFE = 12 * 3600
local TICKET_SECONDS = 600 -- between two pushes
local SECRET_LENGTH = 110  -- long enough to be struck out of the log, see Platform:masked

local kinds = { "ticket", "preauth", "code", "consent" }

--- The default settings of a component. They are worthless on the real platform.
M.DEFAULTS = {
  appid = "wxc0123456789abcde", secret = "component-secret-that-opens-nothing",
  token = "component-token", aes_key = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
}

-- The default permission sets of a component: live, and two of those that allow uploads.
local SETS = { 19, 30, 52 }

local known = {
  appid = "string", secret = "string", token = "string", aes_key = "string", url = "string",
  message_url = "string", ticket_seconds = "number", sets = "table",
}

--- The options of a component with the defaults filled in: `true` stands for the defaults alone.
---@param given boolean|table
---@return table options
function M.options(given)
  given = given == true and {} or given
  refusals.check_options("component", given, known)
  return tables.merged({ ticket_seconds = TICKET_SECONDS, sets = SETS }, M.DEFAULTS, given)
end

---@param platform table
---@param given boolean|table  see M.options
---@return table component
function M.new(platform, given)
  local options = M.options(given)
  local self = setmetatable({
    platform = platform, options = options,
    sealer = platform.callbacks:new_sealer(options.appid, {
      token = options.token, aes_key = options.aes_key, mode = "encrypted", format = "xml",
    }),
  }, Component)
  self:reset()
  return self
end

--- Forgets everything; the settings are again those of the options.
function Component:reset()
  for _, kind in ipairs(kinds) do
    self[kind] = {}
  end
  self.appid, self.secret = self.options.appid, self.options.secret
  self.tickets_on, self.ticket_due, self.url, self.message_url = true, nil, nil, nil
  self:configure(self.options)
end

--- Changes the settings that the open platform's console has: url, message_url, sets, the seconds
--- between tickets, and whether tickets are pushed at all (`tickets`).
---@param settings table
function Component:configure(settings)
  for _, name in ipairs { "url", "message_url" } do
    local url = settings[name]
    if url and url ~= "" and not url:find("^https?://[^/?#]") then
      deny(("component: %s must be an http or https address"):format(name))
    elseif url then
      self[name] = url ~= "" and url or nil
    end
  end
  if settings.ticket_seconds and settings.ticket_seconds <= 0 then
    deny("component: ticket_seconds must be above 0")
  end
  self.ticket_seconds = settings.ticket_seconds or self.ticket_seconds
  self.sets = settings.sets or self.sets
  if settings.tickets ~= nil then
    self.tickets_on = settings.tickets
  end
end

-- Documents ---------------------------------------------------------------------------------------

--- Takes in a document of the state file.
function Component:restore(kind, id, document)
  self[kind][id] = document
end

function Component:put(kind, id, document)
  self[kind][id] = document
  self.platform.store:put(self.appid, "component_" .. kind, id, document)
  return document
end

--- A random text, with what it is in front.
---@param prefix string
---@return string
function Component:new_secret(prefix)
  return ("%s@@@%s"):format(prefix, self.platform.random:word(SECRET_LENGTH))
end

--- Drops documents that expired more than a day ago.
---@param kind string
function Component:prune(kind)
  local old = self.platform:now() - 86400
  for id, document in pairs(self[kind]) do
    if document.expires < old then
      self:put(kind, id, nil)
    end
  end
end

-- Tickets -----------------------------------------------------------------------------------------

-- The address for a message of this component; nil without one.
local function target(self, url)
  return url and { url = url, sealer = self.sealer }
end

--- Queues a message for the address of authorization events.
---@param info_type string
---@param fields table
---@return table? entry  of the log of deliveries
function Component:inform(info_type, fields)
  return self.platform.callbacks:post(target(self, self.url), self.appid, tables.merged({
    AppId = self.appid, CreateTime = self.platform:now(), InfoType = info_type,
  }, fields))
end

--- Makes a ticket and queues its push. Former tickets work until their 12 hours are over.
---@return string ticket
---@return table? entry  of the log of deliveries; nil without an address
function Component:push_ticket()
  self:prune("ticket")
  local ticket = self:new_secret("ticket")
  self:put("ticket", ticket, { expires = self.platform:now() + TICKET_LIFE })
  return ticket, self:inform("component_verify_ticket", { ComponentVerifyTicket = ticket })
end

--- All tickets expire now.
function Component:expire_tickets()
  for ticket, document in pairs(self.ticket) do
    document.expires = math.min(document.expires, self.platform:now())
    self:put("ticket", ticket, document)
  end
end

--- Pushes a ticket when one is due by the platform's clock.
---@return number? seconds  of that clock until the next is due; nil: not as things stand
function Component:tick()
  if not self.tickets_on or not self.url then
    self.ticket_due = nil
    return nil
  end
  local now = self.platform:exact_now()
  local due = self.ticket_due
  -- A clock that was set back must not delay tickets.
  if not due or now >= due or due - now > self.ticket_seconds then
    self:push_ticket()
    due = now + self.ticket_seconds
    self.ticket_due = due
  end
  return not self.platform.frozen_at and due - now or nil
end

--- Refuses a ticket that does not open api_component_token.
function Component:check_ticket(ticket)
  local document = self.ticket[ticket]
  if not document then
    refuse(61006, "this ticket was never pushed to the component")
  elseif self.platform:now() >= document.expires then
    refuse(61005, "the ticket is older than 12 hours")
  end
end

--- The address for the messages of a shop: the component's, with the shop's appid in it; nil when
--- the component does not receive them.
---@param appid string
function Component:message_target(appid)
  local consent = self.consent[appid]
  if not self.message_url or not consent or consent.lost then
    return nil
  end
  return target(self, (self.message_url:gsub("%$APPID%$", appid)))
end

return M
