--- Converts text to a field's typed value, because a command line and a sheet hold text only.
--
-- Reads the form, not the rules: limits and lengths belong to wxlive.client.validate, which sees
-- every value afterwards. Returns the value, or nil and what is wrong in words that can follow the
-- name of the field.
local allowed = require "wxlive.catalogue.allowed"
local compat = require "wxlive.base.compat"
local json = require "wxlive.json"
local reasons = require "wxlive.text.reasons"
local sentence = require "wxlive.text.sentence"
local tables = require "wxlive.base.tables"
local text_of = require "wxlive.text"
local times = require "wxlive.text.time"

local M = {}

local both, compose, quoted = sentence.both, sentence.compose, text_of.quote

-- tonumber would also accept 0x10, 1e5, inf and nan, and would round long numbers.
local function decimal(text)
  text = text:gsub("^%+", "")
  if text:find("^%-?%d+$") then
    return compat.to_integer(text)
  elseif text:find("^%-?%d+%.%d*$") or text:find("^%-?%.%d+$") then
    return compat.fold(compat.to_number(text))
  end
end

local errors = {
  ["#N/A"] = true, ["#VALUE!"] = true, ["#REF!"] = true, ["#NAME?"] = true, ["#DIV/0!"] = true,
  ["#NUM!"] = true, ["#NULL!"] = true, ["#SPILL!"] = true, ["#CALC!"] = true,
  ["#GETTING_DATA"] = true, ["#BUSY!"] = true, ["#BLOCKED!"] = true, ["#CONNECT!"] = true,
  ["#FIELD!"] = true, ["#UNKNOWN!"] = true, ["#PYTHON!"] = true, ["#EXTERNAL!"] = true,
  ["#ERROR!"] = true,
}

local function error_in(text)
  local upper = text:upper()
  for word in pairs(text:find("#", 1, true) and errors or {}) do
    if upper:find(word, 1, true) then
      return word
    end
  end
  return text:match("^[Ee]rr:%d%d%d$")
end

--- Names a text that a spreadsheet program has put into a cell in place of its value.
---@param text string
---@return wxlive.Sentence?
function M.slip(text)
  local word = error_in(text)
  if word then
    return both("holds %s, an error of the spreadsheet program: correct its formula",
      "含有表格软件的错误值 %s，请修正公式"):format(word)
  elseif text:find("\239\191\189", 1, true) then
    return both("holds U+FFFD, which stands where a character was lost: %s",
      "含有 U+FFFD，说明该处字符在转码时丢失：%s"):format(quoted(text))
  elseif text:find('^=[%w$"(+-]') then
    return both("holds the formula %s: put its value there", "含有公式 %s，请改为公式的值")
      :format(quoted(text))
  elseif text:find("^%d%.?%d*[eE]%+%d+$") or text:find("=%d%.?%d*E%+%d+$") then
    return both("holds %s, a number that the spreadsheet program has shortened: format the column "
      .. "as text and write it again", "为 %s，已被表格软件缩写为科学计数法，请把该列设为文本格式后重新填写")
      :format(quoted(text))
  elseif text:find("^##+$") then
    return both("holds ###: the column was too narrow when the sheet was saved",
      "为 ###，是因为保存时列宽不足")
  end
end

-- What reads the text of a field's type: readers[type](field, text, context).
local readers = {}

local function must_be(what, text)
  return nil, both("must be %s, not %s", "应为%s，而不是 %s"):format(what, quoted(text))
end

function readers.integer(field, text)
  -- Words stand for numbers where the catalogue has words for them.
  local value = field.allowed and allowed.by_word(field.allowed, text) or decimal(text)
  if value and compat.is_integer(value) then
    return value
  end
  return must_be(field.allowed and both("one of %s", "以下之一：%s")
    :format(both(allowed.text(field.allowed), allowed.text(field.allowed, true)))
    or both("a whole number", "整数"), text)
end

-- 1,299.00 -> 1299.00
local function ungrouped(text)
  local first, groups, rest = text:match("^(%d%d?%d?)(,[%d,]*)(%.?%d*)$")
  if groups and groups:gsub(",%d%d%d", "") == "" then
    return first .. groups:gsub(",", "") .. rest
  end
  return text
end

local truths = {
  ["true"] = true, yes = true, on = true, ["1"] = true, ["是"] = true,
  ["false"] = false, no = false, off = false, ["0"] = false, ["否"] = false,
}

-- Types whose text is all that counts: what it must be, and the value of a text that is.
local plain = {
  number = { both("a number", "数字"), decimal },
  id = { both("a whole number from 1", "正整数"), function(text)
    return text:find("^%d+$") and #text <= 20 and (decimal(text) or text) or nil
  end },
  -- Sheets write prices with the sign of the currency.
  price = { both("a price in yuan, such as 99.50", "以元为单位的价格，如 99.50"), function(text)
    local amount = text:gsub("^¥%s*", ""):gsub("^￥%s*", ""):gsub("%s*元$", "")
    return decimal(ungrouped(amount))
  end },
  boolean = { both("true or false", " true 或 false（是、否）"), function(text)
    return truths[text:lower()]
  end },
}

for type_name, form in pairs(plain) do
  readers[type_name] = function(_, text)
    local value = form[2](text)
    if value == nil then
      return must_be(form[1], text)
    end
    return value
  end
end

function readers.time(_, text, context)
  return times.parse(text, context and context.now)
end

function readers.string(field, text)
  if field.format == "page_path" and text:find("^'") then
    return nil, both("begins with ', by which spreadsheet programs mark text: delete it: %s",
      "以表格软件的文本标记 ' 开头，请删除：%s"):format(quoted(text))
  end
  return text
end

function readers.file(_, text)
  return text
end

-- The platform's cursors are numbers; any other text is passed on unchanged.
function readers.cursor(_, text)
  return decimal(text) or text
end

local function from_json(text, what)
  local value, reason = json.decode(text)
  if type(value) ~= "table" then
    return nil, both("must be %s, and this is not JSON: %s", "应为%s，而这不是 JSON：%s")
      :format(what, reason and reasons.of(reason) or quoted(text))
  end
  return value
end

function readers.object(_, text)
  return from_json(text, both("a JSON object", " JSON 对象"))
end

-- The full-width colon is what a Chinese keyboard gives.
local function split_at_colon(text)
  local narrow, wide = text:find(":", 1, true), text:find("：", 1, true)
  local at = wide and wide < (narrow or math.huge) and wide or narrow
  if at then
    return text:sub(1, at - 1), text:sub(at == narrow and at + 1 or at + #"：")
  end
end

-- walle1:robot1 -> { username = "walle1", nickname = "robot1" }
local function object_of(field, text)
  local out, rest = {}, text
  local count = #field.fields
  for i, part in ipairs(field.fields) do
    local piece, tail = rest, nil
    if i < count then
      piece, tail = split_at_colon(rest)
      if not piece then
        break
      end
    end
    local value, wrong = M.value(part, piece)
    if value == nil then
      return nil, compose(part.name, " ", wrong or both("is missing", "未填写"))
    end
    out[part.name], rest = value, tail
    if i == count then
      return out
    end
  end
  local form = table.concat(tables.column(field.fields, "name"), ":")
  return must_be(both(form, " " .. form), text)
end

-- also: a further character that stands between items
local function split(text, also)
  local items = {}
  if also then
    text = text:gsub("%" .. also, ",")
  end
  -- Chinese keyboards give the full-width comma and semicolon.
  text = text:gsub("，", ","):gsub("；", ","):gsub("[;\n]", ",")
  for item in text:gmatch("[^,]+") do
    item = text_of.trim(item)
    if item ~= "" then
      items[#items + 1] = item
    end
  end
  return items
end

function readers.list(field, text, context)
  if text:find("^%[") or text:find("^{") then
    local value, wrong = from_json(text, both("a list", "列表"))
    if value and text:find("^{") then
      value = { value }
    end
    return value and json.array(value), wrong
  end
  local out = json.array {}
  for i, item in ipairs(split(text, field.separator)) do
    local value, wrong
    if field.fields and #field.fields > 1 then
      value, wrong = object_of(field, item)
    elseif field.fields then
      value, wrong = M.value(field.fields[1], item, context)
    else
      value, wrong = M.value({ type = field.of }, item, context)
    end
    if value == nil then
      return nil, both("item %d: %s", "第 %d 项：%s"):format(i, wrong)
    end
    out[i] = value
  end
  return out
end

-- Full-width characters are accepted in all values but free text.
local narrowed = { integer = true, id = true, number = true, price = true, boolean = true,
  time = true }

--- Reads one value.
---@param field table        of the catalogue
---@param text string
---@param context { now: number? }?  what relative times are counted from
---@return any value         nil when the text is not such a value
---@return wxlive.Sentence? wrong
function M.value(field, text, context)
  if field.where ~= "local" and field.type ~= "file" then
    text = text_of.trim(text)
    local wrong = M.slip(text)
    if wrong then
      return nil, wrong
    end
  end
  if text == "" and field.type ~= "string" and field.type ~= "file" then
    return nil, both("is empty", "为空")
  end
  return readers[field.type](field, narrowed[field.type] and text_of.narrow(text) or text, context)
end

--- Reads a value that was given several times: lists join, anything else must be given once.
---@param field table
---@param texts string[]
---@param context { now: number? }?
---@return any value
---@return wxlive.Sentence? wrong
function M.values(field, texts, context)
  if #texts == 1 then
    return M.value(field, texts[1], context)
  elseif field.type ~= "list" then
    return nil, both("is given %d times", "重复给出 %d 次"):format(#texts)
  end
  local out = json.array {}
  for _, text in ipairs(texts) do
    local list, wrong = readers.list(field, text_of.trim(text), context)
    if not list then
      return nil, wrong
    end
    tables.append(out, list)
  end
  return out
end

return M
