--- Handles one API call, from the incoming request to the outgoing answer: route, verb, token,
--- quota, body, parameters, handler. The server applies the faults.
local access = require "wxlive.sandbox.server.access"
local catalogue = require "wxlive.catalogue"
local check = require "wxlive.sandbox.server.check"
local json = require "wxlive.json"
local limits = require "wxlive.sandbox.server.limits"
local multipart = require "wxlive.sandbox.server.multipart"
local queries = require "wxlive.callback.query"
local refusals = require "wxlive.sandbox.server.refusal"
local signed = require "wxlive.sandbox.server.signature"
local tables = require "wxlive.base.tables"

local M = {}

local refuse = refusals.refuse

-- Every endpoint must have a handler; api/ has one file for each group of them.
local handlers = {}
for _, room in ipairs {
  "rooms", "room_goods", "staff", "goods", "followers", "uploads", "ops", "component",
} do
  for name, handler in pairs(require("wxlive.sandbox.api." .. room)) do
    assert(not handlers[name], name)
    handlers[name] = handler
  end
end

-- The verb that a path wants, and the endpoints that share it; and the fields that hold secrets.
local routes = {}
local hidden = { access_token = true, component_access_token = true }
for _, shelf in ipairs { catalogue, catalogue.component } do
  for _, entry in ipairs(shelf.list) do
    assert(handlers[entry.name], "no handler for " .. entry.name)
    local route = routes[entry.path] or { method = entry.method, entries = {} }
    route.entries[#route.entries + 1] = entry
    routes[entry.path] = route
    for _, field in ipairs(entry.params) do
      hidden[field.wire] = field.secret or hidden[field.wire]
    end
  end
end

-- Observed answers to a wrong HTTP verb that differ from the rule (43001, 43002).
local wrong_verb = {
  ["/wxaapi/broadcast/goods/getapproved"] = -1,
  ["/wxaapi/broadcast/room/getsharedcode"] = 47001,
}

-- Calls whose JSON answers come under text/plain.
local text_plain = {
  ["/cgi-bin/token"] = true, ["/cgi-bin/media/upload"] = true, ["/cgi-bin/media/get"] = true,
}

-- Reading -----------------------------------------------------------------------------------------

--- The parameters of a query, decoded.
---@param text string
---@return table<string, string>
function M.parse_query(text)
  local query = {}
  for pair in text:gmatch("[^&]+") do
    local name, value = pair:match("^([^=]*)=?(.*)$")
    query[queries.unescape(name)] = queries.unescape(value)
  end
  return query
end

-- Chooses among endpoints that share a path: the one whose constant parameter the request holds.
local function choose(route, request)
  local entries = route.entries
  for i = 2, #entries do
    for _, field in ipairs(entries[i].params) do
      local only = field.allowed and #field.allowed == 1 and field.allowed[1]
      if only and request.body:find('"' .. only .. '"', 1, true) then
        return entries[i]
      end
    end
  end
  return entries[1]
end

--- Collects what the request says: path, query, body, token.
---@param request table  as wxlive.httpd gives it
---@return table call
function M.read(platform, request)
  local route = routes[request.path]
  local call = {
    platform = platform, request = request, route = route,
    query = M.parse_query(request.query),
    entry = route and choose(route, request),
  }
  -- The platform takes the token of a component under either name.
  call.token = call.query.access_token or call.query.component_access_token
  return call
end

-- Deciding ----------------------------------------------------------------------------------------

local function check_verb(call)
  local wanted, got = call.route.method, call.request.method
  if got ~= wanted then
    local code = wanted == "GET" and (wrong_verb[call.entry.path] or 43001) or 43002
    refuse(code, ("sent by %s, the endpoint wants %s"):format(got, wanted))
  end
end

--- Counts a call against the endpoint's quotas, or refuses it.
local function spend_quota(call, account)
  local per_day, per_minute = limits.of(call.platform, call.entry)
  local day = (call.platform:periods())
  if per_minute then
    local minute = tostring(math.floor(call.platform:now() / 60))
    local name = "minute " .. call.entry.path
    if account:used(name, minute) >= per_minute then
      refuse(45011, ("more than %d calls a minute"):format(per_minute))
    end
    account:count(name, minute)
  end
  if per_day and account:used(call.entry.path, day) >= per_day then
    refuse(45009, ("more than %d calls a day"):format(per_day))
  end
  account:count(call.entry.path, day)
end

-- \u escapes are refused, except those of control characters, which have no other form.
local function has_escapes(body)
  if not body:find("\\u", 1, true) then
    return false
  end
  for hex in body:gsub("\\\\", ""):gmatch("\\u(%x%x%x%x)") do
    if tonumber(hex, 16) >= 32 then
      return true
    end
  end
  return false
end

-- The older services do not look at the content type. /wxaapi/ takes a form or text for an empty
-- object, which makes every field "missing", and refuses what it has no parser for. Gives the
-- object; and, where it counts as empty, why.
local function decode_body(call)
  local request = call.request
  if call.entry.path:find("^/wxaapi/") then
    local kind = (request.headers["content-type"] or ""):lower():match("^[^;%s]*")
    if kind == "" or kind == "application/x-www-form-urlencoded" or kind:find("^text/") then
      return {}, "the content type is not application/json, so the body counts as empty"
    elseif kind ~= "application/json" then
      refuse(nil, "content type " .. kind .. " is not application/json", { http = 415 })
    end
  end
  if request.body == "" then
    refuse(44002, "the body is empty")
  elseif has_escapes(request.body) then
    refuse(40033, "the body holds \\u escapes instead of UTF-8")
  end
  local body, reason = json.decode_wire(request.body)
  if type(body) ~= "table" or body[1] ~= nil then
    refuse(47001, "the body is not a JSON object: " .. tostring(reason or "another value"))
  end
  return body
end

-- The platform's known answers to an empty body, by endpoint.
local empty_texts = { create_room = "startTime or endTime is invalid" }

-- The type of an upload stands in the query; EasyWeChat puts it into the form, which works too.
local function upload_params(call)
  local given = tables.merged(call.query)
  given.type = given.type
    or multipart.field(call.request.headers["content-type"] or "", call.request.body, "type")
  return given
end

local function check_params(call, given, textual)
  call.notes = check.unknown(call.entry, given)
  return check.params(call.entry, given, textual)
end

local function read_body(call, body)
  return check_params(call, check.unwrap(call.entry, body), false)
end

local function read_params(call)
  local entry = call.entry
  if entry.name == "upload_media" then
    return check_params(call, upload_params(call), true)
  elseif entry.method ~= "POST" then
    return check_params(call, call.query, true)
  end
  local body, why_empty = decode_body(call)
  if not why_empty then
    return read_body(call, body)
  end
  local params, refused = refusals.catch(read_body, call, body)
  if refused then
    refuse(refused.code, why_empty, { text = empty_texts[entry.name] or refused.text })
  end
  return params
end

-- Sets the call's account, and counts the call against its quotas.
local function admit(call, account)
  call.account = account
  spend_quota(call, account)
end

local function decide(call)
  check_verb(call)
  local with_token = call.entry.auth ~= "none"
  if with_token then
    admit(call, access.by_token(call))
  end
  signed.open(call)
  local params = read_params(call)
  if not with_token then
    admit(call, access.by_secret(call, params))
  elseif call.entry.auth == "component" then
    access.check_component(call.platform, params.component_appid)
  end
  return handlers[call.entry.name](call.account, params, call)
end

-- Answering ---------------------------------------------------------------------------------------

--- A page as a proxy in front of the platform would send it.
---@param status integer
---@param title string
---@param why string   what the sandbox's log says of it
---@return table answer
function M.html(status, title, why)
  return {
    status = status, content_type = "text/html", why = why,
    body = ("<html>\r\n<head><title>%d %s</title></head>\r\n<body>\r\n<center><h1>%d %s</h1>"
      .. "</center>\r\n</body>\r\n</html>\r\n"):format(status, title, status, title),
  }
end

local function json_answer(call, code, body)
  return {
    status = 200, errcode = code, body = body,
    content_type = text_plain[call.request.path] and "text/plain"
      or "application/json; charset=UTF-8",
  }
end

-- A query or body as rid/get may show it: secrets and tokens are removed.
local function redacted(call)
  local query = call.request.query:gsub("([^&=]+)=([^&]*)", function(name)
    return hidden[name] and name .. "=***" or nil
  end)
  local body = #call.request.body <= 4096 and call.request.body or ""
  body = body:gsub('("([%w_]+)"%s*:%s*)"[^"]*"', function(head, name)
    return hidden[name] and head .. '"***"' or nil
  end)
  return query, body
end

--- An answer that carries an errcode. It gets a rid, which rid/get finds again.
---@param call table
---@param code integer
---@param text string
---@param fields table?
function M.error_answer(call, code, text, fields)
  local platform = call.platform
  local rid = platform:rid()
  local body = assert(json.encode(tables.merged({
    errcode = code, errmsg = text .. " rid: " .. rid,
  }, fields)))
  if call.account then
    local query, sent = redacted(call)
    call.account:keep_rid(rid, {
      invoke_time = platform:now(), cost_in_ms = 1, request_url = query, request_body = sent,
      response_body = body, client_ip = call.request.remote,
    })
  end
  return json_answer(call, code, body)
end

local function refused_answer(call, refused)
  if refused.http then
    return M.html(refused.http, "Unsupported Media Type", refused.why)
  end
  local answer = M.error_answer(call, refused.code, refused.text, refused.fields)
  answer.why = refused.why
  return answer
end

-- Successes without an errcode, and without errmsg. Answers with tokens in them have none.
local bare = {
  upload_media = true, get_media = true, get_api_domain_ip = true, get_callback_ip = true,
}
local no_errmsg = { create_room = true, get_sub_anchor = true }

--- The answer of a successful call (or of one that a fault declares successful).
---@param call table
---@param result table   the answer's fields
---@return table answer
function M.success(call, result)
  local entry = call.entry
  if not bare[entry.name] and not entry.confidential then
    result.errcode = 0
    if not no_errmsg[entry.name] then
      result.errmsg = "ok"
    end
  end
  local answer = json_answer(call, 0, assert(json.encode(result)))
  answer.result = result
  return signed.seal(call, answer)
end

--- Does what the call asks, strictly, and gives the answer.
---@return table answer  { status, content_type, body, headers?, errcode, why? }
function M.perform(call)
  if not call.route then
    return M.html(404, "Not Found", "no such path (paths are case-sensitive)")
  elseif call.request.too_large then
    return M.html(413, "Request Entity Too Large", "the body is larger than any endpoint takes")
  end
  local result, refused = refusals.catch(decide, call)
  if not result then
    return signed.seal(call, refused_answer(call, refused))
  end
  if result.bytes then
    return {
      status = 200, errcode = 0, body = result.bytes, content_type = result.content_type,
      headers = result.headers,
    }
  end
  return M.success(call, result)
end

return M
