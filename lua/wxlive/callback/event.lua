--- Reads a message of the platform as an event, which has the same shape for every format on the
--- wire.
--
-- Names are snake_case; the fields of a known event lie flat and have their types, whether they
-- came nested or flat, as XML or JSON, as strings or numbers. Everything else is passed through.
local core = require "wxlive.core"
local compat = require "wxlive.base.compat"
local json = require "wxlive.json"
local names = require "wxlive.callback.names"
local reasons = require "wxlive.text.reasons"
local both = require("wxlive.text.sentence").both

local M = {}

--- Largest message, deepest nesting and most values that are read at all. (A parser of XML has a
--- limit of its own on elements.)
M.max_bytes = 1024 * 1024
M.max_depth = 16
M.max_values = 10000

---@class wxlive.Event
---@field kind string             "follow", "push_result", "apply_result", "event" or "message"
---@field event string?           the platform's name of it, such as "wxalive_follow_notify"
---@field msg_type string?        "event" for events
---@field info_type string?       of what is pushed to a third-party platform, which has no msg_type
---@field to_user_name string?    original id of the mini program (gh_...)
---@field from_user_name string?  openid of the sender
---@field create_time integer?    Unix seconds
---@field wire_format "xml"|"json"
---@field raw string              the message as it came, decrypted
---@field appid string?           the shop that the event is of, at a third-party platform

---@class wxlive.FollowEvent: wxlive.Event
---@field room_id integer
---@field user_openid string
---@field time integer            Unix seconds
---@field live_status integer     101 live, 102 not started, 103 ended
---@field action string           "add_follow" or "del_follow"

---@class wxlive.PushResultEvent: wxlive.Event
---@field message_id string       as push_message returned it
---@field room_id integer
---@field total_count integer
---@field success_count integer
---@field openid_error_count integer
---@field relation_error_count integer
---@field user_recv_limit_count integer
---@field internal_error_count integer

---@class wxlive.ApplyResultEvent: wxlive.Event
---@field appid string
---@field open_time integer       Unix seconds

local common = {
  "create_time", "integer", "event", "string", "from_user_name", "string", "msg_id", "string",
  "msg_type", "string", "to_user_name", "string",
}

-- The types of the known events' fields.
local known = {
  wxalive_follow_notify = {
    kind = "follow",
    wrappers = { "follow_notify" },
    fields = {
      "room_id", "integer", "user_openid", "string", "time", "integer", "live_status", "integer",
      "action", "string",
    },
  },
  wxalive_push_message_notify = {
    kind = "push_result",
    wrappers = { "push_message_api_notify" },
    fields = {
      "message_id", "string", "room_id", "integer", "total_count", "integer",
      "success_count", "integer", "openid_error_count", "integer",
      "relation_error_count", "integer", "user_recv_limit_count", "integer",
      "internal_error_count", "integer",
    },
  },
  wxa_live_apply_event = {
    kind = "apply_result",
    -- the platform spells it "Noitfy"; should it ever correct that, nothing breaks
    wrappers = { "apply_live_info_noitfy", "apply_live_info_notify" },
    fields = { "appid", "string", "open_time", "integer" },
  },
}

--- kind -> the platform's name of the event
M.kinds = {}
for name, entry in pairs(known) do
  M.kinds[entry.kind] = name
  for _, word in ipairs(common) do
    table.insert(entry.fields, word)
  end
end

local convert = {}

-- A value that is not a whole number is passed on unchanged, so that the handler sees what the
-- platform sent.
function convert.integer(value)
  if type(value) == "string" then
    return compat.to_integer(value) or compat.to_integer(value:match("^%s*(.-)%s*$")) or value
  end
  return value
end

function convert.string(value)
  if type(value) == "number" then
    return compat.number_text(value)
  elseif type(value) == "boolean" then
    return tostring(value)
  end
  return value
end

-- For each type of field, the Lua type that the readers already produce.
local lua_type = { integer = "number", string = "string" }

-- types: field, type, field, type... nil and a reason when a field of one value holds several.
local function apply_types(event, types)
  for i = 1, #types, 2 do
    local field, kind = types[i], types[i + 1]
    local value = event[field]
    local found = type(value)
    if found == "table" then
      return nil, both("%s is there more than once, or holds others", "%s 重复出现，或含有下级元素")
        :format(field)
    elseif value ~= nil and found ~= lua_type[kind] then
      event[field] = convert[kind](value)
    end
  end
  return true
end

local function unwrap(event, wrappers)
  for _, wrapper in ipairs(wrappers) do
    local inner = event[wrapper]
    if type(inner) == "table" and inner[1] == nil then
      event[wrapper] = nil
      for k, v in pairs(inner) do
        if event[k] == nil then
          event[k] = v
        end
      end
    end
  end
end

local reader

local function read_xml(text)
  if not reader then
    local made, err = core.xml.new { bytes = M.max_bytes, depth = M.max_depth }
    if not made then
      return nil, reasons.of(err.message)
    end
    reader = made
  end
  local tree, root = reader:decode(text, names.map)
  if not tree then
    return nil, reasons.of(root.message)
  end
  if root ~= "xml" then
    return nil, both("XML: the root element is not <xml>", "XML 的根元素不是 <xml>")
  end
  return tree
end

local decode = json.message_decoder(names.map, M)

local function read_json(text)
  local tree, reason = decode(text)
  if type(tree) ~= "table" or tree[1] ~= nil then
    return nil, both("JSON: %s", "JSON 有误：%s")
      :format(reason and reasons.of(reason) or both("not an object", "不是对象"))
  end
  return tree
end

--- The fields of a message or an envelope under their new names, and the form that it has. A byte
--- order mark may stand in front of either form.
---@param text string
---@return table? fields
---@return string form  "json" or "xml"; or the reason
function M.parse(text)
  if #text > M.max_bytes then
    return nil, both("the message is longer than %d bytes", "消息超过 %d 字节"):format(M.max_bytes)
  end
  local wire_format = text:find("^\239?\187?\191?%s*[{%[]") and "json" or "xml"
  local fields, reason = (wire_format == "json" and read_json or read_xml)(text)
  if not fields then
    return nil, reason
  end
  return fields, wire_format
end

--- The Encrypt text of an envelope, false when there is none; nil and a reason when the body is
--- neither XML nor JSON. All other fields of an envelope are ignored: only this one is signed.
---@param body string
---@return string|false|nil encrypt
---@return string|wxlive.Sentence|nil reason
function M.encrypt(body)
  local envelope, reason = M.parse(body)
  if not envelope then
    return nil, reason
  end
  local encrypt = envelope.encrypt
  return type(encrypt) == "string" and encrypt ~= "" and encrypt
end

local function is_text(value)
  return type(value) == "string" and value ~= ""
end

--- Reads a message, XML or JSON. A text without a MsgType and without an InfoType (of pushes to
--- third-party platforms) is not a message.
---@param text string
---@return wxlive.Event?
---@return string|wxlive.Sentence|nil reason
---@return boolean? sealed  true when it is an envelope instead
function M.read(text)
  local event, wire_format = M.parse(text)
  if not event then
    return nil, wire_format
  end
  local entry = known[event.event]
  if entry then
    unwrap(event, entry.wrappers)
  end
  local fine, reason = apply_types(event, entry and entry.fields or common)
  if not fine then
    return nil, reason
  elseif not is_text(event.msg_type) and not is_text(event.info_type) then
    return nil, both("there is no MsgType and no InfoType", "既没有 MsgType 也没有 InfoType"),
      is_text(event.encrypt)
  end
  event.kind = entry and entry.kind or event.event and "event" or "message"
  event.wire_format = wire_format
  event.raw = text
  return event
end

-- Appends a value in a form that no other value has: text with its length, names in order.
local function append(value, out)
  if value == json.null then -- of a list
    out[#out + 1] = "-"
    return
  elseif type(value) ~= "table" then
    local text = convert.string(value)
    out[#out + 1] = #text .. ":" .. text
    return
  end
  local keys, by_key = {}, {}
  for key, inner in pairs(value) do
    local name = tostring(key)
    keys[#keys + 1], by_key[name] = name, inner
  end
  table.sort(keys)
  out[#out + 1] = json.is_array(value) and "[" or "{"
  for _, name in ipairs(keys) do
    append(name, out)
    append(by_key[name], out)
  end
  out[#out + 1] = "}"
end

-- The identity of a message that has a MsgId. Two senders may use the same MsgId.
local identifying = {
  "msg_id", "from_user_name", "to_user_name", "create_time", "msg_type", "event", "appid",
}

-- Fields that the reader adds, and fields that depend on the format of the wire: no part of an
-- event's identity.
local ours = { kind = true, raw = true, wire_format = true }

--- One short text that is the same for each delivery of one event, whatever its form, and another
--- for any other event: a key for a store.
---@param event wxlive.Event
---@return string
function M.identity(event)
  local fields, out = {}, {}
  if event.msg_id and event.msg_id ~= "" and event.msg_id ~= "0" then
    for _, name in ipairs(identifying) do
      fields[name] = event[name]
    end
  else
    for name, value in pairs(event) do
      if not ours[name] then
        fields[name] = value
      end
    end
  end
  append(fields, out)
  return (core.message.sha1(table.concat(out)))
end

return M
