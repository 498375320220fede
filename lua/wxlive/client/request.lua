--- Builds the request to send from a method's parameters. No network and no token; a file that is
--- uploaded is judged here, and gets a name whose ending is that of its content.
--
-- The core checks and writes parameters in one pass (core/lua/params/params.c), by rules that are
-- compiled once from the catalogue's entry. Mistakes are returned as data; wxlive.client.validate
-- has the texts and the rules across fields.
local compat = require "wxlive.base.compat"
local core = require "wxlive.core"
local Error = require "wxlive.error"
local json = require "wxlive.json"
local reasons = require "wxlive.text.reasons"
local rules = require "wxlive.client.rules"
local sentence = require "wxlive.text.sentence"
local tables = require "wxlive.base.tables"
local validate = require "wxlive.client.validate"

local M = {}

local both = sentence.both

--- A request without its token.
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

--- Percent-encodes everything but the unreserved characters of RFC 3986.
---@type fun(s: string): string
M.escape = core.text.escape

-- Computed once for each entry: the core's rules, which fields have a place of their own (parts of
-- a form, or here), which take a table as JSON text, whether the client fills any, and the rules
-- across fields.
local function plan_of(entry)
  local plan = {
    other = {}, json = {}, posts = entry.method == "POST", rules = rules.of(entry),
  }
  for _, field in ipairs(entry.params) do
    if field.where ~= "query" and field.where ~= "body" then
      plan.other[#plan.other + 1] = field
      plan.posts = plan.posts and field.where ~= "part"
    end
    if field.json then
      plan.json[#plan.json + 1] = field
    end
    plan.fills = plan.fills or field.fill ~= nil
  end
  plan.open = plan.posts and (entry.wrap and '{"' .. entry.wrap .. '":{' or "{") or nil
  plan.close = plan.posts and (entry.wrap and "}}" or "}") or nil
  plan.take = json.compile_params {
    fields = entry.params, index = entry.index, open = plan.open, close = plan.close,
  }
  return plan
end

local plans = tables.memo(plan_of)

local function invalid(entry, problems, hint, hint_zh)
  return Error.fail {
    kind = "invalid", name = "invalid_parameters", endpoint = entry.name,
    field = problems[1].field, problems = problems, sent = false,
    message = sentence.listed(problems), hint = hint, hint_zh = hint_zh,
  }
end

-- JSON ------------------------------------------------------------------------------------------

-- JSON text of a value in which fields that are null are not there, at any depth.
local function encode(value)
  local text, reason = json.encode(value)
  if text and text:find("null", 1, true) then
    return json.encode(tables.changed(value, function(item, key)
      if item ~= json.null or type(key) == "number" then -- items of a list keep their places
        return item
      end
    end))
  end
  return text, reason
end

-- Puts JSON text in the place of tables, where a field takes either.
local function with_json_text(plan, params, reported)
  for _, field in ipairs(plan.json) do
    for _, key in ipairs { field.name, field.wire } do
      if type(params[key]) == "table" then
        local text, reason = encode(params[key])
        params = tables.merged(params)
        params[key] = text
        if not text then
          reported[#reported + 1] = sentence.split {
            field = field.name, message = validate.words.no_json(field, { value = reason }),
          }
        end
      end
    end
  end
  return params
end

-- Checking --------------------------------------------------------------------------------------

-- Values, body and query of a valid call; nil and every problem of an invalid one.
local function check(entry, plan, params, context)
  local problems
  if plan.json[1] then
    problems = {}
    params = with_json_text(plan, params, problems)
    problems = problems[1] and problems
  end
  local values, body, query, reported = plan.take(params,
    plan.fills and { appid = context.appid, secret = context.secret } or nil)
  if reported then
    problems = tables.append(validate.problems(entry, reported), problems or {})
  end
  local across = plan.rules
  if across then
    local now = context.now()
    for i = 1, #across do
      problems = across[i](values, now, problems)
    end
  end
  if problems then
    return invalid(entry, problems)
  end
  return values, body, query
end

-- goodsInfo = {...} as the official pages write it means the same as its fields side by side.
local function unwrapped(entry, params)
  local flat = {}
  for key, value in pairs(params) do
    if entry.index[key] == -1 and type(value) == "table" then
      tables.put(flat, value)
    else
      flat[key] = value
    end
  end
  return flat
end

-- With validate = false only the names are translated; unknown fields pass as they are.
local function pass(entry, params, context)
  local values, rest = {}, {}
  for key, value in pairs(unwrapped(entry, params)) do
    local field = entry.known[key]
    if value == json.null then -- luacheck: ignore 542
      -- not given
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

-- Building --------------------------------------------------------------------------------------

--- The parameters on the wire, of query and body together: wire name -> value.
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
  return tables.put(params, prepared.rest[1], prepared.rest[2])
end

local function query_of(entry, params)
  local query, placed = {}, {}
  local function place(wire, value)
    query[#query + 1] = M.escape(wire) .. "=" .. M.escape(compat.text(value))
    placed[wire] = true
  end
  for _, field in ipairs(entry.params) do
    -- not sent on purpose: absent and 0 mean different things to the platform
    if field.where == "query" and params[field.wire] ~= nil then
      place(field.wire, params[field.wire])
    end
  end
  for wire, value in pairs(entry.method == "GET" and params or {}) do
    if not placed[wire] and value ~= json.null then
      place(wire, value)
    end
  end
  return query
end

-- Writes query and body again when they hold fields that the catalogue does not know.
local function write(entry, plan, prepared)
  local params = M.wire_params(entry, prepared)
  prepared.query = query_of(entry, params)
  if not plan.posts then
    return true
  end
  local text, reason = encode(params)
  if not text then
    return Error.fail {
      kind = "invalid", name = "invalid_parameters", endpoint = entry.name, sent = false,
      message = both("the parameters have no JSON form: %s", "参数无法表示为 JSON：%s")
        :format(reasons.of(reason)),
    }
  end
  prepared.body = plan.open .. text:sub(2, -2) .. plan.close
  return true
end

-- A file that the platform would refuse is not sent; with validate = false files are not checked.
local function form_part(entry, field, values, context)
  local path = values[field.name]
  if context.validate ~= false then
    local file, fault = require("wxlive.media.upload").judge(path, values.type)
    if not file then
      return invalid(entry, {
        sentence.split { field = field.name, message = both("%s: %s", "%s：%s")
          :format(path, fault.message) },
      }, fault.hint, fault.hint_zh)
    end
  end
  return { name = field.wire, path = path, filename = require("wxlive.media.file").name(path) }
end

-- Fields that are parts of a form, or stay here.
local function place_others(prepared, entry, fields, context)
  local values = prepared.values
  for _, field in ipairs(fields) do
    local value = values[field.name]
    if value == nil then -- luacheck: ignore 542
      -- nothing to place
    elseif field.where == "part" then
      local part, err = form_part(entry, field, values, context)
      if not part then
        return nil, err
      end
      prepared.form = prepared.form or {}
      prepared.form[#prepared.form + 1] = part
    else
      prepared[field.name] = value
    end
  end
  return prepared
end

local no_query, no_rest = {}, {}

--- Builds the request of a call.
---@param entry table           of the catalogue
---@param params table          as the caller gave them; never changed
---@param context table         { now=function, appid=, secret=, validate=boolean }
---@param extra table?          wire fields that the catalogue does not know, sent as they are
---@return wxlive.Prepared? prepared
---@return wxlive.Error? err
function M.build(entry, params, context, extra)
  if type(params) ~= "table" then
    return Error.fail {
      kind = "invalid", name = "invalid_parameters", endpoint = entry.name, sent = false,
      message = both("the parameters must be a table, not a %s", "参数应为 table，而不是 %s")
        :format(type(params)),
    }
  end
  local plan = plans[entry]
  local values, body, query, rest
  if context.validate == false then
    values, rest = pass(entry, params, context)
    rest = { rest, extra }
  else
    values, body, query = check(entry, plan, params, context)
    if not values then
      return nil, body
    end
    rest = extra and { extra } or no_rest
  end
  local prepared = {
    method = entry.method, path = entry.path, values = values, rest = rest, body = body,
    content_type = plan.posts and "application/json" or nil, query = query or no_query,
  }
  if rest[1] then
    local ok, err = write(entry, plan, prepared)
    if not ok then
      return nil, err
    end
  end
  if plan.other[1] then
    return place_others(prepared, entry, plan.other, context)
  end
  return prepared
end

return M
