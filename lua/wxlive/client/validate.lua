--- The error texts for wrong parameters, and the rules across fields.
--
-- The rules of a single field are in C (core/lua/params/value.c), which checks and writes in one
-- pass and reports mistakes as data; this file puts each mistake into words.
local allowed = require "wxlive.catalogue.allowed"
local compat = require "wxlive.base.compat"
local core = require "wxlive.core"
local json = require "wxlive.json"
local suggest = require "wxlive.base.suggest"
local texts = require "wxlive.text"

local M = {}

--- Bytes of a text once everything but RFC 3986's unreserved characters is percent-encoded.
---@type fun(text: string): integer
M.encoded_length = core.text.escaped_length

-- Words -------------------------------------------------------------------------------------------

-- A given value as messages show it.
local function given(value)
  if type(value) == "string" then
    return "text " .. texts.quote(value)
  elseif type(value) == "number" then
    return "the number " .. compat.text(value)
  end
  return value == json.null and "null" or "a " .. type(value)
end

-- How messages name the values of each type.
local must_be = {
  id = "a whole number from 1", integer = "a whole number", time = "a time in Unix seconds",
  price = "a price in yuan (a number from 0)", boolean = "true or false", string = "text",
  list = "a list", file = "the path of a file",
  cursor = "the cursor that the page before returned",
}

-- rule -> its message, in words that can follow the field's name
local words = {}

function words.type(field, problem, kind)
  local what = field.json and "text or a table" or must_be[kind]
  return ("must be %s, not %s"):format(what, given(problem.value))
end

function words.object(_, problem)
  return "must be an object, not " .. given(problem.value)
end

function words.missing(field)
  return "is missing" .. (field.desc and ": " .. field.desc or "")
end

function words.twice()
  return "is given twice, under two spellings"
end

function words.least(_, problem)
  return ("must be at least %s, not %s"):format(compat.text(problem.amount),
    compat.text(problem.value))
end

function words.most(_, problem)
  return ("must be at most %s, not %s"):format(compat.text(problem.amount),
    compat.text(problem.value))
end

function words.allowed(field, problem)
  return "must be one of " .. allowed.text(field.allowed) .. ", not " .. given(problem.value)
end

function words.milliseconds()
  return "must be a time in Unix seconds; this looks like milliseconds"
end

function words.long_ago(_, problem)
  return ("must be a time in Unix seconds; %s is long ago"):format(compat.text(problem.value))
end

function words.decimals(_, problem)
  return "must be a price in yuan with at most 2 decimals, not " .. compat.text(problem.value)
end

function words.empty()
  return "must not be empty"
end

function words.utf8(_, problem)
  return ("must be UTF-8 text (not UTF-8 at byte %d)"):format(problem.amount)
end

function words.nul()
  return "must not hold a NUL byte"
end

function words.hidden(field, problem)
  return ("must not hold U+%04X, a character that cannot be seen%s"):format(problem.amount,
    field.secret and "" or ": " .. texts.quote(texts.trim(problem.value)))
end

function words.units(field, problem)
  return ("must be %d to %d wide (a Chinese character counts 2, any other 1), not %d")
    :format(field.units[1], field.units[2], problem.amount)
end

function words.bytes(field, problem)
  return ("must be at most %d bytes long, not %d"):format(field.max_chars, problem.amount)
end

function words.encoded(field, problem)
  return ("must be at most %d bytes long once percent-encoded, not %d"):format(field.max_encoded,
    problem.amount)
end

function words.no_json(_, problem)
  return "has no JSON form: " .. problem.value
end

function words.media_id()
  return "is not a media_id (letters, digits, - and _); upload_media gives one"
end

function words.media_address()
  return "must be the media_id of an uploaded temporary image, not a web address; "
    .. "upload_media gives one"
end

function words.page_slash()
  return "must not begin with a slash: write pages/index/index"
end

function words.page_address()
  return "must be a page path of the mini program, not a web address"
end

function words.page_encoded()
  return "must not be percent-encoded as a whole; encode only parameter values"
end

function words.page_character(_, problem)
  local odd = texts.trim(problem.value):match("^.[\128-\191]*", problem.amount)
  return ("must be plain ASCII without blanks, and holds %s%s"):format(texts.quote(odd),
    odd == "？" and "; write ?" or odd == "\\" and "; write /"
      or "; percent-encode it in a parameter's value")
end

function words.path_slash()
  return "must begin with a slash, such as /wxaapi/broadcast/room/create"
end

function words.path_query()
  return "must be a path without a query"
end

function words.gap(_, problem)
  return ("must be a list without gaps; it has the key %s"):format(compat.text(problem.value))
end

function words.few(_, problem)
  return problem.amount == 0 and "must not be an empty list"
    or ("must hold more than %d"):format(problem.amount)
end

function words.many(field, problem)
  return ("must hold at most %d, not %d"):format(field.max_items, problem.amount)
end

-- Problems ----------------------------------------------------------------------------------------

local KEY_MOST = 60

local function key_text(key)
  key = texts.plain(tostring(key))
  return #key > KEY_MOST and texts.cut(key, KEY_MOST) .. "..." or key
end

-- Advice about an unknown field name, in words that follow "is not a field of X".
local function advice(near, key)
  if type(key) ~= "string" then
    return ""
  end
  local spelling = near.mistaken[key] or suggest.nearest(key, near.spellings)
  local field = spelling and near.known[spelling]
  return field and "; did you mean " .. field.name .. "?" or ""
end

local function is_retired(entry, key)
  for _, name in ipairs(entry.retired or {}) do
    if key == name then
      return true
    end
  end
  return false
end

-- Puts a mistake in a field, or within an item of a list, into words.
local function describe(field, problem)
  if not problem.item then
    return words[problem.rule](field, problem, field.type)
  elseif problem.rule == "unknown" then
    return ("%s: unknown field %s%s"):format(field.name, key_text(problem.value),
      advice(field.near, problem.value))
  elseif problem.rule == "object" then
    return words.object(field, problem)
  end
  local part = field.fields and field.fields[problem.part]
  if not part then
    return words[problem.rule](field, problem, field.of)
  elseif problem.rule == "missing" then
    return part.name .. " is missing"
  end
  return part.name .. ": " .. words[problem.rule](part, problem, part.type)
end

--- Puts the core's reports into words.
---@param entry { name: string, params: table[], near: wxlive.Nearby?, retired: string[]? }
---@param reported table[]
---@return { field: string, message: string }[]  in the order of the fields
function M.problems(entry, reported)
  local out, order = {}, {}
  local last, item
  for i, problem in ipairs(reported) do
    local field = entry.params[problem.number]
    if not field then
      last, item = nil, nil
      out[#out + 1] = problem.rule == "too_long"
        and { field = entry.name, message = "has parameters that are too long for a request" }
        or { field = key_text(problem.value), message = "is not a field of " .. entry.name
          .. (is_retired(entry, problem.value)
            and " any more: the platform has dropped it, leave it out"
            or advice(entry.near, problem.value)) }
      order[out[#out]] = i
    elseif problem.item and last and item == problem.item and last.field == field.name then
      last.message = last.message .. ", " .. describe(field, problem)
    else
      local message = describe(field, problem)
      if problem.item then
        message = ("item %d%s %s"):format(problem.item, problem.rule == "object" and "" or ":",
          message)
      end
      last, item = { field = field.name, message = message }, problem.item
      out[#out + 1] = last
      order[last] = problem.number * 1000 + i
    end
  end
  if reported.more then
    out[#out + 1] = {
      field = ("%d more"):format(reported.more), message = "are not fields of " .. entry.name,
    }
    order[out[#out]] = 999 -- behind those that are named
  end
  table.sort(out, function(a, b)
    return order[a] < order[b]
  end)
  return out
end

local takers = setmetatable({}, { __mode = "k" })

--- Checks one value against a field, of the catalogue or not.
---@param field table
---@param value any
---@return any wire     what goes on the wire; nil when it may not, or counts as not given
---@return string? wrong
function M.field(field, value)
  local take = takers[field]
  if not take then
    take = json.compile_params { fields = { field }, index = { value = 1 } }
    takers[field] = take
  end
  local values, _, _, reported = take { value = value }
  if reported then
    return nil, M.problems({ name = field.name, params = { field } }, reported)[1].message
  end
  return values[field.name]
end

-- Rules across fields -----------------------------------------------------------------------------

-- Each gets the wire values by our own names, now, and the list of problems to add to, or nil. It
-- returns that list, or a new one with what it found.
local MINUTE, HOUR, DAY = 60, 3600, 86400

local rules = {}

local function add(problems, field, message)
  problems = problems or {}
  for _, problem in ipairs(problems) do
    if problem.field == field then
      -- one problem for each field: fields with a reported problem are not in this table
      return problems
    end
  end
  problems[#problems + 1] = { field = field, message = message }
  return problems
end

function rules.room_times(values, now, problems)
  local first, last = values.start_time, values.end_time
  if first and first < now + 10 * MINUTE then
    problems = add(problems, "start_time", first < now
      and "is in the past; it must be at least 10 minutes ahead"
      or "must be at least 10 minutes ahead")
  elseif first and first > now + 184 * DAY then
    problems = add(problems, "start_time", "must be within 6 months")
  end
  if first and last then
    if last < first + 30 * MINUTE then
      problems = add(problems, "end_time", last <= first
        and "must be after start_time, by 30 minutes at least"
        or "must be at least 30 minutes after start_time")
    elseif last > first + 24 * HOUR then
      problems = add(problems, "end_time", "must be at most 24 hours after start_time")
    end
  end
  return problems
end

-- The platform numbers audits across all shops, goods within one.
function rules.audit_above_goods(values, _, problems)
  local goods_id, audit_id = values.goods_id, values.audit_id
  if goods_id and audit_id and compat.is_lower_id(audit_id, goods_id) then
    problems = add(problems, "goods_id", "is above audit_id: the two are swapped (goods_id comes "
      .. "first, and audit ids are the larger ones)")
  end
  return problems
end

function rules.anchors_differ(values, _, problems)
  if values.sub_anchor_wechat and values.sub_anchor_wechat == values.anchor_wechat then
    problems = add(problems, "sub_anchor_wechat", "must be another account than anchor_wechat")
  end
  return problems
end

local function price_problem(kind, price, price2)
  if not price then
    return "price", "is needed with price_type"
  elseif kind == 2 and not price2 then
    return "price2", "is needed for a price range (price_type 2)"
  elseif kind == 2 and price2 < price then
    return "price2", "must not be below price for a range (price_type 2)"
  elseif kind == 3 and not price2 then
    return "price2", "is needed for a discount (price_type 3)"
  elseif kind == 3 and price2 >= price then
    return "price2", "must be below price: price is the original, price2 the current one "
      .. "(price_type 3)"
  end
end

function rules.price_by_type(values, _, problems)
  local field, message
  if values.price_type then
    field, message = price_problem(values.price_type, values.price, values.price2)
  end
  return field and add(problems, field, message) or problems
end

--- The rules across an entry's fields: each takes the values by our own names, the time, and the
--- problems that were found before, and gives the problems with its own.
---@param entry table
---@return (fun(values: table<string, any>, now: number, problems: table[]?): table[]?)[]?
function M.rules_of(entry)
  local list = {}
  for i, name in ipairs(entry.rules or {}) do
    list[i] = rules[name]
  end
  return list[1] and list
end

return M
