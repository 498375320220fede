--- One attempt of a call, step by step: token, sign, send, read. wxlive.client.call puts them
--- together.
--
-- A call is one table from its first attempt to its end; see wxlive.Call.
local compat = require "wxlive.base.compat"
local Error = require "wxlive.error"
local outcomes = require "wxlive.errcodes.outcome"
local request = require "wxlive.client.request"
local response = require "wxlive.client.response"
local both = require("wxlive.text.sentence").both

local min = math.min

local M = {}

---@class wxlive.Call
---@field client wxlive.Broadcast
---@field entry table              of the catalogue
---@field prepared wxlive.Prepared
---@field timeout number           seconds for the whole call, token and retries included
---@field deadline number          when they are over, on the client's monotonic clock
---@field try table?               of a create that can be looked for; see wxlive.client.known
---@field token string|false|nil   false: the endpoint takes none; nil: not known yet
---@field left number              seconds that the attempt may take
---@field attempts integer
---@field doubtful boolean         an earlier attempt may have done the work
---@field refreshed boolean        a refused token was replaced
---@field unchanged boolean        the answer could not be read, as the one before it
---@field first wxlive.Error?      of the first attempt that failed
---@field ambiguous boolean?       whether the work was done is not known at the end
---@field candidates table[]?      what may be the work
---@field signed table?            what the signer made of the request
---@field watched boolean          a hook or the quotas wait for the end of the attempt
---@field ticket any               of the quotas
---@field started number?          for the response hook

-- Before the token in the query, by the kind of token that an endpoint takes. The platform takes
-- access_token for a component's token, too; this spelling is the older and the usual one.
local token_query = { token = "?access_token=", component = "?component_access_token=" }

--- Calls a hook. Hooks only watch: a failing hook must not change what a call does.
---@param client wxlive.Broadcast
---@param name string
---@param event table
function M.emit(client, name, event)
  local hook = client.hooks[name]
  if hook then
    pcall(hook, event)
  end
end

--- The request as a dry run shows it, without token and secret.
---@param client wxlive.Broadcast
---@param entry table
---@param prepared wxlive.Prepared
---@return table
function M.describe(client, entry, prepared)
  local params = {}
  for name, value in pairs(request.wire_params(entry, prepared)) do
    local field = entry.known[name]
    params[name] = field and field.secret and "***" or value
  end
  local hidden = entry.auth == "none"
  return {
    dry_run = true, endpoint = entry.name, method = prepared.method, path = prepared.path,
    url = client.base_url .. prepared.path .. (not hidden and #prepared.query > 0
      and "?" .. table.concat(prepared.query, "&") or ""),
    params = params, body = not hidden and prepared.body or nil,
    content_type = prepared.content_type or prepared.form and "multipart/form-data" or nil,
    form = prepared.form,
  }
end

local function timed_out(call)
  return Error.new {
    kind = "transport", name = "timeout", endpoint = call.entry.name, sent = false,
    message = both("the time allowed for the whole call (%s s) ran out", "超出整个调用的时限（%s 秒）"):format(
      compat.text(call.timeout)),
    hint = "raise timeout, or look at how long the platform takes with a response hook",
    hint_zh = "请调大 timeout，或用 response 钩子查看平台耗时",
  }
end

--- Begins an attempt: gives the token for it.
---@param call wxlive.Call
---@return string|false|nil token   false: the endpoint takes none
---@return wxlive.Error? err        there is no token, or the time is over
function M.token(call)
  local client, token = call.client, call.token
  if token == nil then
    local err
    token, err = client.tokens:get(client.now() + call.timeout)
    if not token then
      return nil, err
    end
    call.token = token
  end
  local left = call.deadline - client.monotonic()
  if left <= 0 then
    return nil, timed_out(call)
  elseif call.entry.lookup and client.lookup then
    -- A create leaves time for the look-up that a broken attempt would need: without it, every
    -- time-out of a create would be ambiguous.
    left = left - min(client.lookup.settle + 2, left / 2)
  end
  call.left, call.attempts = left, call.attempts + 1
  return token
end

-- The parameters of a signed call are all in its body.
local function url_of(call, token)
  local base, prepared = call.client.base_url, call.prepared
  local query = prepared.query
  local tail = query[1] and not call.signed and table.concat(query, "&")
  if not token then
    return base .. prepared.path .. (tail and "?" .. tail or "")
  end
  -- The platform's hold nothing that has to be escaped; those of a provider may.
  token = request.escape(token)
  if tail then
    return base .. prepared.path .. token_query[call.entry.auth] .. token .. "&" .. tail
  end
  return base .. prepared.path .. token_query[call.entry.auth] .. token
end

--- The request of an attempt, signed where the platform wants it.
---@param call wxlive.Call
---@param token string|false
---@return wxlive.HttpRequest? request
---@return wxlive.Error? err
function M.sign(call, token)
  local client, entry, prepared = call.client, call.entry, call.prepared
  local signed, err
  if client.signer and client.signer:wants(entry) then
    signed, err = client.signer:seal(entry, prepared)
    if not signed then
      return nil, err
    end
    call.signed = signed
  end
  local req = {
    method = prepared.method, url = url_of(call, token), content_type = prepared.content_type,
    body = prepared.body, timeout = call.left, connect_timeout = client.connect_timeout,
    -- The transport must not repeat writes: after a repeat, a refusal could mean that the first try
    -- had worked.
    resend = entry.retry == "read",
  }
  if signed then
    req.body, req.headers = signed.body, signed.headers
  end
  if prepared.form or prepared.save_to then
    req.form, req.save_to = prepared.form, prepared.save_to
  end
  return req
end

-- The platform's secrets and tokens are longer: what is shorter is a word of a test.
local SECRET_MIN = 6

-- A text without the secrets of the call.
local function hide(call, text)
  local token = call.token or ""
  for _, secret in ipairs { token, request.escape(token), call.client.context.secret } do
    if #secret >= SECRET_MIN and text:find(secret, 1, true) then
      text = text:gsub(secret:gsub("%W", "%%%0"), "***")
    end
  end
  return text
end

-- A transport of the caller's own may name the address in its error.
local function without_address(call, err)
  for _, field in ipairs { "message", "message_zh" } do
    if type(err[field]) == "string" then
      err[field] = hide(call, err[field])
    end
  end
  return err
end

-- A gateway, or the platform, may repeat the address or what it was sent: an error out of such an
-- answer is made again, of the answer without the secrets.
local function without_echo(call, answer, err)
  local body = answer.body or ""
  local clean = hide(call, body)
  if clean == body then
    return err
  end
  local _, cleaned = response.read(call.entry, setmetatable({ body = clean }, { __index = answer }))
  if cleaned and cleaned.name == err.name and cleaned.code == err.code then
    return cleaned
  end
  err.body, err.raw_body = nil, nil -- a secret like a word of JSON must not change what it says
  return without_address(call, err)
end

--- Sends the request, counted against the quotas where the client keeps them.
---@param call wxlive.Call
---@param req wxlive.HttpRequest
---@return wxlive.HttpResponse? resp
---@return wxlive.Error? err
function M.send(call, req)
  local client, entry = call.client, call.entry
  if client.quotas then
    local ticket, refused = client.quotas:take(entry)
    if not ticket then
      return nil, refused
    end
    call.ticket, call.watched = ticket, true
  end
  local hooks = client.hooks
  if hooks.request then
    M.emit(client, "request", {
      endpoint = entry.name, method = req.method, path = call.prepared.path,
      attempt = call.attempts, bytes = req.body and #req.body or 0,
    })
  end
  if hooks.response then
    call.started, call.watched = client.monotonic(), true
  end
  if req.save_to then
    return require("wxlive.client.download").send(client.transport, req)
  end
  local resp, err = client.transport:send(req)
  return resp, err and without_address(call, err)
end

--- Reads the response: what the signature vouches for, then the answer.
---@param call wxlive.Call
---@param resp wxlive.HttpResponse
---@return table? result
---@return wxlive.Error? err
function M.read(call, resp)
  local client, entry = call.client, call.entry
  client.clock:hear(resp)
  local answer, result, err, renew = resp, nil, nil, nil
  if call.signed then
    answer, err, renew = client.signer:open(entry, call.signed.urlpath, resp)
  end
  if renew then
    M.emit(client, "certificate", { endpoint = entry.name, number = renew })
  end
  if answer then
    result, err = response.read(entry, answer)
    if err then
      err = without_echo(call, answer, err)
    end
  end
  if err and outcomes.resets(err) then
    client.clock:hear(resp, true)
  end
  return result, err
end

--- Ends an attempt that is watched.
---@param call wxlive.Call
---@param resp wxlive.HttpResponse?
---@param err wxlive.Error?
function M.settle(call, resp, err)
  local client, entry = call.client, call.entry
  call.watched = false
  if call.started then
    M.emit(client, "response", {
      endpoint = entry.name, attempt = call.attempts, http_status = resp and resp.status,
      bytes = resp and (resp.size or #resp.body), timing = resp and resp.timing,
      reused = resp and resp.reused, seconds = client.monotonic() - call.started, error = err,
    })
  end
  if client.quotas then
    client.quotas:settle(entry, call.ticket, err)
  end
end

return M
