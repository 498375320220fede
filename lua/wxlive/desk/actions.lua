--- What the desk's buttons do. Each action returns its outcome only when the platform, or the
--- running show, has answered.
local compat = require "wxlive.base.compat"
local outcomes = require "wxlive.errcodes.outcome"
local plain = require "wxlive.desk.plain"
local system = require "wxlive.core".system
local tables = require "wxlive.base.tables"

local M = {}

-- Seconds that the call for a card may take, as in a rundown; and seconds to wait for the answer of
-- a show, which may have to finish a cue first.
local DEADLINE, PATIENCE = 15, 90

-- Seconds between two looks at whether the show has answered.
local TURN = 0.03

local LONGEST_SHIFT = 86400

local function show_of(desk, live, room_id)
  return tables.find(desk.shows, function(show)
    return show.live.appid == live.appid and compat.integer_text(show.room_id) == room_id
  end)
end

-- Gives a command to a show, and waits for its outcome.
local function ask(show, name, argument)
  local outcome
  show:command(name, argument, function(answer)
    outcome = answer
  end)
  local stop = system.monotonic() + PATIENCE
  while not outcome and system.monotonic() < stop do
    show.clock.wait(TURN)
  end
  return outcome or { state = "begun" }
end

-- Shows a card where no show runs that would record it.
local function push(desk, live, room_id, goods_id)
  local ok, err = live:goods_push(room_id, goods_id, { timeout = DEADLINE })
  local state = ok and "done"
    or (err.ambiguous or outcomes.of(err) == "unknown") and "unknown" or "failed"
  desk.log.events:add {
    time = live.clock.now(), name = "cue", action = "push", room_id = room_id, goods_id = goods_id,
    state = state, by_hand = true, error = plain.error(err),
  }
  return { state = state, err = err }
end

local actions = {}

function actions.push(desk, live, asked)
  local show = show_of(desk, live, asked.room_id)
  local phase = show and show:state(0).phase
  if phase == "running" or phase == "held" then
    return ask(show, "push", asked.goods_id)
  end
  return push(desk, live, asked.room_id, asked.goods_id)
end

local function meant(asked)
  return asked.key and { key = asked.key, n = asked.n } or nil
end

-- Actions that are commands to a running show, with what the command gets; without a show, their
-- outcome is "over".
for name, argument in pairs {
  next = meant, skip = meant, go = function() return nil end, hold = function() return true end,
  shift = function(asked) return asked.seconds end, card = function(asked) return asked.digit end,
} do
  actions[name] = function(desk, live, asked)
    local show = show_of(desk, live, asked.room_id)
    return show and ask(show, name, argument(asked)) or { state = "over" }
  end
end

-- The platform's own numbers of the quotas: one call for each.
function actions.quotas(desk, live)
  local ok, err = live:seed_quota()
  desk.by_appid[live.appid].reader:look(true)
  return { state = ok and "done" or "failed", err = err }
end

function actions.refresh(desk, live)
  desk.by_appid[live.appid].reader:look(true)
  return { state = "reading" }
end

local function is_id(value)
  return type(value) == "string" and value:find("^%d+$") and #value <= 20
end

-- What each action takes: name -> check of the value.
local takes = {
  push = { room_id = is_id, goods_id = is_id },
  next = { room_id = is_id }, skip = { room_id = is_id }, hold = { room_id = is_id },
  go = { room_id = is_id }, quotas = {}, refresh = {},
  shift = { room_id = is_id, seconds = function(value)
    return type(value) == "number" and value == value and math.abs(value) <= LONGEST_SHIFT
  end },
  card = { room_id = is_id, digit = function(value)
    return type(value) == "string" and value:find("^%d$")
  end },
}

--- Does an action.
---@param desk wxlive.Desk
---@param live wxlive.Broadcast
---@param asked table   of the page: op, and what it takes
---@return table? outcome   { state, label, error }
---@return string? reason
function M.run(desk, live, asked)
  local known = type(asked.op) == "string" and takes[asked.op]
  if not known then
    return nil, "there is no such action"
  end
  for name, check in pairs(known) do
    if not check(asked[name]) then
      return nil, name .. " is missing or wrong"
    end
  end
  if asked.key ~= nil and not (type(asked.key) == "string" and type(asked.n) == "number") then
    return nil, "key and n name a cue together"
  end
  local outcome = actions[asked.op](desk, live, asked)
  return {
    state = outcome.state, label = outcome.label, error = plain.error(outcome.err),
  }
end

return M
