--- Checks a rundown against its room, the goods library and the quotas, before the show. All
--- problems at once; nothing is written.
local agendas = require "wxlive.rundown.agenda"
local catalogue = require "wxlive.catalogue"
local Error = require "wxlive.error"
local sentence = require "wxlive.text.sentence"
local states = require "wxlive.catalogue.states"
local tables = require "wxlive.base.tables"
local times = require "wxlive.rundown.times"
local words = require "wxlive.rundown.words"

local M = {}

local both = sentence.both

-- A card stays on the viewers' screens for some seconds, and the platform refuses another one
-- meanwhile; how many seconds is not documented.
M.CARD_SECONDS = 5

-- How often a running show asks for the state of the room.
local POLL_EVERY, WAIT_POLLS = 30, 60

-- A rundown with more cues than this is not checked: twelve hours of a card a second.
local CUES_MAX = 50000

local NAMED, GOODS_NAMED = 3, 20

---@class wxlive.rundown.Problem
---@field level "error"|"warning"   error: the cue cannot work as it is written
---@field line integer?
---@field message string
---@field message_zh string

---@class wxlive.rundown.Report
---@field problems wxlive.rundown.Problem[]
---@field errors integer
---@field warnings integer
---@field cues integer
---@field calls table<string, { calls: integer, left: integer? }>   by endpoint, polls included
---@field begins number?   first and last cue, Unix seconds, by the planned start
---@field ends number?

-- Collects problems.
local function collector()
  local list = {}
  return list, function(level, line, message)
    list[#list + 1] = sentence.split { level = level, line = line, message = message }
  end
end

-- The room ----------------------------------------------------------------------------------------

local function check_room(room, rows, tell)
  if states.over[room.live_status] then
    tell("error", nil, both("the room is over: %s", "直播间已不可用：%s"):format(
      states.words(states.room, room.live_status)))
  end
  for _, row in ipairs(rows) do
    local action = words.actions[row.action]
    if room.close_goods == 1 and action.goods then
      tell("error", row.line, both("the room was made without a shelf (close_goods = 1)",
        "该直播间创建时关闭了货架（close_goods = 1）"))
    elseif room.close_comment == 1 and (row.action == "mute" or row.action == "unmute") then
      tell("warning", row.line, both("the room was made without comments (close_comment = 1)",
        "该直播间创建时关闭了评论（close_comment = 1）"))
    end
  end
end

-- Goods -------------------------------------------------------------------------------------------

local function check_one(word, goods, wrong, stock)
  if not goods then
    return wrong
  elseif stock.has_library and not stock.by_id[goods.id] then
    return both("goods %s are not in the library", "商品库没有 %s"):format(goods.id)
  elseif goods.audit_status and goods.audit_status ~= states.APPROVED then
    return both("goods %s (%s) are %s", "商品 %s（%s）%s"):format(goods.id, goods.name or word,
      states.words(states.audit, goods.audit_status))
  elseif not goods.in_room then
    return both("goods %s (%s) are not in the room: put them there with add_goods, or the column "
      .. "rooms of their sheet", "商品 %s（%s）不在直播间：请用 add_goods 导入，或在商品表的“直播间”列写明")
      :format(goods.id, goods.name or word)
  end
end

-- What is wrong with goods is said once, at the first of their rows.
local function check_goods(rows, stock, ledger, tell)
  local order, lines, problems = {}, {}, {}
  for _, row in ipairs(rows) do
    for _, word in ipairs(row.goods) do
      if not lines[word] then
        order[#order + 1], lines[word] = word, {}
        local goods, wrong = stock:find(word, ledger)
        problems[word] = check_one(word, goods, wrong, stock)
      end
      if lines[word][#lines[word]] ~= row.line then
        table.insert(lines[word], row.line)
      end
    end
  end
  local told = 0
  for _, word in ipairs(order) do
    local list = lines[word]
    told = told + (problems[word] and 1 or 0)
    if problems[word] and told <= GOODS_NAMED then
      tell("error", list[1], list[2] and both("%s; also in line %s", "%s；另见第 %s 行")
        :format(problems[word], table.concat(list, ", ", 2)) or problems[word])
    end
  end
  if told > GOODS_NAMED then
    tell("error", nil, both("and %d more goods are not ready", "另有 %d 件商品未就绪")
      :format(told - GOODS_NAMED))
  end
end

-- Time --------------------------------------------------------------------------------------------

local function id_of(row, index, stock, ledger)
  local goods = index and stock:find(row.goods[index], ledger)
  return goods and goods.id or row.goods[index or 0]
end

local function walk_push(self, walk, cue)
  local id = id_of(cue.row, cue.goods[1], self.stock, self.ledger)
  local line, last = cue.row.line, walk.last
  if walk.shelf[id] then
    self.tell("error", line, both("pushes goods %s, which line %d has taken off the shelf",
      "推送商品 %s，而第 %d 行已将其下架"):format(id, walk.shelf[id]))
    walk.shelf[id] = nil
  end
  if last and last.row ~= cue.row and cue.due - last.due < M.CARD_SECONDS
    and walk.crowded < NAMED then
    walk.crowded = walk.crowded + 1
    self.tell("warning", line, both("follows the card of line %d after %.0f s (%s): the platform "
      .. "may refuse it while the other is shown",
      "与第 %d 行的卡片仅相隔 %.0f 秒（%s）：前一张展示期间平台可能拒绝推送")
      :format(last.row.line, cue.due - last.due, times.clock(cue.due)))
  end
  if not walk.shown[id] then
    self.spend("goods_video", 1) -- see wxlive.rundown.clips
  end
  walk.last, walk.shown[id] = cue, cue.due
end

local function walk_shelf(self, walk, cue)
  for _, index in ipairs(cue.goods) do
    local id = id_of(cue.row, index, self.stock, self.ledger)
    walk.shelf[id] = cue.row.action == "off_sale" and cue.row.line or nil
    if walk.shown[id] and cue.due - walk.shown[id] < M.CARD_SECONDS then
      self.tell("warning", cue.row.line, both("moves goods %s while their card is shown: the "
        .. "platform may refuse that", "商品 %s 的卡片展示期间上下架，平台可能拒绝"):format(id))
    end
  end
end

-- Walks through all cues as they are planned.
local function walk_cues(self)
  local agenda = agendas.new(self.rows, { zero = self.planned, planned = self.planned }, {
    seed = "check", last = math.max(self.planned_end, self.planned + 60),
  })
  local walk = { shelf = {}, shown = {}, crowded = 0, per_row = {}, count = 0 }
  local cue = agenda:next()
  while cue and walk.count < CUES_MAX do
    agenda:take(cue)
    walk.count = walk.count + 1
    self.begins, self.ends = self.begins or cue.due, cue.due
    walk.per_row[cue.row] = (walk.per_row[cue.row] or 0) + 1
    for _, name in ipairs(words.actions[cue.row.action].calls) do
      self.spend(name, name == "goods_sale" and math.max(#cue.goods, 1) or 1)
    end
    if cue.row.action == "push" then
      walk_push(self, walk, cue)
    elseif cue.row.action == "on_sale" or cue.row.action == "off_sale" then
      walk_shelf(self, walk, cue)
    end
    cue = agenda:next()
  end
  if cue then
    self.tell("error", nil, both("there are more than %d cues", "超过 %d 个动作"):format(CUES_MAX))
  end
  return walk.count, walk.per_row
end

local function check_times(self, per_row)
  local tell = self.tell
  for _, row in ipairs(self.rows) do
    local from = row.at and times.place(row.at, { zero = self.planned, planned = self.planned })
    if from and from > self.planned_end - self.planned then
      tell("warning", row.line, both("comes after the planned end of the show (%s)",
        "晚于计划结束时间（%s）"):format(times.clock(self.planned_end)))
    elseif from and from < 0 then
      tell("warning", row.line, both("comes before the planned start of the show (%s)",
        "早于计划开播时间（%s）"):format(times.clock(self.planned)))
    elseif row.every and row.at and not per_row[row] then
      tell("error", row.line, both("is never done: until comes before at, by the planned start",
        "不会执行：按计划开播时间，“至”早于“时间”"))
    elseif row.every and row.action == "push" and (per_row[row] or 0) < #row.goods then
      tell("warning", row.line, both("of its %d goods %d are never shown: the time is too short",
        "%d 件商品中有 %d 件不会出现：时间不够"):format(#row.goods, #row.goods - (per_row[row] or 0)))
    end
    if row.every and row.action == "push" and row.every.least < M.CARD_SECONDS then
      tell("warning", row.line, both("repeats faster than a card is shown (some %d s)",
        "间隔短于卡片展示时间（约 %d 秒）"):format(M.CARD_SECONDS))
    end
    if row.action == "hook" and self.hooks and not self.hooks[row.hook] then
      tell("error", row.line, both("there is no hook called %s", "没有名为 %s 的钩子"):format(row.hook))
    elseif row.action == "hook" and not self.hooks then
      tell("error", row.line, both("there is no file of hooks: name one with --hooks",
        "未指定钩子文件：请用 --hooks 指定"))
    end
  end
end

-- Quotas ------------------------------------------------------------------------------------------

-- The daily limit of an endpoint, from the platform, else from the catalogue.
local function left_of(live, name, tell)
  local entry = catalogue.by_name[name]
  local per_day = entry.quota and entry.quota.per_day
  if not per_day or not live then
    return per_day
  end
  local answer, err = live:get_api_quota { cgi_path = entry.path }
  local quota = answer and answer.quota
  if quota and tonumber(quota.remain) then
    return tonumber(quota.remain)
  elseif err then
    tell("warning", nil, both("the quota of %s could not be read: %s", "未能读取 %s 的额度：%s")
      :format(name, both(Error.line(err), Error.line(err, true))))
  end
  return per_day
end

local function check_quotas(self, calls, tell)
  local report = {}
  for _, name in ipairs(tables.keys(calls)) do
    local left = left_of(self.live, name, tell)
    report[name] = { calls = calls[name], left = left }
    if left and calls[name] > left then
      tell("error", nil, both("%s is needed %d times, and %d calls are left today",
        "%s 需要 %d 次，而今日仅剩 %d 次"):format(name, calls[name], left))
    end
  end
  return report
end

--- Checks a rundown.
---@param o { rows: wxlive.rundown.Row[], room: table, stock: wxlive.rundown.Stock,
---  live: wxlive.Broadcast?, ledger: wxlive.Ledger?, hooks: table<string, function>? }   live: asks
---  for the quotas
---@return wxlive.rundown.Report
function M.run(o)
  local problems, tell = collector()
  local calls = {}
  local self = {
    rows = o.rows, stock = o.stock, ledger = o.ledger, hooks = o.hooks, live = o.live,
    planned = o.room.start_time, planned_end = o.room.end_time, tell = tell,
  }
  function self.spend(name, count)
    calls[name] = (calls[name] or 0) + count
  end
  check_room(o.room, o.rows, tell)
  check_goods(o.rows, o.stock, o.ledger, tell)
  local count, per_row = walk_cues(self)
  check_times(self, per_row)
  calls.get_live_info = WAIT_POLLS
    + math.ceil(math.max(self.planned_end - self.planned, 0) / POLL_EVERY)
  local report = {
    problems = problems, errors = 0, warnings = 0, cues = count, begins = self.begins,
    ends = self.ends, calls = check_quotas(self, calls, tell),
  }
  table.sort(problems, function(a, b)
    if (a.line or 0) ~= (b.line or 0) then
      return (a.line or 0) < (b.line or 0)
    end
    return a.message < b.message
  end)
  for _, problem in ipairs(problems) do
    local name = problem.level == "error" and "errors" or "warnings"
    report[name] = report[name] + 1
  end
  return report
end

return M
