--- What a worker does beside sheets: follows an account's rooms and audits, and does what follows
--- from a change: the hook, notices, replays.
local compat = require "wxlive.base.compat"
local jobs = require "wxlive.ledger.jobs"
local shops = require "wxlive.shop"

local M = {}

-- Goods are looked at less often than rooms: their list has many pages, and an audit takes hours.
local RARER = 5

-- How often a replay that is not there yet is asked for, and the seconds between: the platform
-- makes it some time after the show.
local REPLAY_TRIES, REPLAY_WAIT = 10, 300

local function shop_of(lane, job, account)
  return assert(shops.open { live = account.live, ledger = lane.ledger:of(job.appid) })
end

-- The hook's answer to a change: whether it counts as dealt with.
local function run_hook(lane, account, event)
  local hook = lane.worker.options.hook
  if not hook then
    return true
  end
  local fine, ok, err = pcall(hook, event, account.live, account)
  if not fine or ok == nil and err ~= nil or ok == false then
    lane.worker:report("error", {
      account = account.name, event = event, err = fine and err or ok,
    })
    return false
  end
  return true
end

--- A look at an account's rooms or goods. A change that was not dealt with comes again with the
--- next look.
---@param lane wxlive.worker.Lane
---@param job wxlive.Job
---@param account { name: string, live: wxlive.Broadcast }
---@return table turn
function M.watch(lane, job, account)
  local options = lane.worker.options
  local follows = { room_started = options.notify and "notify",
    replay_ready = options.replays and "replays" }
  local shop, failure = shop_of(lane, job, account), nil
  local ok, err = shop:watch {
    kind = job.name, once = true,
    on_event = function(event)
      lane.worker:report("event", { account = account.name, event = event })
      local put, why = true, nil
      if follows[event.name] then
        put, why = jobs.put(shop.ledger, follows[event.name], compat.integer_text(event.room_id))
      end
      failure = failure or why
      return put and run_hook(lane, account, event) or false
    end,
  }
  if not ok or failure then
    return { err = err or failure }
  end
  return { wait = options.every * (job.name == "goods" and RARER or 1) }
end

local function is_ending(lane)
  return function()
    return lane.worker:is_ending()
  end
end

--- Notifies the followers of a room.
---@param lane wxlive.worker.Lane
---@param job wxlive.Job
---@param account { live: wxlive.Broadcast }
---@return table turn
function M.notify(lane, job, account)
  local counts, err = shop_of(lane, job, account):notify(compat.id(job.name), {
    interrupted = is_ending(lane),
  })
  if not counts then
    return { err = err }
  end
  local odd = counts.err
  counts.err = nil
  return { counts = counts, reason = odd }
end

--- Fetches the replay of a show into the folder of its account.
---@param lane wxlive.worker.Lane
---@param job wxlive.Job
---@param account { name: string, live: wxlive.Broadcast }
---@return table turn
function M.replays(lane, job, account)
  local folder = lane.worker.options.replays .. "/" .. account.name
  local counts, err = shop_of(lane, job, account):replays(compat.id(job.name), folder, {
    interrupted = is_ending(lane),
  })
  local odd = counts and counts.err
  if not counts or odd and odd.kind == "interrupted" then
    return { err = err or odd }
  elseif odd and job.failures < REPLAY_TRIES then
    return { wait = REPLAY_WAIT, reason = odd, failures = job.failures + 1 }
  end
  counts.err = nil
  return { counts = counts, reason = odd }
end

return M
