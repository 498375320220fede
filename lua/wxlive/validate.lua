--- Checks of one field's value: what the caller gave -> what goes on the wire.
--
-- A check returns the wire value, or nil and what is wrong in words that can follow the field's
-- name. It allocates nothing when all is well.
local compat = require "wxlive.compat"
local core = require "wxlive.core"
local json = require "wxlive.json"
local suggest = require "wxlive.suggest"
local texts = require "wxlive.text"

local is_integer, integer_text = compat.is_integer, compat.integer_text
local text_width, is_word = core.text.width, core.text.is_word

local M = {}

local function kind_of(value)
  if type(value) == "string" then
    return "text " .. texts.quote(value)
  elseif type(value) == "number" then
    return "the number " .. compat.text(value)
  end
  return value == json.null and "null" or "a " .. type(value)
end

-- Lists "0 (open), 1 (closed)" for messages.
local function allowed_text(allowed)
  local parts = {}
  if type(allowed[1]) == "string" then
    for i, value in ipairs(allowed) do
      parts[i] = value
    end
  else
    local values = {}
    for value in pairs(allowed) do
      values[#values + 1] = value
    end
    table.sort(values)
    for i, value in ipairs(values) do
      parts[i] = ("%d (%s)"):format(value, allowed[value][1])
    end
  end
  return table.concat(parts, ", ")
end

-- What the text of a field must look like. Each gives nil when it is right.
local formats = {}

function formats.media_id(value)
  if is_word(value) then
    return nil
  elseif value:find("^https?://") then
    return "must be the media_id of an uploaded temporary image, not a web address; "
      .. "upload_media gives one"
  end
  return "is not a media_id (letters, digits, - and _); upload_media gives one"
end

function formats.page_path(value)
  if value:find("^/") then
    return "must not begin with a slash: write pages/index/index"
  elseif value:find("^https?:") then
    return "must be a page path of the mini program, not a web address"
  elseif value:find("^%w+%%2[fF]") then
    return "must not be percent-encoded as a whole; encode only parameter values"
  end
  local odd = value:match("[\1-\32\127-\255][\128-\191]*")
  if odd then
    return ("must be plain ASCII without blanks, and holds %s%s"):format(texts.quote(odd),
      odd == "？" and "; write ?" or "; percent-encode it in a parameter's value")
  end
end

function formats.cgi_path(value)
  if not value:find("^/") then
    return "must begin with a slash, such as /wxaapi/broadcast/room/create"
  elseif value:find("[?#]") then
    return "must be a path without a query"
  end
end

-- Numbers come out of spreadsheets, forms and key-value stores as decimal text; the wire wants
-- numbers. Text that a number cannot carry exactly stays text, and is refused.
local function whole(value)
  local number = type(value) == "string" and value:find("^%-?%d+$") and compat.to_integer(value)
  return number and number + 0 or value -- + 0: no -0
end

local function decimal(value)
  if type(value) == "string" and #value <= 17 and value:find("^%-?%d+%.?%d*$") then
    return compat.fold(compat.to_number(value) + 0)
  end
  return value
end

--- Bytes of a text once everything but RFC 3986's unreserved characters is percent-encoded.
---@param text string
---@return integer
function M.encoded_length(text)
  local _, escapes = text:gsub("[^0-9A-Za-z%-%._~]", "")
  return #text + 2 * escapes
end

--- Whether a field counts as not given: it is JSON's null; people leave text empty, and libraries
--- with typed records send every field, "" and 0 where nothing was set.
---@param field table
---@param value any
---@return boolean
function M.is_absent(field, value)
  return value == nil or value == json.null
    or not field.required and type(value) == "string" and texts.trim(value) == ""
    or field.zero_is_default and decimal(value) == 0 or false
end

--- What to do about a name that is not a field, in words that follow "is not a field of X".
---@param near wxlive.Nearby  of the catalogue's fields
---@param key any
---@return string
function M.advice(near, key)
  if type(key) ~= "string" then
    return ""
  end
  local spelling = near.mistaken[key] or suggest.nearest(key, near.spellings)
  local field = spelling and near.known[spelling]
  return field and "; did you mean " .. field.name .. "?" or ""
end

local checks = {}

function checks.integer(field, value)
  value = whole(value)
  if not is_integer(value) then
    return nil, "must be a whole number, not " .. kind_of(value)
  elseif field.min and value < field.min then
    return nil, ("must be at least %s, not %s"):format(integer_text(field.min), integer_text(value))
  elseif field.max and value > field.max then
    return nil, ("must be at most %s, not %s"):format(integer_text(field.max), integer_text(value))
  end
  return value
end

-- More digits than any 64-bit number has.
local MOST_DIGITS = 20

-- Ids come as text out of spreadsheets and key-value stores, and out of answers where no number of
-- this interpreter holds them; the wire wants numbers.
function checks.id(_, value)
  local id = value
  if type(value) == "string" and #value <= MOST_DIGITS and value:find("^%d+$") then
    id = json.number(value)
    if type(id) == "table" then
      return id
    end
  end
  if not is_integer(id) or id < 1 then
    return nil, "must be a whole number from 1, not " .. kind_of(value)
  end
  return id
end

function checks.time(_, value)
  value = whole(value)
  if not is_integer(value) then
    return nil, "must be a time in Unix seconds, not " .. kind_of(value)
  elseif value > 1e11 then
    return nil, "must be a time in Unix seconds; this looks like milliseconds"
  elseif value < 1e9 then
    return nil, ("must be a time in Unix seconds; %s is long ago"):format(integer_text(value))
  end
  return value
end

function checks.number(_, value)
  value = decimal(value)
  if type(value) ~= "number" or value ~= value or value == math.huge or value == -math.huge then
    return nil, "must be a number, not " .. kind_of(value)
  end
  return value
end

function checks.price(_, value)
  value = decimal(value)
  if type(value) ~= "number" or value ~= value or value < 0 then
    return nil, "must be a price in yuan (a number from 0), not " .. kind_of(value)
  end
  local fen = value * 100
  if fen > 1e12 or math.abs(fen - math.floor(fen + 0.5)) > 1e-6 then
    return nil, "must be a price in yuan with at most 2 decimals, not " .. compat.text(value)
  end
  return value
end

function checks.boolean(_, value)
  if type(value) ~= "boolean" then
    return nil, "must be true or false, not " .. kind_of(value)
  end
  return value
end

-- A field that takes a table as well sends it as JSON text, without fields that are null.
local function as_text(field, value)
  if not field.json or type(value) ~= "table" then
    return value
  end
  local text, reason = json.encode(value)
  if text and text:find("null", 1, true) then
    return json.encode(json.decode_wire(text))
  end
  return text, reason
end

function checks.string(field, value)
  local given = value
  local reason
  value, reason = as_text(field, given)
  if type(value) ~= "string" then
    return nil, reason and "has no JSON form: " .. reason
      or (field.json and "must be text or a table, not " or "must be text, not ") .. kind_of(given)
  end
  if field.where ~= "local" then
    value = texts.trim(value) -- what cannot be seen at the ends makes no other text
  end
  if value == "" then
    return nil, "must not be empty"
  end
  local width, at = text_width(value) -- when it has a width, `at` tells of a NUL
  if not width then
    return nil, "must be UTF-8 text (not UTF-8 at byte " .. at .. ")"
  elseif at then
    return nil, "must not hold a NUL byte"
  end
  local hidden = field.where ~= "local" and texts.hidden(value)
  if hidden then
    return nil, ("must not hold %s, a character that cannot be seen%s"):format(hidden,
      field.secret and "" or ": " .. texts.quote(value))
  end
  local limits = field.units
  if limits then
    local least, most = texts.units(value)
    if least > limits[2] or most < limits[1] then
      return nil, ("must be %d to %d wide (a Chinese character counts 2, any other 1), not %d")
        :format(limits[1], limits[2], least)
    end
  end
  if field.max_chars and #value > field.max_chars then
    return nil, ("must be at most %d bytes long, not %d"):format(field.max_chars, #value)
  elseif field.max_encoded and M.encoded_length(value) > field.max_encoded then
    return nil, ("must be at most %d bytes long once percent-encoded, not %d"):format(
      field.max_encoded, M.encoded_length(value))
  end
  local wrong = field.format and formats[field.format](value)
  if wrong then
    return nil, wrong
  end
  return value
end

-- The platform's word from the page before; what it is made of is not ours to know. A number that
-- this interpreter cannot hold came out as text, and goes back as the number that it was.
function checks.cursor(_, value)
  if is_integer(value) then
    return value
  elseif type(value) == "string" and value ~= "" then
    return #value > 15 and #value <= MOST_DIGITS and json.number(value) or value
  end
  return nil, "must be the cursor that the page before returned, not " .. kind_of(value)
end

function checks.file(_, value)
  if type(value) ~= "string" or value == "" then
    return nil, "must be the path of a file, not " .. kind_of(value)
  elseif value:find("%z") then
    return nil, "must not hold a NUL byte"
  end
  return value
end

-- One object of a list: the same rules as for the parameters of a call.
local function check_object(field, value, problem)
  local out = {}
  for key, inner in pairs(value) do
    local part = type(key) == "string" and field.known[key]
    if not part then
      problem(("%s: unknown field %s%s"):format(field.name, tostring(key),
        M.advice(field.near, key)))
    elseif not M.is_absent(part, inner) then
      local wire, wrong = M.field(part, inner)
      if wrong then
        problem(("%s: %s"):format(part.name, wrong))
      end
      out[part.wire] = wire
    end
  end
  for _, part in ipairs(field.fields) do
    if part.required and out[part.wire] == nil then
      problem(("%s is missing"):format(part.name))
    end
  end
  return out
end

function checks.list(field, value)
  if value == json.empty_array then
    value = {}
  elseif type(value) ~= "table" then
    return nil, "must be a list, not " .. kind_of(value)
  end
  local n = #value
  for key in pairs(value) do
    if not is_integer(key) or key < 1 or key > n then
      return nil, ("must be a list without gaps; it has the key %s"):format(tostring(key))
    end
  end
  if field.min_items and n < field.min_items then
    return nil, "must not be an empty list"
  elseif field.max_items and n > field.max_items then
    return nil, ("must hold at most %d, not %d"):format(field.max_items, n)
  end
  local out = json.array {}
  for i = 1, n do
    local item, wrong = value[i], nil
    if field.fields then
      if field.scalar and type(item) ~= "table" then
        item = { [field.scalar] = item }
      end
      if type(item) ~= "table" then
        return nil, ("item %d must be an object, not %s"):format(i, kind_of(item))
      end
      item = check_object(field, item, function(problem)
        wrong = wrong and wrong .. ", " .. problem or problem
      end)
    else
      item, wrong = checks[field.of]({ name = field.name }, item)
    end
    if wrong then
      return nil, ("item %d: %s"):format(i, wrong)
    end
    out[i] = item
  end
  return out
end

--- Checks one value against its field of the catalogue.
---@param field table
---@param value any
---@return any wire     what goes on the wire; nil when it may not, or counts as not given
---@return string? wrong
function M.field(field, value)
  if M.is_absent(field, value) then
    return nil
  end
  -- A value out of a list is right by being there, whatever its type would say of it.
  local accepts = field.accepts
  if accepts and accepts[value] then
    return value
  end
  local wire, wrong = checks[field.type](field, value)
  if wire ~= nil and accepts and not accepts[wire] then
    return nil, "must be one of " .. allowed_text(field.allowed) .. ", not " .. kind_of(value)
  end
  return wire, wrong
end

-- Rules across fields. Each gets the wire values by our own names, now, and a function to report.
local MINUTE, HOUR, DAY = 60, 3600, 86400

local rules = {}

function rules.room_times(values, now, report)
  local first, last = values.start_time, values.end_time
  if first and first < now + 10 * MINUTE then
    report("start_time", first < now and "is in the past; it must be at least 10 minutes ahead"
      or "must be at least 10 minutes ahead")
  elseif first and first > now + 184 * DAY then
    report("start_time", "must be within 6 months")
  end
  if first and last then
    if last < first + 30 * MINUTE then
      report("end_time", last <= first and "must be after start_time, by 30 minutes at least"
        or "must be at least 30 minutes after start_time")
    elseif last > first + 24 * HOUR then
      report("end_time", "must be at most 24 hours after start_time")
    end
  end
end

-- Of two ids, whatever their form: more digits, or the same number of higher ones.
local function is_above(a, b)
  a, b = compat.text(a), compat.text(b)
  return #a > #b or #a == #b and a > b
end

-- The platform numbers audits across all shops, goods within one.
function rules.audit_above_goods(values, _, report)
  local goods_id, audit_id = values.goods_id, values.audit_id
  if goods_id and audit_id and is_above(goods_id, audit_id) then
    report("goods_id", "is above audit_id: the two are swapped (goods_id comes first, and audit "
      .. "ids are the larger ones)")
  end
end

function rules.anchors_differ(values, _, report)
  if values.sub_anchor_wechat and values.sub_anchor_wechat == values.anchor_wechat then
    report("sub_anchor_wechat", "must be another account than anchor_wechat")
  end
end

function rules.price_by_type(values, _, report)
  local kind, price, price2 = values.price_type, values.price, values.price2
  if not kind then
    return
  elseif not price then
    report("price", "is needed with price_type")
  elseif kind == 2 and not price2 then
    report("price2", "is needed for a price range (price_type 2)")
  elseif kind == 2 and price2 < price then
    report("price2", "must not be below price for a range (price_type 2)")
  elseif kind == 3 and not price2 then
    report("price2", "is needed for a discount (price_type 3)")
  elseif kind == 3 and price2 >= price then
    report("price2", "must be below price: price is the original, price2 the current one "
      .. "(price_type 3)")
  end
end

--- Runs the cross-field rules of an entry.
---@param entry table
---@param values table<string, any>  by our own names
---@param now number
---@param report fun(field: string, wrong: string)
function M.rules(entry, values, now, report)
  local names = entry.rules
  for i = 1, names and #names or 0 do
    rules[names[i]](values, now, report)
  end
end

return M
