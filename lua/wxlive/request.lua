--- From a method's parameters to the request that will be sent. No network and no token; of a
--- file that is uploaded the first bytes are looked at, which give its name the right ending.
local compat = require "wxlive.compat"
local core = require "wxlive.core"
local Error = require "wxlive.error"
local files = require "wxlive.media.file"
local json = require "wxlive.json"
local texts = require "wxlive.text"
local validate = require "wxlive.validate"

local M = {}

--- What a request looks like before the token is known.
---@class wxlive.Prepared
---@field method string
---@field path string
---@field query string[]      "name=value", percent-encoded
---@field values table        our name -> wire value
---@field rest table[]         tables of wire fields that the catalogue does not know
---@field body string?        JSON text
---@field content_type string?
---@field form table[]?       multipart parts
---@field save_to string?

local function encode_char(c)
  return ("%%%02X"):format(c:byte())
end

--- Percent-encodes everything but the unreserved characters of RFC 3986.
---@param s string
---@return string
function M.escape(s)
  return (s:gsub("[^0-9A-Za-z%-%._~]", encode_char)) -- %w would be letters of a locale
end

local function query_text(value)
  return M.escape(compat.text(value))
end

local no_fields = {}

-- goodsInfo = {...} as the official pages write it means the same as its fields side by side.
local function unwrap(entry, params)
  local wrap = entry.wrap
  if not wrap then
    return params
  end
  local inner = params[wrap] or params.goods_info
  if inner == json.null then
    inner = no_fields
  elseif type(inner) ~= "table" then
    return params
  end
  local flat = {}
  for key, value in pairs(params) do
    if key ~= wrap and key ~= "goods_info" then
      flat[key] = value
    end
  end
  for key, value in pairs(inner) do
    flat[key] = value
  end
  return flat
end

local function is_retired(entry, key)
  for _, name in ipairs(entry.retired or {}) do
    if key == name then
      return true
    end
  end
  return false
end

-- As many unknown keys are named; the others are counted.
local NAMED = 20

-- Sorts what the caller gave by field. A key that leads to no field is a problem with the nearest
-- name, because a misspelt one would otherwise vanish without a word.
local function by_field(entry, params, report)
  local given, unknown = {}, 0
  for key, value in pairs(params) do
    local field = entry.known[key]
    unknown = unknown + (field and 0 or 1)
    if not field and unknown > NAMED then -- luacheck: ignore 542
      -- counted below
    elseif not field then
      local name = texts.cut(tostring(key), 60)
      report(name, "is not a field of " .. entry.name .. (is_retired(entry, key)
        and " any more: the platform has dropped it, leave it out"
        or validate.advice(entry.near, key)))
    elseif value == json.null then -- luacheck: ignore 542
      -- null says that the field is not there
    elseif given[field] ~= nil and given[field] ~= value then
      report(field.name, "is given twice, under two spellings")
    else
      given[field] = value
    end
  end
  if unknown > NAMED then
    report(("%d more"):format(unknown - NAMED), "are not fields of " .. entry.name)
  end
  return given
end

local function invalid(entry, problems)
  table.sort(problems, function(a, b)
    return a.order < b.order
  end)
  local lines = {}
  for i, problem in ipairs(problems) do
    lines[i] = problem.field .. " " .. problem.message
    problem.order = nil
  end
  return Error.fail {
    kind = "invalid", name = "invalid_parameters", endpoint = entry.name,
    field = problems[1].field, problems = problems, sent = false,
    message = table.concat(lines, "; "),
  }
end

-- What is worked out once for each entry: how parameters are taken, the fields of the query, those
-- that are neither query nor JSON, and the form of the body.
local function plan_of(entry)
  local plan = {
    query = {}, other = {}, body = {},
    accept = core.record.acceptor(entry.params, validate.field),
  }
  local places = { query = plan.query, body = {} }
  for _, field in ipairs(entry.params) do
    local place = places[field.where] or plan.other
    place[#place + 1] = field
    if field.also then
      place[#place + 1] = { name = field.name, wire = field.also }
    end
  end
  for i, field in ipairs(plan.query) do
    plan.query[i] = { name = field.name, text = M.escape(field.wire) .. "=" }
  end
  -- Keys in the order of their bytes, quoted already: key, name, key, name...
  table.sort(places.body, function(a, b) return a.wire < b.wire end)
  for _, field in ipairs(places.body) do
    plan.body[#plan.body + 1] = json.encode(field.wire) .. ":"
    plan.body[#plan.body + 1] = field.name
  end
  plan.body_fields = places.body
  return plan
end

local plans = setmetatable({}, {
  __mode = "k",
  __index = function(plans, entry)
    local plan = plan_of(entry)
    plans[entry] = plan
    return plan
  end,
})

-- A rule has found something.
local objected
local function object()
  objected = true
end

-- The wire values of a call that is right, by our own names. nil when something is wrong: what, and
-- in which words, is for `check` to find.
local function accept(entry, plan, params, context)
  local values = plan.accept(params, context)
  if values and entry.rules then
    objected = false
    validate.rules(entry, values, context.now(), object)
    return not objected and values or nil
  end
  return values
end

-- Wire values, by our own names and by field, with every problem reported at once.
local function check(entry, params, context)
  local problems = {}
  local order = {}
  for i, field in ipairs(entry.params) do
    order[field.name] = i
  end
  local function report(name, message)
    problems[#problems + 1] = {
      field = name, message = message, order = (order[name] or 0) * 1000 + #problems,
    }
  end
  local given = by_field(entry, params, report)
  local values = {}
  for _, field in ipairs(entry.params) do
    local value = given[field]
    if validate.is_absent(field, value) then
      value = field.fill and context[field.fill] or field.default
    end
    if value == nil then
      if field.required then
        report(field.name, "is missing: " .. field.desc)
      end
    else
      local wire, wrong = validate.field(field, value)
      if wire == nil then
        report(field.name, wrong)
      end
      values[field.name] = wire
    end
  end
  -- One complaint a field: a value that failed by itself is missing to the rules.
  local failed = {}
  for _, problem in ipairs(problems) do
    failed[problem.field] = true
  end
  validate.rules(entry, values, context.now(), function(name, message)
    if not failed[name] then
      report(name, message)
    end
  end)
  if problems[1] then
    return invalid(entry, problems)
  end
  return values
end

-- With validate = false only the names are translated; unknown fields pass as they are.
local function pass(entry, params, context)
  local values = {}
  local rest = {}
  for key, value in pairs(params) do
    local field = entry.known[key]
    if value == json.null then -- luacheck: ignore 542
      -- null says that the field is not there
    elseif field then
      values[field.name] = value
    else
      rest[key] = value
    end
  end
  for _, field in ipairs(entry.params) do
    if values[field.name] == nil then
      values[field.name] = field.fill and context[field.fill] or field.default
    end
  end
  return values, rest
end

local function form_part(field, path)
  return { name = field.wire, path = path, filename = files.name(path) }
end

local no_query, no_rest = {}, {}

local function query_of(plan, values, where, rest)
  if #plan.query == 0 and not (where == "query" and rest[1]) then
    return no_query
  end
  local query = {}
  for _, part in ipairs(plan.query) do
    local value = values[part.name]
    -- left out on purpose: absent and 0 are different things to the platform
    if value ~= nil then
      query[#query + 1] = part.text .. query_text(value)
    end
  end
  for _, more in ipairs(where == "query" and rest or no_rest) do
    for wire, value in pairs(more) do
      query[#query + 1] = M.escape(wire) .. "=" .. query_text(value)
    end
  end
  return query
end

local function body_of(entry, plan, values, rest)
  local text, reason
  if rest[1] then
    local body = {}
    for _, field in ipairs(plan.body_fields) do
      body[field.wire] = values[field.name]
    end
    for _, more in ipairs(rest) do
      for wire, value in pairs(more) do
        body[wire] = value
      end
    end
    text, reason = json.encode(body)
  else
    text, reason = json.encode_record(plan.body, values)
  end
  if not text then
    return Error.fail {
      kind = "invalid", name = "invalid_parameters", endpoint = entry.name, sent = false,
      message = "the parameters have no JSON form: " .. reason,
    }
  end
  return entry.wrap and '{"' .. entry.wrap .. '":' .. text .. "}" or text
end

-- Fields that are parts of a form, or stay here.
local function place_others(prepared, fields, values)
  for _, field in ipairs(fields) do
    local value = values[field.name]
    if value == nil then -- luacheck: ignore 542
      -- nothing to place
    elseif field.where == "part" then
      prepared.form = prepared.form or {}
      prepared.form[#prepared.form + 1] = form_part(field, value)
    else
      prepared[field.name] = value
    end
  end
end

--- Builds the request of a call.
---@param entry table           of the catalogue
---@param params table          as the caller gave them; never changed
---@param context table         { now=function, appid=, secret=, validate=boolean }
---@param extra table?          wire fields that the catalogue does not know, sent as they are
---@return wxlive.Prepared? prepared
---@return wxlive.Error? err
function M.build(entry, params, context, extra)
  local plan = plans[entry]
  local values
  local rest = extra and { extra } or no_rest
  params = unwrap(entry, params)
  if context.validate == false then
    local unknown
    values, unknown = pass(entry, params, context)
    rest = { unknown, extra }
  else
    values = accept(entry, plan, params, context)
    if not values then
      local err
      values, err = check(entry, params, context)
      if not values then
        return nil, err
      end
    end
  end
  local prepared = {
    method = entry.method, path = entry.path, values = values, rest = rest, form = nil, body = nil,
    content_type = nil, query = query_of(plan, values, entry.method == "GET" and "query", rest),
  }
  if plan.other[1] then
    place_others(prepared, plan.other, values)
  end
  if entry.method == "POST" and not prepared.form then
    local body, err = body_of(entry, plan, values, rest)
    if not body then
      return nil, err
    end
    prepared.body, prepared.content_type = body, "application/json"
  end
  return prepared
end

--- What of a request goes on the wire, query and body together: wire name -> value.
---@param entry table
---@param prepared wxlive.Prepared
---@return table<string, any>
function M.wire_params(entry, prepared)
  local params = {}
  for _, field in ipairs(entry.params) do
    if field.where == "query" or field.where == "body" then
      params[field.wire] = prepared.values[field.name]
      if field.also then
        params[field.also] = prepared.values[field.name]
      end
    end
  end
  for _, more in ipairs(prepared.rest) do
    for wire, value in pairs(more) do
      params[wire] = value
    end
  end
  return params
end

return M
