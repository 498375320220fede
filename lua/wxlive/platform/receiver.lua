--- Receives the pushes to a third-party platform: tickets, consents, messages of shops.
--
-- One receiver of wxlive.callback for both URLs of the console (授权事件接收, 消息与事件接收). It handles
-- tickets and consents before it answers their push, and passes them to handlers like any other
-- event: receiver:on("unauthorized", function(event) ... event.appid ... end).
--
-- event.appid names the shop: from the event itself if it names one, else from `appid` in the query
-- of the URL (write the URL into the console as https://example.com/wechat/event?appid=$APPID$),
-- else by the original id (ToUserName), for shops whose names are known. The query is not signed;
-- therefore, if both are known, they must agree.
local callbacks = require "wxlive.callback"
local Error = require "wxlive.error"
local both = require("wxlive.text.sentence").both

local M = {}

-- Seconds that the exchange of a consent may take before its push is answered: the platform hangs
-- up after five.
local PATIENCE = 3

local function refuse(name, message, cause)
  return Error.fail { kind = "callback", name = name, message = message, cause = cause }
end

local function number(value, fallback)
  return type(value) == "number" and value or fallback
end

-- Handlers by InfoType. Each returns true, or nil and an error; then the answer to the push is not
-- "success", and the platform sends it again.
local acts = {}

function acts.component_verify_ticket(platform, event)
  local ticket = event.component_verify_ticket
  if type(ticket) ~= "string" or ticket == "" then
    return refuse("bad_message", both("the push of a ticket holds none", "ticket 推送中没有 ticket"))
  end
  local now = platform.base.clock.now()
  local record, err = platform.records:keep_ticket(ticket, number(event.create_time, now), now)
  if record == nil then
    return nil, err
  end
  platform.emit("ticket", { event = "received" })
  return true
end

-- The consent and its code are in the vault before anything else happens. If the exchange fails
-- now, the shop's first call repeats it.
local function consented(platform, event)
  local appid, code = event.authorizer_appid, event.authorization_code
  if type(appid) ~= "string" or appid == "" or type(code) ~= "string" or code == "" then
    return refuse("bad_message", both("the push of a consent holds no AuthorizerAppid or no code",
      "授权推送中缺少 AuthorizerAppid 或授权码"))
  end
  local now = platform.base.clock.now()
  local record, err = platform.consents:announce(appid, code,
    number(event.authorization_code_expired_time), number(event.create_time, now))
  if record == nil then
    return nil, err
  end
  if record.code ~= code then
    return true -- an old push: a later consent or withdrawal is recorded
  end
  local taken, why = platform.consents:take(code, appid, PATIENCE)
  if not taken then
    platform.emit("consent", { event = "pending", appid = appid, error = why })
  end
  return true
end

acts.authorized, acts.updateauthorized = consented, consented

function acts.unauthorized(platform, event)
  local appid = event.authorizer_appid
  if type(appid) ~= "string" or appid == "" then
    return refuse("bad_message", both("the push of a withdrawal holds no AuthorizerAppid",
      "取消授权推送中缺少 AuthorizerAppid"))
  end
  local record, err = platform.consents:withdraw(appid, {
    message = "the shop withdrew it", at = number(event.create_time, platform.base.clock.now()),
  })
  if record == nil then
    return nil, err
  end
  return true
end

-- Names the shop of an event, before the duplicate filter compares the event.
local function locate(platform)
  return function(event, query)
    local named = query.appid
    if event.info_type then
      if event.app_id ~= nil and event.app_id ~= platform.appid then
        return refuse("bad_message", both("the push is for the component %s, and this is %s",
          "推送属于第三方平台 %s，而本平台是 %s")
          :format(tostring(event.app_id), platform.appid))
      end
      event.appid = event.authorizer_appid
      return true
    elseif type(named) ~= "string" or not named:find("^[%w_-]+$") then
      named = nil
    end
    local original = event.to_user_name
    if type(original) == "string" and original ~= "" and #original <= 64
      and original:find("^[%w_-]+$") then
      local known, err = platform.records:appid_of(original)
      if err then
        return refuse("store_failed", both("the vault does not answer", "保险库没有应答"), err)
      elseif known and named and known ~= named then
        return refuse("wrong_shop", both("the URL names shop %s, and the message is for shop %s",
          "URL 中是商家 %s，而消息发给商家 %s")
          :format(named, known))
      end
      named = named or known
    end
    if event.appid and named and event.appid ~= named then
      return refuse("wrong_shop", both("the URL names shop %s, and the message is about shop %s",
        "URL 中是商家 %s，而消息涉及商家 %s")
        :format(named, tostring(event.appid)))
    end
    event.appid = event.appid or named
    return true
  end
end

--- Makes the receiver of a platform.
---@param platform wxlive.Platform
---@param settings { token: string, aes_key: string, previous_aes_key: string?, window: any }
---@return wxlive.Callback? receiver
---@return wxlive.Error? err
function M.new(platform, settings)
  local receiver, err = callbacks.new {
    token = settings.token, aes_key = settings.aes_key,
    previous_aes_key = settings.previous_aes_key, appid = platform.appid, mode = "encrypted",
    format = "xml", store = platform.store, window = settings.window,
    now = platform.base.now,
  }
  if not receiver then
    return nil, err
  end
  receiver.locate = locate(platform)
  receiver.act = function(event)
    local act = acts[event.info_type]
    if not act then
      return true
    end
    local ok, why = act(platform, event)
    if not ok and why.kind ~= "callback" then
      return refuse("store_failed", both("what the push says could not be kept",
        "推送内容未能保存"), why)
    end
    return ok, why
  end
  return receiver
end

return M
