--- Waits until the platform has judged goods.
local M = {}

-- goods_info takes this many at once, and 1 000 calls a day: the pauses grow.
local BATCH = 20
local FIRST_PAUSE, GROWTH, LONGEST_PAUSE = 0.25, 1.6, 60

local UNDER_AUDIT = 1

-- Asks for one batch; rows that are judged get their state and leave the list.
local function ask(live, batch, judged)
  local ids, by_id = {}, {}
  for i, row in ipairs(batch) do
    ids[i] = row.goods_id
    by_id[tostring(row.goods_id)] = row
  end
  local answer, err = live:goods_info { goods_ids = ids }
  if not answer then
    return nil, err
  end
  for _, goods in ipairs(answer.goods or {}) do
    local row = by_id[tostring(goods.goods_id)]
    if row then
      row.audit_status = goods.audit_status
      if goods.audit_status ~= UNDER_AUDIT then
        judged(row)
      end
    end
  end
  return true
end

--- Polls until no row is under audit any more, or the time is up. Each row's audit_status is set as
--- it becomes known.
---@param live wxlive.Broadcast
---@param rows { goods_id: integer, audit_status: integer? }[]
---@param options { seconds: number, sleep: function, monotonic: function, judged: function? }
---@return table[]? waiting   rows still under audit
---@return wxlive.Error? err
function M.wait(live, rows, options)
  local deadline = options.monotonic() + options.seconds
  local waiting, pause = rows, FIRST_PAUSE
  local done = {}
  local function judged(row)
    done[row] = true
    if options.judged then
      options.judged(row)
    end
  end
  while waiting[1] do
    for first = 1, #waiting, BATCH do
      local batch = {}
      for i = first, math.min(first + BATCH - 1, #waiting) do
        batch[#batch + 1] = waiting[i]
      end
      local ok, err = ask(live, batch, judged)
      if not ok then
        return nil, err
      end
    end
    local left = {}
    for _, row in ipairs(waiting) do
      if not done[row] then
        left[#left + 1] = row
      end
    end
    waiting = left
    if not waiting[1] or options.monotonic() + pause > deadline then
      break
    end
    options.sleep(pause)
    pause = math.min(pause * GROWTH, LONGEST_PAUSE)
  end
  return waiting
end

return M
