--- The rules across the fields of an endpoint. Those of a single field are in C; see
--- wxlive.client.validate.
local compat = require "wxlive.base.compat"
local sentence = require "wxlive.text.sentence"
local tables = require "wxlive.base.tables"

local M = {}

local both, split = sentence.both, sentence.split

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
  problems[#problems + 1] = split { field = field, message = message }
  return problems
end

function rules.room_times(values, now, problems)
  local first, last = values.start_time, values.end_time
  if first and first < now + 10 * MINUTE then
    problems = add(problems, "start_time", first < now
      and both("is in the past; it must be at least 10 minutes ahead", "已过，至少须在 10 分钟之后")
      or both("must be at least 10 minutes ahead", "至少须在 10 分钟之后"))
  elseif first and first > now + 184 * DAY then
    problems = add(problems, "start_time", both("must be within 6 months", "须在 6 个月之内"))
  end
  if first and last then
    if last < first + 30 * MINUTE then
      problems = add(problems, "end_time", last <= first
        and both("must be after start_time, by 30 minutes at least",
          "须晚于 start_time，至少相隔 30 分钟")
        or both("must be at least 30 minutes after start_time", "须比 start_time 至少晚 30 分钟"))
    elseif last > first + 24 * HOUR then
      problems = add(problems, "end_time", both("must be at most 24 hours after start_time",
        "最多比 start_time 晚 24 小时"))
    end
  end
  return problems
end

-- The platform numbers audits across all shops, goods within one.
function rules.audit_above_goods(values, _, problems)
  local goods_id, audit_id = values.goods_id, values.audit_id
  if goods_id and audit_id and compat.is_lower_id(audit_id, goods_id) then
    problems = add(problems, "goods_id", both("is above audit_id: the two are swapped (goods_id "
      .. "comes first, and audit ids are the larger ones)",
      "大于 audit_id：两者写反了（goods_id 在前，审核单 id 总是更大）"))
  end
  return problems
end

function rules.anchors_differ(values, _, problems)
  if values.sub_anchor_wechat and values.sub_anchor_wechat == values.anchor_wechat then
    problems = add(problems, "sub_anchor_wechat", both("must be another account than anchor_wechat",
      "不能与 anchor_wechat 相同"))
  end
  return problems
end

local function price_problem(kind, price, price2)
  if not price then
    return "price", both("is needed with price_type", "须与 price_type 一并填写")
  elseif kind == 2 and not price2 then
    return "price2", both("is needed for a price range (price_type 2)",
      "在价格区间（price_type 2）时必填")
  elseif kind == 2 and price2 < price then
    return "price2", both("must not be below price for a range (price_type 2)",
      "在价格区间（price_type 2）时不能小于 price")
  elseif kind == 3 and not price2 then
    return "price2", both("is needed for a discount (price_type 3)", "在折扣价（price_type 3）时必填")
  elseif kind == 3 and price2 >= price then
    return "price2", both("must be below price: price is the original, price2 the current one "
      .. "(price_type 3)", "须小于 price：price 为原价，price2 为现价（price_type 3）")
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
function M.of(entry)
  local names = entry.rules or {}
  return names[1] and tables.map(names, function(name) return rules[name] end)
end

return M
