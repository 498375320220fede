--- Control operations on a third-party platform; they are part of wxlive.sandbox.server.control.
--
-- Operations that push something accept wait = true: they answer after the delivery has ended, with
-- its entry of `deliveries` in `push`.
local deny = require("wxlive.sandbox.server.refusal").deny
local json = require "wxlive.json"
local tables = require "wxlive.base.tables"

local M = {}

-- Makes an operation that needs a component and may wait for its push.
local function op(name, fields, run)
  M[name] = {
    slow = true, fields = fields,
    run = function(platform, params)
      local component = platform.component
        or deny("there is no third-party platform here: start the sandbox with `component`")
      local result, entry = run(component, params, platform)
      if entry and params.wait then
        platform.callbacks:deliver(platform.callbacks:take_entry(entry))
      end
      result.push = entry
      return result
    end,
  }
end

--- component: the settings, which may change: { url, message_url, sets, ticket_seconds, tickets =
---        whether tickets are pushed } -> all of them, and appid
op("component", {
  url = "string", message_url = "string", sets = "table", ticket_seconds = "number",
  tickets = "boolean",
}, function(component, params)
  component:configure(params)
  return {
    appid = component.appid, url = component.url, message_url = component.message_url,
    sets = json.array(component.sets), ticket_seconds = component.ticket_seconds,
    tickets = component.tickets_on,
  }
end)

--- ticket: makes a ticket and pushes it now -> { ticket }; { expire = true }: all tickets that
---        there are expire instead
op("ticket", { wait = "boolean", expire = "boolean" }, function(component, params)
  if params.expire then
    component:expire_tickets()
    return {}
  end
  local ticket, entry = component:push_ticket()
  return { ticket = ticket }, entry
end)

--- consent: a shop gives its consent or changes what it grants; see Component:agree. visit = true
---        opens the redirect as a browser would -> { auth_code, expires_in, redirect, event }
op("consent", {
  appid = "string", sets = "table", unconfirmed = "table", managed = "boolean",
  nick_name = "string", pre_auth_code = "string", redirect_uri = "string", visit = "boolean",
  wait = "boolean",
}, function(component, params, platform)
  params.appid = params.appid or platform.options.appid
  local answer, entry = component:agree(params)
  if params.visit and answer.redirect then
    -- The push goes out meanwhile, as it does from the platform.
    local response, err = platform.callbacks:send {
      method = "GET", url = answer.redirect, resend = false, timeout = 10,
    }
    answer.visited = response and response.status
    answer.why = err and err.message
  end
  return answer, entry
end)

--- withdraw: a shop takes its consent back; password_changed = true: it ends without a push
op("withdraw", { appid = "string", password_changed = "boolean", wait = "boolean" },
  function(component, params, platform)
    local appid = params.appid or platform.options.appid
    return { appid = appid }, component:lose(appid,
      params.password_changed and "password" or "withdrawn")
  end)

--- rotate: a shop's refresh token becomes another one
op("rotate", { appid = "string" }, function(component, params, platform)
  local consent = component:consent_of(params.appid or platform.options.appid)
  component:rotate(consent)
  return { appid = consent.appid }
end)

--- consents: -> { consents } with appid, sets, unconfirmed, auth_time, and lost = "withdrawn" or
---        "password" of those that ended
op("consents", {}, function(component)
  return { consents = json.array(tables.map(tables.sorted(component.consent, "appid"),
    function(consent)
      return {
        appid = consent.appid, sets = json.array(consent.sets), lost = consent.lost,
        unconfirmed = json.array(consent.unconfirmed), auth_time = consent.auth_time,
        managed = consent.managed, nick_name = consent.nick_name,
      }
    end)) }
end)

return M
