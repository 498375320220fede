--- Reads one row of a rundown: each cell, then the rules across cells. Pure.
local cell = require "wxlive.sheet.cell"
local sentence = require "wxlive.text.sentence"
local suggest = require "wxlive.base.suggest"
local text_of = require "wxlive.text"
local times = require "wxlive.rundown.times"
local words = require "wxlive.rundown.words"

local M = {}

local both, compose = sentence.both, sentence.compose

-- The most goods that one cell may name.
local GOODS_MAX = 500

-- Cells -------------------------------------------------------------------------------------------

local function split(text)
  local list = {}
  for part in text:gsub("；", ";"):gsub("|", ";"):gsub("\n", ";"):gmatch("[^;]+") do
    part = text_of.trim(part)
    if part ~= "" then
      list[#list + 1] = part
    end
  end
  return list
end

local readers = {}

function readers.at(row, text)
  local wrong
  row.at, wrong = times.time(text)
  if row.at and row.at.kind == "end" then
    return both("cannot be the end: the show is over then", "不能是“结束”：届时直播已结束")
  end
  return wrong
end

readers["do"] = function(row, text)
  local action = words.action(text)
  if action then
    row.action = action.name
    return nil
  end
  local near = suggest.nearest(words.plain(text), words.action_words())
  return both("is not an action: %s%s", "不是已知动作：%s%s"):format(text_of.quote(text),
    suggest.question(near))
end

function readers.goods(row, given)
  row.goods = type(given) == "table" and given or split(given)
  for i, word in ipairs(row.goods) do
    local id = text_of.narrow(word):match("^%d+$")
    row.goods[i] = id or word
  end
  if #row.goods > GOODS_MAX then
    return both("may name %d goods at most", "最多 %d 件商品"):format(GOODS_MAX)
  end
end

function readers.note(row, text)
  row.note = text_of.plain(text)
end

function readers.every(row, text)
  local wrong
  row.every, wrong = times.every(text)
  return wrong
end

readers["until"] = function(row, text)
  local wrong
  row.until_at, wrong = times.time(text)
  return wrong
end

function readers.order(row, text)
  row.order = words.orders[words.plain(text)]
  if not row.order then
    return both("must be in order or shuffled, not %s", "应为“顺序”或“随机”，而不是 %s")
      :format(text_of.quote(text))
  end
end

function readers.late(row, text)
  row.late = words.late[words.plain(text)] or times.span(text)
  if not row.late or row.late == 0 then -- every cue is late by some milliseconds
    return both("must be skip, do, or how late it may be done, such as 2m (1s at least), not %s",
      "应为“跳过”“补做”，或允许迟到的时长，如 2m（至少 1s），而不是 %s"):format(text_of.quote(text))
  end
end

function readers.digit(row, text)
  row.digit = text_of.narrow(text):match("^%d$")
  if not row.digit then
    return both("must be one digit, 0 to 9, not %s", "应为一位数字 0 至 9，而不是 %s")
      :format(text_of.quote(text))
  end
end

function readers.deadline(row, text)
  local seconds, wrong = times.span(text)
  if seconds and (seconds < 2 or seconds > 600) then
    wrong = both("must be from 2 seconds to 10 minutes", "应为 2 秒至 10 分钟")
  end
  row.deadline = seconds
  return wrong
end

function readers.hook(row, text)
  row.hook = text
end

function readers.key(row, text)
  row.own_key = text
end

-- What a spreadsheet program has made of a cell: an error, a formula, a shortened number.
local function slip_of(column, text)
  if type(text) == "table" then
    return nil
  elseif (column == "at" or column == "until") and text:find("#NAME?", 1, true) then
    return both("holds #NAME?: the spreadsheet program takes +5m for a formula; write 5m",
      "含有 #NAME?：表格软件把 +5m 当作公式，请写 5m 或 5分")
  end
  return cell.slip(text)
end

-- Rows --------------------------------------------------------------------------------------------

--- Seconds that a cue's tries may take, when its row does not say.
M.DEADLINE = 15

local function check_goods(row, action, report)
  local count = #row.goods
  if not action.goods then
    if count > 0 then
      report("goods", both("means nothing for this action", "该动作不用商品"))
    end
  elseif count == 0 then
    report("goods", both("is missing: name the goods", "未填写，请写明商品"))
  elseif action.goods == "one" and count > 1 and not row.every then
    report("goods", both("names %d goods: say every how long they follow each other (every)",
      "共 %d 件商品，请在“每隔”列写明轮换间隔"):format(count))
  end
end

-- Checks the rules between cells.
local function check_row(row, report)
  local action = words.actions[row.action]
  if not action then
    return
  end
  check_goods(row, action, report)
  if not row.at and not row.wrong.at and not row.digit then
    report("at", both("is missing: say when, or give a digit", "未填写，请写时间或数字键"))
  end
  if row.every and not row.at and not row.wrong.at then
    report("every", both("needs a time to begin at", "需要开始时间"))
  end
  if (row.until_at or row.order) and not row.every and not row.wrong.every then
    report(row.until_at and "until" or "order", both("means nothing without every",
      "只与“每隔”一起使用"))
  end
  if row.every and row.action == "notify" then
    report("every", both("cannot be: subscribers are notified once", "不可用，订阅用户只通知一次"))
  end
  if row.at and row.until_at and row.at.kind == row.until_at.kind
    and row.at.kind ~= "clock" and row.until_at.seconds <= row.at.seconds then
    report("until", both("must come after at", "必须晚于“时间”"))
  end
  if row.digit and row.action ~= "push" then
    report("digit", both("belongs to a row that pushes a card", "只能用于推送商品的行"))
  end
  if row.action == "hook" and not row.hook then
    report("hook", both("is missing: name the function", "未填写，请写函数名"))
  end
  if row.action == "note" and not row.note then
    report("note", both("is missing: say what", "未填写，请写内容"))
  end
end

-- The key of a row: its own, or one made of its action, time and goods, however they are written.
-- A row with a key of its own may be known by the other one: see keep_keys of wxlive.rundown.edit.
local function identify(row, seen)
  local made = table.concat({ row.action, row.at and times.plain(row.at) or "",
    table.concat(row.goods, ";"), row.hook or row.action == "note" and row.note or "" }, "|")
  seen[made] = (seen[made] or 0) + 1
  row.made_key = seen[made] > 1 and ("%s#%d"):format(made, seen[made]) or made
  row.key = row.own_key or row.made_key
  local own = row.own_key and "key " .. row.own_key
  local twice = own and seen[own]
  seen[own or ""] = true
  return not twice
end

--- Reads one row.
---@param cells table<string, string>   by the names of columns
---@param line integer
---@param state { keys: table, digits: table }   of the rows before
---@param tell fun(line: integer, message: wxlive.Sentence)   is called for every problem
---@return wxlive.rundown.Row
function M.read(cells, line, state, tell)
  local row = { line = line, goods = {}, wrong = {} }
  local function report(column, wrong)
    row.wrong[column] = true
    tell(line, compose(both(column .. " ", words.column_zh[column] .. "："), wrong))
  end
  for _, column in ipairs(words.columns) do
    local text = cells[column.name]
    if text then
      local wrong = readers[column.name](row, text)
      wrong = slip_of(column.name, text) or wrong
      if wrong then
        report(column.name, wrong)
      end
    end
  end
  if not cells["do"] then
    report("do", both("is missing", "未填写"))
  end
  check_row(row, report)
  if row.action and not identify(row, state.keys) then
    report("key", both("is there twice", "重复"))
  end
  if row.digit then
    if state.digits[row.digit] then
      report("digit", both("is that of line %d, too", "与第 %d 行重复"):format(
        state.digits[row.digit]))
    end
    state.digits[row.digit] = line
  end
  row.shuffled = row.order == "shuffled"
  row.deadline = row.deadline or M.DEADLINE
  row.late = row.late or row.action and (row.every and "skip" or words.actions[row.action].late)
  row.ok = next(row.wrong) == nil
  row.wrong, row.order, row.own_key = nil, nil, nil
  return row
end

return M
