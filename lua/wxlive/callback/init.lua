--- Callbacks of the platform (消息推送): verified, opened, deduplicated, dispatched, answered.
--
--   local callback = require("wxlive.callback").new{ token = ..., aes_key = ..., appid = ... }
--   callback:on("follow", function(event) print(event.user_openid, event.action) end)
--   local response = callback:handle(method, query, body)
--
-- Which checks run is decided by the configuration alone, never by what a request says.
local Error = require "wxlive.error"
local answers = require "wxlive.callback.answer"
local explain = require "wxlive.callback.explain"
local events = require "wxlive.callback.event"
local freshness = require "wxlive.callback.freshness"
local once = require "wxlive.callback.once"
local options_of = require "wxlive.callback.options"
local queries = require "wxlive.callback.query"
local reasons = require "wxlive.text.reasons"
local both = require("wxlive.text.sentence").both

---@class wxlive.Callback
local Callback = {}
Callback.__index = Callback
Callback.__name = "wxlive.Callback"

local M = {}

local hints = {
  bad_signature = {
    "the Token differs from the console's, or the request is not from the platform",
    "Token 与后台配置不一致，或请求并非来自微信",
  },
  bad_ciphertext = {
    "the EncodingAESKey or the appid differs from the console's",
    "EncodingAESKey 或 AppID 与后台配置不一致",
  },
  not_encrypted = {
    "this server is configured for encrypted messages: choose 安全模式 in the console",
    "本服务配置为加密消息：请在后台选择安全模式，或修改 mode",
  },
  encrypted = {
    "this server is configured for plain messages: give it aes_key and appid, or choose 明文模式",
    "本服务配置为明文消息：请配置 aes_key 与 appid，或在后台选择明文模式",
  },
}

local function refuse(name, message, cause)
  local hint = hints[name]
  return Error.fail {
    kind = "callback",
    name = name,
    message = message,
    hint = hint and hint[1],
    hint_zh = hint and hint[2],
    cause = cause,
  }
end

--- Makes a receiver of callbacks.
--
--   token             as in the console, required
--   aes_key, appid    EncodingAESKey (43 characters) and appid: for encrypted messages
--   previous_aes_key  the key before, while the console's key is being changed
--   mode              "encrypted" (default with aes_key), "compatible", or "plain" (default else)
--   window            seconds that a request's timestamp may differ from now (300); false: any,
--                     and events of any age, for opening what was recorded
--   max_age           seconds that an event may have waited at the platform (86400)
--   store             any token store: an event is let through once by all who share it, and
--                     remembered for as long as its request could be presented again: mostly twice
--                     the window. Without one this process remembers; false: events may come again
--   format            "json" (default) or "xml": of answers that belong to no event
--   now               the clock, in Unix seconds
--   max_bytes         largest body (1 MiB)
---@param options table
---@return wxlive.Callback?
---@return wxlive.Error?
function M.new(options)
  local self, err = options_of.read(options)
  if not self then
    return nil, err
  end
  self.handlers = {}
  self.taken = setmetatable({}, { __mode = "k" }) -- event -> its entry in the store
  -- Of wxlive.platform's receiver: locate(event, query) names the shop of an event before it is
  -- compared with those that came before; act(event) does what the receiver itself has to do.
  self.locate, self.act = nil, nil
  self.prepared = setmetatable({}, { __mode = "k" })
  return setmetatable(self, Callback)
end

-- ---- receiving ----------------------------------------------------------------------------------

-- The signed parameters (signature, timestamp, nonce) and all parameters; or nil and an error.
local function signed_values(query, signature_name)
  local parameters, reason = queries.read(query)
  if not parameters then
    return refuse("bad_query", reason)
  end
  local signature, timestamp, nonce
  signature, reason = queries.value(parameters, signature_name)
  if signature then
    timestamp, reason = queries.value(parameters, "timestamp")
  end
  if timestamp then
    nonce, reason = queries.value(parameters, "nonce")
  end
  if not nonce then
    return refuse("bad_query", reason)
  end
  return signature, timestamp, nonce, parameters
end

local function from_core(err)
  return refuse(err.status, reasons.of(err.message))
end

-- The signed parameters of a URL check or of a plain message, and all its parameters.
local function verified(self, query)
  local signature, timestamp, nonce, parameters = signed_values(query, "signature")
  if not signature then
    return nil, timestamp
  end
  local ok, err = self.keys:verify(signature, timestamp, nonce)
  if not ok then
    return from_core(err)
  end
  return { timestamp = timestamp, nonce = nonce }, parameters
end

--- Answers the platform's check of the URL: the text to send back, as it is.
---@param query string|table
---@return string? echostr
---@return wxlive.Error?
function Callback:verify(query)
  local request, parameters = verified(self, query)
  if not request then
    return nil, parameters
  end
  local echo, reason = queries.value(parameters, "echostr")
  if not echo then
    return refuse("bad_query", reason)
  end
  local ok, err = freshness.check_time(self, request.timestamp, self.now())
  if not ok then
    return nil, err
  end
  return echo
end

local function check_body(self, body)
  if type(body) ~= "string" then
    error("callback:open(query, body): body must be a string", 3)
  elseif #body > self.max_bytes then
    return refuse("too_large", both("the body is longer than %d bytes", "请求体超过 %d 字节")
      :format(self.max_bytes))
  end
  return true
end

-- The Encrypt text of a body that must have one.
local function find_encrypt(body)
  local encrypt, reason = events.encrypt(body)
  if encrypt then
    return encrypt
  elseif reason then
    return refuse("bad_message", reason)
  end
  return refuse("not_encrypted", both("the body holds no encrypted message", "请求体中没有密文"))
end

-- Both verify the signature and return the message and the parameters that were signed with it.

local function open_plain(self, query, body)
  local request, err = verified(self, query)
  return request and body, request or err
end

local function open_sealed(self, query, body)
  local encrypt, err = find_encrypt(body)
  if not encrypt then
    return nil, err
  end
  local signature, timestamp, nonce = signed_values(query, "msg_signature")
  if not signature then
    return nil, timestamp
  end
  local message
  message, err = self.keys:open(timestamp, nonce, encrypt, signature)
  if not message then
    return from_core(err)
  end
  return message, { timestamp = timestamp, nonce = nonce }
end

-- Reads the event out of a verified message, and checks the times of the request and of the event.
local function read_event(self, message, request, now)
  local ok, err = freshness.check_time(self, request.timestamp, now)
  if not ok then
    return nil, err
  end
  local event, reason, sealed = events.read(message)
  if sealed and self.mode == "plain" then
    return refuse("encrypted", both("the body holds an encrypted message", "请求体是密文"))
  elseif not event then
    return refuse("bad_message", reason)
  end
  ok, err = freshness.check_age(self, event, now)
  if not ok then
    return nil, err
  end
  return event
end

--- Opens a delivered message: signature first, then decryption, then parsing.
-- `err.name`: bad_query bad_signature bad_ciphertext not_encrypted encrypted bad_message too_large
-- stale duplicate undecided store_failed. A duplicate is not a failure: answer success.
--
-- The event counts as handled from now on. With a lease it counts as being handled for so many
-- seconds: call settle, renew or forget within them.
---@param query string|table
---@param body string
---@param lease number?
---@return wxlive.Event?
---@return wxlive.Error? err  beside an event: store_full, it could not be remembered
function Callback:open(query, body, lease)
  local ok, err = check_body(self, body)
  if not ok then
    return nil, err
  end
  local open = self.mode == "plain" and open_plain or open_sealed
  local message, request = open(self, query, body)
  if not message then
    return nil, request
  end
  local now = self.now()
  local event
  event, err = read_event(self, message, request, now)
  if event and self.locate then
    ok, err = self.locate(event, (queries.read(query)))
    if not ok then
      return nil, err
    end
  end
  if event and self.store then
    ok, err = once.take(self, event, freshness.replayable_for(self, request, event, now), lease)
    if not ok then
      return nil, err
    end
  end
  return event, err
end

--- For events that were opened with a lease; see wxlive.callback.once.
Callback.settle, Callback.renew, Callback.forget = once.settle, once.renew, once.forget

-- ---- handling -----------------------------------------------------------------------------------

--- Registers a handler. name: a kind ("follow", "push_result", "apply_result"), the platform's name
--- of an event, a message type ("text"), an InfoType, or "*" for events without a handler of their
--- own.
---@param name string
---@param handler fun(event: wxlive.Event): string|table|nil
---@return wxlive.Callback self
function Callback:on(name, handler)
  if type(name) ~= "string" or type(handler) ~= "function" then
    error("callback:on(name, handler): a string and a function are needed", 2)
  end
  name = events.kinds[name] or name
  local list = self.handlers[name] or {}
  self.handlers[name] = list
  list[#list + 1] = handler
  return self
end

--- Does what the receiver itself has to do with an event, once, before any handler sees it and
--- before it is answered. When that fails, the event is forgotten.
---@param event wxlive.Event
---@return true? ok
---@return wxlive.Error? err
function Callback:prepare(event)
  if not self.act or self.prepared[event] then
    return true
  end
  local fine, ok, err = pcall(self.act, event)
  if not fine then
    ok, err = refuse("handler_failed",
      both("the receiver raised: %s", "接收程序抛出异常：%s"):format(tostring(ok)))
  end
  if not ok then
    self:forget(event)
    return nil, err
  end
  self.prepared[event] = true
  return true
end

--- Calls the handlers of an event in the order in which they were registered. The first result that
--- is not nil is the answer, for `reply`. If a handler raises, the remaining ones are not called
--- and the event is forgotten, so that the platform's next try is accepted.
---@param event wxlive.Event
---@return integer? called  how many handlers were called
---@return string|table|wxlive.Error|nil answer  or the error
function Callback:dispatch(event)
  if type(event) ~= "table" then
    error("callback:dispatch(event): an event that open gave is needed", 2)
  end
  local ok, err = self:prepare(event)
  if not ok then
    return nil, err
  end
  local name = event.event or event.msg_type or event.info_type
  local list = self.handlers[name] or self.handlers["*"] or {}
  local answer
  for _, handler in ipairs(list) do
    local fine, result = pcall(handler, event)
    if not fine then
      self:forget(event)
      return refuse("handler_failed",
        both("a handler raised: %s", "处理函数抛出异常：%s"):format(tostring(result)))
    end
    if answer == nil then
      answer = result
    end
  end
  return #list, answer
end

Callback.reply = answers.reply
Callback.receive = answers.receive
Callback.conclude = answers.conclude
Callback.handle = answers.handle
Callback.delivery = answers.delivery
Callback.echo_check = answers.echo_check

--- Opens a message step by step; see wxlive.callback.explain.
Callback.explain = explain

return M
