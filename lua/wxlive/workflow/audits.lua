--- Waits until the platform has judged goods.
local pauses = require "wxlive.shop.pause"
local states = require "wxlive.catalogue.states"

local M = {}

-- goods_info takes this many at once, and 1 000 calls a day: the pauses grow.
local BATCH = 20
local FIRST_PAUSE, GROWTH, LONGEST_PAUSE = 0.25, 1.6, 60

-- Sleeps, unless a stop is asked for. Gives whether it has slept.
local function rest(pause, options)
  if options.interrupted then
    return pauses.till(options.monotonic() + pause, options.monotonic, options)
  end
  options.sleep(pause)
  return true
end

-- Asks for a batch of `rows` from `first` on. Adds those that are still under audit to `left`.
local function ask(live, rows, first, left, judged)
  local ids, status = {}, {}
  for i = first, math.min(first + BATCH - 1, #rows) do
    ids[#ids + 1] = rows[i].goods_id
  end
  local answer, err = live:goods_info { goods_ids = ids }
  if not answer then
    return nil, err
  end
  for _, goods in ipairs(answer.goods or {}) do
    status[tostring(goods.goods_id)] = goods.audit_status
  end
  for i = first, first + #ids - 1 do
    local known = status[tostring(rows[i].goods_id)]
    rows[i].audit_status = known or rows[i].audit_status
    if known and known ~= states.UNDER_AUDIT then
      judged(rows[i])
    else
      left[#left + 1] = rows[i]
    end
  end
  return true
end

--- Polls until no row is under audit any more, or the time is up. Each row's audit_status is set as
--- it becomes known.
---@param live wxlive.Broadcast
---@param rows { goods_id: integer, audit_status: integer? }[]
---@param options { seconds: number, sleep: function, monotonic: function, judged: function,
---  interrupted: (fun(): boolean)? }
---@return table[]? waiting   rows still under audit
---@return wxlive.Error? err
function M.wait(live, rows, options)
  local deadline, pause = options.monotonic() + options.seconds, FIRST_PAUSE
  while true do
    local left = {}
    for first = 1, #rows, BATCH do
      local ok, err = ask(live, rows, first, left, options.judged)
      if not ok then
        return nil, err
      end
    end
    rows = left
    if not rows[1] or options.monotonic() + pause > deadline or not rest(pause, options) then
      return rows
    end
    pause = math.min(pause * GROWTH, LONGEST_PAUSE)
  end
end

return M
