--- The plan of a sheet: what `apply` would do, and how many days its quotas take.
local diff = require "wxlive.shop.diff"
local room_goods = require "wxlive.ledger.room_goods"
local room_list = require "wxlive.shop.room_list"
local rows = require "wxlive.shop.rows"
local stage = require "wxlive.shop.stage"
local tables = require "wxlive.base.tables"

local M = {}

-- Adds to the plan the calls to an endpoint, what its quota of the day has left, and the days that
-- they take.
local function count_quota(live, plan, name, endpoint, needed)
  local ok, err = live:seed_quota(endpoint)
  local row
  if ok then
    row, err = live:quota(endpoint)
  end
  if not row then
    return nil, err
  end
  local days = needed == 0 and 0 or 1 + math.ceil(math.max(0, needed - row.left) / row.limit)
  plan[name .. "_needed"], plan[name .. "_left"] = needed, row.left
  plan.days = math.max(plan.days or 0, days)
  return true
end

local function count_quotas(live, counts, plan)
  local kind = rows.kinds[counts.kind]
  local ok, err = count_quota(live, plan, "quota", kind.endpoint,
    kind.name == "goods" and counts.create + counts.submit or counts.create)
  if ok and counts.to_add then
    local calls = 0
    for _, goods in pairs(counts.rooms) do
      calls = calls + math.ceil(goods / room_goods.BATCH)
    end
    ok, err = count_quota(live, plan, "add_calls", "add_goods", calls)
    if ok then
      ok, err = count_quota(live, plan, "take_out_calls", "goods_delete_in_room",
        counts.to_take_out)
    end
  end
  return ok, err
end

-- Takes back what `apply` will not take out of rooms, because the row also names one that there is
-- not.
local function hold_back(live, counts)
  local rooms, err
  for names, goods in pairs(counts.moves) do
    if not rooms then
      rooms, err = room_list.read(live, {}, false)
    end
    if not rooms then
      return nil, err
    end
    for name in names:gmatch("[^\n]+") do
      if not room_list.has(rooms, name) then
        counts.to_take_out = counts.to_take_out - goods
        break
      end
    end
  end
  return true
end

--- See wxlive.Shop: plan.
---@param shop wxlive.Shop
---@param path string
---@param options { kind: string?, account: string|string[]|nil, prune: boolean?, moved: boolean?,
---  offline: boolean?, on_problem: fun(line: integer?, message: string, message_zh: string?)?,
---  on_warning: fun(line: integer, message: string, message_zh: string)? }
---@return table? plan
---@return wxlive.Error? err
function M.run(shop, path, options)
  local live, ledger, missing = shop.live, shop.ledger, nil
  local counts, err = stage.file(ledger, path, tables.merged(options, { dry = true }),
    not options.offline and function(kind)
      local seen, why = diff.compare(live, ledger, kind)
      missing = seen and seen.missing
      return seen, why
    end)
  local ok = counts
  if ok and not options.offline then
    ok, err = hold_back(live, counts)
  end
  if not ok then
    return nil, err
  end
  local plan = tables.put(stage.summary(path, counts), {
    in_doubt = counts.doubt, not_in_sheet = counts.gone, missing_on_platform = missing,
  })
  if not options.offline and live.quotas then
    ok, err = count_quotas(live, counts, plan)
    if not ok then
      return nil, err
    end
  end
  return plan
end

return M
