--- The error texts for wrong parameters.
--
-- The rules of a single field are in C (core/lua/params/value.c), which checks and writes in one
-- pass and reports mistakes as data; this file puts each mistake into words.
local allowed = require "wxlive.catalogue.allowed"
local compat = require "wxlive.base.compat"
local core = require "wxlive.core"
local Error = require "wxlive.error"
local json = require "wxlive.json"
local reasons = require "wxlive.text.reasons"
local sentence = require "wxlive.text.sentence"
local suggest = require "wxlive.base.suggest"
local tables = require "wxlive.base.tables"
local texts = require "wxlive.text"

local M = {}

local both, split = sentence.both, sentence.split

--- Bytes of a text once everything but RFC 3986's unreserved characters is percent-encoded.
---@type fun(text: string): integer
M.encoded_length = core.text.escaped_length

-- Words -------------------------------------------------------------------------------------------

-- A given value as messages show it.
local function given(value)
  if type(value) == "string" then
    return both("text %s", "文本 %s"):format(texts.quote(value))
  elseif type(value) == "number" then
    return both("the number %s", "数字 %s"):format(compat.text(value))
  end
  return value == json.null and both("null", " null") or both("a %s", " %s"):format(type(value))
end

-- How messages name the values of each type.
local must_be = {
  id = both("a whole number from 1", "正整数"), integer = both("a whole number", "整数"),
  time = both("a time in Unix seconds", " Unix 秒数"),
  price = both("a price in yuan (a number from 0)", "以元为单位的价格（不小于 0 的数字）"),
  boolean = both("true or false", " true 或 false"), string = both("text", "文本"),
  list = both("a list", "列表"), file = both("the path of a file", "文件路径"),
  cursor = both("the cursor that the page before returned", "上一页返回的游标"),
}

-- rule -> its message, in words that can follow the field's name
local words = {}
M.words = words

-- The message of a rule that says nothing of the value.
local function fixed(said)
  return function()
    return said
  end
end

function words.type(field, problem, kind)
  local what = field.json and both("text or a table", "文本或 table") or must_be[kind]
  return both("must be %s, not %s", "应为%s，而不是%s"):format(what, given(problem.value))
end

function words.object(_, problem)
  return both("must be an object, not %s", "应为对象，而不是%s"):format(given(problem.value))
end

function words.missing(field)
  return field.desc and both("is missing: %s", "未填写：%s")
    :format(both(field.desc, field.desc_zh or field.desc)) or both("is missing", "未填写")
end

words.twice = fixed(both("is given twice, under two spellings", "以两种写法重复给出"))

function words.least(_, problem)
  return both("must be at least %s, not %s", "不能小于 %s，现为 %s"):format(
    compat.text(problem.amount), compat.text(problem.value))
end

function words.most(_, problem)
  return both("must be at most %s, not %s", "不能大于 %s，现为 %s"):format(
    compat.text(problem.amount), compat.text(problem.value))
end

function words.allowed(field, problem)
  return both("must be one of %s, not %s", "只能是 %s，而不是%s"):format(
    both(allowed.text(field.allowed), allowed.text(field.allowed, true)), given(problem.value))
end

words.milliseconds = fixed(both("must be a time in Unix seconds; this looks like milliseconds",
  "应为 Unix 秒数，现值像是毫秒"))

function words.long_ago(_, problem)
  return both("must be a time in Unix seconds; %s is long ago", "应为 Unix 秒数，%s 年代过早")
    :format(compat.text(problem.value))
end

function words.decimals(_, problem)
  return both("must be a price in yuan with at most 2 decimals, not %s",
    "应为以元为单位的价格，最多 2 位小数，而不是 %s"):format(compat.text(problem.value))
end

words.empty = fixed(both("must not be empty", "不能为空"))

function words.utf8(_, problem)
  return both("must be UTF-8 text (not UTF-8 at byte %d)", "应为 UTF-8 文本（第 %d 字节不是 UTF-8）")
    :format(problem.amount)
end

words.nul = fixed(both("must not hold a NUL byte", "不能含有 NUL 字节"))

function words.hidden(field, problem)
  local said = both("must not hold U+%04X, a character that cannot be seen", "不能含有不可见字符 U+%04X")
    :format(problem.amount)
  return field.secret and said
    or both("%s: %s", "%s：%s"):format(said, texts.quote(texts.trim(problem.value)))
end

function words.units(field, problem)
  return both("must be %d to %d wide (a Chinese character counts 2, any other 1), not %d",
    "宽度应为 %d 至 %d（汉字计 2，其他字符计 1），现为 %d")
    :format(field.units[1], field.units[2], problem.amount)
end

function words.bytes(field, problem)
  return both("must be at most %d bytes long, not %d", "不能超过 %d 字节，现为 %d 字节")
    :format(field.max_chars, problem.amount)
end

--- The message about a text that is too long in its encoded form.
---@param most integer
---@param length integer
---@return wxlive.Sentence
function M.too_long(most, length)
  return both("must be at most %d bytes long once percent-encoded, not %d",
    "百分号编码后不能超过 %d 字节，现为 %d 字节"):format(most, length)
end

function words.encoded(field, problem)
  return M.too_long(field.max_encoded, problem.amount)
end

function words.no_json(_, problem)
  return both("has no JSON form: %s", "无法表示为 JSON：%s"):format(reasons.of(problem.value))
end

words.media_id = fixed(both("is not a media_id (letters, digits, - and _); upload_media gives one",
  "不是 media_id（由字母、数字、- 和 _ 组成），请用 upload_media 上传获取"))

words.media_address = fixed(both("must be the media_id of an uploaded temporary image, not a web "
  .. "address; upload_media gives one",
  "应为临时素材图片的 media_id，而不是网址，请用 upload_media 上传获取"))

words.page_slash = fixed(both("must not begin with a slash: write pages/index/index",
  "不能以斜杠开头，请写作 pages/index/index"))

words.page_address = fixed(both("must be a page path of the mini program, not a web address",
  "应为小程序页面路径，而不是网址"))

words.page_encoded = fixed(both("must not be percent-encoded as a whole; encode only parameter "
  .. "values", "不能整体做百分号编码，只需编码参数值"))

function words.page_character(_, problem)
  local odd = texts.trim(problem.value):match("^.[\128-\191]*", problem.amount)
  return both("must be plain ASCII without blanks, and holds %s%s",
    "只能用 ASCII 字符且不含空格，现含有 %s%s"):format(texts.quote(odd),
    odd == "？" and both("; write ?", "，请写作 ?") or odd == "\\" and both("; write /", "，请写作 /")
      or both("; percent-encode it in a parameter's value", "，在参数值中请做百分号编码"))
end

words.path_slash = fixed(both("must begin with a slash, such as /wxaapi/broadcast/room/create",
  "应以斜杠开头，如 /wxaapi/broadcast/room/create"))

words.path_query = fixed(both("must be a path without a query", "应为不带查询参数的路径"))

function words.gap(_, problem)
  return both("must be a list without gaps; it has the key %s", "应为连续的列表，现含有键 %s")
    :format(compat.text(problem.value))
end

function words.few(_, problem)
  return problem.amount == 0 and both("must not be an empty list", "不能是空列表")
    or both("must hold more than %d", "不能只有 %d 项"):format(problem.amount)
end

function words.many(field, problem)
  return both("must hold at most %d, not %d", "最多 %d 项，现有 %d 项")
    :format(field.max_items, problem.amount)
end

-- Problems ----------------------------------------------------------------------------------------

local KEY_MOST = 60

local function key_text(key)
  key = texts.plain(tostring(key))
  return #key > KEY_MOST and texts.cut(key, KEY_MOST) .. "..." or key
end

-- Advice about an unknown field name, behind "is not a field of X".
local function advice(near, key)
  if type(key) ~= "string" then
    return ""
  end
  local spelling = near.mistaken[key] or suggest.nearest(key, near.spellings)
  local field = spelling and near.known[spelling]
  return suggest.question(field and field.name)
end

-- Puts a mistake in a field, or within an item of a list, into words.
local function describe(field, problem)
  if not problem.item then
    return words[problem.rule](field, problem, field.type)
  elseif problem.rule == "unknown" then
    return both("%s: unknown field %s%s", "%s：没有字段 %s%s"):format(field.name,
      key_text(problem.value), advice(field.near, problem.value))
  elseif problem.rule == "object" then
    return words.object(field, problem)
  end
  local part = field.fields and field.fields[problem.part]
  if not part then
    return words[problem.rule](field, problem, field.of)
  elseif problem.rule == "missing" then
    return both("%s is missing", "缺少 %s"):format(part.name)
  end
  return both("%s: %s", "%s：%s"):format(part.name, words[problem.rule](part, problem, part.type))
end

-- A parameter that is not a field of the endpoint, in words that follow its name.
local function describe_stranger(entry, key)
  if tables.set(entry.retired or {})[key] then
    return both("is not a field of %s any more: the platform has dropped it, leave it out",
      "已不是 %s 的字段：平台已取消，请删去"):format(entry.name)
  end
  return both("is not a field of %s%s", "不是 %s 的字段%s"):format(entry.name, advice(entry.near, key))
end

--- Puts the core's reports into words.
---@param entry { name: string, params: table[], near: wxlive.Nearby?, retired: string[]? }
---@param reported table[]
---@return { field: string?, message: string, message_zh: string }[]  in the order of the fields
function M.problems(entry, reported)
  local out, order = {}, {}
  local last, item
  for i, problem in ipairs(reported) do
    local field = entry.params[problem.number]
    if not field then
      last, item = nil, nil
      out[#out + 1] = problem.rule == "too_long"
        and { field = entry.name, message = both("has parameters that are too long for a request",
          "的参数过长，超出单次请求的上限") }
        or { field = key_text(problem.value), message = describe_stranger(entry, problem.value) }
      order[out[#out]] = i
    elseif problem.item and last and item == problem.item and last.field == field.name then
      last.message = both("%s, %s", "%s，%s"):format(last.message, describe(field, problem))
    else
      local message = describe(field, problem)
      if problem.item then
        message = both("item %d%s %s", "第 %d 项%s%s"):format(problem.item,
          problem.rule == "object" and "" or both(":", "："), message)
      end
      last, item = { field = field.name, message = message }, problem.item
      out[#out + 1] = last
      order[last] = problem.number * 1000 + i
    end
  end
  if reported.more then
    out[#out + 1] = {
      message = both("%d more are not fields of %s", "另有 %d 个名称也不是 %s 的字段")
        :format(reported.more, entry.name),
    }
    order[out[#out]] = 999 -- behind those that are named
  end
  table.sort(out, function(a, b)
    return order[a] < order[b]
  end)
  for _, problem in ipairs(out) do
    split(problem)
  end
  return out
end

-- Field -> what takes its values.
local takers = tables.memo(function(field)
  return json.compile_params { fields = { field }, index = { value = 1 } }
end)

--- Checks one value against a field, of the catalogue or not.
---@param field table
---@param value any
---@return any wire     what goes on the wire; nil when it may not, or counts as not given
---@return wxlive.Sentence? wrong
function M.field(field, value)
  local values, _, _, reported = takers[field] { value = value }
  if reported then
    local problem = M.problems({ name = field.name, params = { field } }, reported)[1]
    return nil, both(problem.message, problem.message_zh)
  end
  return values[field.name]
end

local ROOM_ID = { name = "room_id", type = "id", required = true }

--- Checks the room id of a call that is not an endpoint's.
---@param room_id any
---@return integer|string? id
---@return wxlive.Error? err
function M.room_id(room_id)
  local id, wrong = M.field(ROOM_ID, room_id)
  if not id then
    return Error.fail {
      kind = "invalid", name = "invalid_parameters", field = "room_id", sent = false,
      message = sentence.compose("room_id ", wrong or both("is missing", "未填写")),
    }
  end
  return id
end

return M
