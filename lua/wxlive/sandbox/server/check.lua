--- The strict check of a request against the catalogue: names, types, required, allowed, limits.
--
-- This file checks the catalogue's rules for all endpoints; the handlers check what depends on
-- state (rooms, media, the clock). Only the errcodes are this file's own: the platform has a
-- different one per family of endpoints, and for a few fields.
local allowed = require "wxlive.catalogue.allowed"
local compat = require "wxlive.base.compat"
local refuse = require("wxlive.sandbox.server.refusal").refuse
local texts = require "wxlive.text"
local validate = require "wxlive.client.validate"

local M = {}

-- Endpoint and wire name -> errcode when it is missing, errcode when it is not acceptable.
local special = {
  get_access_token = {
    grant_type = { 40002 }, appid = { 41002, 40013 }, secret = { 41004, 40125 },
  },
  get_stable_access_token = {
    grant_type = { 40002 }, appid = { 41002, 40013 }, secret = { 41004, 40125 },
  },
  upload_media = { type = { 40004 }, media = { 41005 } },
  get_media = { media_id = { 41006, 40007 } },
  get_api_quota = { cgi_path = { 76021 } },
  clear_api_quota = { cgi_path = { 76021 } },
  clear_quota = { appid = { 41002, 40013 } },
  clear_quota_by_secret = { appid = { 41002, 40013 }, appsecret = { 41004, 40125 } },
  get_rid_info = { rid = { 76002 } },
  check_callback = { action = { 40202 }, check_operator = { 40203 } },
  get_component_token = { component_verify_ticket = { 61006 } },
  query_auth = { authorization_code = { 61009 } },
  get_authorizer_token = { authorizer_refresh_token = { 61023 } },
  get_authorizer_list = { count = { 40170 } },
  update_comment = { roomId = { 300022 } },
  get_push_url = { roomId = { 300022 } },
  get_shared_code = { roomId = { 300022 } },
  get_assistant_list = { roomId = { 300022 } },
  get_sub_anchor = { roomId = { 300022 } },
}

-- Texts that the platform is known to use for a field, whatever is wrong with it.
local known_texts = {
  ["create_room startTime"] = "startTime or endTime is invalid",
  ["create_room endTime"] = "startTime or endTime is invalid",
  ["edit_room startTime"] = "startTime or endTime is invalid",
  ["edit_room endTime"] = "startTime or endTime is invalid",
  ["create_room shareImg"] = "shareImg must no be null",
  ["get_role_list role"] = "role invalid, role must be -1 or 0 or 1 or 2 or 3",
  ["goods_set_key goodsKey"] = "goodsKey must be Array<string>",
}

-- Errcode of the endpoint's family: /wxaapi/ is another service than the older two.
local function family_code(entry)
  if entry.path:find("^/wxaapi/") then
    return 200002
  end
  return 40097
end

-- The same for every call of a third-party platform.
local of_component = {
  component_appid = { 41018, 40013 }, component_appsecret = { 41004, 40125 },
  component_secret = { 41004, 40125 }, authorizer_appid = { 41002, 40013 },
}

local function code_of(entry, wire, missing)
  local codes = special[entry.name] and special[entry.name][wire]
    or entry.file == "component" and of_component[wire]
  if not codes then
    return family_code(entry)
  end
  return missing and codes[1] or codes[2] or codes[1]
end

local function wrong(entry, wire, what, its_text, is_missing)
  local text = known_texts[entry.name .. " " .. wire] or wire .. " " .. (its_text or what)
  local code = code_of(entry, wire, is_missing)
  refuse(code, wire .. " " .. what, { text = code == 200002 and text or nil })
end

local function missing(entry, wire)
  wrong(entry, wire, "is missing", "must not be empty", true)
end

-- Values ------------------------------------------------------------------------------------------

local function whole(field, value, textual)
  -- `textual`: a text of digits is accepted as a number
  if textual and type(value) == "string" and value:find("^%-?%d+$") and #value <= 16 then
    value = compat.fold(tonumber(value))
  end
  if type(value) ~= "number" or not compat.is_integer(value) then
    return nil, "must be Number"
  end
  if (field.min and value < field.min) or (field.max and value > field.max) then
    return nil, ("must be from %s to %s"):format(field.min or "any", field.max or "any")
  end
  return value
end

local readers = { integer = whole, time = whole }

-- The platform returns some ids as text, and clients send them back unchanged.
function readers.id(field, value)
  local id, what = whole(field, value, true)
  if id and id < 1 then
    return nil, "must be a positive Number"
  end
  return id, what
end

function readers.cursor(_, value)
  if type(value) ~= "number" and type(value) ~= "string" then
    return nil, "must be Number"
  end
  return value
end

function readers.boolean(_, value)
  if type(value) ~= "boolean" then
    return nil, "must be Boolean"
  end
  return value
end

-- Yuan, at most two decimals.
function readers.price(_, value)
  if type(value) ~= "number" then
    return nil, "must be Number", 300003
  end
  local fen = math.floor(value * 100 + 0.5)
  if value <= 0 or math.abs(value * 100 - fen) > 1e-6 then
    return nil, "must be above 0 with at most 2 decimals", 300003
  end
  return value
end

function readers.string(field, value)
  if type(value) ~= "string" then
    return nil, "must be String"
  end
  if not texts.width(value) then
    return nil, "is not UTF-8", 40033
  end
  local _, units = texts.units(value)
  local limits = field.units
  if limits and (units < limits[1] or units > limits[2]) then
    return nil, ("is %d units long, not %d to %d"):format(units, limits[1], limits[2]),
      field.too_wide
  elseif field.max_encoded and validate.encoded_length(value) > field.max_encoded then
    return nil, "is too long"
  end
  return value
end

local read_fields

local function array_of(field)
  return "must be Array<" .. (field.fields and "object" or field.of == "id" and "number"
    or field.of) .. ">"
end

-- Only the sort list may hold ids as text, as the official sample does.
local function read_element(entry, field, value)
  if field.fields then
    if type(value) ~= "table" then
      return nil, array_of(field)
    end
    return read_fields(entry, field.fields, value, field.scalar ~= nil)
  end
  local element, what = readers[field.of](field, value, false)
  if element == nil then
    return nil, array_of(field), what
  end
  return element
end

local function read_list(entry, field, value)
  if type(value) ~= "table" or (next(value) ~= nil and value[1] == nil) then
    wrong(entry, field.wire, array_of(field))
  elseif field.min_items and #value < field.min_items then
    if entry.name == "goods_sort" then
      refuse(300050, field.wire .. " is an empty list")
    end
    missing(entry, field.wire)
  elseif field.max_items and #value > field.max_items then
    wrong(entry, field.wire, "must have at most " .. field.max_items .. " items")
  end
  local list = {}
  for i, one in ipairs(value) do
    local element, what = read_element(entry, field, one)
    if element == nil then
      wrong(entry, field.wire, what)
    end
    list[i] = element
  end
  return list
end

local function read_field(entry, field, value, textual)
  if field.type == "list" then
    return read_list(entry, field, value)
  end
  local read, what, code = readers[field.type](field, value, textual)
  if code then
    refuse(code, field.wire .. " " .. what)
  elseif read == nil then
    wrong(entry, field.wire, what)
  elseif field.allowed and not allowed.has(field.allowed, read) then
    wrong(entry, field.wire, "must be one of " .. allowed.text(field.allowed))
  end
  return read
end

-- An empty string counts as absent.
local function absent(value)
  return value == nil or value == ""
end

function read_fields(entry, fields, given, textual)
  local params = {}
  for _, field in ipairs(fields) do
    local value = given[field.wire]
    if field.where == "local" or field.where == "part" then
      value = nil
    elseif absent(value) then
      if field.required or (field.name == "role" and entry.name == "get_role_list") then
        missing(entry, field.wire)
      end
      value = nil
    end
    if value ~= nil then
      params[field.name] = read_field(entry, field, value, textual)
    end
  end
  return params
end

--- Fields that the endpoint does not know: the platform ignores them; the sandbox's log names them.
---@return string[]?
function M.unknown(entry, given)
  local wires, strangers = { access_token = true, component_access_token = true }, nil
  for _, field in ipairs(entry.params) do
    wires[field.wire] = true
    if field.also then
      wires[field.also] = true
    end
  end
  for name in pairs(given) do
    if not wires[name] then
      strangers = strangers or {}
      strangers[#strangers + 1] = tostring(name)
    end
  end
  if strangers then
    table.sort(strangers)
  end
  return strangers
end

--- Reads the wire's parameters into a table under the catalogue's names, or refuses.
---@param entry table      the catalogue's
---@param given table      wire name -> value: the decoded body, or the query (all text)
---@param textual boolean  numbers come as text
---@return table params
function M.params(entry, given, textual)
  return read_fields(entry, entry.params, given, textual)
end

--- The object that the parameters are in: the body, or what it wraps.
---@return table given
function M.unwrap(entry, body)
  if not entry.wrap then
    return body
  end
  local inner = body[entry.wrap]
  if type(inner) ~= "table" or inner[1] ~= nil then
    missing(entry, entry.wrap)
  end
  return inner
end

return M
