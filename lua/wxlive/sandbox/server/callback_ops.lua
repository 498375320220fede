--- Control operations on callbacks; they are part of wxlive.sandbox.server.control.
--
-- Those marked `slow` wait for a receiver, therefore the server runs them as tasks.
local events = require "wxlive.sandbox.world.events"
local json = require "wxlive.json"
local refusals = require "wxlive.sandbox.server.refusal"
local room_state = require "wxlive.sandbox.world.room_state"
local states = require "wxlive.catalogue.states"
local tables = require "wxlive.base.tables"

local M = {}

local deny = refusals.deny

--- callback: an account's push settings, { url, token, aes_key, mode, format, timeout, pause };
---        with check = false the URL need not answer the check -> { url, mode }; { url = "" }: no
---        pushes
M.callback = {
  slow = true,
  fields = {
    appid = "string", url = "string", token = "string", aes_key = "string", mode = "string",
    format = "string", timeout = "number", pause = "number", check = "boolean",
  },
  run = function(platform, params)
    local callbacks = platform.callbacks
    local appid = params.appid or platform.options.appid
    local settings = {}
    for name, value in pairs(params) do
      settings[name] = name ~= "appid" and name ~= "check" and value or nil
    end
    local before = callbacks.targets[appid]
    callbacks:configure(appid, settings)
    local target = callbacks.targets[appid]
    if target and params.check ~= false then
      local _, refused = refusals.catch(callbacks.check, callbacks, appid)
      if refused then
        -- like the console, which does not save settings whose check fails
        callbacks.targets[appid] = before
        deny(refused.why)
      end
    end
    return target and { url = target.url, mode = target.sealer.mode } or {}
  end,
}

--- push: delivers any message, { message = wire fields, or text } in a format of { format }; late =
---        true: an old timestamp; broken_cdata = true: as the documentation's sample; wait = true:
---        answers after the delivery has ended -> the entry of `deliveries`
M.push = {
  slow = true,
  fields = {
    appid = "string", message = "table", text = "string", format = "string", late = "boolean",
    broken_cdata = "boolean", wait = "boolean",
  },
  run = function(platform, params)
    local callbacks = platform.callbacks
    local message = params.message or params.text
    if not message then
      deny('field "message" or "text" is missing')
    end
    local entry = callbacks:emit(params.appid or platform.options.appid, message, {
      late = params.late, broken_cdata = params.broken_cdata, format = params.format,
    })
    if not entry then
      deny("the account has no callback URL: see callback")
    elseif params.wait then
      callbacks:deliver(callbacks:take_entry(entry))
    end
    return entry
  end,
}

--- deliveries: { after = n } -> { entries, last } what was delivered: each has `done`, `ok` and its
---        `tries` with status, body, answer and why it was not good enough
M.deliveries = {
  fields = { after = "number" },
  run = function(platform, params)
    local log = platform.callbacks.log
    local entries = log:after(params.after, function(entry)
      return tables.merged(entry, { tries = json.array(entry.tries) })
    end)
    return { entries = entries, last = log.last }
  end,
}

local function announce(platform, account, openid, room, action)
  platform.callbacks:announce(account.appid, events.follow(account.appid, {
    openid = openid, room_id = room and room.id or 0, action = action, at = platform:now(),
    live_status = room and room.live_status or states.NOT_STARTED,
  }))
end

--- follow: { openids = { ... }, room_id }: people subscribe, and the shop gets an event for each
M.follow = {
  fields = { appid = "string", openids = "table", room_id = "number" },
  run = function(platform, params)
    local account = platform:account(params.appid)
    local room = params.room_id and room_state.find(account, params.room_id)
    for _, openid in ipairs(params.openids or {}) do
      account:put("follower", openid, {
        openid = openid, subscribe_time = platform:now(), room_id = params.room_id or 0,
        room_status = room and room.live_status or states.NOT_STARTED,
      })
      announce(platform, account, openid, room, "add_follow")
    end
    return { counts = #account:sorted("follower") }
  end,
}

--- unfollow: { openids = { ... } }: people unsubscribe, and the shop gets an event for each
M.unfollow = {
  fields = { appid = "string", openids = "table" },
  run = function(platform, params)
    local account = platform:account(params.appid)
    for _, openid in ipairs(params.openids or {}) do
      local follower = account.follower[openid]
      if follower then
        account:remove("follower", openid)
        announce(platform, account, openid, room_state.find(account, follower.room_id),
          "del_follow")
      end
    end
    return { counts = #account:sorted("follower") }
  end,
}

-- Seconds in which an administrator may agree to an application.
local APPLICATION_LIFE = 86400

--- open_live: the administrator agrees to the last apply_live_info, and the shop (or its
---        third-party platform) is told -> { appid }
M.open_live = {
  fields = { appid = "string" },
  run = function(platform, params)
    local account = platform:account(params.appid)
    local applied = account:note_of("live_application").at
    if not applied or platform:now() > applied + APPLICATION_LIFE then
      deny("nothing was applied for within the last 24 hours: call apply_live_info")
    end
    account:set_note("live_application", {})
    platform.callbacks:announce(account.appid,
      events.live_opened(account.appid, platform:now()))
    return { appid = account.appid }
  end,
}

return M
