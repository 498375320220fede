--- Answers to the platform; and deliveries as the platform makes them, for tests.
-- The functions are methods of wxlive.Callback.
local Error = require "wxlive.error"
local json = require "wxlive.json"
local events = require "wxlive.callback.event"
local once = require "wxlive.callback.once"
local random = require "wxlive.base.random"
local reasons = require "wxlive.text.reasons"
local tables = require "wxlive.base.tables"
local both = require("wxlive.text.sentence").both

local M = {}

local content_types = { xml = "text/xml; charset=utf-8", json = "application/json; charset=utf-8" }
local plain_text = "text/plain; charset=utf-8"

-- ---- writing ------------------------------------------------------------------------------------

local function cdata(text)
  return "<![CDATA[" .. text:gsub("]]>", "]]]]><![CDATA[>") .. "]]>"
end

local write_xml

local function write_element(name, value, out)
  if type(name) ~= "string" or not name:find("^[%a_][%w_.-]*$") then
    error("a name that XML does not have: " .. tostring(name), 0)
  end
  if type(value) == "table" and value[1] ~= nil then
    for _, item in ipairs(value) do
      write_element(name, item, out)
    end
    return
  end
  out[#out + 1] = "<" .. name .. ">"
  if type(value) == "table" then
    write_xml(value, out)
  elseif type(value) == "string" then
    out[#out + 1] = cdata(value)
  else
    local text, reason = json.encode(value)
    out[#out + 1] = text or error(reason, 0)
  end
  out[#out + 1] = "</" .. name .. ">"
end

function write_xml(fields, out)
  for _, name in ipairs(tables.keys(fields, tables.by_text)) do
    write_element(name, fields[name], out)
  end
end

local function encode(message, format)
  if type(message) == "string" then
    return message
  end
  if format == "json" then
    return json.encode(message)
  end
  local out = { "<xml>" }
  write_xml(message, out)
  out[#out + 1] = "</xml>"
  return table.concat(out)
end

-- The time and the nonce that are signed; nonces are digits, as the platform's own.
local function stamp(self, options)
  return {
    timestamp = ("%.0f"):format(options.timestamp or math.floor(self.now())),
    nonce = options.nonce or ("%.0f"):format(random.number() * 2 ^ 32),
  }
end

-- Encrypts and signs a message text.
local function seal(self, text, options)
  local encrypt, err = self.keys:seal(text, options.random)
  if not encrypt then
    return Error.fail { kind = "callback", name = err.status, message = reasons.of(err.message) }
  end
  local sealed = stamp(self, options)
  sealed.encrypt = encrypt
  sealed.signature = self.keys:sign(sealed.timestamp, sealed.nonce, encrypt)
  return sealed
end

-- ---- answering ----------------------------------------------------------------------------------

local function sealed_reply(sealed, format)
  if format == "json" then
    return ('{"Encrypt":"%s","MsgSignature":"%s","TimeStamp":%s,"Nonce":"%s"}'):format(
      sealed.encrypt, sealed.signature, sealed.timestamp, sealed.nonce)
  end
  return table.concat {
    "<xml><Encrypt>", cdata(sealed.encrypt), "</Encrypt><MsgSignature>", cdata(sealed.signature),
    "</MsgSignature><TimeStamp>", sealed.timestamp, "</TimeStamp><Nonce>", cdata(sealed.nonce),
    "</Nonce></xml>",
  }
end

--- Builds the answer to an event: "success" without a message (plain in every mode), else the
--- message in the event's format, encrypted unless the mode is "plain".
--- message: a text as it is, or a table of fields under the wire's names.
--- options, for reproducible answers: timestamp, nonce, random (16 bytes).
---@param event wxlive.Event?
---@param message string|table|nil
---@param options table?
---@return string? text
---@return string|wxlive.Error content_type
function M:reply(event, message, options)
  if message == nil or message == "" then
    return "success", plain_text
  end
  local format = event and event.wire_format or self.format
  local ok, text, reason = pcall(encode, message, format)
  if not ok or not text then
    return Error.fail {
      kind = "callback", name = "bad_answer",
      message = both("the answer has no text form: %s", "应答无法转为文本：%s")
        :format(reasons.of(tostring(ok and reason or text))),
    }
  end
  if self.mode == "plain" then
    return text, content_types[format]
  end
  local sealed, err = seal(self, text, options or {})
  if not sealed then
    return nil, err
  end
  return sealed_reply(sealed, format), content_types[format]
end

-- The platform ignores these status codes; they are for readers of the access log.
local statuses = {
  bad_answer = 500, bad_message = 400, bad_method = 405, bad_query = 400, encrypted = 400,
  handler_failed = 500, not_encrypted = 400, out_of_memory = 500, store_failed = 500,
  too_large = 413, undecided = 503,
}

local function refusal(err)
  return { status = statuses[err.name] or 403, body = "refused", content_type = plain_text }
end

local function success()
  return { status = 200, body = "success", content_type = plain_text }
end

--- The first half of `handle`: returns the response to a URL check (GET) or to a refused request,
--- or nil and an event whose handlers have yet to run (see M:conclude).
---@param method string
---@param query string|table
---@param body string?
---@return { status: integer, body: string, content_type: string }? response
---@return wxlive.Event? event
---@return wxlive.Error? err
function M:receive(method, query, body)
  if method == "GET" then
    local echo, err = self:verify(query)
    if not echo then
      return refusal(err), nil, err
    end
    return { status = 200, body = echo, content_type = plain_text }
  elseif method ~= "POST" then
    local _, err = Error.fail {
      kind = "callback", name = "bad_method",
      message = both("neither GET nor POST", "请求方法既不是 GET 也不是 POST"),
    }
    return refusal(err), nil, err
  end
  local event, err = self:open(query, body or "", once.LEASE)
  if event then
    return nil, event, err
  end
  local response = err.name == "duplicate" and success() or refusal(err)
  return response, nil, err
end

--- The second half: calls the handlers. The event counts as done after all handlers have returned;
--- if one raised, the next delivery is accepted.
---@param event wxlive.Event
---@return { status: integer, body: string, content_type: string } response
---@return wxlive.Error? err
function M:conclude(event)
  local called, answer = self:dispatch(event)
  if not called then
    return refusal(answer), answer
  end
  local _, unsettled = self:settle(event)
  local text, content_type = self:reply(event, answer)
  if not text then
    return refusal(content_type), content_type
  end
  return { status = 200, body = text, content_type = content_type }, unsettled
end

--- Serves one HTTP request whole: the URL check (GET) or a delivery (POST). The response never says
--- why something was refused; the error does. An error beside an event and status 200 is a warning:
--- the store could not remember the event.
---@param method string
---@param query string|table
---@param body string?
---@param later (fun(job: fun(): integer?, wxlive.Error?): boolean)?  takes the handlers' work to
---  run it when the answer is out (true), so that slow ones keep no caller waiting; they cannot
---  reply, and the event counts as done at once: it does not come again, even if they fail
---@return { status: integer, body: string, content_type: string } response
---@return wxlive.Event? event
---@return wxlive.Error? err
function M:handle(method, query, body, later)
  local response, event, err = self:receive(method, query, body)
  if not event then
    return response, nil, err
  end
  local ok, unable = self:prepare(event)
  if not ok then
    return refusal(unable), nil, unable
  elseif later and later(function() return self:dispatch(event) end) then
    local _, unsettled = self:settle(event)
    return success(), event, err or unsettled
  end
  local failure
  response, failure = self:conclude(event)
  return response, event, failure or err
end

-- ---- delivering ---------------------------------------------------------------------------------

local function with_encrypt(text, encrypt, format)
  if format == "json" then
    return (text:gsub("%s*}%s*$", function()
      return ',"Encrypt":"' .. encrypt .. '"}'
    end))
  end
  return (text:gsub("</xml>%s*$", function()
    return "<Encrypt>" .. cdata(encrypt) .. "</Encrypt></xml>"
  end))
end

-- Events about a third-party platform itself name the component instead of a receiver.
local function envelope(fields, encrypt, format)
  local name, to = "ToUserName", tostring(fields.to_user_name or "")
  if fields.info_type then
    name, to = "AppId", tostring(fields.app_id or "")
  end
  if format == "json" then
    return json.encode { [name] = to, Encrypt = encrypt }
  end
  return ("<xml><%s>%s</%s><Encrypt>%s</Encrypt></xml>"):format(name, cdata(to), name,
    cdata(encrypt))
end

--- A delivery as the platform would make it in this mode, for sandboxes and tests.
--- message: text, or a table (then options.format or the configured format says which).
--- options: format, timestamp, nonce, random, openid.
---@param message string|table
---@param options table?
---@return { query: table, body: string, content_type: string }?
---@return wxlive.Error?
function M:delivery(message, options)
  options = options or {}
  local ok, text = pcall(encode, message, options.format or self.format)
  local fields, format
  if ok and text then
    fields, format = events.parse(text)
  end
  if not fields then
    return Error.fail {
      kind = "invalid", name = "bad_message",
      message = both("the message is neither XML nor JSON", "消息既不是 XML 也不是 JSON"),
    }
  end
  local query, body = stamp(self, options), text
  query.openid = options.openid or fields.from_user_name
  if self.mode ~= "plain" then
    local sealed, err = seal(self, text, tables.merged(options, query))
    if not sealed then
      return nil, err
    end
    query.encrypt_type = "aes"
    query.msg_signature = sealed.signature
    body = self.mode == "compatible" and with_encrypt(text, sealed.encrypt, format)
      or envelope(fields, sealed.encrypt, format)
  end
  query.signature = self.keys:sign(query.timestamp, query.nonce)
  return { query = query, body = body, content_type = content_types[format] }
end

--- The query of a URL check as the platform would make it.
---@param echostr string
---@param options { timestamp: integer?, nonce: string? }?
---@return table query
function M:echo_check(echostr, options)
  local query = stamp(self, options or {})
  query.echostr = echostr
  query.signature = self.keys:sign(query.timestamp, query.nonce)
  return query
end

return M
