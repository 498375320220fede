--- A show that runs by its rundown.
--
-- Everything that happens is reported as an event; a failed cue does not end the run. Each cue is
-- in the ledger before the next one begins; a run that was killed continues where it stopped.
--
-- Events: { name = ..., at = Unix seconds, room_id = ... } and, by name:
--   waiting   planned                   begun     zero, resumed, supposed
--   cue       state, row, n, label, goods_id, due, lateness, by_hand, err
--   held      by ("hand" or "room")     released  by, seconds
--   shifted   seconds, shift            extended  end_time, before
--   edited    added, removed, changed   edit_refused  err, problems
--   over      live_status               missed    count
--   poll_failed, ledger_failed, look_failed  err
local checks = require "wxlive.rundown.check"
local commands = require "wxlive.rundown.commands"
local cues = require "wxlive.ledger.cues"
local edits = require "wxlive.rundown.edit"
local ends = require "wxlive.shop.ends"
local Error = require "wxlive.error"
local follow = require "wxlive.rundown.follow"
local loops = require "wxlive.concurrent.loop"
local map = require "wxlive.concurrent.map"
local perform = require "wxlive.rundown.perform"
local pictures = require "wxlive.rundown.picture"
local resume = require "wxlive.rundown.resume"
local rooms = require "wxlive.rundown.room"
local words = require "wxlive.rundown.words"

local M = {}

-- Seconds within which a person's key takes effect.
local TICK = 0.1

-- Seconds that the end of a show waits for work beside the cues.
local LAST_WAIT = 60

---@class wxlive.rundown.Show
---@field live wxlive.Broadcast
---@field ledger wxlive.Ledger
---@field room table            as the list of rooms shows it
---@field room_id integer
---@field rows wxlive.rundown.Row[]
---@field stock wxlive.rundown.Stock
---@field counts table<string, integer>   cues of this run by their state
---@field zero number?          the real start
---@field shift number
---@field held_at number?
---@field held_for "hand"|"room"|nil
local Show = {}
Show.__index = Show
Show.__name = "wxlive.rundown.Show"

for _, methods in ipairs { commands.methods, follow.methods } do
  for name, method in pairs(methods) do
    Show[name] = method
  end
end

--- See wxlive.rundown.open, which has read and found everything.
function M.new(fields)
  local self = setmetatable(fields, Show)
  self.queue, self.counts, self.hands, self.busy = {}, {}, {}, {}
  self.shift, self.lateness = 0, 0
  self.text = edits.text(self.path)
  self.stage = {
    live = self.live, ledger = self.ledger, room_id = self.room_id, hooks = self.hooks,
    shop = self.shop, now = self.clock.now, wait = self.clock.wait,
    look_at_room = function()
      return self:look_at_room()
    end,
  }
  return self
end

-- Telling -----------------------------------------------------------------------------------------

--- Reports an event. A failing listener must not affect the show.
---@param name string
---@param fields table?
function Show:tell(name, fields)
  local event = fields or {}
  event.name, event.at, event.room_id = name, self.clock.now(), self.room_id
  if self.on_event then
    pcall(self.on_event, event, self)
  end
end

-- Calls the ledger; a failure is reported, and the show goes on.
function Show:keep(...)
  local value, err = ...
  if err then
    self:tell("ledger_failed", { err = err })
  end
  return value
end

function Show:save()
  self:keep(cues.keep(self.ledger, self.room_id, {
    zero = self.zero, shift = self.shift, held_at = self.held_at,
  }))
  self.saved_at = self.clock.now()
end

local function of_cue(cue, state, ids, err)
  return {
    state = state, row = cue.row, n = cue.n, label = pictures.label(cue.row, cue.goods[1]
      and #cue.goods == 1 and cue.goods[1] or nil), goods_id = ids and ids[1], due = cue.due,
    by_hand = cue.by_hand, err = err, note = cue.row.note,
  }
end

function Show:tell_cue(cue, state, ids, err)
  self.counts[state] = (self.counts[state] or 0) + 1
  local event = of_cue(cue, state, ids, err)
  if cue.begun_at then
    event.lateness = cue.begun_at - cue.due
  end
  self:tell("cue", event)
end

-- Cues --------------------------------------------------------------------------------------------

-- Records a cue that was not done: late, skipped, missed.
function Show:pass(cue, state)
  self:keep(cues.begin(self.ledger, self.room_id, {
    key = cue.key, n = cue.n, action = cue.row.action, from_start = cue.from_start, due = cue.due,
    begun_at = self.clock.now(),
  }, state))
  self:tell_cue(cue, state)
end

-- The ids of a cue's goods; nil and an error.
function Show:ids_of(cue)
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

local function reason_of(err)
  return err and tostring(err) or nil
end

-- Does a recorded cue, and records its outcome. False when the room is paused and nothing was done.
function Show:conclude(cue, ids, err)
  local state = "failed"
  if ids then
    local fine, result, why = pcall(perform.run, self.stage, cue, ids)
    if fine then
      state, err = result, why
    else
      state, err = "unknown", Error.is(result) and result or Error.new {
        kind = "raised", name = "raised", message = tostring(result),
      }
    end
  end
  if state == "paused" then
    self:keep(cues.take_back(self.ledger, self.room_id, cue.key, cue.n))
    return false
  end
  self:keep(cues.finish(self.ledger, self.room_id, cue.key, cue.n, state, reason_of(err),
    self.clock.now()))
  self:tell_cue(cue, state, ids, err)
  return true
end

--- Does a cue. False when the room is paused and nothing was done. Work that may take long and
--- keeps its own records (notifying subscribers) runs beside the other cues.
---@param cue wxlive.rundown.Cue
---@return boolean done
function Show:perform(cue)
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
    return true -- it was done before, by whatever process
  elseif words.actions[cue.row.action].repeats == "own" then
    self:beside(cue.key, function()
      self:conclude(cue, ids, err)
    end)
    return true
  end
  return self:conclude(cue, ids, err)
end

-- Does the cues that are due; returns when the next one is.
function Show:work()
  while not self.ended do
    local cue = self.agenda:next()
    local now = self.clock.now()
    if not cue or self.held_at or cue.due > now then
      return cue and not self.held_at and cue.due or math.huge
    end
    local late = cue.row.late
    if late ~= "do" and now - cue.due > (late == "skip" and self.options.grace or late) then
      self:pass(cue, "late")
      self.agenda:take(cue, true)
    elseif self:perform(cue) then
      self.agenda:take(cue)
    else
      return math.huge
    end
    self:obey()
  end
end

-- Running -----------------------------------------------------------------------------------------

--- The error that ends the run; nil while it goes on.
---@return wxlive.Error?
function Show:wants_end()
  self:obey()
  if self.quit or self.interrupted and self.interrupted() then
    local _, err = ends.interrupted()
    return err
  end
end

--- Waits until a moment, or until a command may have come.
---@param moment number
function Show:rest(moment)
  local seconds = moment - self.clock.now()
  if not self.clock.virtual then
    seconds = math.min(seconds, TICK)
  end
  if seconds > 0 then
    self.clock.wait(seconds)
  end
end

--- The coming cues and the state of the show, for a status line or a page.
---@param count integer
---@return { zero: number?, shift: number, held: string?, room: table, counts: table,
---  coming: { due: number, label: string, line: integer, action: string }[] }
function Show:state(count)
  local coming = {}
  for i, cue in ipairs(self.agenda and self.agenda:coming(count) or {}) do
    local due = cue.due
    if self.held_at and cue.due then
      due = cue.due + self.clock.now() - self.held_at
    end
    coming[i] = {
      due = due, line = cue.row.line, action = cue.row.action,
      label = pictures.label(cue.row, #cue.goods == 1 and cue.goods[1] or nil),
    }
  end
  return {
    zero = self.zero, shift = self.shift, held = self.held_for, room = self.room,
    counts = self.counts, coming = coming,
  }
end

-- Whether something can still happen.
local function goes_on(self)
  if self.agenda:next() then
    return true
  end
  return self.options.stay == true
end

function Show:loop()
  while not self.ended do
    local err = self:wants_end()
    if err then
      return err
    end
    local look = self:look_around()
    local due = self:work()
    if not self.ended and not goes_on(self) then
      return nil
    elseif not self.ended then
      self:rest(math.min(due or math.huge, look))
    end
  end
end

local function summary_of(self, err)
  local summary = { room_id = self.room_id, zero = self.zero, ended = self.ended,
    lateness = self.lateness, counts = {} }
  for _, state in ipairs { "done", "failed", "unknown", "late", "skipped", "missed" } do
    summary.counts[state] = self.counts[state] or 0
  end
  summary.err = err or resume.end_of(summary.counts)
  return summary
end

-- Waits for what is done beside the cues.
local function await_others(self)
  local stop = self.clock.now() + LAST_WAIT
  while next(self.busy) and self.clock.now() < stop do
    self:rest(stop)
  end
end

local function run(self)
  local begun, err = cues.take(self.ledger, self.room_id, self.options.seed)
  if not begun then
    return nil, err
  end
  self.shift, self.held_at = begun.shift, begun.held_at
  self.held_for = self.held_at and "hand" or nil
  local seen_before
  seen_before, err = rooms.await(self)
  local ok = seen_before ~= nil
  if ok then
    ok, err = resume.begin(self, begun, seen_before)
  end
  if ok then
    err = self:loop()
    await_others(self)
    if self.ended == "over" then
      self:miss_the_rest()
    end
    self:save()
  end
  self:keep(cues.release(self.ledger, self.room_id))
  if not ok then
    return nil, err
  end
  return summary_of(self, err)
end

--- Runs the show to its end. A run that has begun returns its summary; summary.err says why not
--- everything was done. Several shows run at once under wxlive.map.
---@return { room_id: integer, zero: number, ended: string?, lateness: number, counts: table,
---  err: wxlive.Error? }? summary
---@return wxlive.Error? err
function Show:run()
  if self.clock.virtual or loops.current() then
    return run(self)
  end
  return map.wait(map.spawn(run, self))
end

--- Checks the show before it runs: rows against room, library and quotas. Nothing is written.
---@return wxlive.rundown.Report? report
---@return wxlive.Error? err
function Show:check()
  local ok, err = self.stock:read_library(self.live)
  if not ok then
    return nil, err
  end
  return checks.run {
    rows = self.rows, room = self.room, stock = self.stock, live = self.live,
    ledger = self.ledger, hooks = self.hooks,
  }
end

--- Closes the ledger, where it was opened for this show.
function Show:close()
  if self.own_ledger then
    self.ledger:close()
  end
end

return M
