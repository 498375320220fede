--- Looks whether a create whose outcome is unknown was done after all.
--
-- The platform has no idempotency key, and it is known to answer "system error" to a create that it
-- did perform. What it made is found by what was asked for: a room by name, times and anchor, goods
-- by name, page and price, an audit by the state of the goods. Writes may settle late (ten seconds
-- have been seen), so "not there" counts only after `client.lookup.settle` seconds; until then
-- nobody can tell.
local pages = require "wxlive.pages"
local price = require "wxlive.catalogue.price"

local M = {}

-- Reads in between leave room for the platform to settle without spending its quota.
local FIRST_WAIT, STEP = 0.5, 2

local function rooms_like(client, wanted, timeout)
  local found = {}
  local list = pages.by_offset(function(start, limit)
    return client:call("get_live_info", { start = start, limit = limit }, { timeout = timeout() })
  end, { limit = 50, rows = "room_info", key = function(room) return room.room_id end })
  while true do
    local room, err = list:next()
    if err then
      return nil, err
    elseif not room then
      return found
    elseif room.name == wanted.name and room.start_time == wanted.start_time
      and room.end_time == wanted.end_time and room.anchor_name == wanted.anchor_name then
      found[#found + 1] = { room_id = room.room_id, adopted = true }
    end
  end
end

local function goods_like(client, wanted, timeout)
  local found = {}
  for _, status in ipairs { 1, 2 } do
    local list = pages.by_offset(function(offset, limit)
      return client:call("goods_list", { offset = offset, limit = limit, status = status },
        { timeout = timeout() })
    end, { limit = 100, rows = "goods", key = function(goods) return goods.goods_id end })
    while true do
      local goods, err = list:next()
      if err then
        return nil, err
      elseif not goods then
        break
      elseif goods.name == wanted.name and goods.url == wanted.url
        and price.same(goods.price, wanted.price) then
        found[#found + 1] = { goods_id = goods.goods_id, adopted = true }
      end
    end
  end
  return found
end

local function audit_of(client, wanted, timeout)
  local answer, err = client:call("goods_info", { goods_ids = { wanted.goods_id } },
    { timeout = timeout() })
  if not answer then
    return nil, err
  end
  local goods = (answer.goods or {})[1]
  if goods and (goods.audit_status == 1 or goods.audit_status == 2) then
    return { { adopted = true } }
  end
  return {}
end

local finders = { room = rooms_like, goods = goods_like, audit = audit_of }

--- Looks for what a create may have made.
---@param client table
---@param entry table          of the catalogue, with `lookup`
---@param prepared wxlive.Prepared
---@param history table        candidates are left in it when there are several
---@param deadline number      on the client's monotonic clock
---@return "adopt"|"absent"|nil verdict   nil: cannot tell
---@return table? result                  what to adopt: ids, and adopted = true
function M.find(client, entry, prepared, history, deadline)
  local settled = client.monotonic() + client.lookup.settle
  local function left()
    return math.max(0.05, deadline - client.monotonic())
  end
  local wait = math.min(FIRST_WAIT, client.lookup.settle)
  while true do
    if client.monotonic() + wait >= deadline then
      return nil
    end
    client.transport:sleep(wait)
    local found = finders[entry.lookup](client, prepared.values, left)
    if found and #found == 1 then
      return "adopt", found[1]
    elseif found and #found > 1 then
      history.candidates = found
      return nil
    elseif client.monotonic() >= settled then
      return found and "absent" or nil
    end
    wait = math.min(STEP, math.max(0.05, settled - client.monotonic()))
  end
end

return M
