--- Pushing events to a callback URL, as the platform does: up to three tries of five seconds each,
--- until the receiver answers "success", nothing, or a message that is in order.
local callback = require "wxlive.callback"
local curl = require "wxlive.transport.curl"
local event_of = require "wxlive.callback.event"
local events = require "wxlive.sandbox.world.events"
local logs = require "wxlive.sandbox.world.log"
local queries = require "wxlive.callback.query"
local refusals = require "wxlive.sandbox.server.refusal"
local system = require "wxlive.core".system

local check_options, deny = refusals.check_options, refusals.deny

local TRIES, SECONDS = 3, 5
local LOG_MAX = 1000
local SHOWN = 300 -- bytes of an answer that are kept
local LATE = 600  -- seconds

---@class wxlive.sandbox.Callbacks
local Callbacks = {}
Callbacks.__index = Callbacks
Callbacks.__name = "wxlive.sandbox.Callbacks"

local M = {}

-- The push settings that an operator sets in the console; the seconds that one try may take, and
-- those between two tries.
local known = {
  url = "string", token = "string", aes_key = "string", mode = "string", format = "string",
  timeout = "number", pause = "number",
}

--- Options in `platform.options.callback` are the default account's.
---@param platform table
---@return wxlive.sandbox.Callbacks callbacks
function M.new(platform)
  local self = setmetatable({ platform = platform }, Callbacks)
  self:reset()
  return self
end

--- Resets the push settings to the options of the sandbox.
function Callbacks:reset()
  self.targets = {} -- appid -> where its events go
  self.queue = {}
  self.log = logs.new(LOG_MAX)
  local options = self.platform.options
  if options.callback then
    self:configure(options.appid, options.callback)
  end
end

--- What seals messages for an appid.
---@param appid string
---@param keys { token: string, aes_key: string?, mode: string?, format: string? }
---@return wxlive.Callback sealer
function Callbacks:new_sealer(appid, keys)
  local sealer, err = callback.new {
    token = keys.token, aes_key = keys.aes_key, appid = appid, mode = keys.mode,
    format = keys.format, store = false, window = false,
    now = function()
      return self.platform:exact_now()
    end,
  }
  return sealer or deny(err.message)
end

--- Sets up the push settings of an account; an empty url switches its pushes off.
---@param appid string
---@param given table
function Callbacks:configure(appid, given)
  if given.url == "" then
    self.targets[appid] = nil
    return
  end
  check_options("callback", given, known)
  if not (given.url or ""):find("^https?://[^/?#]") then
    deny("callback: url must be an http or https address")
  elseif given.timeout and given.timeout <= 0 then
    deny("callback: timeout must be above 0")
  elseif given.pause and given.pause < 0 then
    deny("callback: pause must not be below 0")
  end
  local timeout = given.timeout or SECONDS
  self.targets[appid] = {
    url = given.url, sealer = self:new_sealer(appid, given), timeout = timeout,
    pause = given.pause or timeout / 5,
  }
end

-- Queue -------------------------------------------------------------------------------------------

--- Queues a message for an account's URL; nothing happens when it has none. The messages of a shop
--- that gave its consent to a third-party platform go there.
---@param appid string
---@param message table|string  wire fields, or the text itself
---@param how { late: boolean?, flat: boolean?, broken_cdata: boolean?, format: string? }?
---@return table? entry  of the log of deliveries
function Callbacks:emit(appid, message, how)
  local component = self.platform.component
  local target = component and component:message_target(appid) or self.targets[appid]
  return self:post(target, appid, message, how)
end

--- Queues a message for a target; without one nothing happens.
---@param target { url: string, sealer: wxlive.Callback, timeout: number? }?
---@param appid string  whom it is about
---@param message table|string
---@param how table?  as for emit
---@return table? entry  of the log of deliveries
function Callbacks:post(target, appid, message, how)
  if not target then
    return nil
  end
  target.timeout = target.timeout or SECONDS
  target.pause = target.pause or target.timeout / 5
  local is_table = type(message) == "table"
  local entry = self.log:add {
    appid = appid, at = self.platform:exact_now(), mode = target.sealer.mode, tries = {},
    event = is_table and (message.Event or message.InfoType) or nil, done = false,
    url = target.url,
  }
  table.insert(self.queue, { entry = entry, target = target, message = message, how = how or {} })
  return entry
end

--- Queues an event of the platform's own, with the oddities that are switched on.
function Callbacks:announce(appid, message)
  local quirks = self.platform.quirks
  for _ = 1, quirks.duplicate_events and 2 or 1 do
    self:emit(appid, message, {
      flat = quirks.flat_events, broken_cdata = quirks.broken_cdata, late = quirks.late_events,
    })
  end
end

--- Takes the oldest delivery out of the queue.
function Callbacks:take()
  return table.remove(self.queue, 1)
end

--- Takes the delivery of an entry that was queued just now.
function Callbacks:take_entry(entry)
  local last = table.remove(self.queue)
  assert(last.entry == entry, "not the last one")
  return last
end

-- Delivery ----------------------------------------------------------------------------------------

function Callbacks:send(request)
  if not self.transport then
    -- The proxy of the environment is not used: the receiver is on this machine or in its network.
    self.transport = assert(curl.new { proxy = "", max_body = 65536 })
  end
  return self.transport:send(request)
end

-- Classifies a receiver's answer: "success", "empty" or "message"; or nil and the reason why it
-- does not count.
local function judge(sealer, response)
  if response.status ~= 200 then
    return nil, "HTTP " .. response.status
  elseif response.body == "" then
    return "empty"
  elseif response.body:lower() == "success" then
    return "success"
  end
  local answer = event_of.parse(response.body)
  if not answer then
    return nil, "neither success nor a message"
  elseif sealer.mode == "plain" then
    return "message", response.body
  end
  local function text(name)
    return tostring(answer[name] or "")
  end
  local message, err = sealer.keys:open(text("time_stamp"), text("nonce"), text("encrypt"),
    text("msg_signature"))
  if not message then
    return nil, "the answer is not encrypted as it must be: " .. err.message
  end
  return "message", message
end

local function wire_text(delivery)
  local message, how = delivery.message, delivery.how
  if type(message) == "table" and how.flat then
    message = events.flat(message)
  end
  if how.broken_cdata then
    local text = message
    if type(message) == "table" then
      text = callback.new({ token = "none" }):reply({ wire_format = "xml" }, message)
    end
    return events.break_cdata(text)
  end
  return message
end

-- One try: true when the receiver took it, false when not; nil when another try would be pointless.
local function try(self, delivery)
  local target, entry = delivery.target, delivery.entry
  local now = math.floor(self.platform:exact_now())
  local sent, err = target.sealer:delivery(wire_text(delivery), {
    format = delivery.how.format, timestamp = delivery.how.late and now - LATE or nil,
  })
  if not sent then
    entry.tries[#entry.tries + 1] = { why = err.message }
    return nil
  end
  local began = system.monotonic()
  local response, failure = self:send {
    method = "POST", url = queries.join(target.url, sent.query), body = sent.body, resend = false,
    content_type = sent.content_type, timeout = target.timeout,
  }
  local attempt = { seconds = system.monotonic() - began }
  if response then
    attempt.status, attempt.body = response.status, response.body:sub(1, SHOWN)
    attempt.answer, attempt.why = judge(target.sealer, response)
    if attempt.answer then
      attempt.message, attempt.why = attempt.why, nil -- what an encrypted answer holds
    end
  else
    attempt.why = failure.message
  end
  entry.tries[#entry.tries + 1] = attempt
  return attempt.answer ~= nil
end

--- Makes the tries of a delivery and records each in the delivery's entry. Inside a task of
--- wxlive.concurrent.loop others run meanwhile.
---@param delivery table
---@return table entry
function Callbacks:deliver(delivery)
  local entry = delivery.entry
  for n = 1, TRIES do
    local taken = try(self, delivery)
    entry.ok = taken == true
    if taken ~= false then
      break
    elseif n < TRIES then
      self.transport:sleep(delivery.target.pause)
    end
  end
  entry.done = true
  return entry
end

--- The check of the URL that the console makes when the settings are saved.
---@param appid string
function Callbacks:check(appid)
  local target = self.targets[appid]
  local echo = ("%d"):format(self.platform.random:upto(999999999))
  local response, err = self:send {
    method = "GET", url = queries.join(target.url, target.sealer:echo_check(echo)), resend = false,
    timeout = target.timeout,
  }
  if not response then
    deny("the URL check failed: " .. err.message)
  elseif response.status ~= 200 or response.body ~= echo then
    deny(("the URL check failed: HTTP %d%s"):format(response.status,
      response.body == echo and "" or ", and the answer is not the echostr"))
  end
end

function Callbacks:close()
  if self.transport then
    self.transport:close()
  end
end

return M
