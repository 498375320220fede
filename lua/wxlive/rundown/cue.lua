--- One cue of a running show: recorded, done, and its outcome recorded and reported. The methods
--- become those of a show.
local cues = require "wxlive.ledger.cues"
local Error = require "wxlive.error"
local perform = require "wxlive.rundown.perform"
local pictures = require "wxlive.rundown.picture"
local words = require "wxlive.rundown.words"

local M = { methods = {} }

local function of_cue(cue, state, ids, err)
  return {
    state = state, row = cue.row, n = cue.n, label = pictures.label(cue.row, cue.goods[1]
      and #cue.goods == 1 and cue.goods[1] or nil), goods_id = ids and ids[1], due = cue.due,
    by_hand = cue.by_hand, err = err, note = cue.row.note, goods = #cue.goods,
  }
end

function M.methods:tell_cue(cue, state, ids, err)
  self.counts[state] = (self.counts[state] or 0) + 1
  local event = of_cue(cue, state, ids, err)
  cue.outcome = { state = state, err = err, label = event.label }
  if cue.begun_at then
    event.lateness = cue.begun_at - cue.due
  end
  self:tell("cue", event)
end

-- Records a cue that was not done: late, skipped, missed.
function M.methods:pass(cue, state)
  self:keep(cues.begin(self.ledger, self.room_id, {
    key = cue.key, n = cue.n, action = cue.row.action, from_start = cue.from_start, due = cue.due,
    begun_at = self.clock.now(),
  }, state))
  self:tell_cue(cue, state)
end

-- The ids of a cue's goods; nil and an error.
function M.methods:ids_of(cue)
  local ids = {}
  for i, index in ipairs(cue.goods) do
    local goods, wrong = self.stock:find(cue.row.goods[index], self.ledger)
    if not goods then
      return Error.fail {
        kind = "usage", name = "goods_not_found", message = wrong, sent = false,
      }
    end
    ids[i] = goods.id
  end
  return ids
end

-- Does a recorded cue, and records its outcome. False when the room is paused or over and nothing
-- was done.
function M.methods:conclude(cue, ids, err)
  local state = "failed"
  if ids then
    local fine, result, why = pcall(perform.run, self.stage, cue, ids)
    if fine then
      state, err = result, why
    else
      state, err = "unknown", Error.raised(result)
    end
  end
  if state == "paused" or state == "over" then
    self:keep(cues.take_back(self.ledger, self.room_id, cue.key, cue.n))
    cue.outcome = { state = state, err = err }
    if state == "over" then -- by the refusal of the call, and by the list of rooms
      self:room_is_over(self.room)
    end
    return false
  end
  self:keep(cues.finish(self.ledger, self.room_id, cue.key, cue.n, state, err,
    self.clock.now()))
  self:tell_cue(cue, state, ids, err)
  return true
end

--- Does a cue. False when the room is paused or over and nothing was done. Work that may take long
--- and keeps its own records (notifying subscribers) runs beside the other cues.
---@param cue wxlive.rundown.Cue
---@return boolean done
function M.methods:perform(cue)
  cue.begun_at = self.clock.now()
  cue.ends_at = cue.begun_at + cue.row.deadline
  if not cue.by_hand then
    self.lateness = math.max(self.lateness, cue.begun_at - cue.due)
  end
  local ids, err = self:ids_of(cue)
  local new = self:keep(cues.begin(self.ledger, self.room_id, {
    key = cue.key, n = cue.n, action = cue.row.action, goods_id = ids and ids[1],
    from_start = cue.from_start, due = cue.due, begun_at = cue.begun_at,
  }))
  if new == false then
    cue.outcome = { state = "passed" }
    return true -- this or another process has done it before
  elseif words.actions[cue.row.action].repeats == "own" then
    cue.outcome = { state = "begun" }
    self:beside(cue.key, function()
      self:conclude(cue, ids, err)
    end)
    return true
  end
  return self:conclude(cue, ids, err)
end

return M
