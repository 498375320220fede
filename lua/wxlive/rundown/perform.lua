--- Does one cue: the calls of its action, repeated only where that is harmless, within the cue's
--- own deadline.
--
-- A card whose outcome is unknown is looked for: goods that were never explained in the room have
-- no clip. "No clip" counts after the platform has had time to settle; wxlive.rundown.clips says
-- what a clip proves. Otherwise the outcome stays unknown.
local both = require("wxlive.text.sentence").both
local clips = require "wxlive.rundown.clips"
local Error = require "wxlive.error"
local outcomes = require "wxlive.errcodes.outcome"

local M = {}

-- Seconds between two tries of a call that was refused for the moment.
local PAUSE = 0.5

-- No call is started with less time than this, in seconds.
local LEAST = 0.3

---@class wxlive.rundown.Stage   what a cue is done on
---@field live wxlive.Broadcast
---@field ledger wxlive.Ledger
---@field room_id integer
---@field now fun(): number
---@field wait fun(seconds: number)
---@field look_at_room fun(seconds: number): string?   gives "live", "paused" or "over"
---@field hooks table<string, function>?
---@field shop wxlive.Shop?

local function out_of_time(seconds)
  return Error.fail {
    kind = "transport", name = "timeout", sent = false,
    message = both("the time for the cue (%.0f s) ran out", "该动作的时限（%.0f 秒）已到"):format(seconds),
  }
end

local again = { busy = true, unsent = true }

-- Makes a call, again and again while the platform is busy or cannot be reached, until it is done,
-- refused, or its outcome is unknown. safe: a call with an unknown outcome is repeated, too.
local function try(stage, cue, safe, call)
  local last
  while true do
    local left = cue.ends_at - stage.now()
    if left < LEAST and last then
      return nil, last
    elseif left < LEAST then
      return out_of_time(cue.row.deadline)
    end
    local ok, err = call(left)
    if ok then
      return true
    end
    last = err
    local outcome = err.ambiguous and "unknown" or outcomes.of(err)
    if not (again[outcome] or safe and outcome == "unknown") then
      return nil, err
    end
    stage.wait(math.min(PAUSE, math.max(cue.ends_at - stage.now(), 0)))
  end
end

-- Cards -------------------------------------------------------------------------------------------

--- The outcome of a card that may have been pushed at `begun_at`.
---@param stage wxlive.rundown.Stage
---@param cue { key: string, n: integer }
---@param goods_id string
---@param begun_at number
---@param until_at number     looks no longer than that
---@return "done"|"absent"|"unknown"
function M.look(stage, cue, goods_id, begun_at, until_at)
  local settle = stage.live.lookup and stage.live.lookup.settle or 10
  while true do
    local found = clips.state(stage.live, stage.room_id, goods_id, until_at - stage.now())
    if found == "present" then
      return clips.proves(stage.ledger, stage.room_id, goods_id, cue) and "done" or "unknown"
    end
    local rest = begun_at + settle - stage.now()
    if rest <= 0 then
      return found or "unknown"
    elseif stage.now() + math.min(rest, 1) > until_at then
      return "unknown"
    end
    stage.wait(math.min(rest, 1))
  end
end

local function push(stage, cue, goods_id)
  local tries = 0
  while true do
    local begun_at = stage.now()
    local ok, err = try(stage, cue, false, function(left)
      return stage.live:goods_push(stage.room_id, goods_id, { timeout = left })
    end)
    if ok then
      return "done"
    elseif not (err.ambiguous or outcomes.of(err) == "unknown") then
      return "failed", err
    end
    tries = tries + 1
    local found = M.look(stage, cue, goods_id, begun_at, cue.ends_at)
    if found ~= "absent" then
      return found, err
    elseif tries == 2 or cue.ends_at - stage.now() < LEAST then
      err.ambiguous = nil
      return "failed", err
    end
  end
end

-- Actions -----------------------------------------------------------------------------------------

local actions = {}

function actions.push(stage, cue, ids)
  return push(stage, cue, ids[1])
end

-- One idempotent call for each of the goods, or one in all.
local function each(stage, cue, ids, call)
  local failure
  for _, id in ipairs(ids) do
    local ok, err = try(stage, cue, true, function(left)
      return call(id, { timeout = left })
    end)
    failure = failure or not ok and err or nil
  end
  return failure
end

local function simple(call)
  return function(stage, cue, ids)
    return each(stage, cue, { 0 }, function(_, options)
      return call(stage, options, ids)
    end)
  end
end

local function shelf(on_sale)
  return function(stage, cue, ids)
    return each(stage, cue, ids, function(id, options)
      return stage.live:goods_sale(stage.room_id, id, on_sale, options)
    end)
  end
end

actions.on_sale, actions.off_sale = shelf(1), shelf(0)

actions.sort = simple(function(stage, options, ids)
  return stage.live:goods_sort(stage.room_id, ids, options)
end)

for name, switch in pairs {
  mute = { "update_comment", 1 }, unmute = { "update_comment", 0 },
  replay_on = { "update_replay", 0 }, replay_off = { "update_replay", 1 },
  list = { "update_feed_public", 1 }, unlist = { "update_feed_public", 0 },
} do
  actions[name] = simple(function(stage, options)
    return stage.live[switch[1]](stage.live, stage.room_id, switch[2], options)
  end)
end

function actions.note()
  return nil
end

-- The shop records the notified followers: the next run notifies the others.
function actions.notify(stage, cue)
  local counts, err = stage.shop:notify(stage.room_id, {
    interrupted = function()
      return stage.now() >= cue.ends_at
    end,
  })
  return err or counts and counts.err
end

function actions.hook(stage, cue)
  local hook = stage.hooks and stage.hooks[cue.row.hook]
  if not hook then
    return Error.new {
      kind = "usage", name = "no_hook", sent = false,
      message = both("there is no hook called %s", "没有名为 %s 的钩子"):format(cue.row.hook),
    }
  end
  local fine, value, err = pcall(hook, {
    room_id = stage.room_id, line = cue.row.line, note = cue.row.note, due = cue.due, n = cue.n,
  }, stage.live)
  if not fine or not value and err ~= nil then
    local failure = fine and err or value
    return Error.raised(failure, {
      name = "hook_failed",
      message = both("the hook %s failed: %s", "钩子 %s 失败：%s"):format(cue.row.hook,
        tostring(failure)),
    })
  end
end

-- Why a room's state refused a call: "paused" or "over"; nil where it is another reason.
local function standstill(stage, cue, err)
  if err and err.name == "room_state_forbids" then
    local state = stage.look_at_room(math.max(cue.ends_at - stage.now(), 1))
    return state ~= "live" and state or nil
  end
end

--- Does a cue.
---@param stage wxlive.rundown.Stage
---@param cue wxlive.rundown.Cue   with ends_at, when its tries end
---@param ids string[]             of its goods
---@return "done"|"failed"|"unknown"|"paused"|"over" state   paused, over: the room was not live,
---  and refused it; repeating the cue is harmless
---@return wxlive.Error? err
function M.run(stage, cue, ids)
  local state, err
  if cue.row.action == "push" then
    state, err = actions.push(stage, cue, ids)
  else
    err = actions[cue.row.action](stage, cue, ids)
    state = not err and "done"
      or (err.ambiguous or outcomes.of(err) == "unknown") and "unknown" or "failed"
  end
  return state == "failed" and standstill(stage, cue, err) or state, err
end

return M
